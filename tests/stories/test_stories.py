"""Every story is played against the real program: our own beside this file, and the team's where they stand beside the checkout."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dunning.replay import play
from receivables.db.scratch import Scratch, scratch_database
from tests.shared_files import SHARED, needs_shared

OWN = sorted(Path(__file__).parent.glob("*.yaml"))
NEEDED = [*range(1, 14), 22, 23, 31, 32, 34, 36, 37, 38, 41, 47, 64, 66]  # by issue 2
MORE = [*range(14, 22), 24, 25, 30, 33, 35, *range(39, 41), *range(42, 45), 48, 51, *range(53, 64), 65, *range(67, 70)]
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
@pytest.mark.parametrize("number", sorted([*NEEDED, *MORE]))
def test_shared_story(number: int, scratch: Scratch) -> None:
    assert differences(SHARED_STORIES[number], scratch) == []


@needs_shared
@pytest.mark.parametrize("number", sorted(set(range(1, 71)) - {*NEEDED, *MORE}))
def test_a_shared_story_that_is_not_supported_yet_says_so_in_one_line(number: int, scratch: Scratch) -> None:
    """One that passes has to move up into the list above."""
    found = differences(SHARED_STORIES[number], scratch)
    assert found, f"story {number} passes now; add it to MORE"
    assert len(found) == 1 and found[0].startswith("not supported yet: ")
