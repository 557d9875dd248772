"""From files on disk to values that the database keeps."""
