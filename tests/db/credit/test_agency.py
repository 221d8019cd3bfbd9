"""What is handed over to an agency stops the sale at once, until it is recalled or paid."""

from collections.abc import Iterator
from typing import Any

import pytest

from dunning import actions as process
from dunning.actions.results import start_episode
from invoices.models import Item
from receivables.credit.models import CreditStanding
from receivables.messaging.models import Message
from tests.builders import pay
from tests.db.dunning.firm import Firm, Recorder, day, make_firm

pytestmark = pytest.mark.django_db


@pytest.fixture
def handed_over(settings: Any) -> Iterator[tuple[Firm, Item]]:
    settings.CLOCK = None  # what the firm sets it to later is put back with this
    with Recorder().standing_in() as recorder:
        firm = make_firm("name: P\nsteps: [{key: handoff, after_due: 1, channel: [agency]}]", recorder=recorder)
        item = firm.owes()
        firm.run(1)
        firm.deliver(1)
        yield firm, item


def state(item: Item) -> tuple[str, str]:
    return CreditStanding.objects.values_list("state", "cause").get(customer=item.customer)


def test_a_hand_over_stops_before_the_receipt_is_in_and_after(handed_over: tuple[Firm, Item]) -> None:
    _firm, item = handed_over
    assert state(item) == ("stop", "with_agency")
    process.accept(item.customer, on=day(2))
    assert state(item) == ("stop", "with_agency")


def test_a_recall_lifts_it(handed_over: tuple[Firm, Item]) -> None:
    _firm, item = handed_over
    process.accept(item.customer, on=day(2))
    process.recall(item.customer, on=day(3))
    assert state(item) == ("open", "nothing_against")


def test_payment_lifts_it(handed_over: tuple[Firm, Item]) -> None:
    _firm, item = handed_over
    pay(item.customer, "100.00", item, booked_on=day(3))
    assert state(item) == ("open", "nothing_against")


def test_what_only_quarantine_handed_over_is_with_nobody_once_the_firm_is_live(handed_over: tuple[Firm, Item]) -> None:
    firm, item = handed_over
    Message.objects.update(captured=True)
    start_episode(now=firm.noon(2))
    assert state(item) == ("open", "nothing_against")
