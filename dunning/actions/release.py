"""Release: groups become notices, steps taken and messages in the outbox, in the caller's transaction, each step once."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from dunning.actions.tasks import open_tasks
from dunning.claims import Claim
from dunning.decide import Look
from dunning.facts import Loaded, Recipient
from dunning.grouping import Group
from dunning.models import Case, Notice, NoticeClaim, Run, StepTaken
from dunning.policy import Channel
from dunning.states import NoticeState, TaskKind
from invoices.models import Customer
from receivables.accounts.models import Creditor
from receivables.core.money import round_to_unit
from receivables.db.copying import number, set_in, store
from receivables.messaging.models import Message
from receivables.messaging.outbox import NewMessage, plan

PORTAL_PATH = "/portal/"
RESTATED = [
    *("state", "on", "principal", "credit", "interest", "compensation", "fees"),
    *("deadline_on", "channel", "step", "position", "is_overdue", "message"),
]


@dataclass(frozen=True, slots=True)
class Release:
    """A group that may go out now, for one customer of a batch."""

    customer: int
    group: Group
    notice: Notice | None = None  # the planned notice that a person released; else a new one is made


def notice_of(run: Run, customer: int, group: Group, *, on: date, state: str) -> Notice:
    """An unsaved notice that says what a group says."""
    debt = group.invoice or 0
    return Notice(
        run_id=run.pk,
        creditor_id=run.creditor_id,
        customer_id=customer,
        version_id=group.version,
        step=group.step.key,
        position=group.position,
        channel=group.channel,
        currency=group.currency,
        invoice_id=debt if debt > 0 else None,
        agreement_id=-debt if debt < 0 else None,
        shares=group.shares,
        is_overdue=group.is_overdue,
        approval=group.asked_approval,
        state=state,
        on=on,
        principal=group.principal,
        credit=group.credit,
        deadline_on=group.deadline_on,
        interest=group.claims.interest,
        compensation=group.claims.compensation,
        fees=group.claims.fees,
    )


def release(run: Run, releases: Sequence[Release], loaded: Loaded, *, on: date, now: datetime, base_url: str) -> list[Notice]:
    """Take the steps of these groups and put their messages into the outbox. A step that was taken already is left out.

    Call it with the customers locked. Rows are written in bulk: the number of statements does not depend on how many.
    """
    notices = [_noted(run, todo, on=on) for todo in releases]
    number([notice for notice in notices if notice.pk is None])
    lines = [_step(notice, look, loaded, on=on) for notice, todo in zip(notices, releases, strict=True) for look in todo.group.looks]
    messages = [
        _message(notice, todo.group, loaded, steps, now=now, base_url=base_url)
        for notice, todo, steps in _with_steps(notices, releases, lines)
        if todo.group.channel is not Channel.CALL
    ]
    _link(messages, plan([message for _, message in messages], now=now))
    _keep(releases, notices)
    store(lines)
    flying = [(line.case_id, line.pk, None, "", run.pk) for line in lines]
    set_in(Case, ["in_flight_id", "look_again_on", "waits", "judged_in_id"], flying)
    _book_claims(notices, releases, lines)
    _open_calls(notices, loaded, on=on)
    return notices


def _noted(run: Run, todo: Release, *, on: date) -> Notice:
    """The notice of a release, not yet stored: a new one, or the planned one that says what is true now."""
    if todo.notice is None:
        return notice_of(run, todo.customer, todo.group, on=on, state=NoticeState.RELEASED)
    return _restated(todo.notice, todo.group, on=on)


def _keep(releases: Sequence[Release], notices: Sequence[Notice]) -> None:
    store([notice for notice, todo in zip(notices, releases, strict=True) if todo.notice is None])
    for todo in releases:
        if todo.notice is not None:
            todo.notice.save(update_fields=RESTATED)


def _restated(notice: Notice, group: Group, *, on: date) -> Notice:
    """A planned notice says, when released, what is true then."""
    notice.state, notice.on = NoticeState.RELEASED, on
    notice.principal, notice.credit, notice.deadline_on = group.principal, group.credit, group.deadline_on
    notice.interest, notice.compensation, notice.fees = group.claims.interest, group.claims.compensation, group.claims.fees
    notice.channel, notice.step, notice.position, notice.is_overdue = group.channel, group.step.key, group.position, group.is_overdue
    return notice


def _step(notice: Notice, look: Look, loaded: Loaded, *, on: date) -> StepTaken:
    paper = loaded.papers[look.item.case]
    return StepTaken(
        notice_id=notice.pk,
        case_id=look.item.case,
        episode=paper.episode,
        step=look.key,
        position=look.position,
        round=paper.round,
        principal=look.item.principal,
        on=on,
    )


def _book_claims(notices: Sequence[Notice], releases: Sequence[Release], lines: Sequence[StepTaken]) -> None:
    """Claims are booked with the steps that make them: whatever undoes a step undoes its claims, and nothing books them twice."""
    booked = [
        NoticeClaim(
            notice=notice,
            taken=next(step for step in steps if step.case_id == claim.case),
            invoice_id=claim.invoice if claim.invoice > 0 else None,  # a rate stands on an agreement
            kind=claim.kind,
            amount=claim.amount,
            currency=notice.currency,
            on=notice.on,
            detail=dict(claim.detail),
        )
        for notice, todo, steps in _with_steps(notices, releases, lines)
        for claim in todo.group.claims.lines
        if claim.is_new
    ]
    store(booked)


def _with_steps(
    notices: Sequence[Notice], releases: Sequence[Release], lines: Sequence[StepTaken]
) -> Iterable[tuple[Notice, Release, list[StepTaken]]]:
    remaining = iter(lines)
    for notice, todo in zip(notices, releases, strict=True):
        yield notice, todo, [next(remaining) for _ in todo.group.looks]


def _message(
    notice: Notice, group: Group, loaded: Loaded, steps: Sequence[StepTaken], *, now: datetime, base_url: str
) -> tuple[Notice, NewMessage]:
    recipient = loaded.recipients[notice.customer_id][group.channel]
    customer = loaded.rows[notice.customer_id]
    template = "handover" if group.channel is Channel.AGENCY else template_of(group)
    lines = [_line(look, loaded, on=notice.on) for look in group.looks]
    claims = [_claim_line(claim, notice.currency) for claim in group.claims.lines]
    facts = message_facts(notice, customer, lines, claims, document=group.step.document, base_url=base_url)
    until = _sensible_until(group, customer.creditor)
    key = message_key(steps, notice.channel)
    return notice, new_message(notice, recipient, key=key, template=template, facts=facts, customer=customer, now=now, until=until)


def _sensible_until(group: Group, creditor: Creditor) -> datetime | None:
    """The end of the last day on which every step in the group still makes sense; later the message expires unsent."""
    days = [look.item.due_on + timedelta(days=look.step.until) for look in group.looks if look.step and look.step.until is not None]
    return datetime.combine(min(days), time.max, ZoneInfo(creditor.time_zone)) if days else None


def new_message(
    notice: Notice,
    recipient: Recipient,
    *,
    key: str,
    template: str,
    facts: dict[str, Any],
    customer: Customer,
    now: datetime,
    until: datetime | None = None,
) -> NewMessage:
    """The outbox row of a notice; without `until` it never expires."""
    return NewMessage(
        creditor=customer.creditor,
        key=key,
        purpose=Message.Purpose.DUNNING,
        channel=str(notice.channel),
        recipient=recipient.address,
        recipient_name=recipient.name,
        language=recipient.language,
        template=template,
        facts=facts,
        not_before=now,
        not_after=until,
    )


def message_key(steps: Iterable[StepTaken], channel: str, *, parallel: bool = False) -> str:
    """The same steps by the same channel make the same key for ever, so their message exists once."""
    parts = sorted(f"{step.case_id}/{step.episode}/{step.step}/{step.round}" for step in steps)
    return hashlib.sha256("|".join([*parts, str(channel), "parallel" if parallel else "main"]).encode()).hexdigest()


def template_of(group: Group) -> str:
    """Which text a group's message uses: of its document, else of its side of the due date."""
    if group.step.document:
        return group.step.document
    return "overdue" if group.is_overdue else "reminder"


