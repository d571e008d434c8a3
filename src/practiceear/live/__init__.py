"""A running session: sound in, click out, and what is known meanwhile."""
