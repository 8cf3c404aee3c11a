"""One digest, a domain for each kind of thing."""

import hashlib

from tertius.core.digest import digest
from tertius.log.content import commitment


def test_the_construction_is_that_of_the_security_contract() -> None:
    salt, data = bytes(range(32)), b'{"a":1}'
    by_hand = hashlib.sha256(b"tertius/v1/content\x00" + salt + data).hexdigest()
    assert digest("content", data, salt=salt) == by_hand


def test_kinds_salts_and_bytes_all_count() -> None:
    seen = {
        digest("content", b"x", salt=bytes(32)),
        digest("finding", b"x", salt=bytes(32)),
        digest("content", b"y", salt=bytes(32)),
        digest("content", b"x", salt=bytes([1] * 32)),
        digest("content", b"x"),
    }
    assert len(seen) == 5


def test_content_commits_as_the_log_does() -> None:
    salt, data = bytes(range(32)), b"hello"
    assert digest("content", data, salt=salt) == commitment(salt, data)
