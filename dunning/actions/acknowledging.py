"""What a customer accepts or signs acknowledges the debt, and its limitation begins anew (art. 123 par. 1 pkt 2 KC; LAW.md A4).

Noted only of what there is proof of: an offer accepted on the portal or in a letter, an agreement signed on paper. Who said yes in a talk
has acknowledged, too, but nobody could show it: a person notes that once it is confirmed in writing. Of a debt that is time-barred for a
protected customer nothing is noted, for nothing runs on it that could begin anew.
"""

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from dunning.actions import noting
from dunning.actions.holds import locked
from dunning.models import AcceptedOffer, Agreement, LimitationEvent
from dunning.states import LimitationKind, OfferWay, ProofKind
from dunning.unasked import barred_items
from invoices.models import Customer, Invoice, Item
from invoices.states import DocumentKind
from receivables.accounts.models import User
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.documents.models import Document

PROOF_OF = {OfferWay.PORTAL: ProofKind.PORTAL, OfferWay.LETTER: ProofKind.LETTER}
"""Ways of accepting that leave something to show."""


def acknowledge_offer(offer: AcceptedOffer, items: Sequence[Item], *, on: date, by: User | None = None) -> list[LimitationEvent]:
    """Note for each invoice that its debt was acknowledged with the offer; nothing where it was accepted in a talk.

    `items` come with their invoices. Call it with the customer locked; safe to run twice.
    """
    proof = PROOF_OF.get(OfferWay(offer.way))
    if proof is None:
        return []
    told = noting.Told(_source(offer), proof, on, by)
    return noting.begin(_running(offer.customer, items, on=on), LimitationKind.ACKNOWLEDGEMENT, on=on, told=told)


@transaction.atomic
def note_signed(agreement: Agreement, *, on: date, document: Document, today: date, by: User | None = None) -> list[LimitationEvent]:
    """Note for each invoice covered that the customer has signed the agreement, which acknowledges the debt, with the signed paper.

    Raises `Refused` for a day to come or before an invoice, and where nothing is left to note for that day.
    """
    customer = locked(agreement.customer_id)
    lines = agreement.lines.select_related("item__invoice").order_by("position")
    told = noting.Told(f"agreement {agreement.label}, signed", ProofKind.LETTER, today, by, document)
    invoices = _running(customer, [line.item for line in lines], on=on)
    noted = noting.begin(invoices, LimitationKind.ACKNOWLEDGEMENT, on=on, told=told)
    if not noted:
        raise Refused(
            gettext_noop("An acknowledgement of %(day)s is noted for all its invoices, or they were time-barred by then."), day=on
        )
    return noted


def _running(customer: Customer, items: Sequence[Item], *, on: date) -> list[Invoice]:
    """The invoices of these items that are claims and that limitation does not forbid to demand."""
    barred = barred_items(customer, items, on=on)
    found = {item.invoice_id: item.invoice for item in items if item.pk not in barred}
    return [invoice for invoice in found.values() if DocumentKind(invoice.kind).is_claim]


def _source(offer: AcceptedOffer) -> str:
    lives = offer.agreement.label if offer.agreement else ""
    return ", ".join(part for part in (f"offer accepted: {offer.kind}", lives, offer.who) if part)[:200]
