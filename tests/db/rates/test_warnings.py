"""Where a rate ends or is missing, the check and the screens say so in one sentence."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core import checks
from django.db import connection
from django.test import override_settings
from django.utils import translation

from receivables.countries.rates import MidRate, Rate, RateBook, RateTable
from receivables.rates.known import warnings
from tests.builders import make_creditor
from tests.db.rates.world import a_mid, a_rate, approved

ON = date(2026, 11, 28)


def book(regime: str = "commercial_delay", until: str = "2026-12-31", mid: str = "2026-10-30") -> RateBook:
    rate = Rate(date(2026, 7, 1), date.fromisoformat(until), Decimal("13.75"), "x")
    mid_on = date.fromisoformat(mid)
    return RateBook({("PL", regime): RateTable("PL", regime, (rate,))}, {("PL", mid[:7]): MidRate(mid_on, Decimal(4), "1", "x")})


@pytest.mark.parametrize(
    ("known", "told"),
    [
        pytest.param(book(until="2026-12-13"), [], id="ends in 15 days"),
        pytest.param(
            book(until="2026-12-12"), ["PL: the rate of interest (commercial_delay) is known only until 2026-12-12."], id="ends in 14 days"
        ),
        pytest.param(
            book(until="2026-11-28"), ["PL: the rate of interest (commercial_delay) is known only until 2026-11-28."], id="ends today"
        ),
        pytest.param(
            book(until="2026-11-27"),
            ["PL: no rate of interest (commercial_delay) is known after 2026-11-27. Claims that need it are not made."],
            id="ended yesterday",
        ),
        pytest.param(
            book(until="2026-05-28"),
            ["PL: the newest rate of interest (commercial_delay) is over half a year old (2026-05-28). Claims that need it are not made."],
            id="older than half a year",
        ),
        pytest.param(book("kc_delay", "2026-11-28"), [], id="a floating rate known today"),
        pytest.param(
            book("kc_delay", "2026-11-27"),
            ["PL: no rate of interest (kc_delay) is known after 2026-11-27. Claims that need it are not made."],
            id="a floating rate known yesterday",
        ),
        pytest.param(
            book(mid="2026-09-30"),
            ["PL: no mid rate of the euro is known after 2026-10-31. Claims that need it are not made."],
            id="no mid rate of the month before",
        ),
    ],
)
def test_a_sentence_says_what_ends(known: RateBook, told: list[str]) -> None:
    with translation.override("en"):
        assert warnings(known, ["PL"], on=ON) == told
        assert warnings(known, ["DE"], on=ON) == []


def check(*, databases: list[str] | None) -> list[str]:
    return [one.msg for one in checks.run_checks(databases=databases) if one.id == "rates.W001"]


@pytest.mark.django_db
def test_the_check_looks_only_at_a_database_that_it_may_look_at_and_at_countries_in_use() -> None:
    with override_settings(CLOCK=datetime(2026, 11, 28, 12, tzinfo=UTC)):
        assert check(databases=["default"]) == []
        make_creditor()
        assert check(databases=None) == []
        told = check(databases=["default"])
        assert [sentence.partition("is known")[0] for sentence in told] == [
            "PL: no rate of interest (kc_capital, kc_capital_max, kc_delay, kc_delay_max, nbp_reference) ",
            "PL: no mid rate of the euro ",
        ]
        approved(a_rate("3.75", "2026-03-05", "2026-11-28"))
        approved(a_mid("4.27", "2026-10-30", reason="x"))
        assert check(databases=["default"]) == []


@pytest.mark.django_db
def test_before_the_tables_are_there_the_check_says_nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE rates_revision RENAME TO rates_elsewhere")
    assert check(databases=["default"]) == []
