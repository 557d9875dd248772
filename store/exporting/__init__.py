"""Documents of other formats, made from what the database holds."""
