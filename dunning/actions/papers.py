"""Papers that people make by hand beside the ladder: worked out from the books, numbered, kept, audited."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from dunning import papers
from dunning.actions.holds import locked
from dunning.actions.messages import BUYER, PORTAL_PATH, firm_facts
from dunning.paper_books import barred_on, credit_on, items_of, lines_on, movements_of, noted_claims, overdue_on
from dunning.unasked import barred_items, refuse_asking, unasked
from invoices.models import Customer
from invoices.states import ClaimKind
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.documents.actions import numbered_pdf
from receivables.documents.labels import words
from receivables.documents.models import Document


@dataclass(frozen=True, slots=True)
class PaperWish:
    """What somebody wants on paper. `from_on` is of a statement, `to_on` its last day or that of a balance, `deadline_on` of the rest."""

    kind: str
    language: str
    currency: str
    to_on: date
    deadline_on: date
    from_on: date | None = None


def paper_facts(customer: Customer, wish: PaperWish, *, on: date) -> dict[str, Any]:
    """What the paper would say, from the books as they are. Raises `Refused` where it may not be made."""
    if wish.kind not in _MAKERS:
        raise Refused(gettext_noop("There is no such paper to make by hand."))
    if wish.to_on > on:
        raise Refused(gettext_noop("The books are known through today. Choose today or an earlier day."))
    if wish.deadline_on < on:
        raise Refused(gettext_noop("The day to answer or pay by has passed. Choose a later one."))
    says = papers.head(
        firm_facts(customer.creditor),
        {name: getattr(customer, name) for name in BUYER},
        on=on,
        currency=wish.currency,
        portal_url=settings.BASE_URL.rstrip("/") + PORTAL_PATH,
        salutation=salutation_of(customer),
    )
    return _MAKERS[wish.kind](customer, wish, says)


def salutation_of(customer: Customer) -> str:
    """How papers greet a customer: as was chosen for its first contact, else neutrally."""
    first = customer.contacts.first()
    return first.salutation if first else ""


@transaction.atomic
def make_paper(customer: Customer, wish: PaperWish, *, on: date, now: datetime, by: User | None = None) -> Document:
    """Make it with the next number of its kind and keep it. Raises `Refused`, and `RenderError` where it cannot be set."""
    customer = locked(customer.pk)  # so that no claim gets into two notes
    facts = paper_facts(customer, wish, on=on)
    made = numbered_pdf(customer.creditor, kind=wish.kind, on=on, language=wish.language, facts=facts, now=now)
    record(customer.creditor, "paper_made", made, by=by, customer=customer.pk, kind=wish.kind, number=made.number)
    return made


def _statement(customer: Customer, wish: PaperWish, says: papers.Facts) -> papers.Facts:
    on = date.fromisoformat(says["on"])
    barred = barred_items(customer, list(items_of(customer, wish.currency)), on=on)
    overdue, disputed = overdue_on(customer, wish.currency, on=wish.to_on, without=barred)
    from_on = wish.from_on or wish.to_on.replace(day=1)
    moves = movements_of(customer, wish.currency)
    unasked_for = barred_on(customer, wish.currency, barred, on=wish.to_on)
    return papers.statement(says, moves, from_on=from_on, to_on=wish.to_on, overdue=overdue, disputed=disputed, barred=unasked_for)


def _balance(customer: Customer, wish: PaperWish, says: papers.Facts) -> papers.Facts:
    lines = lines_on(customer, wish.currency, on=wish.to_on)
    credit = credit_on(customer, wish.currency, on=wish.to_on)
    told = [(words(wish.language)["not_allocated"], wish.to_on, credit)]
    return papers.balance_confirmation(says, lines, told, as_of_on=wish.to_on, deadline_on=wish.deadline_on)


def _interest(customer: Customer, wish: PaperWish, says: papers.Facts) -> papers.Facts:
    lines, claims = _asked(customer, wish, ClaimKind.INTEREST, says)
    return papers.interest_note(says, lines, claims, deadline_on=wish.deadline_on)


def _compensation(customer: Customer, wish: PaperWish, says: papers.Facts) -> papers.Facts:
    lines, claims = _asked(customer, wish, ClaimKind.COMPENSATION, says)
    return papers.compensation_note(says, lines, claims, deadline_on=wish.deadline_on)


def _asked(customer: Customer, wish: PaperWish, kind: ClaimKind, says: papers.Facts) -> tuple[list[papers.Line], list[dict[str, Any]]]:
    """The claims that a note may ask for now; a note is a demand, so what stops the ladder stops it."""
    on = date.fromisoformat(says["on"])
    refuse_asking(customer, on=on)
    left_out = unasked(customer, list(items_of(customer, wish.currency)), on=on)
    return noted_claims(customer, wish.currency, kind, without=left_out)


_MAKERS: Mapping[str, Callable[[Customer, PaperWish, papers.Facts], papers.Facts]] = {
    "statement": _statement,
    "balance_confirmation": _balance,
    "interest_note": _interest,
    "compensation_note": _compensation,
}
MADE_BY_HAND = tuple(_MAKERS)
OF_CONTRACTS = ("agreement", "assignment", "assignment_notice", "agency_order")
KEPT_BY_HAND = (*MADE_BY_HAND, *OF_CONTRACTS, "withdrawal", "claim_sheet")
"""Kinds that people have made, by the page of papers or beside a letter."""


def papers_by_hand(customer: Customer) -> QuerySet[Document]:
    """Those that were made for this customer; their bytes are not read."""
    made = Document.objects.filter(creditor=customer.creditor_id, kind__in=KEPT_BY_HAND)  # few, and found by an index
    return made.filter(facts__customer__number__in=customer.numbers).defer("content", "facts")
