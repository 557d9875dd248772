"""Groups of changes; each is one transaction with a result for each item."""
