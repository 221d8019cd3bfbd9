"""Deferral: an agreement with one rate. The invoice's date stays; interest runs on, or is waived as long as it is not missed."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from dunning.actions import defer, end_agreement
from dunning.models import Agreement
from invoices.models import Item
from receivables.core.errors import Refused
from tests.builders import audited, pay
from tests.db.dunning.firm import Firm, Recorder, day, make_firm
from tests.db.dunning.test_claims import CLAIMING, INTEREST, sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def claiming(recorder: Recorder) -> Firm:
    return make_firm(CLAIMING, recorder)


def deferred(firm: Firm, *, until: int, interest_runs: bool, on: int = 0) -> tuple[Item, Agreement]:
    item = firm.owes(amount="1000.00")
    firm.noon(on)
    return item, defer(item.customer, items=[item], until=day(until), interest_runs=interest_runs, on=day(on), reason="sezon")


def test_it_is_an_agreement_with_one_rate_over_all_that_is_open(claiming: Firm) -> None:
    item, agreement = deferred(claiming, until=15, interest_runs=False)
    (rate,) = agreement.rates.all()
    assert (rate.due_on, rate.amount, agreement.waives_interest, agreement.label) == (day(15), 1000, True, "U/2026/1")
    item.refresh_from_db()
    assert item.due_on == day(0) and audited(claiming.creditor)[-1] == "agreed"
    claiming.run(12)
    assert claiming.arrived(item) == []


@pytest.mark.parametrize(("interest_runs", "claimed"), [(True, INTEREST), (False, Decimal("0.77"))], ids=["it runs", "it is waived"])
def test_ended_by_hand_while_kept_only_the_days_before_the_end_are_waived(claiming: Firm, interest_runs: bool, claimed: Decimal) -> None:
    """Due on 1 May: of the days from the 2nd through the 11th, those through the 9th are waived; 2 days of 1000.00 at 14 % are 0.77."""
    item, agreement = deferred(claiming, until=15, interest_runs=interest_runs)
    claiming.noon(8)
    end_agreement(agreement, on=day(8), reason="na prośbę")
    claiming.run(10)
    assert claiming.arrived(item) == ["first"] and sent(claiming, "first").interest == claimed


@pytest.mark.parametrize("interest_runs", [True, False])
def test_missed_it_waives_nothing(claiming: Firm, interest_runs: bool) -> None:
    item, agreement = deferred(claiming, until=8, interest_runs=interest_runs)
    claiming.run(10)
    agreement.refresh_from_db()
    assert agreement.ended_on == day(10)
    assert claiming.arrived(item) == ["first"] and sent(claiming, "first").interest == INTEREST


def test_paid_in_time_nothing_is_chased(claiming: Firm) -> None:
    item, agreement = deferred(claiming, until=8, interest_runs=False)
    pay(item.customer, 1000, item, booked_on=day(7))
    claiming.run(12)
    agreement.refresh_from_db()
    assert agreement.ended_on is None and claiming.arrived(item) == []


def past(firm: Firm, item: Item) -> None:
    defer(item.customer, items=[item], until=day(-1), interest_runs=True, on=day(0))


def nothing(firm: Firm, item: Item) -> None:
    defer(item.customer, items=[], until=day(5), interest_runs=True, on=day(0))


def twice(firm: Firm, item: Item) -> None:
    for _ in range(2):
        defer(item.customer, items=[item], until=day(5), interest_runs=True, on=day(0))


@pytest.mark.parametrize("deed", [past, nothing, twice])
def test_what_cannot_be_deferred_is_refused(claiming: Firm, deed: Callable[[Firm, Item], None]) -> None:
    with pytest.raises(Refused):
        deed(claiming, claiming.owes())
