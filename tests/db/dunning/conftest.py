"""Every test begins with its own clock and channels that remember; nothing here reaches the mailbox unless it asks to."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.db.dunning.firm import Firm, Recorder, make_firm


@pytest.fixture(autouse=True)
def clock_is_put_back(settings: Any) -> None:
    """Whatever a test sets the clock to, the next one finds it unset."""
    settings.CLOCK = None


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    with Recorder().standing_in() as channels:
        yield channels


@pytest.fixture
def firm(db: None, recorder: Recorder) -> Firm:
    """A firm with the plain ladder: first on day 1 by e-mail, second on day 5 by SMS, third on day 9 by e-mail."""
    return make_firm(recorder=recorder)
