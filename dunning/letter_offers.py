"""What letters say of the ways to pay: each offer with its sums, days and last day, in letters of people and in those of the ladder.

The law forbids offers without consent by phone, e-mail, SMS and automatic calls (art. 398 PKE; LAW.md A9). A letter by post is none of
these, so one of the ladder states the offers where the company's own words for it hold `{offers}`; but not where something goes along by
another way, for that carries the same paper.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from dunning.actions.messages import template_of
from dunning.facts import Loaded
from dunning.grouping import Group
from dunning.models import OfferPolicy
from dunning.offering import offered_among
from dunning.offers import Offer
from dunning.policy import Channel, paper_of
from receivables.accounts.models import Creditor
from receivables.texts.catalogue import PAPER
from receivables.texts.reading import own_text

TOLD_FOR = timedelta(days=14)  # a letter takes days by post, and its answer too; what is owed and offered changes meanwhile
Letters = Mapping[tuple[int, str], dict[str, Any]]
"""Customer and currency → what a letter to them says of the ways to pay."""


def terms_of(offer: Offer) -> dict[str, Any]:
    """An offer as it is kept: plain strings, which say what was shown."""
    return {
        "items": list(offer.labels),
        "parts": [{"due_on": part.due_on.isoformat(), "amount": str(part.amount)} for part in offer.parts],
        "gain": str(offer.gain),
        "percent": str(offer.percent),
        "waives_interest": offer.waives_interest,
    }


def told_until(offer: Offer, *, on: date) -> date:
    """The last day to accept it as told on a day: never after its first part would be due."""
    return min(on + TOLD_FOR, offer.parts[0].due_on)


def told(offer: Offer, *, on: date) -> dict[str, Any]:
    """An offer as a letter of that day states it."""
    return {"until": told_until(offer, on=on).isoformat(), "kind": str(offer.kind), **terms_of(offer)}


def all_told(offers: Sequence[Offer], *, on: date) -> dict[str, Any]:
    """Facts of a letter that states these; nothing where there are none."""
    return {"offers": [told(offer, on=on) for offer in offers]} if offers else {}


def offers_in_letters(groups: Iterable[tuple[int, Group]], loaded: Loaded, *, firm: Mapping[str, Any], on: date) -> Letters:
    """What the letters among a batch's messages say of the ways to pay, by customer and currency.

    None for a company that offers nothing, or has not written `{offers}` into a letter. A fixed number of queries, and one for each text.
    """
    if not firm.get("edition"):
        return {}
    creditor = next(iter(loaded.rows.values())).creditor
    letters = [(customer, group) for customer, group in groups if group.channel is Channel.LETTER and not group.also]
    texts = {_text_of(customer, group, loaded) for customer, group in letters}
    saying = {text for text in texts if says_offers(creditor, text[0], step=text[1], language=text[2], firm=firm)}
    wanted = {(customer, group.currency) for customer, group in letters if _text_of(customer, group, loaded) in saying}
    if not wanted or not OfferPolicy.objects.filter(creditor=creditor).exists():
        return {}
    found = offered_among(creditor, {customer for customer, _currency in wanted}, loaded, on=on)
    standing = {(pk, code): found[pk][code].offers for pk, code in wanted if code in found[pk]}
    return {place: all_told(offers, on=on) for place, offers in standing.items() if offers}


def _text_of(customer: int, group: Group, loaded: Loaded) -> tuple[str, str, str]:
    """Kind of paper, step and language: what the company's own words are chosen by."""
    kind = paper_of(group.step.document) or template_of(group)
    return kind, group.step.key, loaded.recipients[customer][group.channel].language


def says_offers(creditor: Creditor, kind: str, *, language: str, firm: Mapping[str, Any], step: str = "") -> bool:
    """Whether the company's own words for this paper state the ways to pay. One query."""
    own = own_text(creditor, PAPER, kind, language, {"creditor": firm, "step": step})
    return any("{offers}" in text for text in own.parts.values())
