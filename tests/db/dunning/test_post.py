"""A letter of the ladder goes through the post: unconfirmed while its batch is closed, completed on the day it was posted."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from dunning.actions import open_campaign, open_requests, outcome, send_campaigns
from dunning.actions.outcomes import Result
from dunning.explain import explain_customer
from dunning.models import LadderRules, Notice, StepResult
from invoices.models import Customer, Item
from receivables.accounts.models import User
from receivables.messaging import mode
from receivables.messaging.actions import go_live, go_quarantine
from receivables.messaging.models import PostBatch
from receivables.messaging.post.closing import Closed, close, preview, still_against
from receivables.messaging.post.posting import cancel, mark_posted, take_out
from receivables.messaging.post.waiting import waiting
from tests.builders import make_user, pay
from tests.db.dunning.firm import DUE, SAFEGUARDS_OFF, Firm, day, make_firm, used_to

pytestmark = pytest.mark.django_db

NOW = (date.today() - DUE).days + 1  # day numbers from tomorrow on: going live has no clock of its own
LETTERS = """\
name: Letters
steps:
  - {key: first, after_due: 1, channel: [letter]}
  - {key: second, after_due: 5, channel: [letter]}
"""


@pytest.fixture
def boss(settings: Any, tmp_path: Path) -> User:
    """Goes live from this machine."""
    settings.LIVE_HOST, settings.HTTPS, settings.DATA_DIR = mode.hostname(), True, tmp_path
    settings.BASE_URL, settings.DEFAULT_FROM_EMAIL, settings.CLOCK = "https://pay.example.com", "pay@example.com", None
    boss = make_user("boss", is_superuser=True)
    go_live(by=boss)
    return boss


@pytest.fixture
def firm(boss: User) -> Firm:
    firm = make_firm(LETTERS, **SAFEGUARDS_OFF)
    used_to(firm.creditor, 10, 10, 10)
    return firm


@pytest.fixture
def item(firm: Firm) -> Item:
    """Due long ago; its customer has a postal address."""
    customer = firm.customer(street="Prosta 1", postcode="00-001", city="Warszawa")
    return firm.owes(customer, due=NOW - 10)


def closed(firm: Firm, boss: User, on: int) -> Closed:
    return close(firm.creditor, service="registered", on=day(on), now=firm.noon(on), by=boss)


def posted(firm: Firm, batch: PostBatch, boss: User, on: int, *, today: int) -> None:
    mark_posted(batch, on=day(on), today=day(today), now=firm.noon(today), by=boss)


def test_a_step_is_completed_on_the_day_of_posting_and_the_ladder_waits_till_then(firm: Firm, boss: User, item: Item) -> None:
    firm.run(NOW)
    assert (firm.states(), firm.case(item).position) == ({"planned": 1}, 0)
    batch = closed(firm, boss, NOW).batch
    for on in (NOW + 1, NOW + 8):
        firm.run(on)  # the ladder takes no further step while nobody knows
        assert (firm.states(), firm.case(item).position) == ({"handed": 1}, 0)
    assert explain_customer(item.customer, on=day(NOW + 8))[item.pk].waits == "unconfirmed"
    posted(firm, batch, boss, NOW + 2, today=NOW + 8)
    case = firm.case(item)
    assert (case.position, case.completed_on, case.in_flight) == (1, day(NOW + 2), None)
    assert StepResult.objects.values_list("kind", "on", "captured").get() == ("completed", day(NOW + 2), False)
    firm.run(NOW + 9)
    assert firm.states() == {"accepted": 1, "planned": 1}  # four days after the day of posting, not after the day it was marked


def test_paid_before_closing_the_letter_does_not_go(firm: Firm, boss: User, item: Item) -> None:
    other = firm.owes(firm.customer(street="Długa 2", postcode="00-002", city="Warszawa"), due=NOW - 10)
    firm.run(NOW)
    assert len(preview(firm.creditor, now=firm.noon(NOW)).go) == 2
    pay(item.customer, "100.00", item, booked_on=day(NOW))
    assert closed(firm, boss, NOW).handed == 1
    assert (firm.case(item).in_flight, firm.case(other).in_flight is not None) == (None, True)


def test_an_address_changed_meanwhile_is_taken_out_and_planned_anew(firm: Firm, boss: User, item: Item) -> None:
    firm.run(NOW)
    Customer.objects.filter(pk=item.customer_id).update(street="Inna 3")
    found = preview(firm.creditor, now=firm.noon(NOW))
    assert [reason for _message, reason in found.out] == ["the recipient's address has changed"]
    done = closed(firm, boss, NOW)
    assert (done.handed, done.taken_out, firm.states()) == (0, 1, {"withdrawn": 1})
    firm.run(NOW + 1)
    assert [m.recipient.splitlines()[1] for m in waiting(firm.creditor, now=firm.noon(NOW + 1))] == ["Inna 3"]


def test_paid_between_closing_and_posting_people_are_told_and_may_take_it_out(firm: Firm, boss: User, item: Item) -> None:
    firm.run(NOW)
    batch = closed(firm, boss, NOW).batch
    assert still_against(batch, now=firm.noon(NOW)) == {}
    pay(item.customer, "100.00", item, booked_on=day(NOW))
    [reason] = still_against(batch, now=firm.noon(NOW)).values()
    assert reason == "an item is settled or closed"
    take_out(batch.letters.get(), again=False, reason="paid", now=firm.noon(NOW), by=boss)
    assert firm.states() == {"failed": 1}
    assert firm.case(item).in_flight is None


def test_a_letter_that_was_spoilt_is_planned_anew_by_the_next_run(firm: Firm, boss: User, item: Item) -> None:
    firm.run(NOW)
    batch = closed(firm, boss, NOW).batch
    take_out(batch.letters.get(), again=False, reason="wet", now=firm.noon(NOW), by=boss)
    assert (firm.case(item).position, firm.case(item).round) == (0, 2)
    firm.run(NOW + 1)
    assert firm.states() == {"failed": 1, "planned": 1}


def test_of_a_cancelled_batch_the_letters_go_with_the_next(firm: Firm, boss: User, item: Item) -> None:
    firm.run(NOW)
    first = closed(firm, boss, NOW).batch
    cancel(first, reason="printer on fire", now=firm.noon(NOW), by=boss)
    done = closed(firm, boss, NOW)
    posted(firm, done.batch, boss, NOW, today=NOW)
    assert firm.states() == {"accepted": 1}
    assert firm.case(item).position == 1


def test_what_lay_there_overnight_is_planned_anew_with_what_is_true_then(firm: Firm, boss: User, item: Item) -> None:
    firm.run(NOW)
    firm.run(NOW + 1)
    assert firm.states() == {"withdrawn": 1, "planned": 1}
    done = closed(firm, boss, NOW + 1)
    assert done.handed == 1


def test_a_letter_that_came_back_takes_its_step_back(firm: Firm, boss: User, item: Item) -> None:
    firm.run(NOW)
    batch = closed(firm, boss, NOW).batch
    posted(firm, batch, boss, NOW, today=NOW)
    outcome(Notice.objects.get(), Result.BOUNCED, now=firm.noon(NOW + 7), detail="undeliverable", by=boss)
    assert (firm.states(), firm.case(item).position) == ({"hard_bounced": 1}, 0)


def test_going_live_again_leaves_alone_what_is_printed(firm: Firm, boss: User, item: Item, settings: Any) -> None:
    firm.run(NOW)
    closed(firm, boss, NOW)
    settings.CLOCK = None
    go_quarantine(by=boss, reason="a test")
    go_live(by=boss)
    assert firm.states() == {"handed": 1}
    assert firm.case(item).in_flight is not None
    firm.run(NOW + 1)
    assert firm.states() == {"handed": 1}


def test_the_day_of_posting_is_what_the_next_step_counts_from(firm: Firm, boss: User, item: Item) -> None:
    firm.run(NOW)
    batch = closed(firm, boss, NOW).batch
    posted(firm, batch, boss, NOW + 3, today=NOW + 3)
    assert firm.case(item).completed_on == day(NOW) + timedelta(days=3)


def test_balances_to_confirm_lie_with_the_letters_and_one_that_changed_does_not_go(firm: Firm, boss: User) -> None:
    customers = [firm.customer() for _ in range(2)]  # e-mail was not agreed with them
    items = [firm.owes(customer, due=NOW - 10) for customer in customers]
    days = {"as_of_on": day(NOW - 1), "year_ends_on": day(NOW), "deadline_on": day(NOW + 7)}
    LadderRules.objects.filter(creditor=firm.creditor).update(bank_seen_until=day(NOW - 1))
    campaign = open_campaign(firm.creditor, on=day(NOW), **days)
    assert send_campaigns(firm.creditor, on=day(NOW), now=firm.noon(NOW)) == 2
    firm.deliver(NOW)
    letters = list(waiting(firm.creditor, now=firm.noon(NOW)))
    assert [bytes(letter.document.content[:5]) for letter in letters if letter.document] == [b"%PDF-"] * 2
    pay(customers[1], 20, items[1], booked_on=day(NOW - 1))
    batch = closed(firm, boss, NOW).batch
    posted(firm, batch, boss, NOW, today=NOW)
    states = dict(campaign.requests.values_list("customer", "written__message__state"))
    assert states == {customers[0].pk: "accepted", customers[1].pk: "withdrawn"}
    assert [row.customer for row in open_requests(customers[0])] == customers[:1] and not open_requests(customers[1])
