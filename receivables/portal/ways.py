"""Ways to pay as a customer sees them: what is offered, what was accepted, what they asked for. Changes go through `dunning.actions`."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dunning.actions import TermsWish, accept_offer, ask_terms, waiting_terms
from dunning.models import AcceptedOffer
from dunning.offering import offered_to
from dunning.offers import Offer, Offered
from dunning.states import OfferKind, OfferWay
from invoices.models import Contact, Customer
from receivables.portal.access import Visitor


def ways_of(customer: Customer, *, on: date) -> dict[str, Any]:
    """All that the page tells: what is offered by currency, what stands, and what waits for an answer."""
    every = list(offered_to(customer, on=on).values())
    return {
        "offered": [{"each": each, "offers": [named(offer) for offer in each.offers]} for each in every if each.offers],
        "askable": [each for each in every if each.may_ask],
        "accepted": [_kept(row) for row in standing(customer)],
        "asked": waiting_terms(customer),
    }


def standing(customer: Customer) -> list[AcceptedOffer]:
    """Accepted offers under which something is still to be paid, the newest first."""
    rows = AcceptedOffer.objects.filter(customer=customer, lines__is_standing=True, lines__item__open_amount__gt=0)
    return list(rows.distinct().select_related("agreement"))


def way_of(customer: Customer, currency: str, key: str, *, on: date) -> dict[str, Any]:
    """One offer in full; anything else is not there."""
    found = offered_to(customer, on=on).get(currency)
    offer = found.find(key) if found else None
    if offer is None:
        raise Http404
    return named(offer)


def accept(visitor: Visitor, customer: Customer, *, currency: str, key: str, seal: str, on: date, now: datetime) -> AcceptedOffer:
    """The visitor takes the offer as it was shown. Raises `Refused` where it stands no more so."""
    return accept_offer(
        customer, key, currency=currency, seal=seal, way=OfferWay.PORTAL, on=on, now=now, who=who_is(visitor, customer)
    )  # fmt: skip


def ask(visitor: Visitor, customer: Customer, said: Mapping[str, Any], *, currency: str, on: date, now: datetime) -> None:
    """The visitor asks for other terms. Raises `Refused` for what nobody can answer."""
    wish = TermsWish(instalments=said["instalments"] or 0, until=said["until"], note=said["note"])
    ask_terms(customer, wish, currency=currency, on=on, now=now, who=who_is(visitor, customer))


def askable(customer: Customer, *, on: date) -> list[Offered]:
    """Currencies in which other terms may be asked for."""
    return [each for each in offered_to(customer, on=on).values() if each.may_ask]


def who_is(visitor: Visitor, customer: Customer) -> str:
    """The contact of this customer through which the visitor came in: by name, else by address."""
    mine: list[Contact] = [contact for contact in visitor.contacts if contact.customer_id == customer.pk]
    return next((contact.name or contact.email for contact in mine), "")


def named(offer: Offer) -> dict[str, Any]:
    """An offer with its heading and what it asks."""
    return {"offer": offer, "title": _title(offer.kind, len(offer.parts)), "kind": str(offer.kind)}


def _kept(row: AcceptedOffer) -> dict[str, Any]:
    """An accepted one as it was shown, from what was kept of it."""
    parts = [{"due_on": date.fromisoformat(part["due_on"]), "amount": Decimal(part["amount"])} for part in row.terms["parts"]]
    gain = Decimal(row.terms["gain"])
    return {"row": row, "title": _title(OfferKind(row.kind), len(parts)), "parts": parts, "gain": gain, "labels": row.terms["items"]}


def _title(kind: OfferKind, parts: int) -> str:
    if kind is OfferKind.INSTALMENTS:
        return ngettext("In %(count)s instalment", "In %(count)s instalments", parts) % {"count": parts}
    words: dict[OfferKind, str] = {
        OfferKind.DEFERRAL: _("Pay on a later day"),
        OfferKind.DISCOUNT: _("Settle soon and pay less"),
        OfferKind.CREDIT: _("Settle soon, with a credit for your next purchase"),
    }
    return words[kind]
