"""Damage to bytes: from single bits to whole parts doubled, moved or exchanged for what hurts."""

import random

HOSTILE = (
    b"\x00", b"\x1b[2J", b"\xff\xfe", b"\xed\xa0\x80", b"\xc0\xae", b"\xef\xbb\xbf", b"\r",
    b"\n", b"\t",
    b"\xe2\x80\xae", b"\xe2\x80\x8b", b"\xf0\x9f\x98\x80", b'"', b"'", b"\\", b"\\u0000",
    b"\\ud800",
    b"{", b"}", b"[", b"]", b"[" * 60, b"{" * 60, b'{"a":' * 40, b"(" * 60, b"//\r", b"/*", b"# ",
    b":", b": ", b",", b"- ", b"? ", b"&a ", b"*a", b"<<: ", b"!!python/name:os.system ", b"|\n",
    b"%2e%2e/", b"../", b"NaN", b"Infinity", b".nan", b"-0", b"1e999", b"9" * 400, b"1_0", b"0x1f",
    b"9007199254740993", b"-9223372036854775809", b"true", b"null", b"yes", b"~", b"__proto__",
    b"\xd0\xb0", b"AID", b"x" * 200, b" " * 50, b"---\n", b"...\n", b"%YAML 9.9\n", b"@escalate ",
    b"principal", b'["a"]' * 30, b"!" * 30, b"when{true}" * 20, b"?principal", b"::", b"&&", b"||",
)  # fmt: skip


def damaged(chance: random.Random, seed: bytes, others: tuple[bytes, ...]) -> bytes:
    """Return a text with one to four damages; `others` lend parts of theirs."""
    data = bytearray(seed)
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 4))):
        _damage(chance, data, others)
    return bytes(data)


def _damage(chance: random.Random, data: bytearray, others: tuple[bytes, ...]) -> None:
    at = chance.randrange(len(data) + 1)
    end = min(len(data), at + chance.choice((1, 1, 2, 4, 8, 16, 64, 256)))
    kind = chance.randrange(9)
    if kind == 0 and data:
        data[at % len(data)] ^= 1 << chance.randrange(8)
    elif kind == 1 and data:
        data[at % len(data)] = chance.randrange(256)
    elif kind == 2:
        del data[at:end]
    elif kind == 3:
        data[at:at] = data[at:end] * chance.choice((1, 2, 50))
    elif kind == 4:
        del data[at:]
    elif kind == 5:
        data[at:at] = chance.choice(HOSTILE)
    elif kind == 6:
        data[at:end] = chance.choice(HOSTILE)
    elif kind == 7:
        other = chance.choice(others)
        start = chance.randrange(len(other) + 1)
        data[at:end] = other[start : start + chance.choice((4, 16, 64))]
    else:
        _exchange_words(chance, data)


def _exchange_words(chance: random.Random, data: bytearray) -> None:
    words = [word for word in bytes(data).replace(b'"', b" ").split() if len(word) < 80]
    if len(words) > 1:
        one, other = chance.sample(words, 2)
        data[:] = bytes(data).replace(one, other, 1)
