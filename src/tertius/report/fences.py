"""Text between fences: a block of code, or words in a line of text."""

from __future__ import annotations

import re

FENCED = re.compile(
    r"```(?:[ \t]*(?P<language>[A-Za-z][A-Za-z+#-]*)?[ \t]*(?P<alone>\n))?(?P<text>.*?)(?:```|\Z)",
    re.DOTALL,
)
"""A fence to the next, or to the end; a word is a language only if it is alone on its line."""

TEXT = frozenset({"json", "text", "markdown", "md", "csv", "html", "plaintext", "latex"})
"""Languages that nobody runs."""


def is_block(match: re.Match[str]) -> bool:
    r"""Whether lines of their own stand between two fences, and no words in a line of text.

    Examples
    --------
    >>> [is_block(each) for each in FENCED.finditer("It is ```33, 40```.\n```sh\nls\n```")]
    [False, True]
    """
    return match["alone"] is not None or "\n" in match["text"]
