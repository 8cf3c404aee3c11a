"""Pack runs into the page: compressed, and with as much text as there is room for."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from tertius.report.entry import MOST_REST, MOST_TEXT
from tertius.report.run import Picture

LIMITS = (2 * MOST_REST, 16_000, MOST_TEXT, 2000, 1000, 700, 500, 350, 250, 120, 60, 0)
READABLE = 250  # characters to which texts are cut before a run is left out
QUOTED = 600  # characters that a text keeps, however full the page, if a finding quotes it
DENSE = 5  # characters of text that one byte of a block holds at most, or so
FRAME = 80  # bytes around a block


def pack(pictures: Sequence[Picture], most: int) -> dict[str, str]:
    """Pack runs into blocks of at most `most` bytes together.

    Parameters
    ----------
    pictures : sequence of Picture
        At least one, what matters most first.
    most : int
        Bytes of all blocks and of what stands around them.

    Returns
    -------
    dict
        By the names of the runs that fit, their blocks in base64, in whose alphabet no content can
        end a block. The first run is always among them.

    Notes
    -----
    Texts are cut as far as needed, to `QUOTED` characters at least where a finding quotes them.
    Rather than cutting the others below `READABLE` it leaves out runs, and the first run's texts
    are cut further only if it does not fit alone. Packs everything up to nine times.
    """
    for limit in LIMITS:
        if limit > READABLE and _least(pictures, limit) > most:
            continue
        blocks: dict[str, str] = {}
        left = most
        for picture in pictures:
            block = _packed(_cut(picture, limit))
            if len(block) + FRAME <= left:
                blocks[picture.name] = block
                left -= len(block) + FRAME
            elif limit > READABLE or not blocks:
                break
        else:
            return blocks
    return {pictures[0].name: block}


def _least(pictures: Sequence[Picture], limit: int) -> int:
    """Return what texts cut at `limit` take at least, packed."""
    return sum(min(len(text), limit) for each in pictures for text in each.texts) // DENSE


def _cut(picture: Picture, limit: int) -> Picture:
    if limit >= LIMITS[0]:
        return picture
    quoted = set(picture.quoted)
    texts = [
        text[: max(limit, QUOTED) if number in quoted else limit]
        for number, text in enumerate(picture.texts)
    ]
    return replace(picture, texts=texts)


def _packed(picture: Picture) -> str:
    return base64.b64encode(zlib.compress(msgspec.json.encode(picture), 6)).decode()
