import re
from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from dunning.models import LadderRules
from invoices import actions
from invoices.models import Customer, Profile
from invoices.signals import balance_changed
from receivables.accounts.models import Creditor, Membership, User
from receivables.api.actions import make_token
from receivables.audit.models import Entry
from receivables.clock import now
from receivables.db.admin import LookOnly
from tests.builders import PAID, credit, dispute, make_creditor, make_customer, make_invoice, make_user, pay

pytestmark = pytest.mark.django_db

OURS = ("accounts", "audit", "rates", "invoices", "documents", "messaging", "dunning", "credit", "api", "shops", "texts")
REGISTERED = [model for model in admin.site._registry if model._meta.app_label in OURS]
MADE_ONCE = {"ApiToken", "WebhookEndpoint"}  # shown once when a superuser makes them, then only looked at
SETUP = {
    "AgencyDelivery",
    "SuccessRate",
    "Shop",
    "BankAccount",
    "PayoutPartner",
    "Creditor",
    "User",
    "Customer",
    "Profile",
    "LadderRules",
    "CreditRules",
    "InterestRate",
    "MidRate",
}


@pytest.fixture
def boss(client: Client) -> User:
    user = make_user("boss", is_staff=True, is_superuser=True)
    client.force_login(user)
    return user


def address(model: Any, page: str, *arguments: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=arguments)


def a_little_of_everything() -> None:
    customer = make_customer()
    invoice = make_invoice(customer)
    pay(customer, 10, invoice, payer_account="PL61109010140000071219812874")
    credit(customer, 10, invoice)
    dispute(invoice, 10)
    actions.write_off(invoice, on=PAID, reason="small")
    Profile.objects.create(creditor=customer.creditor, name="ours", text="")
    actions.set_claim_rules(customer.creditor, claims_compensation=True, on=PAID)
    actions.spare_customer(customer, reason="a friend", on=PAID)
    actions.agree_rate(customer, percent=Decimal(10), since=PAID, contract="7/2026", on=PAID)


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model.__name__)
def test_every_page_opens(model: Any, client: Client, boss: User) -> None:
    a_little_of_everything()
    assert client.get(address(model, "changelist"), {"q": "x"}).status_code == 200
    for row in model._default_manager.all()[:1]:
        answer = client.get(address(model, "change", row.pk))
        assert answer.status_code == 200
        assert b"109010140000071219812874" not in answer.content


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model.__name__)
def test_the_books_are_only_looked_at(model: Any, client: Client, boss: User) -> None:
    if model.__name__ in SETUP:
        assert not isinstance(admin.site._registry[model], LookOnly)
        return
    assert isinstance(admin.site._registry[model], LookOnly)
    a_little_of_everything()
    make_token(Creditor.objects.get(), name="shop", now=now())
    assert client.get(address(model, "add")).status_code == (200 if model.__name__ in MADE_ONCE else 403)
    for row in model._default_manager.all()[:1]:
        assert client.post(address(model, "change", row.pk), {}).status_code == 403
        assert client.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403


def test_what_is_append_only_is_only_looked_at() -> None:
    for model, shown in admin.site._registry.items():
        if getattr(model, "append_only", False):
            assert isinstance(shown, LookOnly)


