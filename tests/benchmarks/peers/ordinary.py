"""Micrograph itself, but with each field resolved on its own by Strawberry's executor."""

import functools

from app.cli import main
from schema.build import GraphQL

if __name__ == "__main__":
    GraphQL.execute = functools.partialmethod(  # type: ignore[assignment,method-assign]
        GraphQL.execute, planned=False
    )
    main(prog_name="micrograph")
