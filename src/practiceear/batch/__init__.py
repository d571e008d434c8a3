"""Many takes in one go."""
