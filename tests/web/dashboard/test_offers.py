"""The screens of ways to pay: what is offered is set by a manager; a clerk notes what a customer takes."""

import re
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from dunning.actions import Deliver, DemandWish, TermsWish, ask_terms, demand
from dunning.models import AcceptedOffer, Agreement, OfferPolicy
from invoices.models import Customer
from tests.builders import make_customer, make_invoice
from tests.web.dashboard.world import ATTACK, DAY, NOW, TODAY, World

pytestmark = pytest.mark.django_db
SETTING = reverse("dashboard:offer_policies")
SAID = {
    "kind": "consumer",
    "currency": "PLN",
    "most_sum": "2 000,00",
    "instalments": "4",
    "smallest_instalment": "50",
    "first_days": "7",
    "deferral_days": "14",
    "discount_percent": "3",
    "discount_from": "5",
    "discount_until": "30",
    "credit_percent": "0",
    "credit_days": "0",
}


@pytest.fixture
def debtor(world: World) -> Customer:
    customer = make_customer(world.ours.creditor, name="Dłużnik")
    make_invoice(customer, "1000.00", number="FV/OFERTA", issued_on=TODAY - 60 * DAY, due_on=TODAY - 30 * DAY)
    return customer


def screen(customer: Customer) -> str:
    return reverse("dashboard:customer_offers", args=[customer.pk])


def first_offer(page: str) -> str:
    found = re.search(r'name="offer"\s+value="(PLN\|instalments-2\|[0-9a-f]{64})"', page)
    assert found
    return found.group(1)


def test_a_manager_sets_what_is_offered_and_a_change_is_a_further_row(world: World) -> None:
    boss = world.client("manager")
    assert boss.post(SETTING, SAID).status_code == 302
    assert boss.post(SETTING, {**SAID, "instalments": "2"}).status_code == 302
    rows = OfferPolicy.objects.filter(creditor=world.ours.creditor, kind="consumer").order_by("pk")
    assert [(row.instalments, row.most_sum, row.by_id) for row in rows] == [
        (4, 2000, world.people["manager"].pk),
        (2, Decimal(2000), world.people["manager"].pk),
    ]
    page = boss.get(SETTING, {"kind": "consumer", "currency": "PLN"}).text
    assert 'value="2000"' in page and 'value="14"' in page
    assert boss.post(SETTING, {**SAID, "instalments": "2"}).status_code == 422  # nothing differs


@pytest.mark.parametrize(
    "wrong",
    [
        {"instalments": "1"}, {"instalments": "25"}, {"discount_until": "0"}, {"discount_from": "31"}, {"credit_percent": "5"},
        {"discount_percent": "20,01"}, {"most_sum": "-1"}, {"kind": "unknown"}, {"currency": "XXX"}, {"deferral_days": "181"},
        {"first_days": "0"}, {"smallest_instalment": "0,001"},
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_offered_is_refused_with_a_sentence(world: World, wrong: dict[str, str]) -> None:
    before = OfferPolicy.objects.count()
    response = world.client("manager").post(SETTING, {**SAID, **wrong})
    assert response.status_code == 422 and "Constraint" not in response.text
    assert OfferPolicy.objects.count() == before


def test_what_a_customer_takes_is_noted_once_with_who_said_so(world: World, debtor: Customer) -> None:
    clerk = world.client("clerk")
    said = {"offer": first_offer(clerk.get(screen(debtor)).text), "way": "letter", "who": "Anna Nowak"}
    assert clerk.post(screen(debtor), said).status_code == 302
    row = AcceptedOffer.objects.get(customer=debtor)
    assert (row.way, row.who, row.by, row.agreement) == (
        "letter",
        "Anna Nowak",
        world.people["clerk"],
        Agreement.objects.get(customer=debtor),
    )
    assert clerk.post(screen(debtor), said).status_code == 422  # it is no choice any more
    assert "Anna Nowak" in clerk.get(screen(debtor)).text and AcceptedOffer.objects.filter(customer=debtor).count() == 1


@pytest.mark.parametrize("wrong", [{"way": "portal"}, {"offer": "PLN|deferral|x"}, {"offer": ""}], ids=str)
def test_only_what_stands_can_be_noted(world: World, debtor: Customer, wrong: dict[str, str]) -> None:
    clerk = world.client("clerk")
    said = {"offer": first_offer(clerk.get(screen(debtor)).text), "way": "person", "who": "", **wrong}
    assert clerk.post(screen(debtor), said).status_code == 422
    assert not AcceptedOffer.objects.exists()


def test_what_a_customer_asks_for_is_read_beside_what_may_be_done(world: World, debtor: Customer) -> None:
    ask_terms(debtor, TermsWish(instalments=12, note=ATTACK), currency="PLN", on=TODAY, now=NOW, who="Anna")
    clerk: Client = world.client("clerk")
    page = clerk.get(screen(debtor)).text
    assert "Anna" in page and ATTACK not in page and reverse("dashboard:customer_agreement", args=[debtor.pk]) in page
    assert screen(debtor) in clerk.get(reverse("dashboard:customer", args=[debtor.pk])).text


def test_reasons_why_nothing_is_offered_are_said(world: World) -> None:
    page = world.client("clerk").get(screen(world.ours.customer)).text
    assert world.ours.invoice.number in page


def test_a_clerk_notes_what_a_letter_of_an_earlier_day_told(world: World, debtor: Customer) -> None:
    world.client("manager").post(SETTING, SAID)
    told_on = TODAY - 2 * DAY
    demand(debtor, DemandWish(deliver=Deliver.SELF, currency="PLN"), on=told_on, now=NOW - 2 * DAY, may_approve=True)
    clerk = world.client("clerk")
    page = clerk.get(screen(debtor)).text
    assert "As told in the letter of" in page
    seals = re.findall(r'value="(PLN\|instalments-2\|[0-9a-f]{64})"', page)
    assert len(seals) == 2  # today's, and that of the letter
    clerk.post(screen(debtor), {"offer": seals[1], "way": "letter", "who": "Anna Nowak"})
    parts = AcceptedOffer.objects.get(customer=debtor).terms["parts"]
    assert [part["due_on"] for part in parts] == ["2026-11-30", "2026-12-28"]  # from the letter, not from today: that would be 30 December
