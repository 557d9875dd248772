"""Sample images that Micrograph makes by itself: synthetic, the same on every run."""

from app.samples.make import Sizes, make_samples

__all__ = ["Sizes", "make_samples"]
