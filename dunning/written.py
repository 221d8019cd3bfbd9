"""What people write: whom it may go to, what it says, and what answers for it at the hand-over.

It is no step and counts for no cap: a person answers a customer, the ladder goes on as it would have. What binds is what binds
whoever writes: stop facts, the representative, objections, dead addresses, contact hours, and that what it states is still so.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.utils.html import format_html

from dunning.courtesy import over
from dunning.customer_rows import people_of
from dunning.facts import opening, rules_of
from dunning.guard import void_repeats
from dunning.judged import OfCustomers
from dunning.mailed_papers import is_paper, paper_way, stale_paper
from dunning.models import Case, Courtesy, Notice, Withdrawal, Written
from dunning.policy import Channel
from dunning.presence import presence
from dunning.recipients import is_dead, objected, stops_of, ways_of, ways_to_representative
from dunning.standing import disputed
from dunning.states import CaseState, Waits, WrittenKind
from invoices.balances import open_credit
from invoices.models import Customer, Item
from receivables.core.errors import RenderError
from receivables.core.money import round_to_unit
from receivables.core.printed import one_line, printed
from receivables.messaging.models import Message
from receivables.messaging.outgoing import Attachment
from receivables.messaging.protocols import RENDERERS, Illustrated, NotYet, Rendered, Verdict
from receivables.messaging.suppression import dead_addresses
from receivables.messaging.templates import render_message, sms_text
from receivables.templating import fill, find

BY_HAND = (Channel.EMAIL, Channel.SMS)
"""The ways by which a person writes from here."""
_BODY = re.compile(r"<body[^>]*>", re.IGNORECASE)


class Way(NamedTuple):
    """An address of a customer to which a person may write."""

    channel: Channel
    address: str
    name: str
    language: str


def ways_by_hand(customer: Customer) -> list[Way]:
    """All that may be used now: of its payer's people where it has one, of the representative alone where there is one, else of its own.

    Without what is objected to and what does not work; none where a stop fact stops all, or nobody has released an imported customer.
    """
    if customer.waits_for_release:
        return []
    facts = stops_of([customer]).get(customer.pk, [])
    if any(fact.stops_all for fact in facts):
        return []
    dead = dead_addresses([customer.creditor_id])
    language = customer.language or customer.creditor.language
    if facts:
        found = ways_to_representative(facts[-1], customer, dead)
        return [Way(channel, to.address, to.name, to.language) for channel, to in found.items() if channel in BY_HAND]
    behind = customer.payer_id or customer.pk
    against = objected([behind])
    ways = [
        Way(channel, address, contact.name, contact.language or language)
        for contact in people_of([behind])[behind]
        for channel, address in ways_of(contact, against)
        if channel in BY_HAND and not is_dead(channel, address, dead)
    ]
    return list({(way.channel, way.address): way for way in reversed(ways)}.values())[::-1]


def owed_of(customer: Customer, items: Iterable[Item], *, on: date) -> dict[int, Decimal]:
    """By item what may be asked: open, undisputed, not time-barred; what asks nothing is left out."""
    left_alone = disputed([customer.pk], presence([customer.pk]), on=on)
    barred = set(Case.objects.filter(customer=customer, state=CaseState.CLOSED, reason="time_barred").values_list("item", flat=True))
    found = {item.pk: item.open_amount - left_alone.get(item.pk, Decimal(0)) for item in items if item.pk not in barred}
    return {pk: amount for pk, amount in found.items() if amount > 0}


def credit_of(customer: Customer, currency: str) -> str:
    """Money and credit notes not allocated yet, as the facts of a message hold it."""
    return str(round_to_unit(open_credit([customer]).get(customer.pk, {}).get(currency, Decimal(0)), currency))


class WrittenGuard(OfCustomers):
    """Guard of what people send: whoever gets it may still be written to there, it is their hour, and what it states is still so."""

    rows = Written

    def judge(self, messages: Sequence[Message], *, now: datetime) -> Mapping[int, Verdict]:
        """Why messages must not go, or until when they wait."""
        found_rows = Written.objects.filter(message__in=messages).select_related("creditor", "message", "original", "paper")
        rows = list(found_rows.defer("paper__content").order_by("customer"))
        ids = {row.customer_id for row in rows}
        customers = {row.pk: row for row in Customer.objects.filter(pk__in=ids).select_related("creditor", "payer", "letters_to")}
        found: dict[int, Verdict] = {}
        for row in rows:
            verdict = self._verdict(row, customers[row.customer_id], now=now)
            if verdict:
                found[row.message_id] = verdict
        known = {row.message_id for row in rows}
        return {**found, **{message.pk: "nobody's writing stands behind it" for message in messages if message.pk not in known}}

    def _verdict(self, row: Written, customer: Customer, *, now: datetime) -> Verdict:
        channel, address = Channel(row.message.channel), row.message.recipient
        if customer.waits_for_release:
            return str(Waits.FIRST_CONTACT)
        if any(fact.stops_all for fact in stops_of([customer]).get(customer.pk, ())):
            return "a stop fact stands"
        if address not in _addresses(row, customer, channel):
            return "the recipient's address has changed"
        if reason := no_longer_so(row, customer, now=now):
            return reason
        opens = opening(rules_of(row.creditor), customer, channel, now=now)
        return NotYet(opens, str(Waits.CLOSED_HOURS)) if opens > now else ""


def _addresses(row: Written, customer: Customer, channel: Channel) -> list[str]:
    """Where it may go to now by that channel."""
    if is_paper(row) and row.kind != WrittenKind.COPY:
        reader = paper_way(customer, channel)
        return [reader.address] if reader else []
    return [way.address for way in ways_by_hand(customer) if way.channel == channel]


def no_longer_so(row: Written, customer: Customer, *, now: datetime) -> str:
    """What it states that is not so any more, in words; empty when all still holds."""
    on = now.astimezone(ZoneInfo(customer.creditor.time_zone)).date()
    if row.original is not None and (reason := void_original(row.original, now=now)):
        return reason
    if is_paper(row):
        return stale_paper(row, customer, on=on)
    return _amounts_changed(row.message.facts, customer, on=on) if row.message.facts.get("is_written") else ""


def void_original(original: Message, *, now: datetime) -> str:
    """What an earlier message states that is not so any more, where a copy would repeat it."""
    if original.document_id is not None and Withdrawal.objects.filter(document=original.document_id).exists():
        return "the letter was withdrawn"
    notice = Notice.objects.filter(message=original).select_related("creditor", "message", "main__message").first()
    if notice is not None:
        return void_repeats([notice], now=now).get(notice.pk, "")
    answer = Courtesy.objects.filter(message=original).first()
    return "what it answers is over" if answer is not None and (answer.kind, answer.about) in over([answer]) else ""


def _amounts_changed(facts: Mapping[str, Any], customer: Customer, *, on: date) -> str:
    stated = {line["item"]: line["open"] for line in facts["items"]}
    if not stated:
        return ""
    currency = facts["currency"]
    owed = owed_of(customer, Item.objects.filter(pk__in=stated, customer=customer), on=on)
    if any(str(round_to_unit(owed.get(pk, Decimal(0)), currency)) != amount for pk, amount in stated.items()):
        return "an amount it states has changed"
    return "" if credit_of(customer, currency) == facts["credit"] else "money has come that is not allocated yet"


class WrittenRenderer:
    """Renderer of what people send: their words as they are, or those of the original under a line that says it is a copy."""

    def render(self, message: Message) -> Rendered:
        """Make subject and text, and name the paper. Raises `RenderError` where one is missing."""
        row = Written.objects.select_related("original", "message").get(message=message)
        if row.kind == WrittenKind.COPY and row.original is not None:
            return _copy(row.original, message)
        words = render_message(message.template, message.language, message.facts, message.channel)
        subject = words.subject if is_paper(row) else subject_of(message.facts, message.channel)
        return Rendered(subject, words.text, words.html, row.paper_id)

    def pictures(self, message: Message) -> Sequence[Attachment]:
        """Those of the original: its page is repeated."""
        row = Written.objects.select_related("original").filter(message=message).first()
        renderer = RENDERERS.get(row.original.purpose) if row and row.original else None
        return renderer.pictures(row.original) if row and row.original and isinstance(renderer, Illustrated) else ()


def subject_of(facts: Mapping[str, Any], channel: str) -> str:
    """What a person gave as the subject; an SMS has none."""
    return "" if channel == Channel.SMS else one_line(facts["subject"], longest=200)


def _copy(original: Message, message: Message) -> Rendered:
    """The very words and the very paper, under a mark."""
    if message.channel == Channel.SMS:
        return Rendered("", f"{sms_text(_mark(message, '.sms.txt'))} {original.text}")
    mark = _mark(message, ".txt")
    line = format_html("<p>{}</p>", mark)
    found = _BODY.search(original.html)
    html = original.html[: found.end()] + line + original.html[found.end() :] if found else line + original.html
    subject = one_line(f"{_mark(message, '.mark.txt')}: {original.subject}", longest=200)
    enclosed = tuple(original.enclosures.values_list("document", flat=True))
    return Rendered(subject, f"{mark}\n\n{original.text}", html if original.html else "", original.document_id, enclosed)


def _mark(message: Message, ending: str) -> str:
    template = find("messages/copy", message.language, ending, html=False)
    if template is None:
        raise RenderError(f"There is no template messages/copy{ending}.")
    return fill(template, printed(message.facts["copy"], message.language)).strip()
