"""What the message of a notice says: all of it as plain values, under a key that is the same for ever."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from dunning.agencies.choice import AgencyTerms
from dunning.claims import Claim
from dunning.customer_rows import AnyCustomer
from dunning.decide import ItemFacts
from dunning.facts import Loaded, Paper
from dunning.grouping import Group
from dunning.models import Notice, StepTaken
from dunning.policy import DEMAND, LEGAL_DOCUMENTS, Channel, paper_of
from dunning.recipients import Recipient
from receivables.accounts.models import Creditor
from receivables.core.money import round_to_unit
from receivables.messaging.envelope import signature_of
from receivables.messaging.models import Message
from receivables.messaging.outbox import NewMessage
from receivables.texts.reading import edition_of

PORTAL_PATH = "/portal/"
FIRM = ("name", "street", "postcode", "city", "country", "tax_id", "email", "phone", "bank_account", "bank_name")
BUYER = ("number", "name", "street", "postcode", "city", "country", "tax_id", "kind")

Stated = Mapping[str, Any]
"""Columns of a notice by name: step, currency, is_overdue, deadline_on and the amounts."""


def stated(group: Group) -> dict[str, Any]:
    """What a notice of this group states, by the names of its columns."""
    claims = group.claims
    return {
        "step": group.step.key,
        "position": group.position,
        "channel": str(group.channel),
        "currency": group.currency,
        "is_overdue": group.is_overdue,
        "principal": group.principal,
        "credit": group.credit,
        "interest": claims.interest,
        "compensation": claims.compensation,
        "fees": claims.fees,
        "deadline_on": group.deadline_on,
    }


def stated_by(notice: Notice) -> dict[str, Any]:
    """The same of a notice that stands."""
    names = ("step", "currency", "is_overdue", "principal", "credit", "interest", "compensation", "fees", "deadline_on")
    return {name: getattr(notice, name) for name in names}


def firm_facts(creditor: Creditor) -> dict[str, Any]:
    """What every message of a company says of it."""
    signature = signature_of(creditor)
    return {name: getattr(creditor, name) for name in FIRM} | ({"signature": signature} if signature else {}) | edition_of(creditor)


def facts_of(
    group: Group, says: Stated, customer: AnyCustomer, loaded: Loaded, *, firm: dict[str, Any], on: date, base_url: str
) -> dict[str, Any]:
    """All that the message of a group will say."""
    lines = [line_of(look.item, loaded.papers[look.item.case], on=on) for look in group.looks]
    claims = [_claim_line(claim, group.currency) for claim in group.claims.lines]
    facts = message_facts(says, customer, lines, claims, firm=firm, on=on, document=group.step.document, base_url=base_url)
    facts = greeted(facts, loaded.recipients[customer.pk][group.channel])
    return facts | {"agency": agency_facts(group.agency)} if group.agency else facts


def agency_facts(terms: AgencyTerms) -> dict[str, str]:
    """What a message says of the agency that gets it."""
    return {"slug": terms.slug, "name": terms.name, "mapping": terms.mapping, "delivery": terms.delivery}


def greeted(facts: dict[str, Any], reader: Recipient) -> dict[str, Any]:
    """The facts of a message with the salutation that was chosen for its reader, where one was."""
    return {**facts, "salutation": reader.salutation} if reader.salutation else facts


def message_facts(
    says: Stated,
    customer: AnyCustomer,
    lines: list[dict[str, Any]],
    claims: list[dict[str, Any]],
    *,
    firm: dict[str, Any],
    on: date,
    document: str | None,
    base_url: str,
) -> dict[str, Any]:
    """All that a message will say, as plain values; what is judged again at the hand-over is among them."""
    currency, deadline_on = says["currency"], says["deadline_on"]
    asks = says["principal"] + says["interest"] + says["compensation"] + says["fees"] - says["credit"]
    return {
        "creditor": firm,
        "customer": {name: getattr(customer, name) for name in BUYER},
        "reference": customer.number,
        "step": says["step"],
        "on": on.isoformat(),
        "deadline_on": deadline_on.isoformat() if deadline_on else None,
        "is_overdue": says["is_overdue"],
        "currency": currency,
        "items": lines,
        "principal": _text(says["principal"], currency),
        "credit": _text(says["credit"], currency),
        "interest": _text(says["interest"], currency),
        "compensation": _text(says["compensation"], currency),
        "fees": _text(says["fees"], currency),
        "claims": claims,
        "asks": _text(asks, currency),
        "document": paper_of(document),
        "portal_url": base_url.rstrip("/") + PORTAL_PATH,
    }


def line_of(item: ItemFacts, paper: Paper, *, on: date) -> dict[str, Any]:
    """An item as a message states it."""
    return {
        "case": item.case,
        "label": item.label,
        "issued_on": paper.issued_on.isoformat(),
        "due_on": paper.due_on.isoformat(),
        "days_late": max((on - paper.due_on).days, 0),
        "amount": _text(paper.amount, item.currency),
        "open": _text(item.principal, item.currency),
        "disputed": _text(item.disputed, item.currency),
    }


def _claim_line(claim: Claim, currency: str) -> dict[str, Any]:
    """A claim as a message tells it: what it was worked out from, and its amount."""
    told = {"kind": str(claim.kind), "label": claim.label, "step": claim.step, "amount": _text(claim.amount, currency)}
    return {**told, "is_new": claim.is_new, **claim.detail}


@lru_cache(maxsize=4096)
def _text(amount: Decimal, currency: str) -> str:
    return str(round_to_unit(amount, currency))


def message_of(
    group: Group, recipient: Recipient, *, key: str, facts: Mapping[str, Any], customer: AnyCustomer, now: datetime
) -> NewMessage:
    """The outbox row of a group's main message. It expires with the last day on which every step in it still makes sense."""
    template = "handover" if group.channel is Channel.AGENCY else template_of(group)
    until = _sensible_until(group, customer.creditor)
    return new_message(group.channel, recipient, key=key, template=template, facts=facts, customer=customer, now=now, until=until)


