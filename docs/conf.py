"""Sphinx configuration of the documentation site."""

project = "Micrograph"
author = "The Micrograph developers"
copyright = "2026, The Micrograph developers"  # noqa: A001 - Sphinx's name

extensions = ["myst_parser"]
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
