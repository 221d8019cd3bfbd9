"""The only door: sessions, and that nobody sees what is not theirs. The matrix comes from the portal's own list of addresses."""

import ast
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

import receivables.portal
from dunning.models import BalanceRequest
from invoices.models import Contact, Invoice
from receivables.audit.models import Entry
from receivables.portal import access, cookies
from receivables.portal.letters import letters_of
from receivables.portal.models import PortalSession
from receivables.portal.urls import urlpatterns
from tests.builders import make_customer, make_invoice
from tests.web.portal.conftest import ask, code_in, mailed
from tests.web.portal.world import World, letter_to, paper_of, with_paper

OPEN = {"ask", "code", "language", "sign_out"}  # what anybody may call
POST_ONLY = {"language", "sign_out"}
PLAIN = {"choose", "account", "payments", "ways", "ask_way", "letters", "contact"}  # pages of the customer without an object in the address
OBJECTS = {"invoice", "invoice_pdf", "letter_pdf", "balance", "balance_pdf"}
LISTS = {"items", "way"}
pytestmark = pytest.mark.django_db


def names() -> list[str]:
    return [pattern.name for pattern in urlpatterns]


def test_every_address_of_the_portal_is_in_the_matrix() -> None:
    assert set(names()) == OPEN | PLAIN | OBJECTS | LISTS


def parts_of(name: str, customer: Any) -> dict[str, Any]:
    """What the address of an object of this customer's takes."""
    if name.startswith("invoice"):
        return {"pk": Invoice.objects.filter(customer=customer, document__isnull=False).get().pk}
    if name.startswith("letter_"):
        return {"pk": letters_of(customer).filter(message__document__isnull=False).get().pk}
    if name.startswith("balance"):
        return {"pk": BalanceRequest.objects.get(customer=customer).pk}
    if name == "way":
        return {"currency": "PLN", "key": "deferral"}
    return {"which": "overdue"} if name == "items" else {}


def all_pages(world: World) -> Iterator[tuple[str, str]]:
    for name in names():
        if name not in POST_ONLY:
            yield name, reverse(f"portal:{name}", kwargs=parts_of(name, world.mine))


@pytest.mark.parametrize("name", sorted(PLAIN | OBJECTS | LISTS))
def test_the_customer_sees_their_own(mine: Client, world: World, name: str) -> None:
    assert mine.get(reverse(f"portal:{name}", kwargs=parts_of(name, world.mine))).status_code == 200


@pytest.mark.parametrize("name", sorted(OBJECTS))
@pytest.mark.parametrize("whose", ["theirs", "foreign"])
@pytest.mark.parametrize("method", ["get", "head"])
def test_what_is_anothers_is_not_there(mine: Client, world: World, name: str, whose: str, method: str) -> None:
    response = getattr(mine, method)(reverse(f"portal:{name}", kwargs=parts_of(name, getattr(world, whose))))
    nothing = mine.get(reverse(f"portal:{name}", kwargs={"pk": 987654321}))
    assert response.status_code == 404
    assert method == "head" or len(response.content) == pytest.approx(len(nothing.content), abs=40)


@pytest.mark.parametrize("pk", [0, 2**63, 10**30])
@pytest.mark.parametrize("name", sorted(OBJECTS))
def test_impossible_ids_are_not_there(mine: Client, name: str, pk: int) -> None:
    assert mine.get(reverse(f"portal:{name}", kwargs={"pk": pk})).status_code == 404


@pytest.mark.parametrize("name", sorted(PLAIN | OBJECTS | LISTS))
@pytest.mark.parametrize("who", ["nobody", "superuser", "made-up secret"])
def test_without_a_session_there_is_only_the_way_in(world: World, name: str, who: str) -> None:
    browser = Client()
    if who == "superuser":
        browser.force_login(get_user_model().objects.create_superuser("root"))
    if who == "made-up secret":
        browser.cookies[cookies.SESSION] = "f" * 64
    response = browser.get(reverse(f"portal:{name}", kwargs=parts_of(name, world.mine)))
    assert response.status_code == 302
    assert response.headers["Location"].partition("?")[0] == reverse("portal:ask")


def test_a_session_of_the_portal_opens_no_staff_page(mine: Client) -> None:
    assert mine.get(reverse("admin:index")).status_code == 302
    assert mine.get("/").status_code in (302, 404)
    assert "_auth_user_id" not in mine.session


def test_every_answer_is_kept_by_nobody_and_names_no_referrer(mine: Client, world: World) -> None:
    addresses = [address for _name, address in all_pages(world)]
    missing = reverse("portal:invoice", kwargs={"pk": 987654321})
    for browser in (mine, Client()):
        answers = [browser.get(address) for address in [*addresses, missing]]
        answers += [browser.post(reverse(f"portal:{name}")) for name in POST_ONLY | {"ask", "code"}]
        for answer in answers:
            assert answer.headers["Referrer-Policy"] == "no-referrer", answer.request["PATH_INFO"]
            assert {"no-store", "private"} <= set(answer.headers["Cache-Control"].split(", ")), answer.request["PATH_INFO"]
        mine.cookies.clear() if browser is mine else None


