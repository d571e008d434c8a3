"""From blocks of sound to measured takes: no devices, no threads."""
