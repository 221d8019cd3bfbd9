"""What bounces count for, when an address is given up, and how addresses are compared."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables.messaging.addresses import plain_address
from receivables.messaging.bounces import HARD, SOFT, Bounce, is_enough, read_bounce, score

DAY = date(2026, 5, 4)
HARD_BOUNCE, SOFT_BOUNCE = Bounce(is_hard=True), Bounce(is_hard=False)
OF_SENDER, OF_SENDER_FOR_NOW = Bounce(is_hard=True, is_about_sender=True), Bounce(is_hard=False, is_about_sender=True)


@pytest.mark.parametrize(
    ("detail", "is_hard", "expected"),
    [
        pytest.param("550 5.1.1 no such user", True, HARD_BOUNCE, id="nobody there"),
        pytest.param("", True, HARD_BOUNCE, id="hard without words"),
        pytest.param("", False, SOFT_BOUNCE, id="soft without words"),
        pytest.param("552 5.2.2 mailbox full", True, SOFT_BOUNCE, id="a full mailbox is soft, even where it is called final"),
        pytest.param("452 4.2.2 over quota", False, SOFT_BOUNCE, id="a full mailbox for now"),
        pytest.param("The mailbox is full", True, SOFT_BOUNCE, id="full, in words"),
        pytest.param("Skrzynka odbiorcy jest pełna", True, SOFT_BOUNCE, id="full, in Polish"),
        pytest.param("550 5.7.1 message refused", True, OF_SENDER, id="policy"),
        pytest.param("550 5.7.26 DMARC", True, OF_SENDER, id="our own DMARC"),
        pytest.param("451 4.7.0 try again", False, OF_SENDER_FOR_NOW, id="policy for now"),
        pytest.param("Message looks like spam", True, OF_SENDER, id="spam, in words"),
        pytest.param("550 5.1.1 user unknown, see spam policy", True, HARD_BOUNCE, id="a code beats words"),
        pytest.param("relayed by 10.5.7.1.example", True, HARD_BOUNCE, id="an address is no status"),
    ],
)
def test_what_a_bounce_says(detail: str, is_hard: bool, expected: Bounce) -> None:
    assert read_bounce(detail, is_hard=is_hard) == expected


@pytest.mark.parametrize(
    ("bounce", "count"), [(HARD_BOUNCE, HARD), (SOFT_BOUNCE, SOFT), (OF_SENDER, Decimal(0)), (OF_SENDER_FOR_NOW, Decimal(0))]
)
def test_what_a_bounce_counts(bounce: Bounce, count: Decimal) -> None:
    assert bounce.count == count


def soft_on(*days: int) -> dict[date, Decimal]:
    return {DAY + timedelta(days=day): SOFT for day in days}


@pytest.mark.parametrize(
    ("days", "on", "enough"),
    [
        pytest.param(range(5), 4, False, id="five days are not enough"),
        pytest.param(range(6), 5, True, id="six days are"),
        pytest.param(range(6), 35, True, id="thirty days later still"),
        pytest.param(range(6), 36, False, id="a day later they are forgotten"),
        pytest.param([0, 30, 60, 90, 120, 150], 150, True, id="each within thirty days of the one before"),
        pytest.param([0, 31, 61, 91, 121, 151], 151, False, id="a gap of thirty-one days begins anew"),
        pytest.param(range(6), 3, False, id="what comes later does not count yet"),
    ],
)
def test_six_soft_days_are_enough(days: list[int], on: int, enough: bool) -> None:
    assert is_enough(soft_on(*days), on=DAY + timedelta(days=on)) is enough


def test_nothing_counted_is_no_score() -> None:
    assert score({}, on=DAY) == 0


@pytest.mark.parametrize(
    ("channel", "written", "plain"),
    [
        ("email", " Jan.Kowalski@Example.COM ", "jan.kowalski@example.com"),
        ("email", "jan@ŻÓŁW.pl", "jan@xn--w-uga1v8h.pl"),
        ("email", "jan@xn--w-uga1v8h.pl", "jan@xn--w-uga1v8h.pl"),
        ("email", "jan@example.com.", "jan@example.com"),
        ("email", "ŻÓŁW@example.com", "żółw@example.com"),
        ("email", "no address", "no address"),
        ("email", "a@" + "ż" * 90, "a@" + "ż" * 90),
        ("sms", "+48 500-100-100", "+48500100100"),
        ("call", "+48 (500) 100 100", "+48500100100"),
        ("letter", " Jan\nul. Polna 1 ", "Jan\nul. Polna 1"),
    ],
)
def test_an_address_in_its_plain_form(channel: str, written: str, plain: str) -> None:
    assert plain_address(channel, written) == plain


@given(st.sampled_from(["email", "sms", "call", "letter"]), st.text(max_size=60))
def test_the_plain_form_of_a_plain_form_is_itself(channel: str, text: str) -> None:
    once = plain_address(channel, text)
    assert plain_address(channel, once) == once


@given(st.emails())
def test_an_address_is_plain_whatever_its_case(address: str) -> None:
    assert plain_address("email", address.upper()) == plain_address("email", address.lower())
