"""Claimable but unclaimed from rows: what letters demanded and the ledger holds is taken off; a fixed number of queries."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dunning.claimable import claimable
from dunning.models import NoticeClaim
from invoices.actions import dispute, post_claims, set_claim_rules, spare_customer
from invoices.models import Item
from invoices.states import ClaimKind, Kind
from receivables.reporting.unclaimed import by_customer, totals, unclaimed_list
from tests.builders import pay
from tests.db.dunning.firm import Firm, Recorder, day, make_firm

pytestmark = pytest.mark.django_db

ON = day(40)
CLAIMING = """\
name: Claiming
steps:
  - {key: first, after_due: 1, channel: [email], interest: true, compensation: true}
"""


def found(firm: Firm, on: date = ON) -> dict[str, tuple[Decimal, Decimal]]:
    """Item → interest and compensation."""
    return {line.owed.label: (line.found.interest, line.found.compensation) for line in unclaimed_list(firm.creditor, on=on).lines}


def posted(item: Item, *, on: date) -> None:
    post_claims(item.customer_id, claimable(item.customer, on=on), on=on)


def test_what_is_open_or_was_paid_late_is_listed_and_what_was_paid_in_time_is_not(firm: Firm) -> None:
    is_open, late, in_time = firm.owes(amount="1000.00"), firm.owes(amount="1000.00"), firm.owes(amount="1000.00")
    pay(late.customer, "1000.00", late, booked_on=day(10))
    pay(in_time.customer, "1000.00", in_time, booked_on=day(0))
    rows = found(firm)
    assert set(rows) == {is_open.label, late.label}
    assert rows[late.label][0] < rows[is_open.label][0] and rows[late.label][1] == rows[is_open.label][1] > 0


def test_the_day_of_an_item_that_is_not_due_has_nothing(firm: Firm) -> None:
    firm.owes()
    assert found(firm, day(0)) == {}


def test_what_is_posted_is_no_longer_unclaimed_but_the_days_after_are(firm: Firm) -> None:
    item = firm.owes(amount="10000.00")
    posted(item, on=day(20))
    interest, flat = found(firm)[item.label]
    assert flat == 0 and 0 < interest < Decimal(100)
    assert found(firm, day(20)) == {}


def test_the_same_as_would_be_posted(firm: Firm) -> None:
    item = firm.owes(amount="10000.00")
    pay(item.customer, "4000.00", item, booked_on=day(15))
    dispute(Item.objects.get(pk=item.pk), amount=Decimal(500), on=day(16))
    wanted = {claim.kind: claim.amount for claim in claimable(item.customer, on=ON)}
    assert found(firm)[item.label] == (wanted[ClaimKind.INTEREST], wanted[ClaimKind.COMPENSATION])


def test_what_a_letter_demanded_is_claimed(recorder: Recorder) -> None:
    firm = make_firm(CLAIMING, recorder)
    item = firm.owes(amount="10000.00")
    firm.run(5)
    assert NoticeClaim.objects.filter(notice__creditor=firm.creditor).count() == 2
    interest, flat = found(firm)[item.label]
    assert flat == 0 and interest > 0
    assert found(firm, day(5)) == {}


def test_consumers_owe_no_compensation_and_the_switch_and_the_list_are_honoured(firm: Firm) -> None:
    consumer, spared = firm.owes(firm.customer(kind=Kind.CONSUMER), "1000.00"), firm.owes(amount="1000.00")
    spare_customer(spared.customer, reason="Stały klient", on=day(0))
    rows = found(firm)
    assert (rows[consumer.label][1], rows[spared.label][1]) == (0, 0)
    other = firm.owes(amount="1000.00")
    assert found(firm)[other.label][1] > 0
    set_claim_rules(firm.creditor, claims_compensation=False, on=day(1))
    assert found(firm)[other.label][1] == 0


def test_what_is_past_its_limitation_is_left_out(firm: Firm) -> None:
    firm.owes(due=(date(2023, 6, 1) - day(0)).days)
    assert found(firm) == {}


def test_currencies_are_never_added_up(firm: Firm) -> None:
    customer = firm.customer()
    firm.owes(customer, "1000.00"), firm.owes(customer, "1000.00", currency="EUR"), firm.owes(customer, "500.00")
    lines = unclaimed_list(firm.creditor, on=ON).lines
    assert [(row.owed.currency, row.items) for row in by_customer(lines)] == [("EUR", 1), ("PLN", 2)]
    assert [each.currency for each in totals(lines)] == ["EUR", "PLN"]
    assert sum(row.total for row in by_customer(lines)) == sum(line.total for line in lines)


def test_the_number_of_queries_does_not_grow_with_the_items(firm: Firm) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            unclaimed_list(firm.creditor, on=ON)
        return len(seen)

    posted(firm.owes(amount="1000.00"), on=day(20))
    before = queries()
    for _ in range(4):
        posted(firm.owes(amount="1000.00"), on=day(20))
        firm.owes(amount="1000.00")
    assert queries() == before <= 14
