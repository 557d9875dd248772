"""Benchmarks: figures beside their peers, measured in one run on one machine."""
