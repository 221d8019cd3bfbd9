"""What a person is about to send, put together and looked at before anything is stored: words, paper, hour, and what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from dunning.actions.messages import PORTAL_PATH, firm_facts
from dunning.claimed import debtor_of
from dunning.facts import opening, rules_of
from dunning.models import LadderRules
from dunning.policy import Channel
from dunning.written import Way, credit_of, owed_of, subject_of, ways_by_hand
from invoices.models import Customer, Item
from receivables.core.errors import Refused
from receivables.core.money import round_to_unit
from receivables.core.sentences import gettext_noop
from receivables.core.sms_parts import parts_of
from receivables.countries.law import NoPack, pack_of
from receivables.documents.models import Document
from receivables.messaging.discretion import told
from receivables.messaging.templates import render_message

LONGEST_TEXT = 5000
MOST_PARTS = 5


class Warn(StrEnum):
    """What may be sent but is better not said so."""

    SUBJECT_TELLS = "subject_tells"  # others may read a subject: neither debt nor amount
    SMS_TELLS = "sms_tells"  # the same of an SMS. LAW.md A8
    MANY_PARTS = "many_parts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a person has typed and chosen. `items` are those whose open amounts the program states under the text, by e-mail only."""

    channel: Channel
    address: str
    language: str
    subject: str
    text: str
    items: Sequence[Item] = ()
    paper: Document | None = None
    knows_words: bool = False  # has read which words are lawful only under a condition, and says that it is met


@dataclass(frozen=True, slots=True)
class Draft:
    """How it would leave now. `parts` counts an SMS; `goes_at` is when its time to undo is over, or its contact hours open."""

    way: Way
    facts: Mapping[str, Any]
    subject: str
    text: str
    parts: int
    goes_at: datetime
    forbidden: Sequence[str]  # words that no message may use
    conditional: Sequence[str]  # words that need a fact, such as a court's title, that only the person can know
    warnings: Sequence[Warn]


def undo_minutes(customer: Customer) -> int:
    """For how long what a person writes to this customer waits, in minutes."""
    row = LadderRules.objects.filter(creditor=customer.creditor_id).only("undo_minutes").first()
    return row.undo_minutes if row else LadderRules._meta.get_field("undo_minutes").default


def leaves_at(customer: Customer, channel: Channel, *, now: datetime) -> datetime:
    """When something written now may leave: after the time to undo it, within contact hours."""
    after = now + timedelta(minutes=undo_minutes(customer))
    return opening(rules_of(customer.creditor), customer, channel, now=after)


def draft(customer: Customer, letter: Letter, *, now: datetime) -> Draft:
    """Put it together as it would leave. Raises `Refused` where it cannot: nobody to write to, nothing said, too long, no such paper."""
    way = way_to(customer, letter.channel, letter.address)
    _check(letter)
    on = now.astimezone(ZoneInfo(customer.creditor.time_zone)).date()
    facts = facts_of(customer, letter, on=on)
    words = render_message("written", letter.language, facts, letter.channel)
    parts = parts_of(words.text).count if letter.channel is Channel.SMS else 0
    if parts > MOST_PARTS:
        raise Refused(
            gettext_noop("This SMS has %(parts)s parts, and %(most)s is the most. Make it shorter."), parts=parts, most=MOST_PARTS
        )
    forbidden, conditional = wording(customer, f"{letter.subject}\n{letter.text}", on=on)
    leaves = leaves_at(customer, letter.channel, now=now)
    return Draft(way, facts, subject_of(facts, letter.channel), words.text, parts, leaves, forbidden, conditional, _warnings(letter, parts))


def way_to(customer: Customer, channel: str, address: str) -> Way:
    """The way to that address. Raises `Refused` where it may not be used."""
    found = next((way for way in ways_by_hand(customer) if (way.channel, way.address) == (channel, address)), None)
    if found is None:
        raise Refused(
            gettext_noop(
                "Nobody can be written to there: the contact was changed, objects, does not work, or a stop fact stands. Choose again."
            )
        )
    return found


def wording(customer: Customer, text: str, *, on: date) -> tuple[list[str], list[str]]:
    """The words that no message may use, and those that are lawful only under a condition (LAW.md A8)."""
    try:
        rules = pack_of(customer.creditor.country, on=on).paper_rules()
    except NoPack:  # of a country that we do not know we know no words either
        return [], []
    faults = list(rules.faults(text, debtor_of(customer)))
    forbidden = [found for rule, found in faults if not rule.unless]
    return list(dict.fromkeys(forbidden)), list(dict.fromkeys(found for rule, found in faults if rule.unless))


def facts_of(customer: Customer, letter: Letter, *, on: date) -> dict[str, Any]:
    """All that it will say, as plain values; the amounts are judged again at the hand-over."""
    owed = owed_of(customer, letter.items, on=on)
    lines = [_line(item, owed[item.pk]) for item in letter.items if item.pk in owed]
    currency = letter.items[0].currency if lines else customer.currency or customer.creditor.currency
    return {
        "is_written": True,
        "creditor": firm_facts(customer.creditor),
        "customer": {"number": customer.number, "name": customer.name, "kind": customer.kind},
        "reference": customer.number,
        "on": on.isoformat(),
        "currency": currency,
        "subject": letter.subject.strip(),
        "lines": [line.rstrip() for line in letter.text.strip().splitlines()],
        "items": lines,
        "asks": str(round_to_unit(sum((owed[item.pk] for item in letter.items if item.pk in owed), Decimal(0)), currency)),
        "credit": credit_of(customer, currency) if lines else "0",
        "document": None,
        "portal_url": settings.BASE_URL.rstrip("/") + PORTAL_PATH,
    }


def _line(item: Item, amount: Decimal) -> dict[str, Any]:
    return {
        "item": item.pk,
        "label": item.label,
        "due_on": item.due_on.isoformat(),
        "open": str(round_to_unit(amount, item.currency)),
    }


def _check(letter: Letter) -> None:
    if not letter.text.strip():
        raise Refused(gettext_noop("Write what the message says."))
    if len(letter.text) > LONGEST_TEXT:
        raise Refused(gettext_noop("The text is longer than %(most)s letters. Make it shorter."), most=LONGEST_TEXT)
    if letter.channel is Channel.EMAIL and not letter.subject.strip():
        raise Refused(gettext_noop("Give the e-mail a subject."))
    if letter.channel is Channel.SMS and (letter.items or letter.paper):
        raise Refused(gettext_noop("Amounts and documents go by e-mail only: others may read an SMS."))
    if len({item.currency for item in letter.items}) > 1:
        raise Refused(
            gettext_noop("One message states amounts of one currency. Choose the invoice, or write one message for each currency.")
        )


def _warnings(letter: Letter, parts: int) -> list[Warn]:
    found = []
    if letter.channel is Channel.EMAIL and told(letter.subject):
        found.append(Warn.SUBJECT_TELLS)
    if letter.channel is Channel.SMS and told(letter.text):
        found.append(Warn.SMS_TELLS)
    return [*found, Warn.MANY_PARTS] if parts > 1 else found
