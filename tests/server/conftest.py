"""A witness on a free port of loopback, for the tests of its server and of its client."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.log.small_log import NOW, new_witness

from tertius.log.witness_store import FolderStore
from tertius.server.witness import bind, server


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """A witness served on a free port of loopback."""
    store = FolderStore(tmp_path / "witness")
    running = server(new_witness(store), clock=lambda: NOW)
    listening = bind()
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
    thread.start()
    yield listening.getsockname()[1]
    running.should_exit = True
    thread.join(10)
    assert not thread.is_alive()
    store.close()
