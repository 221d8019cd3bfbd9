"""Credit on the screens: state, limits and decisions of a customer, the filter of the list, and the check before selling."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils.timezone import now

from receivables.credit.actions import follow_credit, set_limit
from receivables.credit.models import CreditLimit, CreditOverride, CreditStanding, RegisterAnswer
from receivables.credit.registers.protocol import REGISTERS
from receivables.credit.registers.white_list import WhiteList, WhiteListConfig
from receivables.credit.states import LimitKind
from tests.builders import make_customer
from tests.db.credit import answers
from tests.db.credit.answers import NIP
from tests.loopback import Stub, reply, serving
from tests.web.dashboard.world import DAY, TODAY, World


@pytest.fixture(autouse=True)
def stub() -> Iterator[Stub]:
    with serving(reply(answers.listed())) as server, REGISTERS.using({"white_list": WhiteList(WhiteListConfig(server.url))}):
        yield server


def test_the_page_says_why_a_customer_is_on_prepayment(world: World) -> None:
    customer = world.ours.customer
    set_limit(customer, kind=LimitKind.OWN, amount=Decimal(1000), currency="PLN", reason="x", on=TODAY)
    page = world.client("viewer").get(customer.get_absolute_url()).content.decode()
    assert "prepayment only" in page
    assert "The oldest debt is 40 days overdue, more than 30." in page
    assert "left:" in page


def test_an_approver_decides_and_ends_the_decision(world: World) -> None:
    client, customer = world.client("approver"), world.ours.customer
    said = {"state": "open", "until": TODAY + 5 * DAY, "reason": "Zarząd"}
    assert client.post(reverse("dashboard:customer_credit", args=[customer.pk]), said).status_code == 302
    assert CreditStanding.objects.get(customer=customer).cause == "set_by_person"
    assert "Zarząd" in client.get(customer.get_absolute_url()).content.decode()
    assert client.post(reverse("dashboard:credit_end", args=[customer.pk])).status_code == 302
    assert CreditOverride.objects.get().ended_by == world.people["approver"]


@pytest.mark.parametrize("wrong", [{"until": TODAY - DAY}, {"reason": ""}, {"state": "closed"}])
def test_a_decision_that_cannot_be_is_refused_in_place(wrong: dict[str, object], world: World) -> None:
    address = reverse("dashboard:customer_credit", args=[world.ours.customer.pk])
    said = {"state": "open", "until": TODAY + DAY, "reason": "x", **wrong}
    assert world.client("approver").post(address, said).status_code == 422
    assert not CreditOverride.objects.exists()


def test_a_limit_is_set_and_taken_back(world: World) -> None:
    client, customer = world.client("approver"), world.ours.customer
    address = reverse("dashboard:customer_limit", args=[customer.pk])
    assert client.post(address, {"kind": "own", "amount": "1 000,50", "currency": "PLN", "reason": "x"}).status_code == 302
    assert client.post(address, {"kind": "own", "amount": "", "currency": "PLN", "reason": "y"}).status_code == 302
    assert list(CreditLimit.objects.filter(customer=customer).order_by("pk").values_list("amount", flat=True)) == [Decimal("1000.50"), None]
    assert client.post(address, {"kind": "insured", "amount": "0", "currency": "PLN", "reason": "x"}).status_code == 422


def test_the_history_shows_changes_limits_and_decisions_with_who_and_why(world: World) -> None:
    client, customer = world.client("approver"), world.ours.customer
    limit = {"kind": "insured", "amount": "5000", "currency": "PLN", "source": "Ubezpieczyciel 17", "reason": "Polisa roczna"}
    client.post(reverse("dashboard:customer_limit", args=[customer.pk]), limit)
    said = {"state": "stop", "until": TODAY + DAY, "reason": "<b>Zarząd</b>"}
    client.post(reverse("dashboard:customer_credit", args=[customer.pk]), said)
    page = client.get(reverse("dashboard:customer_credit_history", args=[customer.pk])).content.decode()
    for words in ("Ubezpieczyciel 17", "Polisa roczna", "&lt;b&gt;Zarząd", "approver", "A person decided so"):
        assert words in page
    assert "<b>Zarząd" not in page


def test_the_list_is_filtered_by_credit_state(world: World) -> None:
    client, customer = world.client("viewer"), world.ours.customer
    follow_credit([customer.pk], on=TODAY)
    for state, is_there in (("prepayment", True), ("open", False), ("stop", False)):
        page = client.get(reverse("dashboard:customers"), {"credit": state}).content.decode()
        assert (customer.get_absolute_url() in page) is is_there
    new = make_customer(world.ours.creditor, name="Nowy")
    assert new.get_absolute_url() in client.get(reverse("dashboard:customers"), {"credit": "open"}).content.decode()


class TestCheck:
    def test_looking_asks_nobody_and_asking_shows_what_they_say(self, world: World, stub: Stub) -> None:
        client, address = world.client("clerk"), reverse("dashboard:credit_check")
        page = client.get(address, {"q": NIP}).content.decode()
        assert "nothing is known" in page and stub.asked == []
        after = client.post(reverse("dashboard:credit_check_ask"), {"q": NIP}, follow=True).content.decode()
        assert "active" in after and answers.REQUEST_ID in after and len(stub.asked) == 1

    def test_an_answer_of_yesterday_is_marked(self, world: World) -> None:
        RegisterAnswer.objects.create(
            creditor=world.ours.creditor, register="white_list", country="PL", number=NIP, on=TODAY - DAY, asked_at=now() - timedelta(days=1),
            valid_until=now(), verdict="active", proof="p", digest="0" * 64,
        )  # fmt: skip
        assert "not of today" in world.client("viewer").get(reverse("dashboard:credit_check"), {"q": NIP}).content.decode()

    def test_a_customer_is_checked_by_number(self, world: World) -> None:
        customer = world.ours.customer
        page = world.client("viewer").get(reverse("dashboard:credit_check"), {"q": customer.number}).content.decode()
        assert customer.get_absolute_url() in page and "prepayment only" in page

    def test_nobody_is_meant(self, world: World) -> None:
        answer = world.client("viewer").get(reverse("dashboard:credit_check"), {"q": "<b>nikt</b>"})
        assert answer.status_code == 404 and "<b>nikt" not in answer.content.decode()

    def test_a_wrong_number_is_explained_in_polish(self, world: World) -> None:
        client = world.client("viewer")
        page = client.get(reverse("dashboard:credit_check"), {"q": "1234563219"}, headers={"accept-language": "pl"}).content.decode()
        assert "ostatnią cyfrą numeru 1234563219 powinno być 8" in page

    def test_a_wrong_number_is_not_asked_about(self, world: World, stub: Stub) -> None:
        world.client("clerk").post(reverse("dashboard:credit_check_ask"), {"q": "1234563219"})
        assert stub.asked == []
