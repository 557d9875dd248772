"""Whether what is kept agrees with itself: rows with rows, rows with files, files with sums."""
