"""What a company offers, and how a customer stands with it, in words."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dunning.actions import Told, waiting_terms
from dunning.models import AcceptedOffer, OfferPolicy, TermsAsked
from dunning.offering import offered_to
from dunning.offers import Offer, Offered
from dunning.states import NoDiscount, OfferBar, OfferKind
from invoices.models import Customer, Item
from receivables.accounts.models import Creditor
from receivables.dashboard.templatetags.look import amount

RECENT = 20
SEPARATOR = "|"


def policies_of(creditor: Creditor) -> list[dict[str, Any]]:
    """What holds now, by kind and currency, each in sentences."""
    return [{"row": row, "lines": list(lines_of(row))} for _key, row in sorted(OfferPolicy.objects.in_force(creditor).items())]


def history_of(creditor: Creditor) -> list[OfferPolicy]:
    """The newest changes."""
    return list(OfferPolicy.objects.filter(creditor=creditor).select_related("by").order_by("-pk")[:RECENT])


def lines_of(row: OfferPolicy) -> Iterator[str]:
    """What is offered, one sentence each."""
    if not row.most_sum:
        yield _("Nothing is offered.")
        return
    yield _("Without asking up to %(sum)s.") % {"sum": amount(row.most_sum, row.currency)}
    if row.instalments:
        words = {"count": row.instalments, "least": amount(row.smallest_instalment, row.currency)}
        yield _("Up to %(count)s instalments of %(least)s at least.") % words
    if row.deferral_days:
        yield ngettext("%(days)s day later at most.", "%(days)s days later at most.", row.deferral_days) % {"days": row.deferral_days}
    if row.discount_percent:
        words = {"percent": _percent(row.discount_percent), "first": row.discount_from, "last": row.discount_until}
        yield _("%(percent)s %% less from day %(first)s to day %(last)s after the due date.") % words
    if row.credit_percent:
        words = {"percent": _percent(row.credit_percent), "days": row.credit_days}
        yield _("%(percent)s %% for the next purchase to who pays within %(days)s days.") % words


def offered(customer: Customer, *, on: date) -> list[Offered]:
    """What stands today, by currency."""
    return list(offered_to(customer, on=on).values())


def choices_of(found: Sequence[Offered], told: Sequence[Told] = ()) -> list[tuple[str, str]]:
    """Each offer that stands, and each that a letter told: a value that seals its terms, and its terms in a sentence."""
    today = {value_of(offer): said_of(offer) for each in found for offer in each.offers}
    return list((today | {value_of(each.offer): _as_told(each) for each in told}).items())


def _as_told(each: Told) -> str:
    words = {"on": _day(each.told_on), "until": _day(each.until), "offer": said_of(each.offer)}
    return _("As told in the letter of %(on)s, valid until %(until)s: %(offer)s") % words


def value_of(offer: Offer) -> str:
    """Currency, name and seal of an offer, as a form carries them."""
    return SEPARATOR.join((offer.currency, offer.key, offer.seal))


def said_of(offer: Offer) -> str:
    """An offer with all its days and sums, as a sentence that can stand in a letter."""
    plan = "; ".join(f"{amount(part.amount, offer.currency)} – {_day(part.due_on)}" for part in offer.parts)
    words = {"plan": plan, "gain": amount(offer.gain, offer.currency), "labels": ", ".join(offer.labels)}
    match offer.kind:
        case OfferKind.INSTALMENTS:
            return _("In instalments (%(labels)s): %(plan)s.") % words
        case OfferKind.DEFERRAL:
            return _("On a later day (%(labels)s): %(plan)s.") % words
        case OfferKind.DISCOUNT:
            return _("Less for settling soon (%(labels)s): %(plan)s; that is %(gain)s less.") % words
        case OfferKind.CREDIT:
            return _("With a credit for the next purchase (%(labels)s): %(plan)s; then %(gain)s for the next purchase.") % words


def barred_of(found: Sequence[Offered]) -> list[tuple[str, str]]:
    """Items on which nothing is offered, each with the reason; what is not overdue is left out. One query."""
    reasons = {item: bar for each in found for item, bar in each.barred.items() if bar is not OfferBar.NOT_OVERDUE}
    rows = Item.objects.filter(pk__in=reasons).order_by("due_on", "pk")
    return [(item.label, _reason(reasons[item.pk])) for item in rows]


def undiscounted_of(found: Sequence[Offered]) -> list[tuple[str, str]]:
    """Items left out of the discount alone, each with the reason. One query."""
    reasons = {item: why for each in found for item, why in each.undiscounted.items()}
    rows = Item.objects.filter(pk__in=reasons).order_by("due_on", "pk")
    return [(item.label, _why_none(reasons[item.pk])) for item in rows]


def accepted_by(customer: Customer) -> list[AcceptedOffer]:
    """The newest offers that were accepted."""
    return list(AcceptedOffer.objects.filter(customer=customer).select_related("agreement", "promise", "by")[:RECENT])


def asked_by(customer: Customer) -> TermsAsked | None:
    """What they asked for and wait to be answered."""
    return waiting_terms(customer)


def _reason(bar: OfferBar) -> str:
    words: dict[OfferBar, str] = {
        OfferBar.DISPUTED: _("it is disputed"),
        OfferBar.AGREED: _("something is agreed or promised already"),
        OfferBar.AWAY: _("it is with an agency, in court or before a mediator"),
        OfferBar.TIME_BARRED: _("it is time-barred"),
        OfferBar.HELD: _("it is on hold, or a stop fact stands"),
        OfferBar.HAD_ONE: _("an offer was accepted before and not kept: decide yourself"),
        OfferBar.MONEY: _("money of the customer waits to be assigned"),
        OfferBar.NOT_OVERDUE: _("it is not overdue yet"),
    }
    return words[bar]


def _why_none(why: NoDiscount) -> str:
    words: dict[NoDiscount, str] = {
        NoDiscount.IN_PART: _("something of its invoice is settled already, and the discount is of the whole"),
        NoDiscount.NOT_ALL: _("another part of its invoice is not overdue yet, or nothing is offered on it"),
        NoDiscount.NOT_NOW: _("its days overdue are not those of the policy"),
        NoDiscount.DOES_NOT_FIT: _(
            "its last part is smaller than the discount, or another discount of its invoice ends on the same day, so the books could not "
            "hold it"
        ),
    }
    return words[why]


def _day(day: date) -> str:
    return date_format(day, "d.m.Y")


def _percent(value: Decimal) -> str:
    return f"{value.normalize():f}"
