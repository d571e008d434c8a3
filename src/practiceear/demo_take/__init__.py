"""The built-in demo take: what `make run` reviews."""
