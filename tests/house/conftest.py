import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from receivables.embedded import Places
from tests.house import processes


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    """Ends what a test has started and not ended."""
    yield
    while processes.started:
        process = processes.started.pop()
        process.kill()
        process.communicate()


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A DATA_DIR; whatever runs for it is killed at the end, and its sockets are removed."""
    folder = tmp_path.resolve() / "data"
    yield folder
    processes.kill_all(folder)
    shutil.rmtree(Places(folder).sockets, ignore_errors=True)