def _line(look: Look, loaded: Loaded, *, on: date) -> dict[str, Any]:
    item, paper = look.item, loaded.papers[look.item.case]
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


def message_facts(
    notice: Notice,
    customer: Customer,
    lines: list[dict[str, Any]],
    claims: list[dict[str, Any]],
    *,
    document: str | None,
    base_url: str,
) -> dict[str, Any]:
    """All that a message will say, as plain values; what is judged again at the hand-over is among them."""
    creditor = customer.creditor
    firm = ("name", "street", "postcode", "city", "country", "tax_id", "email", "phone", "bank_account", "bank_name")
    buyer = ("number", "name", "street", "postcode", "city", "country", "tax_id", "kind")
    return {
        "creditor": {name: getattr(creditor, name) for name in firm},
        "customer": {name: getattr(customer, name) for name in buyer},
        "reference": customer.number,
        "step": notice.step,
        "on": notice.on.isoformat(),
        "deadline_on": notice.deadline_on.isoformat() if notice.deadline_on else None,
        "is_overdue": notice.is_overdue,
        "currency": notice.currency,
        "items": lines,
        "principal": _text(notice.principal, notice.currency),
        "credit": _text(notice.credit, notice.currency),
        "interest": _text(notice.interest, notice.currency),
        "compensation": _text(notice.compensation, notice.currency),
        "fees": _text(notice.fees, notice.currency),
        "claims": claims,
        "asks": _text(notice.asks, notice.currency),
        "document": document,
        "portal_url": base_url.rstrip("/") + PORTAL_PATH,
    }


def _text(amount: Decimal, currency: str) -> str:
    return str(round_to_unit(amount, currency))


def _link(messages: Sequence[tuple[Notice, NewMessage]], ids: dict[str, int]) -> None:
    for notice, message in messages:
        notice.message_id = ids[message.key]


def _open_calls(notices: Sequence[Notice], loaded: Loaded, *, on: date) -> None:
    for notice in notices:
        if notice.channel == Channel.CALL:
            open_tasks([loaded.rows[notice.customer_id]], TaskKind.CALL, on=on, step=notice.step, notice=notice)
