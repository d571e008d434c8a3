"""Takes one's own click out of what the microphone hears."""
