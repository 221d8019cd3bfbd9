"""What terms of early payment say, until when they hold and what they grant; amounts in another currency."""

from datetime import date
from decimal import Decimal

import pytest

from invoices.early_payment import Terms, granted, missed, of_words, of_xrechnung, offers
from invoices.exchange import Original, difference, rate_of, shares, working_day_before
from invoices.statements.originals import original_of, told_in
from receivables.countries.rules import calendar_of

POLAND = calendar_of("PL")
FRIDAY = date(2026, 5, 8)


@pytest.mark.parametrize(
    ("condition", "amount", "expected"),
    [
        ("Płatność w ciągu 7 dni", "2%", [("2", 7)]),
        ("zapłata do 14 dni od wystawienia", "1,5 %", [("1.5", 14)]),
        ("2 % w 10 dni", "2 %", [("2", 10)]),
        ("payment within 10 days", "3%", [("3", 10)]),
        ("7 dni 3 %, 14 dni 2 %", "", []),
        ("przy szybkiej płatności", "2%", []),
        ("7 dni", "100 zł", []),
        ("7 dni", "45%", []),
        ("", "", []),
    ],
)
def test_words_of_ksef_are_taken_only_where_nothing_is_in_doubt(condition, amount, expected):
    assert [(str(each.percent), each.days) for each in of_words(condition, amount)] == expected


def test_lines_of_xrechnung():
    text = "#SKONTO#TAGE=7#PROZENT=3.00#\n#SKONTO#TAGE=14#PROZENT=2.00#\n#SKONTO#TAGE=21#PROZENT=1.00#BASISBETRAG=100.00#\n"
    assert [(each.percent, each.days) for each in of_xrechnung(text)] == [(Decimal("3.00"), 7), (Decimal("2.00"), 14)]


def test_an_offer_is_rounded_half_up_and_ends_on_a_working_day():
    (offer,) = offers([Terms(Decimal("2.5"), 1)], gross=Decimal("99.80"), currency="PLN", issued_on=FRIDAY, calendar=POLAND)
    assert (offer.amount, offer.until) == (Decimal("2.50"), date(2026, 5, 11))
    assert granted([offer], short=Decimal("2.50"), paid_on=date(2026, 5, 11)) == offer
    assert granted([offer], short=Decimal("2.50"), paid_on=date(2026, 5, 12)) is None
    assert missed([offer], short=Decimal("2.50"), paid_on=date(2026, 5, 12)) == offer
    assert granted([offer], short=Decimal("2.49"), paid_on=FRIDAY) is None


def test_shares_of_exchanged_money_leave_nothing_over():
    parts = [Decimal("333.33"), Decimal("333.33"), Decimal("333.34")]
    found = shares(Decimal("4250.01"), parts, "PLN")
    assert sum(found) == Decimal("4250.01")
    assert shares(Decimal("4250.00"), [Decimal(500)], "PLN", of=Decimal(1000)) == [Decimal("2125.00")]


def test_rates_and_what_they_make():
    assert rate_of(Decimal(4250), Decimal(1000)) == Decimal("4.25")
    made = difference(paid=Decimal(4250), received_rate=None, settles=Decimal(1000), settled_rate=Decimal("4.2999"), currency="PLN")
    assert (made.amount, made.is_gain) == (Decimal("49.90"), False)
    assert working_day_before(POLAND, date(2026, 5, 4)) == date(2026, 4, 30)  # over 3 May, a Sunday, and 1 May


def test_what_mt940_says_of_the_original():
    said = told_in(":86:/OCMT/EUR1000,00/EXCH/4,2501/")
    assert original_of(said) == Original(Decimal("1000.00"), "EUR", Decimal("4.2501"))
    assert told_in("/OCMT/nothing") == {}
    assert original_of({"original": "EUR nothing"}) is None
