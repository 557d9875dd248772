"""Changes: one function for each, in the caller's transaction, never committing."""
