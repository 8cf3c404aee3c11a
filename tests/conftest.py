"""What holds for every test: no clock decides, and nothing leaves this machine."""

import socket
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("tertius", deadline=None, print_blob=True)
settings.load_profile("tertius")

LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Refuse every connection that is neither local nor loopback."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else None
        if isinstance(host, str) and not host.startswith(LOOPBACK):
            raise AssertionError(f"a test tried to reach `{host}`; tests stay on this machine")
        connect(self, address)  # type: ignore[arg-type]  # any address family's own shape

    monkeypatch.setattr(socket.socket, "connect", guarded)
    yield
