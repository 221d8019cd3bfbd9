"""The rows a firm begins with: users and their roles, rules and policies, customers and how to reach them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.contrib.auth.hashers import make_password
from django.db import transaction

from dunning.actions import assign, begin, publish
from dunning.models import Agency, CommissionRate, LadderRules, Policy
from dunning.policy_text import parse_policy
from dunning.states import DataRole
from invoices.models import Contact, Customer, Objection
from receivables.accounts.models import Creditor, Membership, Role, User
from receivables.audit.actions import digest_of_rows, record
from receivables.credit.actions import set_limit
from receivables.credit.states import LimitKind
from receivables.demo import PASSWORD, USERS
from receivables.demo.cast import Buyer, Reach
from receivables.demo.story import Firm

STAFF_DOMAIN = "ceramika-wislana.example"
KEY_ACCOUNTS = """\
name: Stali odbiorcy
currency: PLN
grouping: customer
steps:
  - key: reminder
    after_due: -3
    until: 0
    channel: [email]
  - key: overdue
    after_due: 3
    channel: [email]
  - key: call
    after_due: 7
    after_previous: 3
    channel: [call, email]
  - key: demand
    after_due: 28
    after_previous: 10
    channel: [letter, email]
    also: [email]
    document: demand
    deadline_days: 10
    approval: true
    minimum: "200.00"
"""


def make_users() -> dict[str, User]:
    """The demo users by name. They are disabled when the system goes live."""
    made = {}
    secret = make_password(PASSWORD)  # slow by intent, so once
    for person in USERS:
        user = User(
            username=person.username,
            first_name=person.first_name,
            last_name=person.last_name,
            email=f"{person.username}@{STAFF_DOMAIN}",
            is_demo=True,
            is_staff=not person.role,
            is_superuser=not person.role,
            password=secret,
        )
        user.save(force_insert=True)
        made[person.username] = user
    return made


def make_company(firm: Firm, users: Iterable[User]) -> Creditor:
    """The company with the rules of its ladder and those of these users who have a role."""
    fields = {name: value for name, value in asdict(firm).items() if name != "prefix"}
    creditor = Creditor.objects.create(**fields)
    roles = {person.username: person.role for person in USERS}
    Membership.objects.bulk_create(
        [Membership(user=user, creditor=creditor, role=Role(role)) for user in users if (role := roles[user.username])]
    )
    return creditor


def make_ladder(creditor: Creditor, *, now: datetime, author: User, approver: User) -> None:
    """The country's policies, one more for key accounts, a cap on messages, and an agency."""
    begin(creditor, now=now)
    publish(creditor, KEY_ACCOUNTS, now=now, by=author, approver=approver)
    # not every ladder of the demo calls, and its hand-overs are told of in the demand
    LadderRules.objects.filter(creditor=creditor).update(cap_messages=3, cap_days=7, handover_needs_call=False)
    _make_agency(creditor, now=now)


def _make_agency(creditor: Creditor, *, now: datetime) -> None:
    """One agency, with its terms and what has to be on file about it."""
    signed = now.date() - timedelta(days=90)
    agency = Agency.objects.create(
        creditor=creditor, slug="windykator", name="Windykator Przykładowy sp. z o.o.", currencies=["PLN", "EUR"],
        contact_person="Jan Przykładowy", email="zlecenia@windykator.example", phone="+48 22 555 01 99", street="ul. Przykładowa 7",
        postcode="00-950", city="Warszawa", country="PL", contract_reference="W/17", contract_on=signed,
        cost_terms="Prowizja od kwot odzyskanych; koszty sądowe po osobnej zgodzie.", cost_terms_on=signed,
        data_role=DataRole.PROCESSOR, data_role_on=signed,
    )  # fmt: skip
    CommissionRate.objects.bulk_create(
        CommissionRate(agency=agency, from_days=days, percent=Decimal(percent)) for days, percent in ((0, "8"), (180, "12"), (365, "18"))
    )


@transaction.atomic
def add_buyers(creditor: Creditor, buyers: Sequence[Buyer], *, on: date, by: User) -> dict[str, Customer]:
    """Customers by number, with contacts, objections, payers and their policy; one audit entry for all."""
    made = {buyer.number: _customer(creditor, buyer) for buyer in buyers}
    Customer.objects.bulk_create(made.values())
    for buyer in buyers:
        if buyer.payer:
            Customer.objects.filter(pk=made[buyer.number].pk).update(payer=made[buyer.payer], letters_to=made[buyer.payer])
    _add_contacts([(made[buyer.number], n, reach) for buyer in buyers for n, reach in enumerate(buyer.reaches, start=1)], on=on)
    key_policy = Policy.objects.get(creditor=creditor, name=parse_policy(KEY_ACCOUNTS).name)
    for buyer in buyers:
        if buyer.key_account:
            assign(creditor, key_policy, customer=made[buyer.number], by=by)
    rows = digest_of_rows((buyer.number, buyer.name) for buyer in buyers)
    record(creditor, "add_customers", creditor, by=by, customers=len(made), rows=rows)
    return made


def give_limits(buyers: Sequence[Buyer], customers: Mapping[str, Customer], *, on: date, by: User) -> None:
    """Key accounts are insured and may owe more; one business in ten has a small limit of its own."""
    businesses = [buyer for buyer in buyers if buyer.kind == "business"]
    for buyer in [buyer for n, buyer in enumerate(businesses) if buyer.key_account or n % 10 == 0]:
        customer = customers[buyer.number]
        currency = buyer.currency or customer.creditor.currency
        amount = Decimal(60_000 if buyer.key_account else 8_000)
        set_limit(customer, kind=LimitKind.OWN, amount=amount, currency=currency, reason="Roczny przegląd limitów", on=on, by=by)
        if buyer.key_account:
            source = "Ubezpieczyciel Przykładowy S.A., decyzja 17/2026"
            set_limit(
                customer,
                kind=LimitKind.INSURED,
                amount=Decimal(50_000),
                currency=currency,
                reason="Polisa roczna",
                source=source,
                on=on,
                by=by,
            )


def _customer(creditor: Creditor, buyer: Buyer) -> Customer:
    plain = ("number", "name", "kind", "street", "postcode", "city", "tax_id", "country", "language", "currency", "note")
    return Customer(creditor=creditor, **{name: getattr(buyer, name) for name in plain})


def _add_contacts(reaches: Iterable[tuple[Customer, int, Reach]], *, on: date) -> None:
    fields = ("name", "role", "email", "phone", "language")
    rows = [
        (reach, Contact(customer=customer, position=n, **{name: getattr(reach, name) for name in fields})) for customer, n, reach in reaches
    ]
    Contact.objects.bulk_create([contact for _, contact in rows])
    Objection.objects.bulk_create(
        [Objection(contact=contact, channel=channel, since=on) for reach, contact in rows for channel in reach.objects_to]
    )
