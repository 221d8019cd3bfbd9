"""A promise or an instalment whose day is over waits for the bank's data of that day: who paid in time is not chased meanwhile."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from dunning.actions import bank_seen, defer, promise
from dunning.ahead import coming
from dunning.decide import Rules
from dunning.explain import explain_ladder
from dunning.models import Agreement, LadderRules, Promise, Task
from dunning.states import CaseState, TaskKind, Waits
from invoices.models import Item
from invoices.signals import statement_taken
from receivables.core.calendar import EveryDay
from tests.builders import pay
from tests.db.dunning.firm import Firm, Recorder, day, make_firm

pytestmark = pytest.mark.django_db

BY = 8


@pytest.fixture
def firm(recorder: Recorder) -> Firm:
    return make_firm(recorder=recorder)


def reads_bank(firm: Firm, until: int, *, on: int) -> None:
    bank_seen(firm.creditor, until=day(until), on=day(on))


def deferred(firm: Firm, *, seen: int) -> tuple[Item, Agreement]:
    """All of it is to be paid by the 8th; the bank is read so far when the run of the 9th comes."""
    item = firm.owes()
    firm.noon(0)
    agreement = defer(item.customer, items=[item], until=day(BY), interest_runs=True, on=day(0))
    reads_bank(firm, seen, on=BY)
    firm.run(BY + 1)
    agreement.refresh_from_db()
    return item, agreement


def promised(firm: Firm, *, seen: int) -> tuple[Item, Promise]:
    item = firm.owes()
    firm.noon(0)
    row = promise(item.customer, amount=Decimal(100), by=day(BY), items=[item], on=day(0))
    reads_bank(firm, seen, on=BY)
    firm.run(BY + 1)
    row.refresh_from_db()
    return item, row


def ended(agreement: Agreement) -> date | None:
    agreement.refresh_from_db()
    return agreement.ended_on


def test_an_instalment_paid_in_time_is_not_missed_though_its_statement_comes_later(firm: Firm) -> None:
    item, agreement = deferred(firm, seen=BY - 1)
    assert (agreement.ended_on, firm.arrived(item), Task.objects.exists()) == (None, [], False)
    pay(item.customer, "100.00", item, booked_on=day(BY))
    reads_bank(firm, BY + 1, on=BY + 2)
    firm.run(BY + 2)
    assert (ended(agreement), firm.case(item).state, firm.arrived(item)) == (None, CaseState.CLOSED, [])


@pytest.mark.parametrize(("read", "on"), [(BY, BY + 2), (BY - 1, BY + 15)], ids=["the bank shows nothing", "no statement came"])
def test_one_that_was_not_paid_ends_its_agreement_once_the_wait_is_over(firm: Firm, read: int, on: int) -> None:
    item, agreement = deferred(firm, seen=BY - 1)
    firm.run(on - 1)
    assert (ended(agreement), firm.arrived(item)) == (None, [])
    reads_bank(firm, read, on=on)
    firm.run(on)
    assert (ended(agreement), firm.arrived(item)) == (day(on), ["first"])
    assert Task.objects.get().kind == TaskKind.BROKEN_PROMISE


def test_a_company_may_go_by_the_day_alone(firm: Firm) -> None:
    LadderRules.objects.filter(creditor=firm.creditor).update(bank_wait_days=0)
    _item, agreement = deferred(firm, seen=BY - 1)
    assert agreement.ended_on == day(BY + 1)


def test_where_no_bank_data_come_in_the_day_alone_decides(firm: Firm) -> None:
    item = firm.owes()
    firm.noon(0)
    agreement = defer(item.customer, items=[item], until=day(BY), interest_runs=True, on=day(0))
    firm.run(BY + 1)
    assert ended(agreement) == day(BY + 1)


def test_a_promise_waits_in_the_same_way_and_is_kept_by_money_of_its_day(firm: Firm) -> None:
    item, row = promised(firm, seen=BY - 1)
    assert (row.state, firm.arrived(item)) == (Promise.State.STANDING, [])
    pay(item.customer, "100.00", item, booked_on=day(BY))
    row.refresh_from_db()
    assert row.state == Promise.State.KEPT


@pytest.mark.parametrize(("seen", "state"), [(BY, Promise.State.BROKEN), (BY - 1, Promise.State.STANDING)])
def test_a_promise_is_broken_once_the_bank_is_read_through_its_day(firm: Firm, seen: int, state: str) -> None:
    item, row = promised(firm, seen=seen)
    assert row.state == state
    assert firm.arrived(item) == (["first"] if state == Promise.State.BROKEN else [])


def test_what_the_bank_told_at_noon_of_the_day_breaks_no_promise(firm: Firm) -> None:
    item, row = promised(firm, seen=BY - 2)
    owed, agreement = deferred(firm, seen=BY - 2)
    for noon, whole in ((BY, BY - 1), (BY + 1, None)):  # an export of the day, then a notice of the next
        told = day(whole) if whole else None
        statement_taken.send(sender=None, creditor=firm.creditor, until=day(noon), read_until=told, on=day(noon), by=None)
    firm.run(BY + 2)
    row.refresh_from_db()
    assert (row.state, ended(agreement), firm.arrived(item), firm.arrived(owed)) == (Promise.State.STANDING, None, [], [])
    with translation.override("en"):
        assert f"reach only {day(BY - 1)}" in explain_ladder(item.customer, on=day(BY + 2)).items[item.pk].sentence


def test_notices_alone_are_waited_for_too() -> None:
    never, seen = (
        replace(rules_, bank_wait_days=14).bank_wait for rules_ in (Rules(EveryDay()), Rules(EveryDay(), bank_seen_until=day(BY)))
    )
    assert never.over_from(day(BY)) == day(BY + 1)
    assert seen.over_from(day(BY)) == day(BY + 15)


def test_why_it_waits_is_said_of_promise_instalment_and_what_it_covers(firm: Firm) -> None:
    owed, agreement = deferred(firm, seen=BY - 1)
    other, _row = promised(firm, seen=BY - 1)
    with translation.override("en"):
        covered = explain_ladder(owed.customer, on=day(BY + 1))
        rate = covered.rates[agreement.rates.get().pk]
        waiting = explain_ladder(other.customer, on=day(BY + 1)).items[other.pk]
    assert (rate.waits, waiting.waits, waiting.next) == (Waits.BANK_STALE, Waits.PROMISED, day(BY + 15))
    reach = f"the bank's data reach only {day(BY - 1)}"
    assert all(reach in words for words in (rate.sentence, waiting.sentence, *covered.items[owed.pk].notes))


def test_what_is_foreseen_takes_the_bank_to_go_on_as_old_as_today(firm: Firm) -> None:
    item, _agreement = deferred(firm, seen=BY - 1)
    assert coming(item.customer, on=day(BY + 1))[0].on == day(BY + 2)


def test_nobody_waits_longer_than_a_month(firm: Firm) -> None:
    with pytest.raises(IntegrityError, match="bank_data_awaited_a_month_at_most"), transaction.atomic():
        LadderRules.objects.filter(creditor=firm.creditor).update(bank_wait_days=31)
