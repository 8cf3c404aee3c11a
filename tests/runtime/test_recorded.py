"""What is recorded of a call whose manifest marks arguments as secret."""

import pytest

from tertius.runtime.recorded import without_secrets


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        (b'{"pin":"1234","n":1}', b'{"pin":"(secret)","n":1}'),
        (b'{"n":{"pin":"1234"}}', b'{"n":{"pin":"1234"}}'),  # another argument
        (b'{"to":[{"iban":"1234"}]}', b'{"to":[{"iban":"(secret)"}]}'),
        (b'["1234"]', b'"(secret)"'),
        (b"1234 no json", b'"(secret)"'),
        (b"[" * 100_000, b'"(secret)"'),
        (b"\xff1234", b'"(secret)"'),
    ],
)
def test_only_what_is_secret_is_masked_and_what_cannot_be_read_is_masked_whole(
    content: bytes, kept: bytes
) -> None:
    assert without_secrets(content, ["pin", "to.iban"]) == kept
