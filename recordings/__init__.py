"""The fixtures, takes with exact truth, and the script that renders them."""
