"""Days on a command line."""

from argparse import ArgumentTypeError
from datetime import date

import pytest

from receivables.core.arguments import day


def test_a_day_is_written_as_in_the_calendar() -> None:
    assert day("2026-02-28") == date(2026, 2, 28)


@pytest.mark.parametrize("text", ["", "x", "31.02.2026", "2026-02-31", "2026-13-01"])
def test_anything_else_is_refused_in_a_plain_sentence(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="is no date of the calendar such as 2012-12-31"):
        day(text)
