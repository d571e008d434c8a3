"""What is known about each instrument; found through entry points, ours like a stranger's."""
