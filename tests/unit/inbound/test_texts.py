"""Which text messages ask us to stop, and what is a number."""

import pytest

from receivables.messaging.inbound.sms import asks_to_stop, number_in


@pytest.mark.parametrize(
    "text", ["STOP", " stop. ", "Stop!", "Rezygnuję", "REZYGNUJE", "Nie pisać", "proszę nie pisać", "Stopp", "stop all"]
)
def test_a_word_alone_stops(text: str) -> None:
    assert asks_to_stop(text)


@pytest.mark.parametrize("text", ["", "…", "nie stop", "Proszę stop, zapłaciłem wczoraj", "end of month", "stopa procentowa", "stop " * 50])
def test_whoever_says_more_is_read_by_a_person(text: str) -> None:
    assert not asks_to_stop(text)


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ("48500100100", "+48500100100"), ("+48500100100", "+48500100100"), ("0048500100100", "+48500100100"), ("INFO", ""), ("", ""),
        ("+0500100100", ""), ("123", ""), ("4" * 16, ""), ("+48 500 100 100", ""),
    ],
)  # fmt: skip
def test_a_number_is_one_that_can_be_called(given: str, number: str) -> None:
    assert number_in(given) == number
