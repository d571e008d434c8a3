"""What was found, for people (text) and for programs (JSON, CSV)."""
