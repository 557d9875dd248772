"""The GraphQL types, one module for each family of the OME model."""
