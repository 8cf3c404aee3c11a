"""OTLP/JSON: OpenTelemetry's own wire format, as the collector's file exporter writes it.

A file is one object with ``resourceSpans`` (or ``batches``, or that inside ``trace``, as Tempo
answers), or one such object on each line; log records in ``resourceLogs`` give the messages of the
older conventions. Every trace is a run, ``otel/<trace id>``; what spans become is in `span_words`
and `span_story`.

Ids are hexadecimal, 64-bit numbers are text, and enumerations are numbers; the proto3 forms
(base64 ids, numbers as such, ``STATUS_CODE_ERROR``) are read too. A span that cannot be decoded is
named and left out. Keys that the format does not have are passed over, as OTLP asks of receivers.

What it cannot see: a trace that is cut over several files comes as one run in parts, whose start
and end are told once for each file; resources (hosts, services) are not read.

References
----------
OpenTelemetry Protocol 1.9, "JSON Protobuf Encoding"; ``opentelemetry/proto/trace/v1/trace.proto``.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Raw, Struct

from tertius.core.errors import CallerError
from tertius.core.ports.reader import ReaderRecord, ReadProblem
from tertius.readers.otlp_value import Pair, Value, fields, plain_value
from tertius.readers.source import BOM, MAX_LINE, document, lines
from tertius.readers.span import Span
from tertius.readers.span_events import ROLES, gathered
from tertius.readers.span_words import fill
from tertius.readers.spans import Traces

PREFIX = "otel"
LOGS = b'"resourceLogs"'
UNDECODABLE = (msgspec.DecodeError, ValueError, RecursionError)
MAX_NOTES = 100_000  # log records held until their spans are read

_HEAD = re.compile(
    rb'\s*\{\s*(?:"trace"\s*:\s*\{\s*)?"(?:resourceSpans|resourceLogs|batches)"\s*:\s*\['
)
_OK = {1: True, 2: False, "STATUS_CODE_OK": True, "STATUS_CODE_ERROR": False}
_HEX = re.compile(r"[0-9a-fA-F]*")

Notes = dict[tuple[str, str], list[tuple[str, dict[str, Any]]]]


class _Wire(Struct, rename="camel", gc=False):
    """A message of the format; unknown keys are passed over."""


class _Event(_Wire, rename="camel", gc=False):
    name: str = ""
    attributes: list[Pair] | None = None


class _Link(_Wire, rename="camel", gc=False):
    trace_id: str = ""
    span_id: str = ""


class _Status(_Wire, rename="camel", gc=False):
    code: int | str = 0
    message: str = ""


class _Span(_Wire, rename="camel", gc=False):
    trace_id: str
    span_id: str
    parent_span_id: str | None = ""
    name: str = ""
    start_time_unix_nano: int | str = 0
    end_time_unix_nano: int | str = 0
    attributes: list[Pair] | None = None
    events: list[_Event] | None = None
    links: list[_Link] | None = None
    status: _Status | None = None


class _Log(_Wire, rename="camel", gc=False):
    trace_id: str = ""
    span_id: str = ""
    event_name: str = ""
    body: Value | None = None
    attributes: list[Pair] | None = None


class _Scope(_Wire, rename="camel", gc=False):
    spans: list[Raw] | None = None
    log_records: list[_Log] | None = None


class _Resource(_Wire, rename="camel", gc=False):
    scope_spans: list[_Scope] | None = None
    instrumentation_library_spans: list[_Scope] | None = None
    scope_logs: list[_Scope] | None = None


class _Request(_Wire, rename="camel", gc=False):
    resource_spans: list[_Resource] | None = None
    resource_logs: list[_Resource] | None = None
    batches: list[_Resource] | None = None
    trace: _Request | None = None


_requests = msgspec.json.Decoder(_Request)
_spans = msgspec.json.Decoder(_Span)


class Otlp:
    """OTLP/JSON files.

    Notes
    -----
    Holds a trace until the file ends or 256 MiB of spans are held; a document of one object is
    read whole, at most 64 MiB.
    """

    name = "otlp"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether an object with spans or log records starts here."""
        return _HEAD.match(head.removeprefix(BOM)) is not None

    def read(self, path: Path) -> Iterator[ReaderRecord]:
        """Yield the runs of the file, by their first moment."""
        file = _File(path)
        try:
            yield from file.records()
        except CallerError as error:
            yield file.problem(str(error))