@pytest.mark.parametrize("name", sorted({"account", "items", "invoice", "invoice_pdf", "payments", "letters", "letter_pdf", "contact"}))
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_changed(mine: Client, world: World, name: str, method: str) -> None:
    assert getattr(mine, method)(reverse(f"portal:{name}", kwargs=parts_of(name, world.mine))).status_code == 405


def test_papers_are_saved_not_shown(mine: Client, world: World) -> None:
    response = mine.get(reverse("portal:letter_pdf", kwargs=parts_of("letter_pdf", world.mine)))
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"].startswith("attachment;")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.content.startswith(b"%PDF")


def test_a_draft_and_a_paper_that_is_no_pdf_are_not_there(mine: Client, world: World) -> None:
    draft = make_invoice(world.mine, number="DRAFT/1", draft=True)
    odd = make_invoice(world.mine, number="ODD/1")
    odd.document = paper_of(odd.creditor, kind="invoice", name="x.html", media_type="text/html")
    odd.save(update_fields=["document"])
    assert mine.get(reverse("portal:invoice", kwargs={"pk": draft.pk})).status_code == 404
    assert mine.get(reverse("portal:invoice_pdf", kwargs={"pk": odd.pk})).status_code == 404
    assert mine.get(reverse("portal:invoice_pdf", kwargs={"pk": make_invoice(world.mine, number="BARE/1").pk})).status_code == 404


@pytest.mark.parametrize(
    ("channel", "state"),
    [("agency", "accepted"), ("call", "accepted"), ("letter", "planned"), ("letter", "failed"), ("email", "withdrawn")],
)
def test_only_letters_to_them_that_arrived_are_theirs(mine: Client, world: World, channel: str, state: str) -> None:
    hidden = letter_to(world.mine, world.on, "demand", channel, "1.00", number="W/2026/7777", state=state)
    assert mine.get(reverse("portal:letter_pdf", kwargs={"pk": hidden.pk})).status_code == 404
    assert b"W/2026/7777" not in mine.get(reverse("portal:letters")).content


