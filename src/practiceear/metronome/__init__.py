"""The metronome's grid and which of its slots each note was meant for."""
