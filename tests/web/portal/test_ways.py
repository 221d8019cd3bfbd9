"""Ways to pay on the portal: what is shown is what is accepted, once, by who may."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dunning.actions import hold, set_offers
from dunning.models import AcceptedOffer, Agreement, OfferPolicy, Task, TermsAsked
from dunning.offering import offered_to
from dunning.states import TaskKind
from invoices.actions.allowances import grant_discount
from receivables import clock
from receivables.portal.account import statement_of
from tests.builders import dispute, make_invoice, pay
from tests.web.portal.world import World

pytestmark = pytest.mark.django_db

WAYS = "portal:ways"
OPEN = Decimal("1730.50")  # overdue of `mine`, without what is disputed or held


def address(key: str, currency: str = "PLN") -> str:
    return reverse("portal:way", kwargs={"currency": currency, "key": key})


def seal_on(page: str) -> str:
    found = re.search(r'name="seal" value="([0-9a-f]{64})"', page)
    assert found
    return found.group(1)


def accept(browser: Client, key: str, seal: str | None = None) -> Any:
    seal = seal_on(browser.get(address(key)).text) if seal is None else seal
    return browser.post(address(key), {"seal": seal})


def test_the_page_shows_the_plan_that_acceptance_makes(mine: Client, world: World) -> None:
    assert "W 3 ratach" in mine.get(reverse(WAYS)).text
    page = mine.get(address("instalments-3")).text
    assert page.count("576,83") == 2 and "576,84" in page and "1730,50" in page.replace("\xa0", "")
    response = accept(mine, "instalments-3")
    assert response.status_code == 302 and response.headers["Location"] == reverse(WAYS)
    agreement = Agreement.objects.get(customer=world.mine)
    assert [rate.amount for rate in agreement.rates.all()] == [Decimal("576.83"), Decimal("576.83"), Decimal("576.84")]
    row = AcceptedOffer.objects.get()
    assert (row.way, row.who, row.by, row.customer) == ("portal", world.contact.name or world.email, None, world.mine)
    after = mine.get(reverse(WAYS)).text
    assert agreement.label in after and "576,84" in after and "W 3 ratach" in after and "Co jest teraz możliwe" not in after


def test_a_second_press_changes_nothing(mine: Client) -> None:
    seal = seal_on(mine.get(address("deferral")).text)
    assert [accept(mine, "deferral", seal).status_code for _ in range(2)] == [302, 302]
    assert (Agreement.objects.count(), AcceptedOffer.objects.count()) == (1, 1)
    assert mine.get(address("deferral")).status_code == 404


@pytest.mark.parametrize("seal", ["", "0" * 64, "x" * 100_000], ids=["none", "another", "long"])
def test_without_the_terms_that_were_read_nothing_is_accepted(mine: Client, seal: str) -> None:
    response = accept(mine, "deferral", seal)
    assert response.status_code == 422 and "Niczego nie przyjęto" in response.text
    assert "has changed since you looked" not in response.text  # it says so in Polish
    assert not AcceptedOffer.objects.exists()


def test_what_changed_after_the_page_was_read_is_shown_anew(mine: Client, world: World) -> None:
    seal = seal_on(mine.get(address("deferral")).text)
    pay(world.mine, "30.50", world.mine.invoices.get(number="FV/2026/09/0117"), booked_on=world.on)
    response = accept(mine, "deferral", seal)
    assert response.status_code == 422 and "1700,00" in response.text.replace("\xa0", "")
    assert not Agreement.objects.exists()


def test_anothers_terms_are_not_accepted(mine: Client, world: World) -> None:
    hold(world.mine, on=world.on)
    offer = offered_to(world.theirs, on=world.on)["PLN"].find("deferral")
    assert offer is not None
    assert accept(mine, "deferral", offer.seal).status_code == 422
    assert not AcceptedOffer.objects.exists()


def test_a_form_of_another_site_accepts_nothing(world: World, sign_in: Any) -> None:
    browser = sign_in(world.email)
    seal = seal_on(browser.get(address("deferral")).text)
    browser.handler.enforce_csrf_checks = True
    assert browser.post(address("deferral"), {"seal": seal}).status_code == 403
    assert not AcceptedOffer.objects.exists()


@pytest.mark.parametrize("key", ["instalments-4", "instalments-1", "discount", "credit", "nonsense"])
def test_what_is_not_offered_is_not_there(mine: Client, key: str) -> None:
    assert mine.get(address(key)).status_code == 404


def test_in_another_currency_there_is_nothing_without_its_own_policy(mine: Client) -> None:
    assert mine.get(address("deferral", "EUR")).status_code == 404


def test_a_discount_and_a_credit_say_what_is_gained(mine: Client, world: World) -> None:
    set_offers(
        world.mine.creditor, "business", "PLN", now=clock.now(), most_sum=Decimal(5000), discount_percent=Decimal(2), discount_until=60,
        credit_percent=Decimal(5), credit_days=14,
    )  # fmt: skip
    assert "24,60" in mine.get(address("discount")).text  # of 1230.00, the only one of which nothing is settled
    assert "86,53" in mine.get(address("credit")).text
    accept(mine, "discount")
    page = mine.get(reverse(WAYS)).text
    assert "1205,40" in page.replace("\xa0", "") and "24,60" in page


def test_above_the_sum_one_asks_and_a_person_answers(mine: Client, world: World) -> None:
    policy = OfferPolicy.objects.filter(creditor=world.mine.creditor, kind="business").get()
    set_offers(world.mine.creditor, "business", "PLN", now=clock.now(), most_sum=Decimal(100), instalments=policy.instalments)
    page = mine.get(reverse(WAYS)).text
    assert reverse("portal:ask_way") in page and "W 3 ratach" not in page
    for _ in range(2):
        response = mine.post(reverse("portal:ask_way"), {"currency": "PLN", "instalments": "6", "until": "", "note": "<b>sezon</b>"})
        assert response.status_code == 302
    asked = TermsAsked.objects.get()
    assert (asked.instalments, asked.amount, asked.note) == (6, OPEN, "<b>sezon</b>")
    assert Task.objects.get(kind=TaskKind.TERMS_ASKED).about == f"terms:{asked.pk}"
    assert "Zapłata w 6 ratach" in mine.get(reverse(WAYS)).text


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"instalments": "1"},
        {"instalments": "x"},
        {"until": "2020-01-01"},
        {"instalments": "3", "until": "2099-01-01"},
        {"currency": "USD"},
    ],
)
def test_a_wish_that_nobody_can_answer_says_why(mine: Client, said: dict[str, str]) -> None:
    response = mine.post(reverse("portal:ask_way"), {"currency": "PLN", "instalments": "", "until": "", "note": "", **said})
    assert response.status_code == 422 and "Say either" not in response.text
    assert not TermsAsked.objects.exists()


def test_who_owes_nothing_that_terms_could_be_given_for_is_told_so(world: World, sign_in: Any) -> None:
    dispute(world.theirs.invoices.get(), on=world.on)
    browser = sign_in("anna@example.com")
    page = browser.get(reverse(WAYS)).text
    assert "Nie ma tu teraz nic do ustalenia" in page
    assert browser.get(reverse("portal:ask_way")).headers["Location"] == reverse(WAYS)


def test_what_was_agreed_is_not_asked_for_beside_its_next_part(mine: Client, world: World) -> None:
    asked = statement_of(world.mine, on=world.on).dues[0].to_pay
    accept(mine, "instalments-3")
    statement = statement_of(world.mine, on=world.on)
    (agreed,) = statement.agreed
    assert (agreed.due.to_pay, agreed.part.later) == (Decimal("576.83"), Decimal("1153.67"))
    assert statement.dues[0].to_pay == asked - OPEN
    page = mine.get(reverse("portal:account")).text.replace("\xa0", "")
    assert "Uzgodnione: do zapłaty do" in page and "576,83" in page and "Później jeszcze 1153,67" in page and "zapłata uzgodniona" in page


def test_who_accepted_a_discount_is_asked_for_the_lower_sum_through_its_day(mine: Client, world: World) -> None:
    set_offers(
        world.mine.creditor, "business", "PLN", now=clock.now(), most_sum=Decimal(5000), discount_percent=Decimal(2), discount_until=60
    )
    asked = statement_of(world.mine, on=world.on).dues[0].to_pay
    accept(mine, "discount")
    statement = statement_of(world.mine, on=world.on)
    (agreed,) = statement.agreed
    assert (agreed.due.to_pay, statement.dues[0].to_pay) == (Decimal("1205.40"), asked - Decimal("1230.00"))
    last, next_day = (statement_of(world.mine, on=agreed.part.of.by + timedelta(days=days)) for days in (0, 1))
    assert last.agreed and not next_day.agreed and next_day.dues[0].to_pay >= asked, "a day later the full sum is owed"


def test_a_discount_is_taken_off_only_what_it_is_granted_on_still(mine: Client, world: World) -> None:
    """One of two invoices was paid less its discount: of the other its own discount is taken off, not that of both."""
    second = make_invoice(
        world.mine, "1000.00", number="TWO/2", issued_on=world.on - timedelta(days=40), due_on=world.on - timedelta(days=20)
    )
    set_offers(
        world.mine.creditor, "business", "PLN", now=clock.now(), most_sum=Decimal(5000), discount_percent=Decimal(2), discount_until=60
    )
    accept(mine, "discount")
    (agreed,) = statement_of(world.mine, on=world.on).agreed
    assert agreed.due.to_pay == Decimal("2185.40")
    grant_discount(pay(world.mine, "980.00", second, booked_on=world.on), second.items.get())
    (agreed,) = statement_of(world.mine, on=world.on).agreed
    assert agreed.due.to_pay == Decimal("1205.40")


def test_credit_is_taken_off_what_was_agreed_first_and_once(mine: Client, world: World) -> None:
    accept(mine, "instalments-3")
    before = statement_of(world.mine, on=world.on)
    pay(world.mine, "600.00", unmatched=True, booked_on=world.on)
    after = statement_of(world.mine, on=world.on)
    assert after.agreed[0].due.to_pay == 0 and after.agreed[0].due.qr == ""
    assert before.dues[0].to_pay - after.dues[0].to_pay == Decimal("600.00") - Decimal("576.83")


def test_what_is_disputed_of_it_is_not_asked_for(mine: Client, world: World) -> None:
    accept(mine, "deferral")
    dispute(world.mine.invoices.get(number="FV/2026/09/0117"), on=world.on)
    statement = statement_of(world.mine, on=world.on)
    left = sum(item.open_amount for item in statement.agreed[0].part.items)
    assert statement.agreed[0].due.to_pay == left < OPEN
