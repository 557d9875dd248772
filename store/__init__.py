"""What is kept: OME metadata as rows, pixels as chunks of files."""
