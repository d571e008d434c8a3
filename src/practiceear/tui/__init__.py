"""The terminal app: screens over a live session."""
