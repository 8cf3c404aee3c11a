"""Paths and addresses, in every reading that a program could give them."""

import pytest

from tertius.policy.resolve import address, is_settled, paths_meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("/data/x", ["/data/x"]),
        ("/data/./a//b/", ["/data/a/b"]),
        ("/data/a/../b", ["/data/b"]),
        ("/data/../etc", ["/etc"]),
        ("/data/%2e%2e/etc", ["/data/%2e%2e/etc", "/etc"]),
        ("/data%2F..%2Fetc", ["/data%2F..%2Fetc", "/etc"]),
        ("/data/%252e%252e/etc", ["/data/%252e%252e/etc", "/data/%2e%2e/etc", "/etc"]),
        ("/data/100%", ["/data/100%"]),
        ("/", ["/"]),
    ],
)
def test_every_reading_of_a_path(text: str, meant: list[str]) -> None:
    assert paths_meant(text) == meant


@pytest.mark.parametrize(
    "text",
    ["", "data", "./data", "//data", "/..", "/data/../..", "/a\\b", "/a%5cb", "/a\x00b", "/a%00b",
     "/a\nb", "/%c0%ae%c0%ae/x", "/%ff", "/" + "%25" * 1 + "25" * 9],
)  # fmt: skip
def test_a_path_that_readers_disagree_on_means_nothing(text: str) -> None:
    assert paths_meant(text) is None


@pytest.mark.parametrize(
    ("key", "settled"),
    [("aid/x", True), ("aid/x.csv", True), ("a.b", True), ("", True), ("aid/../x", False),
     ("aid/./x", False), ("aid/..", False), ("aid/%2e%2e/x", False), ("aid\\..\\x", False),
     ("100%", True), ("aid//x.", False)],
)  # fmt: skip
def test_keys_that_stay_where_they_are(key: str, settled: bool) -> None:
    assert is_settled(key) is settled


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://a.example/x?y#z", ("https", "a.example", 443)),
        ("HTTPS://A.Example:8443", ("https", "a.example", 8443)),
        ("http://a.example?x=@b", ("http", "a.example", 80)),
        ("https://a.example/ü", ("https", "a.example", 443)),
    ],
)
def test_plain_addresses(text: str, found: tuple[str, str, int]) -> None:
    assert address(text) == found


@pytest.mark.parametrize(
    "text",
    ["", "a.example", "//a.example", "https:a.example", "https://u@a.example", "https://a\\@b/",
     "https://a.example:/", "https://a.example:0/", "https://a.example:99999/", "https://[::1]/",
     "https://ex\u0430mple.org/", "https://a.example /x", "https://a.example/\n", "foo://a",
     "https://a%2eexample/", "https://a.example\u3002evil/", " https://a.example/"],
)  # fmt: skip
def test_addresses_that_readers_disagree_on(text: str) -> None:
    assert address(text) is None
