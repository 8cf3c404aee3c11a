"""The recorded formats, one line each; a module is loaded when a file calls for it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tertius.core.errors import CallerError
from tertius.core.family import member
from tertius.core.ports.reader import Reader

TABLE: dict[str, str] = {
    "who_and_when": "tertius.readers.who_when:WhoAndWhen",
    "agentrx": "tertius.readers.agentrx:AgentRx",
    "tau_bench": "tertius.readers.tau_bench:TauBench",
    "ag2_runs": "tertius.readers.ag2_runs:Ag2Runs",
    "mast_traces": "tertius.readers.mast_traces:MastTraces",
    "coalition_logs": "tertius.readers.coalition_logs:CoalitionLogs",
    "mas_sim": "tertius.readers.mas_sim:MasSim",
    "otlp": "tertius.readers.otlp:Otlp",
    "inspect": "tertius.readers.inspect_log:InspectLog",
    "langsmith": "tertius.readers.langsmith:LangSmith",
    "langfuse": "tertius.readers.langfuse:Langfuse",
    "jsonl": "tertius.readers.jsonl:JsonLines",
}
"""Name to ``module:Class``. Order matters: the first that recognises a file reads it."""


class UnknownFormatError(CallerError):
    """No such format, or a file that no format recognises."""


def load(name: str) -> Reader:
    """Return the reader of the format `name`.

    Raises
    ------
    UnknownFormatError
        If the table has no such name.

    Examples
    --------
    >>> load("jsonl").name
    'jsonl'
    >>> load("jsonnl")
    Traceback (most recent call last):
    ...
    tertius.readers.table.UnknownFormatError: unknown format `jsonnl`; did you mean `jsonl`
    """
    reader: Reader = member(TABLE, name, noun="format", error=UnknownFormatError)()
    return reader


def recognise(path: Path, head: bytes, readers: Iterable[Reader]) -> Reader | None:
    """Return the first of `readers` that recognises the file by its first bytes."""
    return next((reader for reader in readers if reader.recognises(path, head)), None)
