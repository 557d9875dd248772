"""Files as they came, on their way out: names, sums and zip files; knows no database."""