def form(creditor: Creditor, **values: object) -> dict[str, object]:
    names = ("name", "slug", "country", "currency", "language", "time_zone", "allocation", "allocation_order", "street", "city")
    kept = {name: getattr(creditor, name) for name in names}
    none = {f"memberships-{name}": 0 for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    return {**kept, **none, **values}


def test_a_company_is_changed_and_the_change_is_audited(client: Client, boss: User) -> None:
    creditor, clerk = make_creditor(), make_user("clerk")
    member = {
        "memberships-TOTAL_FORMS": 1,
        "memberships-0-user": clerk.pk,
        "memberships-0-role": "clerk",
        "memberships-0-creditor": creditor.pk,
    }
    assert client.post(address(Creditor, "change", creditor.pk), form(creditor, name="Nowa", **member)).status_code == 302
    entry = Entry.objects.get(creditor=creditor)
    assert (entry.verb, entry.actor, entry.facts) == ("change_creditor", boss, {"changed": ["name", "memberships"]})
    assert Membership.objects.get().user == clerk


def test_a_company_is_made_and_not_deleted(client: Client, boss: User) -> None:
    assert client.post(address(Creditor, "add"), form(Creditor(slug="new", name="New"))).status_code == 302
    creditor = Creditor.objects.get(slug="new")
    assert Entry.objects.get(creditor=creditor).verb == "make_creditor"
    assert client.post(address(Creditor, "delete", creditor.pk), {"post": "yes"}).status_code == 403


def test_a_profile_that_cannot_be_read_is_not_kept(client: Client, boss: User) -> None:
    creditor = make_creditor()
    answer = client.post(address(Profile, "add"), {"creditor": creditor.pk, "name": "ours", "text": "colour: red"})
    assert answer.status_code == 200 and b"colour" in answer.content
    assert not Profile.objects.exists()


def customer_form(customer: Customer, **values: object) -> dict[str, object]:
    names = ("name", "kind", "language", "country", "tax_id", "street", "postcode", "city", "preferred_channel", "note")
    contact = customer.contacts.get()
    kept = {name: getattr(customer, name) for name in names}
    contacts = {"contacts-TOTAL_FORMS": 1, "contacts-INITIAL_FORMS": 1, "contacts-0-id": contact.pk, "contacts-0-customer": customer.pk}
    fields = {f"contacts-0-{name}": getattr(contact, name) for name in ("name", "role", "email", "phone", "position", "portal_access")}
    return {**kept, **contacts, **fields, **values}


def test_a_doubtful_tax_number_is_kept_with_a_warning(client: Client, boss: User) -> None:
    customer = make_customer()
    answer = client.post(address(Customer, "change", customer.pk), customer_form(customer, tax_id="1234563219"), follow=True)
    assert "should be 8. It is kept as it is." in answer.content.decode()
    assert Customer.objects.get().tax_id == "1234563219"


def test_a_customer_is_changed_audited_and_news(client: Client, boss: User) -> None:
    heard: list[frozenset[int]] = []

    def hear(sender: object, customers: frozenset[int], **_rest: object) -> None:
        heard.append(customers)

    customer = make_customer()
    balance_changed.connect(hear)
    try:
        values = {"city": "Łódź", "contacts-0-phone": "600 100 100"}
        assert client.post(address(Customer, "change", customer.pk), customer_form(customer, **values)).status_code == 302
    finally:
        balance_changed.disconnect(hear)
    assert heard == [frozenset({customer.pk})]
    assert Customer.objects.values_list("city", "contacts__phone").get() == ("Łódź", "+48600100100")
    assert Entry.objects.get(verb="change_customer").facts == {"changed": ["city", "contacts"]}


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"contacts-0-phone": "12"}, "no phone number"),
        ({"contacts-0-phone": "", "contacts-0-email": ""}, "Podaj|Give an e-mail"),
        ({"payer": "other"}, "klient innej|customer of another company"),
    ],
)
def test_a_customer_that_cannot_be_is_not_kept(values: dict[str, object], complaint: str, client: Client, boss: User) -> None:
    customer = make_customer()
    if "payer" in values:
        values = {"payer": make_customer().pk}
    answer = client.post(address(Customer, "change", customer.pk), customer_form(customer, **values))
    assert answer.status_code == 200
    assert re.search(complaint, answer.content.decode())
    assert not Entry.objects.filter(verb="change_customer").exists()


def test_a_safeguard_is_switched_off_with_an_entry_on_the_companys_chain(client: Client, boss: User) -> None:
    creditor = make_customer().creditor
    rules = LadderRules.objects.get_or_create(creditor=creditor)[0]
    values = {"calendar": "country", "tolerance": "0", "cap_per_person": "on", "four_eyes": "on", "run_at": "08:00", "legal_waits": "on"}
    values |= {"run_cap": "10000", "undo_minutes": "10", "most_enclosed": "5", "pending_money_days": "3", "bank_wait_days": "14"}
    values |= {"handover_needs_terms": "on", "handover_notice_days": "7", "handover_needs_call": "on"}
    assert client.post(address(LadderRules, "change", rules.pk), values).status_code == 302
    rules.refresh_from_db()
    assert (rules.first_run_waits, rules.legal_waits) == (False, True)
    entry = Entry.objects.filter(creditor=creditor).latest("pk")
    assert (entry.verb, entry.actor, entry.facts) == ("change_ladderrules", boss, {"changed": ["first_run_waits"]})
    assert client.get(address(LadderRules, "add")).status_code == 403
    assert client.post(address(LadderRules, "delete", rules.pk), {"post": "yes"}).status_code == 403
