"""Corrections by hand, and takes measured with them."""
