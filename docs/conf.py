"""Sphinx configuration: Markdown pages, the API from docstrings, nothing fetched while building."""

from importlib.metadata import version as installed
from typing import Any

from sphinx.application import Sphinx

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
autodoc_typehints_description_target = "documented_params"
autodoc_type_aliases = {"Event": "tertius.core.kinds.Event"}
napoleon_google_docstring = False
napoleon_use_ivar = True

html_theme = "furo"
html_title = "Tertius"
html_static_path = ["_static"]
html_css_files = ["tertius.css"]
# Only light and dark highlighting with enough contrast for WCAG AA; axe-core checks it.
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"


def let_keys_scroll(app: Sphinx, page: str, template: str, context: dict[str, Any], _: Any) -> None:
    """Whatever scrolls sideways can be reached without a mouse (WCAG 2.1.1)."""
    for tag in ("<pre", '<div class="table-wrapper'):
        reachable = tag.replace("<pre", "<pre tabindex=0").replace("<div", "<div tabindex=0")
        context["body"] = context.get("body", "").replace(tag, reachable)


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", let_keys_scroll)
