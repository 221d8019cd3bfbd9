"""Every story is played against the real program: our own beside this file, and the team's where they stand beside the checkout."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dunning.replay import play
from receivables.db.scratch import Scratch, scratch_database
from tests.shared_files import SHARED, needs_shared

OWN = sorted(Path(__file__).parent.glob("*.yaml"))
SHARED_STORIES = {int(path.name[:2]): path for path in sorted(SHARED.glob("scenarios/[0-9][0-9]-*.yaml"))}


@pytest.fixture(scope="module")
def scratch(django_db_blocker: pytest.FixtureRequest) -> Iterator[Scratch]:
    """One scratch database for all stories of a process; each begins with an empty one."""
    with django_db_blocker.unblock(), scratch_database() as made:  # type: ignore[attr-defined]
        yield made


def differences(path: Path, scratch: Scratch) -> list[str]:
    return list(play(path.read_text(encoding="utf-8"), scratch).differences)


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_own_story(path: Path, scratch: Scratch) -> None:
    assert differences(path, scratch) == []


@needs_shared
@pytest.mark.parametrize("number", sorted(SHARED_STORIES))
def test_shared_story(number: int, scratch: Scratch) -> None:
    assert differences(SHARED_STORIES[number], scratch) == []
