"""Inspect: logs of evaluations, as ``.json`` and as ``.eval``, read through the library inspect_ai.

Every sample of every epoch is a run, ``inspect/<eval id>/<sample>-<epoch>``. Its transcript has
spans with a parent, so it is told like any other trace (`span_story`).

==============================  ==========================================================
in the log                      becomes
==============================  ==========================================================
span of type ``agent``          an agent at work, under the span's name
span of type ``solver``         an agent only if a model is called in it with no agent
                                around: then the solver's name is all there is
model event                     a model call: messages in, text and calls out, tokens
tool event                      a tool call and its return with arguments, result, error;
                                ``transfer_to_X`` is a hand-off, from which Inspect
                                returns control
sample without a transcript     its messages in order: model calls and tool calls
sample's error or limit         the outcome ``failed`` and its reason
==============================  ==========================================================

Truth: `target`, `scores`, `choices`, the sample's `metadata` and `store`, and everything inside a
scorer's span, model calls of a judge included.

What it cannot see: state and store changes, approvals and sandbox calls (not read); what a person
typed; a model's retries. Logs that are larger than 64 MiB, or 512 MiB unpacked, are refused.

References
----------
inspect_ai 0.3: ``inspect_ai.log.read_eval_log``; Inspect documentation, "Log files".
"""

from __future__ import annotations

import importlib
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tertius.core.errors import CallerError
from tertius.core.ports.reader import ReaderRecord, ReadProblem
from tertius.readers.glance import glance
from tertius.readers.inspect_transcript import spans
from tertius.readers.source import document
from tertius.readers.span_context import named
from tertius.readers.spans import Traces

MAX_UNPACKED = 512 * 1024 * 1024  # bytes of all parts of an .eval file
INSTALL = "reading Inspect logs needs inspect_ai; install `tertius[inspect]`"

_EVAL = re.compile(rb"PK\x03\x04.{22}.{4}(?:_journal/|header\.json|samples/|summaries\.json)", re.S)


class InspectLog:
    """Logs of Inspect evaluations.

    Notes
    -----
    Reads a log whole; importing the library takes seconds, once.
    """

    name = "inspect"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether an evaluation's log starts here, in either form."""
        if head.startswith(b"PK"):
            return _EVAL.match(head) is not None
        keys = glance(head).keys
        return keys >= {"version", "status", "eval"} or (
            keys >= {"status", "eval"} and b'"eval_id"' in head
        )

    def read(self, path: Path) -> Iterator[ReaderRecord]:
        """Yield a run for each sample."""
        try:
            library = importlib.import_module("inspect_ai.log")
        except ImportError:
            yield ReadProblem(path=str(path), message=INSTALL)
            return
        try:
            raw = document(path)
            packed = raw.startswith(b"PK")
            if packed:
                _refuse_bombs(raw)
            form = "eval" if packed else "json"
            log = library.read_eval_log(io.BytesIO(raw), resolve_attachments=True, format=form)
        except CallerError as error:
            yield ReadProblem(path=str(path), message=str(error))
        except Exception as error:  # the library names no base class for what it may meet
            yield ReadProblem(
                path=str(path), message=f"no log that inspect_ai reads: {_line(error)}"
            )
        else:
            yield from _runs(path, log)


def _runs(path: Path, log: Any) -> Iterator[ReaderRecord]:
    prefix = f"inspect/{named(str(log.eval.eval_id or log.eval.run_id or path.stem), 32)}"
    seen: set[str] = set()
    for number, sample in enumerate(log.samples or [], 1):
        trace = f"{sample.id}-{sample.epoch}"
        if trace in seen:
            message = f"sample `{named(trace, 60)}` occurs twice; the first is kept"
            yield ReadProblem(path=str(path), record=number, message=message)
            continue
        seen.add(trace)
        traces = Traces(prefix=prefix, source=InspectLog.name, path=str(path))
        try:
            found = spans(sample, trace=trace, task=str(log.eval.task))
            truth = _truth(sample)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            message = f"a sample that cannot be read: {_line(error)}"
            yield ReadProblem(path=str(path), record=number, message=message)
            continue
        for span in found:
            yield from traces.add(span)
        traces.judge(trace, truth)
        yield from traces.finish()
    if not log.samples:
        yield ReadProblem(path=str(path), message="a log without samples; only its header is here")


def _truth(sample: Any) -> dict[str, Any]:
    """Return what a sample holds of answers, and what nobody in it could see."""
    scores = {name: _builtins(score) for name, score in (sample.scores or {}).items()}
    found = {
        "id": sample.id,
        "epoch": sample.epoch,
        "target": sample.target,
        "scores": scores,
        "choices": sample.choices,
        "metadata": _builtins(sample.metadata),
        "store": _builtins(sample.store),
    }
    return {key: value for key, value in found.items() if value not in (None, {}, [], "")}


def _builtins(value: Any) -> Any:
    """Return a value of the library as plain JSON."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", exclude_none=True)
    if isinstance(value, dict):
        return {str(key): _builtins(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_builtins(item) for item in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _refuse_bombs(raw: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        size = sum(part.file_size for part in archive.infolist())
    if size > MAX_UNPACKED:
        raise CallerError(f"{size} bytes unpacked; a log is read only up to {MAX_UNPACKED}")


def _line(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
