"""Takes for other programs: what they read of ours, and what we read of theirs."""