def template_of(group: Group) -> str:
    """Which text a group's message uses: of its document, else of its side of the due date."""
    return template_for(group.step.document, is_overdue=group.is_overdue)


def template_for(document: str | None, *, is_overdue: bool) -> str:
    """The text that goes with a paper; all demands have one in common, for the paper says which it is."""
    if document is None:
        return "overdue" if is_overdue else "reminder"
    return DEMAND if document in LEGAL_DOCUMENTS else document


def _sensible_until(group: Group, creditor: Creditor) -> datetime | None:
    days = [look.item.due_on + timedelta(days=look.step.until) for look in group.looks if look.step and look.step.until is not None]
    return datetime.combine(min(days), time.max, ZoneInfo(creditor.time_zone)) if days else None


def new_message(
    channel: str,
    recipient: Recipient,
    *,
    key: str,
    template: str,
    facts: Mapping[str, Any],
    customer: AnyCustomer,
    now: datetime,
    until: datetime | None = None,
) -> NewMessage:
    """An outbox row that demands; without `until` it never expires."""
    return NewMessage(
        creditor=customer.creditor,
        key=key,
        purpose=str(Message.Purpose.DUNNING),
        channel=str(channel),
        recipient=recipient.address,
        recipient_name=recipient.name,
        language=recipient.language,
        template=template,
        facts=facts,
        not_before=now,
        not_after=until,
    )


def message_key(steps: Iterable[Sequence[Any]], channel: str, *, parallel: bool = False) -> str:
    """The same steps (case, episode, step, round) by the same channel make the same key for ever, so their message exists once."""
    parts = sorted(f"{case}/{episode}/{step}/{round_}" for case, episode, step, round_ in steps)
    return hashlib.sha256("|".join([*parts, channel, "parallel" if parallel else "main"]).encode()).hexdigest()


def key_of_steps(steps: Iterable[StepTaken], channel: str, *, parallel: bool = False) -> str:
    """The same of steps that are stored."""
    return message_key([(step.case_id, step.episode, step.step, step.round) for step in steps], channel, parallel=parallel)
