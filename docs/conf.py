"""Sphinx configuration: Markdown pages, the API from docstrings, nothing fetched while building."""

from importlib.metadata import version as installed

project = "Tertius"
author = "The Tertius authors"
project_copyright = "The Tertius authors, Apache-2.0"
release = version = installed("tertius")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
nitpicky = False

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"
napoleon_google_docstring = False

html_theme = "furo"
html_title = "Tertius"
html_static_path = ["_static"]
html_css_files = ["tertius.css"]
# Only light and dark highlighting with enough contrast for WCAG AA; axe-core checks it.
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
