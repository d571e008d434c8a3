"""The page that lists many takes."""
