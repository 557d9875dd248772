"""`python -m app` is `micrograph`."""

from app.cli import main

main(prog_name="micrograph")
