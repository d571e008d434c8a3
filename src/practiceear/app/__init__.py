"""What the screens and the command line share."""
