"""What vendors write into TIFF files, one module for each of their formats."""
