"""The command `tertius`: its verbs, and how every error reaches a person."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Collection, Sequence
from importlib import metadata

from cyclopts import App, Group, UnknownCommandError
from rich.console import Console

from tertius.cli.complaint import complaint
from tertius.core.errors import EXIT_CALLER, EXIT_PASS
from tertius.core.names import nearest

VERBS = {
    "demo": ("demo:demo", "See what Tertius finds: no key, no network, about a minute."),
    "init": ("init:init", "Begin: two agents, drafts of policy that governs them, keys."),
    "analyze": ("analyze:analyze", "Read recorded runs, keep them in a verified log, sum them up."),
    "report": ("report:report", "Write a log and its findings as one page that opens offline."),
    "compare": ("compare:compare", "Show where two runs of the same task part."),
    "list": ("catalogue:list_", "List the studies, worlds and players there are."),
    "run": ("run:run", "Play a study: agents together in a world, and what it costs others."),
    "watch": ("watch:watch", "Follow a log as it grows and say what is found in it."),
    "trace": ("trace:trace", "Show what an event rests on and what rests on it."),
    "verify": ("verify:verify", "Check a log without trusting who wrote it."),
    "keygen": ("keygen:keygen", "Make a signing key for a log, a witness or a reviewer."),
    "sign": ("sign:sign_", "Sign a manifest, or another document that is enforced."),
    "lint": ("lint:lint", "Find what is wrong with manifests before they are in force."),
    "kill": ("kill:kill", "Stop the agents of a gate from starting anything more."),
    "diff": ("diff:diff_", "Tell what a new manifest narrows, and what it widens."),
}
SECTIONS = {
    "Look": ("demo", "analyze", "watch", "report", "compare", "outcomes", "forecast"),
    "Govern": ("init", "lint", "keygen", "sign", "diff", "serve", "escalations", "cuts", "kill"),
    "Play": ("list", "run"),
    "Account": ("log", "trace", "verify"),
}
"""How `tertius --help` puts the verbs together."""
LOG_VERBS = {
    "runs": ("log:runs", "List the runs of a log."),
    "show": ("log:show", "List the events of a log, or show one in full."),
    "export": ("log:export", "Write a log's events as JSON Lines."),
    "rebuild-index": ("log:rebuild_index", "Build the indexes beside a log anew."),
}
OUTCOME_VERBS = {
    "import": ("outcomes:import_", "Join what came out later to the runs it is about."),
}
FORECAST_VERBS = {
    "fit": ("forecast:fit", "Learn from past runs how likely a run is to end in harm."),
}
ESCALATION_VERBS = {
    "list": ("escalations:list_", "List the questions that wait for a person."),
    "show": ("escalations:show", "Show the card of one question."),
    "approve": ("escalations_rule:approve", "Approve a question with your signature."),
    "deny": ("escalations_rule:deny", "Deny a question with your signature."),
    "deliver": ("escalations_deliver:deliver", "Send the notices that wait to be sent."),
    "enrol": ("escalations_rule:enrol", "Make your approver's key."),
}
CUT_VERBS = {
    "list": ("cuts:list_", "List what is cut at a gate, and why."),
    "make": ("cuts:make", "Quarantine an agent, tool, channel or edge, with your signature."),
    "lift": ("cuts:lift", "Lift a cut with your signature, whoever made it."),
}
SERVE_VERBS = {
    "witness": ("serve:witness", "Run a small witness that cosigns checkpoints."),
    "gate": ("serve_gate:gate", "Let the gate stand beside the agents, under another user."),
}


def build(
    console: Console | None = None,
    error_console: Console | None = None,
    *,
    words: Collection[str] = (),
) -> App:
    """Return the command with all its verbs; their modules are imported when called.

    A verb among `words` is about to be called, and then its own docstring is its help.
    """
    below = (
        *LOG_VERBS,
        *OUTCOME_VERBS,
        *FORECAST_VERBS,
        *ESCALATION_VERBS,
        *CUT_VERBS,
        *SERVE_VERBS,
    )
    called = not {*VERBS, *below}.isdisjoint(words)
    app = App(
        name="tertius",
        help="The third party on every connection between AI agents.",
        help_format="markdown" if called else "plaintext",  # Markdown takes long to import
        version=lambda: f"tertius {metadata.version('tertius')}",
        console=console,
        error_console=error_console,
        suppress_keyboard_interrupt=False,  # `run` tells of it
    )
    app.group_commands = Group("Else", sort_key=len(SECTIONS))
    logs = App(name="log", help="Look into a log: runs, show, export, rebuild-index.")
    outcomes = App(name="outcomes", help="Add what came out later: import.")
    forecast = App(name="forecast", help="Learn from past runs to foretell harm: fit.")
    questions = App(
        name="escalations",
        help="Answer what waits for a person: list, show, approve, deny, deliver, enrol.",
    )
    cuts = App(name="cuts", help="Cut one agent, tool or edge at a gate: list, make, lift.")
    serve = App(name="serve", help="Run a server on this machine: witness, gate.")
    groups = (
        (app, VERBS),
        (logs, LOG_VERBS),
        (outcomes, OUTCOME_VERBS),
        (forecast, FORECAST_VERBS),
        (questions, ESCALATION_VERBS),
        (cuts, CUT_VERBS),
        (serve, SERVE_VERBS),
    )
    sections = _sections()
    for parent, verbs in groups:
        for name, (place, summary) in verbs.items():
            help = None if name in words else summary
            group = sections.get(name) if parent is app else None
            parent.command(f"tertius.cli.{place}", name=name, help=help, group=group)
    for each in (logs, outcomes, forecast, questions, cuts, serve):
        each.group, each.group_commands = sections[each.name[0]], Group("Commands")
        app.command(each)
    return app


def _sections() -> dict[str, Group]:
    """Return the section of the help that each verb stands in."""
    found: dict[str, Group] = {}
    for order, (title, verbs) in enumerate(SECTIONS.items()):
        found |= dict.fromkeys(verbs, Group(title, sort_key=order))
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a name that is not in the terminal's alphabet
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code.

    Returns
    -------
    int
        0 pass; 1 a finding at or above ``--fail-on``; 2 the caller's mistake; 3 not evaluated;
        4 integrity broken; 130 interrupted.
    """
    words = [word for word in arguments if word != "--debug"]
    debug = len(words) != len(arguments)
    app = build(words=words)
    try:
        code = app(words, exit_on_error=False, print_error=False, result_action="return_value")
        print(end="", flush=True)
    except UnknownCommandError as error:
        return _complain(_unknown(error.unused_tokens or [], words), EXIT_CALLER, debug)
    except (BrokenPipeError, SystemExit) as error:  # rich turns a broken pipe into an exit
        if isinstance(error, SystemExit) and not isinstance(error.__context__, BrokenPipeError):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_PASS
    except (Exception, KeyboardInterrupt) as error:  # the one place where errors become one line
        return _complain(*complaint(error), debug)
    return code if isinstance(code, int) else EXIT_PASS


def _unknown(unused: Sequence[str], words: Sequence[str]) -> str:
    """Name the nearest verb, without importing any."""
    word = unused[0] if unused else ""
    groups = {
        "log": LOG_VERBS,
        "outcomes": OUTCOME_VERBS,
        "forecast": FORECAST_VERBS,
        "escalations": ESCALATION_VERBS,
        "cuts": CUT_VERBS,
        "serve": SERVE_VERBS,
    }
    verbs = groups.get(words[0], {}) if words else {}
    known = verbs if verbs and word != words[0] else {**VERBS, **groups}
    return f"unknown command `{word}`{nearest(word, known)}; see `tertius --help`"


def _complain(text: str, code: int, debug: bool) -> int:
    line = " ".join(text.split())
    safe = "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in line
    )
    print(f"tertius: {safe}", file=sys.stderr)
    if debug:
        traceback.print_exc()
    return code


if __name__ == "__main__":
    main()
