"""Release: groups become notices, steps taken and messages in the outbox, in the caller's transaction, each step once.

A batch has thousands of rows, so they are written as plain rows, never made into objects.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from dunning.actions.demand_papers import Calls, earlier_calls, with_paper
from dunning.actions.messages import facts_of, firm_facts, message_key, message_of, stated
from dunning.actions.tasks import open_calls
from dunning.decide import Look
from dunning.enclosing import Papers, enclosed, first_papers
from dunning.facts import Loaded
from dunning.grouping import Group
from dunning.letter_offers import Letters, offers_in_letters
from dunning.models import Case, Notice, NoticeClaim, Run, StepTaken
from dunning.policy import FINAL_DEMAND, Channel
from dunning.states import NoticeState
from receivables.db.copying import copy_rows, draw_ids, set_in, store
from receivables.messaging.outbox import NewMessage, plan

Columns = dict[str, Any]
"""A row by the names of its columns."""


@dataclass(frozen=True, slots=True)
class Release:
    """A group that may go out now, for one customer of a batch."""

    customer: int
    group: Group
    notice: Notice | None = None  # the planned notice that a person released; else a new one is made
    more: Mapping[str, Any] | None = None  # what a person's own letter says besides; None: nobody makes it by hand

    @property
    def by_hand(self) -> bool:
        """Whether a person makes it, who says what it says of the ways to pay."""
        return self.more is not None


class Released(NamedTuple):
    """A notice that was released: its id, what a run counts and seals of it, and its message where it is no call."""

    notice: int
    customer: int
    step: str
    channel: str
    principal: Decimal
    message: int | None


@dataclass(slots=True)
class _Leaving:
    """A release on its way: the id of its notice, what that says, and the steps it takes."""

    todo: Release
    notice: int
    says: Columns
    steps: list[Columns]


def release(run: Run, releases: Sequence[Release], loaded: Loaded, *, on: date, now: datetime, base_url: str) -> list[Released]:
    """Take the steps of these groups and put their messages into the outbox. A step that was taken already is left out.

    Call it with the customers locked. Rows are written in bulk: the number of statements does not depend on how many.
    """
    leaving = _leaving(releases, loaded)
    calls = [one for one in leaving if one.todo.group.channel is Channel.CALL]
    _plan_messages([one for one in leaving if one.todo.group.channel is not Channel.CALL], loaded, on=on, now=now, base_url=base_url)
    _keep(run, leaving, on=on)
    steps = [step for one in leaving for step in one.steps]
    copy_rows(StepTaken, steps, on=on)
    flying = [(step["case_id"], step["id"]) for step in steps]
    set_in(Case, ["in_flight_id"], flying, look_again_on=None, waits="", judged_in_id=run.pk)
    _book_claims(leaving, on=on)
    open_calls([(one.todo.customer, one.notice, one.todo.group.step.key) for one in calls], run.creditor, on=on)
    return [_released(one) for one in leaving]


def _leaving(releases: Sequence[Release], loaded: Loaded) -> list[_Leaving]:
    notices = iter(draw_ids(Notice, sum(todo.notice is None for todo in releases)))
    steps = iter(draw_ids(StepTaken, sum(len(todo.group.looks) for todo in releases)))
    leaving = []
    for todo in releases:
        notice = next(notices) if todo.notice is None else todo.notice.pk
        taken = [_step(next(steps), notice, look, loaded) for look in todo.group.looks]
        leaving.append(_Leaving(todo, notice, {**stated(todo.group), "message_id": None}, taken))
    return leaving


def _step(pk: int, notice: int, look: Look, loaded: Loaded) -> Columns:
    paper = loaded.papers[look.item.case]
    return {
        "id": pk,
        "notice_id": notice,
        "case_id": look.item.case,
        "episode": paper.episode,
        "step": look.key,
        "position": look.position,
        "round": paper.round,
        "principal": look.item.principal,
    }


def _plan_messages(leaving: Sequence[_Leaving], loaded: Loaded, *, on: date, now: datetime, base_url: str) -> None:
    if not leaving:
        return
    firm = firm_facts(loaded.rows[leaving[0].todo.customer].creditor)
    papers = first_papers((one.todo.group for one in leaving), most=loaded.most_enclosed)
    last = {one.todo.customer for one in leaving if one.todo.group.step.document == FINAL_DEMAND}
    offers = offers_in_letters(((one.todo.customer, one.todo.group) for one in leaving if not one.todo.by_hand), loaded, firm=firm, on=on)
    beside = Beside(papers, earlier_calls(last) if last else {}, offers)
    messages = [_message(one, loaded, beside, firm=firm, on=on, now=now, base_url=base_url) for one in leaving]
    ids = plan(messages, now=now)
    for one, message in zip(leaving, messages, strict=True):
        one.says["message_id"] = ids[message.key]


class Beside(NamedTuple):
    """What messages of a batch say beside their groups: papers of invoices that go along, demands made before, ways to pay in letters."""

    papers: Papers
    calls: Calls
    offers: Letters


def _message(one: _Leaving, loaded: Loaded, beside: Beside, *, firm: Columns, on: date, now: datetime, base_url: str) -> NewMessage:
    group, customer = one.todo.group, loaded.rows[one.todo.customer]
    key = message_key([(step["case_id"], step["episode"], step["step"], step["round"]) for step in one.steps], one.says["channel"])
    facts = facts_of(group, one.says, customer, loaded, firm=firm, on=on, base_url=base_url)
    facts = with_paper(facts, group.step.document, customer, register=loaded.rules.register, calls=beside.calls)
    if beside.papers and group.channel is Channel.EMAIL:
        facts |= enclosed((look.item.invoice for look in group.looks), beside.papers, most=loaded.most_enclosed)
    if group.channel is Channel.LETTER and not group.also:
        facts |= beside.offers.get((one.todo.customer, group.currency), {})
    facts |= one.todo.more or {}
    recipient = loaded.recipients[one.todo.customer][group.channel]
    if group.agency:
        recipient = recipient._replace(address=group.agency.slug, name=group.agency.name)
    return message_of(group, recipient, key=key, facts=facts, customer=customer, now=now)


def _keep(run: Run, leaving: Sequence[_Leaving], *, on: date) -> None:
    """Store the new notices; a planned one says, when released, what is true then."""
    new = [{"id": one.notice, **one.says, **terms_of(one.todo.customer, one.todo.group)} for one in leaving if one.todo.notice is None]
    copy_rows(Notice, new, run_id=run.pk, creditor_id=run.creditor_id, state=str(NoticeState.RELEASED), on=on)
    for one in leaving:
        if one.todo.notice is not None:
            _restate(one.todo.notice, one.says, on=on)


def terms_of(customer: int, group: Group) -> Columns:
    """Whose notice it is, and the terms on which its items share it."""
    debt = group.invoice or 0
    return {
        "customer_id": customer,
        "version_id": group.version,
        "invoice_id": debt if debt > 0 else None,
        "agreement_id": -debt if debt < 0 else None,
        "shares": group.shares,
        "approval": group.asked_approval,
    }


def _restate(notice: Notice, says: Columns, *, on: date) -> None:
    restated = {**says, "state": NoticeState.RELEASED, "on": on}
    for name, value in restated.items():
        setattr(notice, name, value)
    notice.save(update_fields=restated)


def _released(one: _Leaving) -> Released:
    says = one.says
    return Released(one.notice, one.todo.customer, says["step"], says["channel"], says["principal"], says["message_id"])


def _book_claims(leaving: Sequence[_Leaving], *, on: date) -> None:
    """Claims are booked with the steps that make them: whatever undoes a step undoes its claims, and nothing books them twice."""
    booked = [
        NoticeClaim(
            notice_id=one.notice,
            taken_id=next(step["id"] for step in one.steps if step["case_id"] == claim.case),
            invoice_id=claim.invoice if claim.invoice > 0 else None,  # a rate stands on an agreement
            kind=claim.kind,
            amount=claim.amount,
            currency=one.says["currency"],
            on=on,
            detail=dict(claim.detail),
        )
        for one in leaving
        for claim in one.todo.group.claims.lines
        if claim.is_new
    ]
    store(booked)