def test_once_live_what_quarantine_took_was_never_sent(mine: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = parts_of("letter_pdf", world.mine)
    monkeypatch.setattr("receivables.messaging.mode.is_live", lambda: True)
    assert mine.get(reverse("portal:letter_pdf", kwargs=parts)).status_code == 404


def later(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    now = timezone.now() + by
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)


@pytest.mark.parametrize(
    ("idle", "lasts"), [(timedelta(minutes=14, seconds=50), True), (timedelta(minutes=15), False)], ids=["nearly 15 minutes", "15 minutes"]
)
def test_a_session_ends_when_nobody_clicks(mine: Client, monkeypatch: pytest.MonkeyPatch, idle: timedelta, lasts: bool) -> None:
    later(monkeypatch, idle)
    assert (mine.get(reverse("portal:account")).status_code == 200) is lasts


def test_a_session_ends_after_two_hours_however_busy(mine: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(11):
        later(monkeypatch, timedelta(minutes=10))
        assert mine.get(reverse("portal:account")).status_code == 200
    later(monkeypatch, timedelta(minutes=10))
    response = mine.get(reverse("portal:account"))
    assert response.headers["Location"] == f"{reverse('portal:ask')}?ended"
    assert "Sesja się skończyła" in mine.get(response.headers["Location"]).text


def test_signing_out_ends_the_session_for_the_secret_too(mine: Client) -> None:
    secret = mine.cookies[cookies.SESSION].value
    mine.post(reverse("portal:sign_out"))
    mine.cookies[cookies.SESSION] = secret
    assert mine.get(reverse("portal:account")).status_code == 302
    assert mine.get(reverse("portal:sign_out")).status_code == 405


@pytest.mark.parametrize("change", [{"portal_access": False}, {"email": "new@example.com"}])
def test_a_changed_contact_ends_the_session_for_good(mine: Client, world: World, change: dict[str, Any]) -> None:
    before = {name: getattr(world.contact, name) for name in change}
    Contact.objects.filter(pk=world.contact.pk).update(**change)
    assert mine.get(reverse("portal:account")).status_code == 302
    Contact.objects.filter(pk=world.contact.pk).update(**before)
    assert mine.get(reverse("portal:account")).status_code == 302


def test_a_removed_contact_ends_the_session(mine: Client, world: World) -> None:
    Contact.objects.filter(customer=world.mine).delete()
    assert mine.get(reverse("portal:account")).status_code == 302


def test_a_contact_that_comes_later_is_not_let_in_by_an_older_session(mine: Client, world: World) -> None:
    Contact.objects.create(customer=world.theirs, email=world.email)
    assert mine.post(reverse("portal:choose"), {"customer": world.theirs.pk}).status_code == 404


@pytest.fixture
def two(world: World, sign_in: Callable[[str], Client]) -> Client:
    """Signed in with an address that serves customers of two companies."""
    Contact.objects.filter(customer=world.foreign).update(email=world.email.upper())
    return sign_in(world.email)


def test_one_address_of_two_customers_chooses_and_sees_one_at_a_time(two: Client, world: World) -> None:
    assert two.get(reverse("portal:account")).headers["Location"] == reverse("portal:choose")
    page = two.get(reverse("portal:choose")).text
    assert "Hurtownia Gęś" in page and "Sklep Żółw" in page
    assert two.post(reverse("portal:choose"), {"customer": world.foreign.pk}).headers["Location"] == reverse("portal:account")
    assert two.get(reverse("portal:invoice", kwargs=parts_of("invoice", world.foreign))).status_code == 200
    assert two.get(reverse("portal:invoice", kwargs=parts_of("invoice", world.mine))).status_code == 404


@pytest.mark.parametrize("choice", ["theirs", "", "x", "-1", str(2**70)])
def test_nobody_chooses_an_account_that_is_not_theirs(two: Client, world: World, choice: str) -> None:
    value = str(world.theirs.pk) if choice == "theirs" else choice
    assert two.post(reverse("portal:choose"), {"customer": value}).status_code == 404


def test_one_mail_goes_out_for_both(world: World) -> None:
    Contact.objects.filter(customer=world.foreign).update(email=world.email)
    ask(Client(), world.email)
    assert len(mailed()) == 1


def test_coming_in_is_audited(mine: Client, world: World) -> None:
    entry = Entry.objects.get(verb="open_portal")
    assert entry.creditor == world.mine.creditor and entry.subject == f"invoices.Customer:{world.mine.pk}"
    assert entry.facts == {"session": PortalSession.objects.get().pk}


def test_rows_hold_no_secret_in_the_clear(mine: Client, world: World) -> None:
    session = PortalSession.objects.get()
    secret = mine.cookies[cookies.SESSION].value
    assert secret.encode() not in bytes(session.token) and bytes.fromhex(secret) != bytes(session.token)
    assert world.email.encode() not in bytes(session.address)


def test_no_secret_stands_in_an_address_or_a_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    browser, secrets = Client(), [world.email]
    ask(browser, world.email)
    secrets.append(browser.cookies[cookies.ASK].value)
    code = code_in(mailed()[0])
    secrets += [code, code.replace("-", "")]
    browser.post(reverse("portal:code"), {"code": "11111111"})
    browser.post(reverse("portal:code"), {"code": code})
    secrets.append(browser.cookies[cookies.SESSION].value)
    pages = [browser.get(address) for _name, address in all_pages(world)]
    text = caplog.text + "".join(page.text for page in pages if "html" in page.headers["Content-Type"])
    assert not [secret for secret in secrets if secret in text]


def test_the_language_is_the_contacts_until_the_visitor_picks_one(world: World, sign_in: Callable[[str], Client]) -> None:
    Contact.objects.filter(pk=world.contact.pk).update(language="en")
    browser = sign_in(world.email)
    assert "To pay now" in browser.get(reverse("portal:account")).text
    address = reverse("portal:account")
    assert browser.post(reverse("portal:language"), {"language": "pl", "next": address}).headers["Location"] == address
    assert "Do zapłaty teraz" in browser.get(address).text
    assert browser.post(reverse("portal:language"), {"language": "pl", "next": "https://evil.example/"}).headers["Location"] == "/"


# The doors in the code itself


def _views() -> list[ast.FunctionDef]:
    source = Path(receivables.portal.__file__).with_name("views.py").read_text(encoding="utf-8")
    return [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]


def test_views_have_no_other_door() -> None:
    source = Path(receivables.portal.__file__).with_name("views.py").read_text(encoding="utf-8")
    for door in (".objects", "request.user", "get_object_or_404", "request.session", "apps.get_model", "_default_manager"):
        assert door not in source


@pytest.mark.parametrize("view", _views(), ids=lambda view: view.name)
def test_every_view_is_a_page_and_those_of_a_customer_ask_who_it_is(view: ast.FunctionDef) -> None:
    assert getattr(view.decorator_list[0], "id", "") == "page"
    asked = {ast.unparse(node.func) for node in ast.walk(view) if isinstance(node, ast.Call)}
    assert view.name in OPEN or asked & {"customer_of", "access.visitor_of"}


def test_the_door_is_the_same_object_everywhere() -> None:
    assert receivables.portal.views.customer_of is access.customer_of  # type: ignore[attr-defined]


def test_two_customers_of_one_company_do_not_mix(world: World, sign_in: Callable[[str], Client]) -> None:
    stranger = make_customer(world.mine.creditor, email="third@example.com", name="Third")
    with_paper(make_invoice(stranger, number="THIRD/1"))
    browser = sign_in("third@example.com")
    page = browser.get(reverse("portal:account")).text
    assert "THIRD/1" in page and "FV/2026" not in page
