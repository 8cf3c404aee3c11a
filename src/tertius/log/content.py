"""Salted commitments to content, and the payload files that hold salt and bytes until erased.

An event names its content only by ``SHA-256("tertius/v1/content" NUL salt bytes)`` with a random
salt of 32 bytes, so that short content cannot be guessed from the record. Salt and bytes lie in
``payload/<n>``, one file for 65,536 entries, as a sequence of frames::

    index u64 | length u32 | salt 32 bytes | bytes          (big endian)

Erasing rewrites the file without the frame.
"""

from __future__ import annotations

import os
import struct
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from ssl import RAND_bytes

import msgspec

from tertius.core.errors import CallerError, IntegrityError

SALT_BYTES = 32
DRAWN = 1024  # salts
PAYLOAD_SPAN = 65_536  # entries per payload file
MAX_CONTENT = 64 * 1024 * 1024  # bytes of one content

PREFIX = b"tertius/v1/content\0"
FRAME = struct.Struct(">QI32s")
_SALT = struct.Struct(f"{SALT_BYTES}s")

_BEGUN = sha256(PREFIX)  # copied: to make a new one takes as long as to hash 400 bytes


class PayloadError(IntegrityError):
    """A payload file is not a sequence of whole frames."""


class ContentError(CallerError):
    """Content that is too long, or does not belong to the event it is handed in with."""


class Sealed(msgspec.Struct, frozen=True, gc=False):
    """Content together with its salt and the commitment that an event carries.

    Attributes
    ----------
    digest : str
        The commitment, 64 hex digits: put it into the event's `content`.
    salt : bytes
        32 random bytes.
    data : bytes
        The content itself.
    """

    digest: str
    salt: bytes
    data: bytes


def commitment(salt: bytes, data: bytes) -> str:
    """Return the salted commitment to `data` as 64 hex digits.

    References
    ----------
    FIPS 180-4 (SHA-256).

    Examples
    --------
    >>> commitment(bytes(32), b"hello")[:16]
    'd92bf69256520619'
    """
    return sha256(PREFIX + salt + data).hexdigest()


def seal(data: bytes, *, salts: Callable[[], bytes]) -> Sealed:
    """Commit to content with a fresh salt from `salts`.

    Raises
    ------
    ContentError
        It is longer than `MAX_CONTENT`, or the salt is not of 32 bytes.

    Examples
    --------
    >>> sealed = seal(b"hello", salts=lambda: bytes(32))
    >>> sealed.digest == commitment(sealed.salt, b"hello")
    True
    """
    if len(data) > MAX_CONTENT:
        raise ContentError(f"content of {len(data)} bytes; at most {MAX_CONTENT}, split it")
    salt = salts()
    if len(salt) != SALT_BYTES:
        raise ContentError(f"salt of {len(salt)} bytes; the source must give {SALT_BYTES}")
    made = _BEGUN.copy()
    made.update(salt + data)
    return Sealed(made.hexdigest(), salt, data)


def seal_all(contents: Iterable[bytes], *, salts: Callable[[], bytes]) -> list[Sealed]:
    """Commit to many contents, as `seal` does one by one.

    Examples
    --------
    >>> many = seal_all([b"a", b"b"], salts=SeededSalts(1))
    >>> salts = SeededSalts(1)
    >>> many == [seal(b"a", salts=salts), seal(b"b", salts=salts)]
    True
    """
    datas = list(contents)
    if max(map(len, datas), default=0) > MAX_CONTENT:
        return [seal(data, salts=salts) for data in datas]
    fresh = [salts() for _ in datas]
    if set(map(len, fresh)) - {SALT_BYTES}:
        raise ContentError(f"a salt of another length; the source must give {SALT_BYTES} bytes")
    return [
        Sealed(sha256(PREFIX + salt + data).hexdigest(), salt, data)
        for salt, data in zip(fresh, datas, strict=True)
    ]


class RandomSalts:
    """Salts from OpenSSL's random generator, drawn many at a time.

    Notes
    -----
    The operating system seeds that generator. Asking the system itself takes ten times as long, and
    lets the log's threads run, which hold up whoever asks. A forked child would hand out its
    parent's salts again, so the store is dropped at a fork. It cannot see a machine that was
    restored from a snapshot, which hands out some salts for the second time.
    """

    def __init__(self) -> None:
        self.refill()
        _stores.add(self)

    def refill(self) -> None:
        """Drop the salts in store and draw others."""
        self._left = _SALT.iter_unpack(RAND_bytes(SALT_BYTES * DRAWN))

    def take(self) -> bytes:
        """Return 32 fresh random bytes."""
        while (one := next(self._left, None)) is None:
            self.refill()
        return one[0]  # type: ignore[no-any-return]  # "32s" unpacks to bytes


_stores: weakref.WeakSet[RandomSalts] = weakref.WeakSet()


def _after_fork() -> None:
    for store in _stores:
        store.refill()


os.register_at_fork(after_in_child=_after_fork)


class SeededSalts:
    """The same salts for the same seed: for simulated runs whose bytes are kept as golden.

    Notes
    -----
    Anybody who knows the seed can test guesses against a commitment. Never use it for real runs.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._count = 0

    def __call__(self) -> bytes:
        """Return the next 32 bytes of the stream."""
        self._count += 1
        return sha256(b"tertius/v1/salt\0%d/%d" % (self._seed, self._count)).digest()


def frame(index: int, sealed: Sealed) -> bytes:
    """Bytes of one payload frame."""
    return FRAME.pack(index, len(sealed.data), sealed.salt) + sealed.data


def pack_frames(first: int, contents: Sequence[Sealed | None]) -> tuple[bytes, int]:
    """Write the frames of the contents of entries `first` and following; None has no frame.

    Returns
    -------
    tuple of bytes and int
        The frames, and their number.

    Examples
    --------
    >>> one = seal(b"hello", salts=SeededSalts(1))
    >>> pack_frames(7, [None, one]) == (frame(8, one), 1)
    True
    """
    pack = FRAME.pack
    parts: list[bytes] = []
    for index, content in enumerate(contents, first):
        if content is not None:
            parts += (pack(index, len(content.data), content.salt), content.data)
    return b"".join(parts), len(parts) // 2


def next_frame(raw: bytes, at: int) -> tuple[int, int] | None:
    """Entry index of the frame at offset `at` and the offset behind it; None if it is not whole."""
    if at + FRAME.size > len(raw):
        return None
    index, length, _ = FRAME.unpack_from(raw, at)
    end = at + FRAME.size + length
    return (index, end) if length <= MAX_CONTENT and end <= len(raw) else None


def frames(raw: bytes) -> Iterator[tuple[int, Sealed]]:
    """Read the frames of one payload file, or of one journal block.

    Raises
    ------
    PayloadError
        On a torn or oversized frame.
    """
    at = 0
    while at < len(raw):
        step = next_frame(raw, at)
        if step is None:
            raise PayloadError(f"payload frame at offset {at} is cut short")
        salt, data = raw[at + 12 : at + FRAME.size], raw[at + FRAME.size : step[1]]
        yield step[0], Sealed(commitment(salt, data), salt, data)
        at = step[1]
