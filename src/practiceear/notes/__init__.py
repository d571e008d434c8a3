"""What each note was like: attack, level, length, dip before the next, pitch."""
