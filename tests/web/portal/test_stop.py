"""The page behind the address in a friendly mail: a link changes nothing, one press stops, and it says the same to everybody."""

import re
from typing import Any
from urllib.parse import unquote

import pytest
from django.core.signing import Signer
from django.test import Client
from django.urls import reverse

from invoices.models import Contact, Customer, Objection
from receivables import clock
from receivables.audit.models import Entry
from receivables.messaging.models import Message
from receivables.messaging.stopping import stop_url_of
from tests.web.portal.world import World

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
EMAIL = "ksiegowosc@example.com"
pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Client:
    """One that brings neither cookie nor token and is checked as browsers are."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def address(world: World, settings: Any) -> str:
    return address_of(world.mine, settings)


def address_of(customer: Customer, settings: Any, *, recipient: str = EMAIL) -> str:
    """The path in a thank-you to that customer."""
    settings.BASE_URL = "https://pay.example.com"
    now, key = clock.now(), f"{Message.objects.count():064d}"
    message = Message.objects.create(
        creditor=customer.creditor, key=key, purpose="courtesy", channel="email", recipient=recipient, language="pl",
        template="courtesy_thanks", facts={"customer": {"number": customer.number, "name": customer.name}},
        facts_digest="", state="accepted", not_before=now, message_id=f"<{key}@example.com>", created_at=now,
    )  # fmt: skip
    return stop_url_of(message, now=now).removeprefix("https://pay.example.com")


def objecting() -> list[tuple[str, str, str]]:
    rows = Objection.objects.order_by("contact__customer", "contact")
    return list(rows.values_list("contact__customer__name", "contact__email", "channel"))


def test_a_link_that_is_only_followed_changes_nothing(browser: Client, address: str) -> None:
    assert browser.get(address).status_code == browser.head(address).status_code == 200
    assert objecting() == []


def test_one_press_stops_once_and_is_audited(browser: Client, address: str, world: World) -> None:
    answers = [browser.post(address, ONE_CLICK) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert objecting() == [(world.mine.name, EMAIL, "email")]
    entry = Entry.objects.get(verb="object_to")
    assert entry.creditor == world.mine.creditor and EMAIL not in str(entry.facts)
    assert Objection.objects.get().reason == "stopped from an e-mail"


def test_as_a_mail_program_sends_it(browser: Client, address: str) -> None:
    form = "application/x-www-form-urlencoded"
    assert browser.post(address, b"List-Unsubscribe=One-Click", content_type=form).status_code == 200
    assert len(objecting()) == 1


def test_the_button_of_the_page_is_that_press(browser: Client, address: str) -> None:
    form = re.search(r'<form class="form".*?</form>', browser.get(address).text, re.DOTALL)
    assert form
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form[0]))
    assert browser.post(address, fields).status_code == 200
    assert len(objecting()) == 1


@pytest.mark.parametrize("body", [{}, {"List-Unsubscribe": "no"}, {"list-unsubscribe": "One-Click"}])
def test_no_other_post_does_anything(browser: Client, address: str, body: dict[str, str]) -> None:
    assert browser.post(address, body).status_code == 403
    assert Client().post(address, body).status_code == 405
    assert objecting() == []


def tokens(address: str) -> dict[str, str]:
    token = address.split("/")[2]
    key, signature = token.split(".")
    return {
        "another key": f"{int(key) + 1:064d}.{signature}",
        "no signature": key,
        "another signature": f"{key}.{signature[::-1]}",
        "signed for something else": Signer(sep=".", salt="elsewhere").sign(key),
        "signed, but gone": Signer(sep=".", salt="receivables.messaging.stopping").sign("f" * 64),
        "odd": "%00ż.%F0",
    }


@pytest.mark.parametrize(
    "which", ["another key", "no signature", "another signature", "signed for something else", "signed, but gone", "odd"]
)
def test_a_forged_or_old_address_says_the_same_and_changes_nothing(browser: Client, address: str, which: str) -> None:
    forged = reverse("stop", args=[tokens(address)[which]])
    asked, noted = browser.get(forged), browser.post(forged, ONE_CLICK)
    assert objecting() == []
    assert (asked.status_code, noted.status_code) == (200, 200)
    assert same(asked.text, forged) == same(browser.get(address).text, address)
    assert same(noted.text, forged) == same(browser.post(address, ONE_CLICK).text, address)
    assert len(objecting()) == 1


def same(page: str, path: str) -> str:
    """The page without what every page has of its own: its path, nonces and form tokens."""
    page = page.replace(path, "PATH").replace(unquote(path), "PATH")
    return re.sub(r'(nonce|value)="[A-Za-z0-9+/=_-]{16,}"', "", page)


def test_it_tells_nothing_of_customer_company_or_debt(browser: Client, address: str, world: World) -> None:
    for page in (browser.get(address), browser.post(address, ONE_CLICK)):
        secrets = (world.mine.name, world.mine.number, EMAIL, world.mine.creditor.name, " zł", "PLN", "dług", "płat", "faktur")
        assert not [word for word in secrets if word in page.text]
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert {"no-store", "private"} <= set(page.headers["Cache-Control"].split(", "))


@pytest.mark.parametrize(("language", "words"), [("pl", "Nie wysyłać więcej e-maili"), ("en", "Send no more e-mails")])
def test_in_the_readers_language(browser: Client, address: str, language: str, words: str) -> None:
    assert words in browser.get(address, headers={"Accept-Language": language}).text


def test_the_payers_people_with_that_address_too_and_nobody_else(browser: Client, world: World, settings: Any) -> None:
    payer = world.theirs
    Customer.objects.filter(pk=world.mine.pk).update(payer=payer)
    Contact.objects.create(customer=payer, email=EMAIL.upper())
    Contact.objects.create(customer=world.foreign, email=EMAIL)
    browser.post(address_of(world.mine, settings), ONE_CLICK)
    assert objecting() == [(world.mine.name, EMAIL, "email"), (payer.name, EMAIL.upper(), "email")]


def test_an_address_that_nobody_has_any_more_is_nobodys(browser: Client, world: World, settings: Any) -> None:
    assert browser.post(address_of(world.mine, settings, recipient="former@example.com"), ONE_CLICK).status_code == 200
    assert objecting() == []
