"""What a text is shown with, and tried with before it is published: an invented customer, or a real one with what the books say."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings

from dunning import papers
from dunning.actions.messages import BUYER, PORTAL_PATH, firm_facts
from dunning.actions.papers import PaperWish, paper_facts
from dunning.paper_books import credit_on, lines_on
from dunning.papers import Facts, Line, Movement
from dunning.schedules import equal_rates
from invoices.models import Customer
from receivables.accounts.models import Creditor
from receivables.core.errors import Refused
from receivables.core.money import round_to_unit
from receivables.core.sentences import gettext_noop
from receivables.messaging.models import Message

ANSWER_IN = timedelta(days=7)
BY_HAND = frozenset({"statement", "balance_confirmation", "interest_note", "compensation_note"})
_NAME = {"pl": "Przykładowa Firma sp. z o.o.", "en": "Example Firm Ltd", "de": "Beispiel GmbH"}
_REASON = {
    "pl": "Faktura %s była zapłacona w terminie.",
    "en": "Invoice %s was paid in time.",
    "de": "Rechnung %s war rechtzeitig bezahlt.",
}
_PARTY = {
    "name": "Druga Strona S.A.", "street": "ul. Leśna 2", "postcode": "00-002", "city": "Warszawa", "country": "PL", "tax_id": "",
    "bank_account": "PL61109010140000071219812874", "bank_name": "",
}  # fmt: skip
_ANSWERED: dict[str, tuple[str, ...]] = {
    "thanks": ("amount", "booked_on", "labels"),
    "promise_noted": ("amount", "by_on"),
    "agreement_begun": ("label", "rates"),
    "agreement_kept": ("label",),
    "agreement_ended": ("label", "missed"),
    "dispute_received": ("labels", "amount"),
    "dispute_decided": ("labels", "amount", "upheld"),
    "complaint_received": ("received_on", "answer_on", "labels"),
    "complaint_decided": ("received_on", "outcome", "answer", "labels"),
}
"""Answers to customers, each with what it says besides the usual."""
CONTRACTS = frozenset({"agreement", "assignment", "assignment_notice", "agency_order"})
_BUREAU = "Rejestr Przykładowy Biuro Informacji Gospodarczej S.A., Wrocław"


def sample_facts(creditor: Creditor, kind: str, language: str, *, on: date) -> Facts:
    """An invented customer who owes on two invoices; the company is the real one."""
    buyer = {
        "number": "K-0001", "name": _NAME.get(language, _NAME["en"]), "street": "ul. Polna 1", "postcode": "00-001", "city": "Warszawa",
        "country": "PL", "tax_id": "", "kind": "business",
    }  # fmt: skip
    due = on + timedelta(days=3) if kind == "reminder" else on - timedelta(days=20)
    lines = [
        Line(f"FV/{on.year}/{n:04}", due - timedelta(days=14), due, Decimal(amount), Decimal(amount))
        for n, amount in ((1, "1230.00"), (2, "615.50"))
    ]
    return _facts(_head(creditor, buyer, currency=creditor.currency, on=on), kind, lines, on=on, language=language)


def real_facts(customer: Customer, kind: str, language: str, *, on: date) -> Facts:
    """What it would say to this customer: as their last message of the kind said it, else from the books of today.

    Raises `Refused` where they owe nothing that it could name.
    """
    currency = customer.currency or customer.creditor.currency
    if kind in BY_HAND:
        first = on - timedelta(days=90)
        return paper_facts(customer, PaperWish(kind, language, currency, on, on + ANSWER_IN, first), on=on)
    template = f"courtesy_{kind}" if kind in _ANSWERED else kind
    mine = Message.objects.filter(creditor=customer.creditor_id, template=template, facts__customer__number=customer.number)
    sent = mine.order_by("-pk").first()
    if sent is not None:
        return {**sent.facts, "creditor": firm_facts(customer.creditor)}
    lines = [line for line in lines_on(customer, currency, on=on) if kind == "reminder" or line.due_on < on]
    if not lines:
        raise Refused(gettext_noop("This customer owes nothing that the text could name. Choose another."))
    buyer = {name: getattr(customer, name) for name in BUYER}
    credit = min(credit_on(customer, currency, on=on), sum((line.open for line in lines), Decimal(0)) - 1)
    says = _head(customer.creditor, buyer, currency=currency, on=on)
    return _facts(says, kind, lines, on=on, language=language, credit=max(credit, Decimal(0)))


def _head(creditor: Creditor, buyer: Facts, *, currency: str, on: date) -> Facts:
    return papers.head(firm_facts(creditor), buyer, on=on, currency=currency, portal_url=settings.BASE_URL.rstrip("/") + PORTAL_PATH)


def _facts(says: Facts, kind: str, lines: Sequence[Line], *, on: date, language: str, credit: Decimal = Decimal(0)) -> Facts:
    owed, first = sum((line.open for line in lines), Decimal(0)), on - timedelta(days=90)
    match kind:
        case "reminder":
            return _reminder(says, lines, credit=credit, on=on)
        case "statement":
            moves = [Movement(line.issued_on, line.label, "invoice", line.open, line.due_on) for line in lines]
            return papers.statement(says, moves, from_on=first, to_on=on, overdue=owed)
        case "balance_confirmation":
            return papers.balance_confirmation(says, lines, [], as_of_on=on, deadline_on=on + ANSWER_IN)
        case "interest_note" | "compensation_note":
            note = papers.interest_note if kind == "interest_note" else papers.compensation_note
            return note(says, lines, _claims(lines[0], says["currency"], on=on), deadline_on=on + ANSWER_IN)
        case "withdrawal":
            reason = _REASON.get(language, _REASON["en"]) % lines[0].label
            return papers.withdrawal(says, number="W/0001", of=on - ANSWER_IN, reason=reason)
        case _ if kind in _ANSWERED:
            return _answer(says, kind, lines, on=on, language=language)
        case _ if kind in CONTRACTS:
            return _contract(says, kind, lines, on=on)
    demanded = papers.demand(says, lines, [], deadline_on=on + ANSWER_IN, credit=credit)
    if kind == "final_demand":
        return papers.final_demand(demanded, earlier=[("W/0001", on - timedelta(days=14))], proofs=[line.label for line in lines])
    if kind == "register_warning":
        entry, threshold = (on + timedelta(days=32)).isoformat(), "500.00"
        return {**demanded, "document": kind, "register": _BUREAU, "entry_on": entry, "threshold": threshold, "is_protected": False}
    return demanded if kind == "demand" else {**demanded, "document": None, "step": kind}


def _answer(says: Facts, kind: str, lines: Sequence[Line], *, on: date, language: str) -> Facts:
    """What an answer says besides: of the first item, with invented days."""
    amount, label = str(lines[0].open), lines[0].label
    said: dict[str, Any] = {
        "amount": amount, "labels": label, "label": f"U/{on.year}/1", "booked_on": on.isoformat(), "by_on": (on + ANSWER_IN).isoformat(),
        "received_on": (on - ANSWER_IN).isoformat(), "answer_on": (on + ANSWER_IN).isoformat(),
        "rates": [{"due_on": (on + ANSWER_IN).isoformat(), "amount": amount}], "answer": _REASON.get(language, _REASON["en"]) % label,
        "upheld": True, "missed": True, "outcome": "accepted",
    }  # fmt: skip
    return {**says, **{name: said[name] for name in _ANSWERED[kind]}}


def _contract(says: Facts, kind: str, lines: Sequence[Line], *, on: date) -> Facts:
    """The contract over these items, with invented terms."""
    owed, proofs = sum((line.open for line in lines), Decimal(0)), [line.label for line in lines]
    if kind == "agreement":
        rates = [papers.Instalment(f"U/1#{n}", *rate) for n, rate in enumerate(equal_rates(owed, says["currency"], count=3, first=on), 1)]
        return papers.agreement(says, lines, {}, rates, label="U/1", waives_interest=False)
    if kind == "agency_order":
        return papers.agency_order(
            says, lines, {}, agency=_PARTY, percent=Decimal(10), charges_debtor=False, allows_register=False,
            contact_person=says["creditor"]["name"], proofs=proofs,
        )  # fmt: skip
    price, passes_on = round_to_unit(owed / 2, says["currency"]), on + ANSWER_IN
    undisputed = [replace(line, disputed=Decimal(0)) for line in lines]
    contract = papers.assignment(
        says, undisputed, {}, assignee=_PARTY, price=price, price_due_on=passes_on, passes_on=passes_on, proofs=proofs
    )  # fmt: skip
    return contract if kind == "assignment" else papers.assignment_notice(contract)


def _reminder(says: Facts, lines: Sequence[Line], *, credit: Decimal, on: date) -> Facts:
    """As a demand, of what is not due yet."""
    early = papers.demand(
        {**says, "on": (max(line.due_on for line in lines) + timedelta(days=1)).isoformat()}, lines, [], deadline_on=on, credit=credit
    )
    items = [{**item, "days_late": 0} for item in early["items"]]
    return {**early, "on": on.isoformat(), "items": items, "is_overdue": False, "deadline_on": None, "document": None, "step": "reminder"}


def _claims(line: Line, currency: str, *, on: date) -> list[dict[str, Any]]:
    days = (on - line.due_on).days
    period = {
        "first_on": (line.due_on + timedelta(days=1)).isoformat(), "last_on": on.isoformat(), "days": days, "rate_percent": "14.00",
        "principal": str(line.open), "amount": "9.44", "source": "M.P.",
    }  # fmt: skip
    told = {"label": line.label, "step": ""}
    return [
        {**told, "kind": "interest", "amount": "9.44", "regime": "commercial_delay", "periods": [period]},
        {
            **told,
            "kind": "compensation",
            "amount": "168.93",
            "euro": "40.00",
            "rate": "4.2233",
            "rate_on": on.isoformat(),
            "table": "040/A/NBP",
        },
    ]
