"""Papers of contracts, made by hand: the instalment agreement, the assignment of claims with its notice, the order to an agency."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction

from dunning import papers
from dunning.actions.holds import locked
from dunning.actions.messages import BUYER, PORTAL_PATH, firm_facts
from dunning.actions.offers import offers_told
from dunning.letter_offers import says_offers
from dunning.models import Agreement
from dunning.paper_books import claimed_beside, lines_of_agreement, lines_of_items
from dunning.unasked import unasked
from invoices.models import Customer, Item
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.documents.actions import numbered_pdf
from receivables.documents.models import Document


@dataclass(frozen=True, slots=True)
class Party:
    """Who the other side of a contract is, as the paper names it."""

    name: str
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = "PL"
    tax_id: str = ""
    bank_account: str = ""
    bank_name: str = ""

    @property
    def facts(self) -> dict[str, str]:
        """The same as papers hold it."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementPaper:
    """The paper of an instalment agreement that was made."""

    agreement: Agreement


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentPaper:
    """An assignment of items to another firm. The price is in the items' currency."""

    items: Sequence[Item]
    assignee: Party
    price: Decimal
    price_due_on: date
    passes_on: date
    proofs: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPaper:
    """An order to an agency to collect items; `percent` is its commission on what it collects."""

    items: Sequence[Item]
    agency: Party
    percent: Decimal
    charges_debtor: bool = False
    allows_register: bool = False
    contact_person: str
    proofs: Sequence[str] = field(default_factory=tuple)


Contract = AgreementPaper | AssignmentPaper | OrderPaper


def contract_facts(customer: Customer, wish: Contract, *, on: date, language: str) -> list[tuple[str, papers.Facts]]:
    """The papers of a contract, kind and facts, from the books as they are. Raises `Refused` where one may not be made."""
    match wish:
        case AgreementPaper(agreement=agreement):
            return [("agreement", _agreement(customer, agreement, on=on, language=language))]
        case AssignmentPaper():
            facts = _assignment(customer, wish, on=on)
            return [("assignment", facts), ("assignment_notice", papers.assignment_notice(facts))]
        case OrderPaper():
            return [("agency_order", _order(customer, wish, on=on))]


@transaction.atomic
def make_contract(customer: Customer, wish: Contract, *, language: str, on: date, now: datetime, by: User | None = None) -> list[Document]:
    """Make its papers with the next numbers of their kinds and keep them. Nothing is sent, and nothing in the books changes.

    Raises `Refused`, and `RenderError` where one cannot be set.
    """
    customer = locked(customer.pk)
    made = []
    for kind, facts in contract_facts(customer, wish, on=on, language=language):
        paper = numbered_pdf(customer.creditor, kind=kind, on=on, language=language, facts=facts, now=now)
        record(customer.creditor, "paper_made", paper, by=by, customer=customer.pk, kind=kind, number=paper.number)
        made.append(paper)
    return made


def _agreement(customer: Customer, agreement: Agreement, *, on: date, language: str) -> papers.Facts:
    """With the ways to pay of what else is overdue, where the company's own words for the paper state them."""
    rates = [papers.Instalment(rate.label, rate.due_on, rate.amount) for rate in agreement.rates.order_by("position")]
    head = _head(customer, agreement.currency, on=on)
    offers = (
        offers_told(customer, agreement.currency, on=on)
        if says_offers(customer.creditor, "agreement", language=language, firm=head["creditor"])
        else {}
    )
    return offers | papers.agreement(
        head,
        lines_of_agreement(agreement),
        {},
        rates,
        label=agreement.label,
        waives_interest=agreement.waives_interest,
    )


def _assignment(customer: Customer, wish: AssignmentPaper, *, on: date) -> papers.Facts:
    return assigned_facts(customer, _free(customer, wish.items, on=on), wish, on=on)


def assigned_facts(customer: Customer, items: Sequence[Item], wish: AssignmentPaper, *, on: date) -> papers.Facts:
    """What the contract says of these items as they are open now, with their invoices read. Whether they may go is judged before."""
    beside = claimed_beside(items)
    return papers.assignment(
        _head(customer, items[0].currency, on=on),
        lines_of_items(items),
        {name: amount for name, amount in beside.items() if name != "compensation"},  # act of 8 March 2013, art. 10(4)
        assignee=wish.assignee.facts,
        price=wish.price,
        price_due_on=wish.price_due_on,
        passes_on=wish.passes_on,
        proofs=_proofs(items, wish.proofs),
    )


def _order(customer: Customer, wish: OrderPaper, *, on: date) -> papers.Facts:
    items = _free(customer, wish.items, on=on)
    return papers.agency_order(
        _head(customer, items[0].currency, on=on),
        lines_of_items(items),
        claimed_beside(items),
        agency=wish.agency.facts,
        percent=wish.percent,
        charges_debtor=wish.charges_debtor,
        allows_register=wish.allows_register,
        contact_person=wish.contact_person,
        proofs=_proofs(items, wish.proofs),
    )


def _free(customer: Customer, items: Sequence[Item], *, on: date) -> Sequence[Item]:
    """These items, where all may be handed on: open, of one currency, not disputed, held, barred or under a question that stops."""
    if not items or any(item.customer_id != customer.pk or item.open_amount <= 0 for item in items):
        raise Refused(gettext_noop("Choose items of this customer that are open."))
    if len({item.currency for item in items}) > 1:
        raise Refused(gettext_noop("One paper is in one currency. Choose items of one currency only."))
    if left := unasked(customer, items, on=on):
        names = ", ".join(item.label for item in items if item.pk in left)
        raise Refused(gettext_noop("Leave out what is disputed, held, time-barred or under a question: %(names)s."), names=names)
    return items


def _proofs(items: Sequence[Item], more: Sequence[str]) -> list[str]:
    return [*dict.fromkeys(item.invoice.number for item in items), *more]


def _head(customer: Customer, currency: str, *, on: date) -> papers.Facts:
    buyer: Mapping[str, Any] = {name: getattr(customer, name) for name in BUYER}
    portal = settings.BASE_URL.rstrip("/") + PORTAL_PATH
    return papers.head(firm_facts(customer.creditor), buyer, on=on, currency=currency, portal_url=portal)
