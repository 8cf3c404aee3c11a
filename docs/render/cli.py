"""Render docs/reference/cli.md from the command's own help."""

import re

from tertius.cli.main import (
    CUT_VERBS,
    ESCALATION_VERBS,
    FORECAST_VERBS,
    LOG_VERBS,
    OUTCOME_VERBS,
    SERVE_VERBS,
    VERBS,
    build,
)

HEAD = """\
# The command

Made from the command's own help by `python docs/render`; do not edit. Every verb prints tables for
people and, with `--json`, JSON for programs; the output never changes the exit code. The codes have
a page of their own: [exit codes](exit-codes.md). `--debug` adds a traceback to an error.

"""


def page() -> str:
    """Return the page: one section for each verb, in the order of `tertius --help`."""
    asked = [*ESCALATION_VERBS, *CUT_VERBS, *SERVE_VERBS]
    below = [*LOG_VERBS, *OUTCOME_VERBS, *FORECAST_VERBS, *asked]
    words = [*VERBS, *below, "log", "outcomes", "forecast", "escalations", "cuts", "serve"]
    text = build(words=words).generate_docs(output_format="markdown")
    body = text[text.index("## tertius ") :].replace("```console", "```text")
    body = re.sub(r" \*\[default: (False|\"\"|None)\]\*", "", body)
    body = re.sub(r"\*\*(Parameters|Arguments)\*\*:\n\n", "", body).replace("\\[", "[")
    body = re.sub(r"^(\* .*)\n\n(?=\* )", r"\1\n", body, flags=re.MULTILINE)
    return HEAD + body.strip() + "\n"
