"""How the tests of rendering run."""

from hypothesis import settings

# The first call of a kernel compiles it, which says nothing about the example.
settings.register_profile("kernels", deadline=None)
settings.load_profile("kernels")
