"""What ends soon: each kind within a week either way, what happens then, and nobody else's."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from dunning import actions as process
from dunning.models import AwaitedCredit, Complaint, Hold, Promise, Rate
from dunning.states import AwaitedEnd
from invoices.models import Dispute
from receivables.dashboard.queries.endings import Ending, endings
from tests.builders import make_creditor, make_customer, make_invoice, make_user
from tests.web.dashboard.test_facts import page
from tests.web.dashboard.world import DAY, NOW, TODAY, World

Act = Callable[[World, int], object]


def held(world: World, days: int) -> object:
    Hold.objects.filter(pk=world.ours.hold.pk).update(since=TODAY - 30 * DAY, until=TODAY + days * DAY)
    return None


def promised(world: World, days: int) -> object:
    made = process.promise(world.ours.customer, amount=Decimal(50), by=TODAY + 1 * DAY, on=TODAY, reason="telefon")
    return Promise.objects.filter(pk=made.pk).update(made_on=TODAY - 30 * DAY, by=TODAY + days * DAY)


def agreed(world: World, days: int) -> object:
    return Rate.objects.filter(agreement=world.ours.agreement, position=1).update(due_on=TODAY + days * DAY)


def disputed(world: World, days: int) -> object:
    return Dispute.objects.filter(item__invoice=world.ours.invoice).update(opened_on=TODAY - 30 * DAY, due_on=TODAY + days * DAY)


def awaited(world: World, days: int) -> object:
    return AwaitedCredit.objects.filter(pk=world.ours.awaited.pk).update(opened_on=TODAY - 30 * DAY, until=TODAY + days * DAY)


def complained(world: World, days: int) -> object:
    return Complaint.objects.filter(pk=world.ours.complaint.pk).update(received_on=TODAY - 30 * DAY, answer_by=TODAY + days * DAY)


def found(world: World, kind: str) -> list[Ending]:
    return [ending for ending in endings(world.ours.creditor, on=TODAY) if ending.kind == kind]


@pytest.mark.parametrize(
    ("kind", "act", "then", "gone"),
    [
        ("hold", held, "goes on the day after", "The ladder goes on."),
        ("promise", promised, "counts as broken the day after", "next run finds"),
        ("rate", agreed, "If it is missed", "next run finds"),
        ("dispute", disputed, "until somebody decides", "until somebody decides"),
        ("awaited", awaited, "If it has not come", "It did not come"),
        ("complaint", complained, "until somebody answers", "until somebody answers"),
    ],
)
def test_each_kind_is_listed_within_a_week_either_way(world: World, kind: str, act: Act, then: str, gone: str) -> None:
    for days, words in ((-8, ""), (-7, gone), (-1, gone), (0, then), (7, then), (8, "")):
        act(world, days)
        shown = [ending for ending in found(world, kind) if ending.on == TODAY + days * DAY]
        assert len(shown) == (1 if words else 0), days
        assert all(words in ending.then and ending.is_over == (days < 0) for ending in shown)


def test_what_was_settled_is_no_longer_listed(world: World) -> None:
    for act in (held, promised, disputed, awaited, complained):
        act(world, 3)
    Hold.objects.update(released_on=TODAY)
    Promise.objects.update(state=Promise.State.KEPT, ended_on=TODAY)
    Dispute.objects.update(resolved_on=TODAY, outcome="rejected")
    AwaitedCredit.objects.update(ended_on=TODAY, ended_as=AwaitedEnd.CREDITED)
    Complaint.objects.update(answered_on=TODAY, answer="x", outcome="rejected")
    assert {ending.kind for ending in endings(world.ours.creditor, on=TODAY)} <= {"rate"}


def test_what_has_just_ended_badly_is_listed(world: World) -> None:
    promised(world, -2)
    Promise.objects.update(state=Promise.State.BROKEN, ended_on=TODAY - DAY)
    awaited(world, -2)
    AwaitedCredit.objects.update(ended_on=TODAY - DAY, ended_as=AwaitedEnd.LAPSED)
    assert "broken: a task" in found(world, "promise")[0].then
    assert found(world, "awaited")[0].is_over


def test_the_page_filters_by_kind_and_today_leads_to_it(world: World) -> None:
    held(world, 2)
    awaited(world, -2)
    shown = page(world, "endings", role="viewer")
    assert "Rozmowy" in shown and "It did not come" in shown
    client = world.client("viewer")
    only = client.get(reverse("dashboard:endings"), {"kind": "hold"}, headers={"accept-language": "en"}).content.decode()
    assert "Rozmowy" in only and "It did not come" not in only
    assert client.get(reverse("dashboard:endings"), {"kind": "moon"}).status_code == 200
    today = page(world, "today", role="viewer")
    assert reverse("dashboard:endings") in today and "over since" in today


def test_nothing_of_another_company_is_listed(world: World) -> None:
    customer = make_customer(world.theirs.creditor)
    make_invoice(customer, "30.00", issued_on=TODAY - 10 * DAY, due_on=TODAY + 20 * DAY)
    process.hold(customer, on=TODAY, until=TODAY + DAY, reason="Obce")
    assert "Obce" not in page(world, "endings")


@pytest.mark.parametrize(("due_in", "is_tomorrows"), [pytest.param(4, True, id="tomorrow"), pytest.param(3, False, id="today")])
def test_where_today_brings_nothing_more_tomorrow_is_shown(world: World, due_in: int, is_tomorrows: bool) -> None:
    """The one step of the policy comes three days before the due date."""
    creditor = make_creditor("fresh")
    version = process.publish(creditor, "name: One\nsteps: [{key: reminder, after_due: -3, channel: [email]}]", now=NOW)
    process.assign(creditor, version.policy)
    make_invoice(make_customer(creditor), "80.00", issued_on=TODAY - 10 * DAY, due_on=TODAY + due_in * DAY)
    client = Client()
    client.force_login(make_user("fresh", creditor=creditor))
    shown = client.get(reverse("dashboard:today"), headers={"accept-language": "en"}).content.decode()
    assert ("Nothing more is to be sent today" in shown) is is_tomorrows
    assert ("What tomorrow brings" in shown) is is_tomorrows
