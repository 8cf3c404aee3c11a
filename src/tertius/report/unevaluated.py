"""What was not evaluated: what the record does not tell, and what detectors could not see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from html import escape

from tertius.core.finding import CouldNotTell
from tertius.core.ports.detector import DetectorSpec
from tertius.report.data import Gathered
from tertius.report.words import counted, shown

MOST_ANSWERS = 40  # different reasons why something could not be told
_UNSEEN = (
    "Nothing looked beyond the record: whether what was said is true, whether code that ran "
    "computes the right thing, what left no event, such as a message over a channel that nobody "
    "recorded. So a page without findings does not show that all is well."
)


def blind(found: Gathered) -> str:
    """Say what was not evaluated, and what no detector here can see."""
    items, idle = [_UNSEEN, *_unknown(found)], list(_without_input(found))
    unsure = [*found.unsure, *(answer for run in found.runs for answer in run.unsure)]
    parts = [f"<ul>\n{''.join(f'<li>{item}</li>' for item in items)}</ul>"]
    if idle:
        listed = f"<ul>\n{''.join(f'<li>{item}</li>' for item in idle)}</ul>"
        noun = f"{counted(len(idle), 'detector')} had nothing to read"
        parts.append(f"<details><summary>{noun}</summary>\n{listed}</details>")
    if unsure:
        noun = counted(len({answer.asked for answer in unsure}), "detector")
        parts.append(
            f"<details><summary>{noun} could not tell, and why</summary>\n"
            f"<ul>{_answers(unsure, found)}</ul></details>"
        )
    if found.specs:
        parts += _limits(found, _named(found, unsure))
    else:
        parts.append("<p>No detector was asked: nothing on this page was evaluated.</p>")
    return "\n".join(parts)


def _named(found: Gathered, unsure: Iterable[CouldNotTell]) -> set[str]:
    return {each.detector for each in found.findings} | {answer.asked for answer in unsure}


def _limits(found: Gathered, named: Collection[str]) -> Iterator[str]:
    """Say what the detectors that are named on this page cannot see; of the others it is folded."""
    here = [spec for spec in found.specs if spec.name in named]
    rest = [spec for spec in found.specs if spec.name not in named]
    if here:
        title = "What the detectors with an answer on this page cannot see"
        yield f"<h3>{title}</h3>\n{_blind_spots(here)}"
    if rest:
        noun = counted(len(rest), "other detector" if here else "detector")
        title = f"What {noun}, with no answer on this page, cannot see"
        yield f"<details><summary>{title}</summary>\n{_blind_spots(rest)}</details>"


def _blind_spots(specs: Iterable[DetectorSpec]) -> str:
    rows = "".join(
        f"<dt>{escape(spec.title)}</dt><dd>{escape(spec.blind)} "
        f'<span class="soft">({escape(spec.name)}, version {escape(spec.version)})</span></dd>'
        for spec in specs
    )
    return f'<dl class="facts">{rows}</dl>'


def _unknown(found: Gathered) -> Iterator[str]:
    total, unknown = sum(run.events for run in found.runs), found.unknown
    told = [
        (unknown.senders, "who did it"),
        (unknown.receivers, "whom it was for"),
        (unknown.channels, "over which channel"),
        (unknown.times, "when"),
    ]
    if unknown.times == total:
        yield "No event has a time: only their order is known."
    words = ", ".join(
        f"{what} in {count:,}"
        for count, what in told
        if count and not (what == "when" and count == total)
    )
    if words:
        yield f"Of {counted(total, 'event')} the record does not tell {escape(words)}."
    if unknown.gaps:
        gaps = counted(unknown.gaps, "gap")
        yield f"The record itself names {gaps}: times at which something was not recorded."


def _without_input(found: Gathered) -> Iterator[str]:
    """Name the detectors that had nothing to read."""
    for spec in found.specs:
        if not any(found.kinds[kind] for kind in spec.kinds):
            kinds = ", ".join(spec.kinds)
            yield (
                f"<strong>{escape(spec.title)}</strong> had nothing to read: the record has no "
                f"events of kind {escape(kinds)}."
            )


def _answers(unsure: list[CouldNotTell], found: Gathered) -> str:
    titles = {spec.name: spec.title for spec in found.specs}
    grouped = Counter((answer.asked, answer.why) for answer in unsure)
    items = [
        f"<li><strong>{escape(titles.get(asked, asked))}</strong>"
        f"{f', {times:,} times' if times > 1 else ''}: {escape(shown(why))}</li>\n"
        for (asked, why), times in grouped.most_common(MOST_ANSWERS)
    ]
    rest = len(grouped) - MOST_ANSWERS
    return "".join(items) + (f"<li>and {rest:,} more reasons</li>" if rest > 0 else "")
