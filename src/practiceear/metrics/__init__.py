"""What the notes say: one question a file, every answer with n, interval and floor."""
