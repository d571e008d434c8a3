"""What the metronome plays: program, click sounds, tap tempo, tempo changes."""