class _File:
    """One file on its way to traces."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.traces = Traces(prefix=PREFIX, source=Otlp.name, path=str(path))
        self.notes: Notes = {}
        self.spans = self.noted = 0

    def records(self) -> Iterator[ReaderRecord]:
        """Yield everything; log records are gathered before the spans that they belong to."""
        by_line = self._by_line()
        for _, _, raw in self._pieces(by_line):
            if raw is not None and LOGS in raw:
                self._gather(raw)
        for number, offset, raw in self._pieces(by_line):
            if raw is None:
                message = f"a line has at most {MAX_LINE} bytes"
                yield self.problem(message, record=number, offset=offset)
            elif raw.strip():
                yield from self._request(raw, number if by_line else None, offset)
        yield from self.traces.finish()

    def problem(self, message: str, **place: Any) -> ReadProblem:
        """Return a problem with this file."""
        return ReadProblem(path=str(self.path), message=message, **place)

    def _by_line(self) -> bool:
        """Whether each line is an object; a line that does not end one is part of a document."""
        for line in lines(self.path):
            if line.raw is None:
                return False
            if line.raw.strip():
                return line.raw.rstrip().endswith(b"}")
        return True

    def _pieces(self, by_line: bool) -> Iterator[tuple[int, int, bytes | None]]:
        if not by_line:
            yield 1, 0, document(self.path)
            return
        for line in lines(self.path):
            yield line.number, line.offset, line.raw

    def _gather(self, raw: bytes) -> None:
        try:
            request = _requests.decode(raw)
        except UNDECODABLE:
            return  # named when its spans are read
        for resource in request.resource_logs or ():
            for scope in resource.scope_logs or ():
                for log in scope.log_records or ():
                    self._note(log)

    def _note(self, log: _Log) -> None:
        words = fields(log.attributes)
        name = log.event_name or words.get("event.name")
        if not isinstance(name, str) or not name.startswith("gen_ai.") or not log.span_id:
            return
        body = plain_value(log.body)
        if isinstance(body, dict):
            words = {**words, **body}
        elif body is not None and name in ROLES:
            words = {**words, "content": body}
        if self.noted < MAX_NOTES:
            self.noted += 1
            key = (_identifier(log.trace_id), _identifier(log.span_id))
            self.notes.setdefault(key, []).append((name, words))

    def _request(self, raw: bytes, record: int | None, offset: int) -> Iterator[ReaderRecord]:
        try:
            request = _requests.decode(raw)
            request = request.trace or request
        except UNDECODABLE as error:
            place = {"record": record, "offset": offset}
            yield self.problem(f"no OTLP/JSON, {_reason(error)}", **place)
            return
        for resource in (*(request.resource_spans or ()), *(request.batches or ())):
            for scopes in (resource.scope_spans, resource.instrumentation_library_spans):
                for scope in scopes or ():
                    for span in scope.spans or ():
                        yield from self._span(span, record)

    def _span(self, raw: Raw, record: int | None) -> Iterator[ReaderRecord]:
        self.spans += 1
        where = record or self.spans
        try:
            span = _spans.decode(raw)
            if not span.trace_id or not span.span_id:
                raise ValueError("a span needs `traceId` and `spanId`")
            found = self._meant(span, len(bytes(raw)))
        except UNDECODABLE as error:
            message = f"span {self.spans} cannot be read: {_reason(error)}"
            yield self.problem(message, record=where)
            return
        yield from self.traces.add(found)

    def _meant(self, wire: _Span, weight: int) -> Span:
        """Return the span in words of ours."""
        trace, identifier = _identifier(wire.trace_id), _identifier(wire.span_id)
        status = wire.status or _Status()
        events = [(event.name, fields(event.attributes)) for event in wire.events or ()]
        events += self.notes.pop((trace, identifier), [])
        words = fields(wire.attributes)
        if events:
            words = {**words, **gathered(events)}
        span = Span(
            trace=trace,
            id=identifier,
            parent=_identifier(wire.parent_span_id or ""),
            name=wire.name,
            start=_nanoseconds(wire.start_time_unix_nano),
            end=_nanoseconds(wire.end_time_unix_nano),
            ok=_OK.get(status.code),
            error=status.message if _OK.get(status.code) is False else "",
            links=tuple(
                (_identifier(link.trace_id), _identifier(link.span_id)) for link in wire.links or ()
            ),
            weight=weight,
        )
        return fill(span, words)


@lru_cache(maxsize=8192)  # a span's id comes again as the parent of others
def _identifier(text: str) -> str:
    """Return an id as hexadecimal digits, also from proto3's base64; zeros are none."""
    if _HEX.fullmatch(text):
        return text.lower() if text.strip("0") else ""
    if len(text) in (12, 24):
        try:
            return base64.b64decode(text, validate=True).hex()
        except (binascii.Error, ValueError):
            return text
    return text


def _nanoseconds(value: int | str) -> int:
    if isinstance(value, str):
        if not value.isdecimal() or len(value) > 19:
            raise ValueError(f"`{ascii(value)[1:-1][:40]}` is no time; expected nanoseconds")
        return int(value)
    return value if 0 <= value < 2**63 else 0


def _reason(error: Exception) -> str:
    text = "nested too deep" if isinstance(error, RecursionError) else str(error)
    return " ".join(text.split())[:300]
