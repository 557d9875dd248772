"""HTTP edge and command line of Micrograph."""
