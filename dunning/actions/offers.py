"""Ways to pay: a company sets what it offers, a customer accepts an offer or asks for more.

Acceptance makes nothing new: instalments and deferral are an agreement, a discount is a term of early payment with a promise, a credit for
the next purchase is a promise and, once it is kept, a task. Nothing is booked before money has come.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from dunning.actions.acknowledging import acknowledge_offer
from dunning.actions.agreements import agree_numbered
from dunning.actions.promises import promise
from dunning.actions.tasks import open_task
from dunning.letter_offers import TOLD_FOR, all_told, terms_of, told, told_until
from dunning.models import AcceptedItem, AcceptedOffer, Agreement, Notice, OfferPolicy, Promise, Task, TermsAsked
from dunning.offering import offered_to
from dunning.offers import Offer
from dunning.states import OfferKind, OfferWay, TaskKind
from invoices.actions import note_early_payment
from invoices.actions.early_payment import offers_of
from invoices.actions.rows import locked_customer
from invoices.models import Customer, Item
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.documents.models import Document
from receivables.messaging.states import NEVER_LEFT

DAY = timedelta(days=1)
MOST_ASKED = 60  # instalments


@transaction.atomic
def set_offers(creditor: Creditor, kind: str, currency: str, *, now: datetime, by: User | None = None, **terms: Any) -> OfferPolicy:
    """What the company offers from now on to this kind of customer in this currency. Accepted offers keep their terms.

    Raises `Refused` for terms that cannot be, and where nothing differs.
    """
    creditor = Creditor.objects.select_for_update(no_key=True).get(pk=creditor.pk)
    row = OfferPolicy(creditor=creditor, kind=kind, currency=currency, recorded_at=now, by=by, **terms)
    try:
        row.full_clean(exclude=["creditor", "by"])
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from None
    last = OfferPolicy.objects.in_force(creditor).get((kind, currency))
    if last is not None and last.allowed() == row.allowed():
        raise Refused(gettext_noop("Nothing differs from what is offered now."))
    row.save()
    record(creditor, "offers_set", row, by=by, kind=kind, currency=currency, **{name: str(value) for name, value in terms.items()})
    return row


@transaction.atomic
def accept_offer(
    customer: Customer, key: str, *, currency: str, seal: str, way: OfferWay, on: date, now: datetime, who: str = "", by: User | None = None
) -> AcceptedOffer:
    """The customer takes the offer as it was shown (`seal`). The same press twice gives the same row.

    Raises `Refused` where it stands no more as shown: money came, something was disputed, a day has passed. A person
    may note what a letter said, through its last day.
    """
    customer = locked_customer(customer.pk)
    if done := AcceptedOffer.objects.filter(customer=customer, seal=seal).first():
        return done
    letters = told_by_letter(customer, on=on) if by else []  # who answers a letter answers a person
    offer = next((each.offer for each in letters if each.offer.seal == seal), None)
    offer = offer or _standing(customer, key, currency=currency, seal=seal, on=on)
    items = _items(offer)
    lives = _agreed(customer, offer, items, on=on, by=by) or _promised(customer, offer, items, on=on, by=by)
    row = AcceptedOffer.objects.create(
        creditor=customer.creditor, customer=customer, policy=OfferPolicy.objects.for_customer(customer)[currency], kind=offer.kind,
        currency=currency, amount=offer.total, terms=terms_of(offer), seal=seal, way=way, accepted_on=on, accepted_at=now,
        who=who[:254], by=by, agreement=lives if isinstance(lives, Agreement) else None,
        promise=lives if isinstance(lives, Promise) else None,
    )  # fmt: skip
    AcceptedItem.objects.bulk_create([AcceptedItem(offer=row, item=item) for item in items])
    acknowledge_offer(row, items, on=on, by=by)
    record(
        customer.creditor, "offer_accepted", row, by=by, customer=customer.pk, kind=str(offer.kind), way=str(way), items=list(offer.items)
    )
    return row


@dataclass(frozen=True, slots=True)
class Told:
    """An offer as a letter of that day stated it, with the last day to accept it."""

    offer: Offer
    told_on: date
    until: date


def offers_told(customer: Customer, currency: str, *, on: date) -> dict[str, Any]:
    """What a letter that a person makes says of the ways to pay in a currency, each with its last day; nothing where none stands."""
    found = offered_to(customer, on=on).get(currency) if OfferPolicy.objects.filter(creditor=customer.creditor_id).exists() else None
    return all_told(found.offers, on=on) if found else {}


def told_by_letter(customer: Customer, *, on: date) -> list[Told]:
    """The offers of letters and agreements that are valid still and stand as told: the same is owed, and the policy offers it still."""
    found: dict[str, Told] = {}
    for facts in _facts_of_letters(customer, since=on - TOLD_FOR - DAY):
        for each in _told_in(facts, customer, on=on):
            found.setdefault(each.offer.seal, each)
    return list(found.values())


def _facts_of_letters(customer: Customer, *, since: date) -> Iterator[Mapping[str, Any]]:
    """Of letters that left or may leave, and of agreements on paper, which state offers, the newest first."""
    letters = Notice.objects.filter(customer=customer, message__facts__has_key="offers", message__created_at__date__gte=since)
    yield from letters.exclude(message__state__in=NEVER_LEFT).order_by("-pk").values_list("message__facts", flat=True)
    papers = Document.objects.filter(creditor=customer.creditor_id, kind="agreement", created_at__date__gte=since, facts__has_key="offers")
    yield from papers.filter(facts__customer__number=customer.number).order_by("-pk").values_list("facts", flat=True)


def _told_in(facts: Mapping[str, Any], customer: Customer, *, on: date) -> Iterator[Told]:
    told_on = date.fromisoformat(facts["on"])
    found = offered_to(customer, on=on, told_on=told_on).get(facts["currency"])
    for offer in found.offers if found else ():
        until = told_until(offer, on=told_on)
        if on <= until and told(offer, on=told_on) in facts["offers"]:
            yield Told(offer, told_on, until)


@dataclass(frozen=True, slots=True)
class TermsWish:
    """What a customer asks for: so many instalments, or all of it by a day."""

    instalments: int = 0
    until: date | None = None
    note: str = ""

    def check(self, *, on: date) -> None:
        """Raises `Refused` for a wish that nobody can answer."""
        if (self.until is None) == (self.instalments == 0):
            raise Refused(gettext_noop("Say either how many instalments, or by which day."))
        if self.until is None and not 2 <= self.instalments <= MOST_ASKED:
            raise Refused(gettext_noop("Ask for 2 to %(most)s instalments."), most=MOST_ASKED)
        if self.until is not None and not 0 < (self.until - on).days <= 366:
            raise Refused(gettext_noop("Choose a day after today and within a year."))


@transaction.atomic
def ask_terms(customer: Customer, wish: TermsWish, *, currency: str, on: date, now: datetime, who: str = "") -> TermsAsked:
    """A customer asks for more than is offered: a task for a person. One that waits already stays the only one.

    Raises `Refused` for what cannot be meant, while a wish in another currency waits, and where nothing is overdue that terms could be
    given for.
    """
    customer = locked_customer(customer.pk)
    if waiting := waiting_terms(customer):
        return _same_currency(waiting, currency)
    wish.check(on=on)
    amount = _askable(customer, currency=currency, on=on)
    kind = OfferKind.DEFERRAL if wish.until else OfferKind.INSTALMENTS
    row = TermsAsked.objects.create(
        creditor=customer.creditor, customer=customer, currency=currency, amount=amount, kind=kind, instalments=wish.instalments,
        until=wish.until, note=" ".join(wish.note.split())[:500], asked_at=now, who=who[:254],
    )  # fmt: skip
    open_task(customer, TaskKind.TERMS_ASKED, on=on, about=f"terms:{row.pk}")
    record(customer.creditor, "terms_asked", row, customer=customer.pk, kind=str(kind))
    return row


def waiting_terms(customer: Customer) -> TermsAsked | None:
    """What the customer asked for and nobody has answered yet."""
    task = Task.objects.filter(customer=customer, kind=TaskKind.TERMS_ASKED, closed_on=None).order_by("-pk").first()
    return TermsAsked.objects.filter(pk=int(task.about.partition(":")[2])).first() if task else None


def _same_currency(waiting: TermsAsked, currency: str) -> TermsAsked:
    if waiting.currency != currency:
        raise Refused(
            gettext_noop("What you asked for in %(currency)s waits for an answer. Ask again after it, or write to us or call us."),
            currency=waiting.currency,
        )
    return waiting


def _askable(customer: Customer, *, currency: str, on: date) -> Decimal:
    found = offered_to(customer, on=on).get(currency)
    if found is None or not found.may_ask:
        raise Refused(gettext_noop("Nothing is overdue here that other terms could be given for. Write to us or call us."))
    return found.askable


def _standing(customer: Customer, key: str, *, currency: str, seal: str, on: date) -> Offer:
    found = offered_to(customer, on=on).get(currency)
    offer = found.find(key) if found else None
    if offer is None or offer.seal != seal:
        raise Refused(gettext_noop("This has changed since you looked. See what is possible now."))
    return offer


def _items(offer: Offer) -> list[Item]:
    rows: Mapping[int, Item] = Item.objects.select_related("invoice").in_bulk(offer.items)
    return [rows[pk] for pk in offer.items]


def _agreed(customer: Customer, offer: Offer, items: list[Item], *, on: date, by: User | None) -> Agreement | None:
    """Instalments and a deferral are an agreement; of any other offer None."""
    if offer.kind not in (OfferKind.INSTALMENTS, OfferKind.DEFERRAL):
        return None
    return agree_numbered(
        customer, items=items, rates=[(part.due_on, part.amount) for part in offer.parts], on=on,
        waives_interest=offer.waives_interest, reason="an offer, accepted", by_user=by,
    )  # fmt: skip


def _promised(customer: Customer, offer: Offer, items: list[Item], *, on: date, by: User | None) -> Promise:
    """The ladder waits for the sum through the day; a discount is noted with the invoices, so that the sum closes them by then."""
    invoices = {item.pk: item.invoice for item in items}
    for lowered in offer.discounts:
        invoice = invoices[lowered.item]
        note_early_payment(invoice, percent=offer.percent, days=lowered.days, by=by)
        if not any(known.amount == lowered.amount and known.until == offer.last_on for known in offers_of(invoice)):
            raise Refused(gettext_noop("This has changed since you looked. See what is possible now."))
    return promise(customer, amount=offer.total, by=offer.last_on, items=items, on=on, reason="an offer, accepted", by_user=by)
