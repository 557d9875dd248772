"""Sphinx configuration of the documentation site."""

import sys
from pathlib import Path

# The extension beside this file renders pictures with the Micrograph around it.
sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

project = "Micrograph"
author = "The Micrograph developers"
copyright = "2026, The Micrograph developers"  # noqa: A001 - Sphinx's name

extensions = ["myst_parser", "pictures"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
source_suffix = {".md": "markdown"}
exclude_patterns = ["_site"]
html_theme = "furo"
html_title = "Micrograph"
html_static_path: list[str] = []
pygments_style = "friendly"
pygments_dark_style = "monokai"
nitpicky = True
