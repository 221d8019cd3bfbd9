"""How a closed batch ends: posted on a day, or cancelled because nothing was posted; and letters that a person takes out before.

Each locks the switch and the batch first; `delivery_changed` locks the customers.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.printed import one_line
from receivables.core.sentences import gettext_noop
from receivables.messaging import mode
from receivables.messaging.models import Attempt, Message, PostBatch, PostBatchLetter
from receivables.messaging.moves import announce, move
from receivables.messaging.states import MessageState

State = PostBatch.State
MAY_BE_TAKEN = gettext_noop(
    "The print provider may have these letters, and they would be posted twice. Wait for its answer: where it refuses the batch, or "
    "nobody knows after a day whether it took it, a person decides."
)
GOES_WHOLE = gettext_noop(
    "The print provider gets the whole batch, this letter with it. Cancel the batch, and close the next one without it."
)


@transaction.atomic
def mark_posted(
    batch: PostBatch,
    *,
    on: date,
    today: date,
    now: datetime,
    by: User | None = None,
    tracking: Mapping[int, str] | None = None,
    evidence: int | None = None,
) -> PostBatch:
    """The letters went to the post on that day: all of them are accepted, and their steps completed, with it.

    `tracking`: numbers of the postings by position; `evidence`: id of the document that proves it.
    Raises `Refused` for a day before closing or after `today`, and where it was said before.
    """
    fresh = _locked(batch)
    if fresh.closed_on is None or on < fresh.closed_on:
        raise Refused(gettext_noop("The batch was closed on %(day)s; letters cannot have been posted before."), day=fresh.closed_on or on)
    if on > today:
        raise Refused(gettext_noop("The day of posting lies in the future. Mark the batch when it has been posted."))
    letters = _letters(fresh)
    if not letters:
        raise Refused(gettext_noop("Every letter was taken out of this batch. Cancel it instead."))
    _number(letters, tracking or {})
    fresh.state, fresh.posted_on, fresh.marked_on, fresh.posted_by = State.POSTED, on, today, by
    fresh.evidence_id = evidence
    fresh.save(update_fields=["state", "posted_on", "marked_on", "posted_by", "evidence"])
    mark = {"settled_at": now, "left_on": on, "reason": ""}
    _settle([letter.message for letter in letters], MessageState.ACCEPTED, fresh, "accepted", mark, now=now)
    record(fresh.creditor, "post_batch_posted", fresh, by=by, on=on, letters=len(letters))
    return fresh


@transaction.atomic
def note_numbers(batch: PostBatch, *, tracking: Mapping[int, str], evidence: int | None = None, by: User | None = None) -> PostBatch:
    """Numbers of the postings and the stamped list, which often come later. Raises `Refused` for one that is open or cancelled."""
    fresh = PostBatch.objects.select_for_update().select_related("creditor").get(pk=batch.pk)
    if fresh.state not in (State.CLOSED, State.POSTED):
        raise Refused(gettext_noop("This batch is still open, or was cancelled."))
    if evidence is not None and fresh.evidence_id is not None:
        raise Refused(gettext_noop("This batch has its confirmation already; it cannot be replaced."))
    _number(_letters(fresh), tracking)
    if evidence is not None:
        fresh.evidence_id = evidence
        fresh.save(update_fields=["evidence"])
    record(fresh.creditor, "post_numbers_noted", fresh, by=by, numbers=len(tracking), evidence=evidence)
    return fresh


@transaction.atomic
def take_out(letter: PostBatchLetter, *, again: bool, reason: str, now: datetime, by: User) -> PostBatchLetter:
    """A person says that a printed letter was not posted. `again`: it joins the next batch; else its step is given back and planned anew.

    Raises `Refused` where the batch is posted or void, where it was taken out before, or without a reason; and while a print provider has
    the batch, may have it, or is still to get it.
    """
    batch = _locked(letter.batch)
    _ask_provider(batch)
    if batch.provider and batch.try_again_at:
        raise Refused(GOES_WHOLE)
    fresh = batch.letters.select_related("message").filter(pk=letter.pk, taken_out_at=None).first()
    if fresh is None:
        raise Refused(gettext_noop("This letter was taken out already."))
    why = _said(reason)
    _mark_out([fresh], why, now=now, by=by)
    _give_back([fresh.message], batch, why, again=again, now=now)
    record(batch.creditor, "letter_taken_out", batch, by=by, message=fresh.message_id, again=again, reason=why)
    return fresh


@transaction.atomic
def cancel(batch: PostBatch, *, reason: str, now: datetime, by: User) -> PostBatch:
    """A person says that nothing of a closed batch was posted: its letters join the next one, and its package is void.

    Raises `Refused` as `take_out` does; but a batch that was never handed over to its print provider can be cancelled.
    """
    fresh = _locked(batch)
    _ask_provider(fresh)
    letters, why = _letters(fresh), _said(reason)
    _mark_out(letters, why, now=now, by=by)
    fresh.state, fresh.reason = State.CANCELLED, why
    fresh.save(update_fields=["state", "reason"])
    _give_back([letter.message for letter in letters], fresh, why, again=True, now=now)
    record(fresh.creditor, "post_batch_cancelled", fresh, by=by, letters=len(letters), reason=why)
    return fresh


def _locked(batch: PostBatch) -> PostBatch:
    """The batch, locked, where it is closed. What follows may plan messages, and those who throw a switch wait for it."""
    mode.hold_switch_shared()
    fresh = PostBatch.objects.select_for_update(of=("self",)).select_related("creditor").get(pk=batch.pk)
    if fresh.state == State.POSTED:
        raise Refused(gettext_noop("This batch is marked posted already."))
    if fresh.state != State.CLOSED:
        raise Refused(gettext_noop("This batch is still open, or was cancelled."))
    return fresh


def _ask_provider(batch: PostBatch) -> None:
    """Raises `Refused` while the provider has the locked batch, or may have it. Where no try follows, it has refused or a person was asked.

    Whoever calls the provider counts the try in this row first, so nothing is called behind a batch that passes here.
    """
    if batch.provider and batch.tries and batch.try_again_at:
        raise Refused(MAY_BE_TAKEN)


def _letters(batch: PostBatch) -> list[PostBatchLetter]:
    return list(batch.letters.filter(taken_out_at=None).select_related("message").order_by("position"))


def _number(letters: Sequence[PostBatchLetter], tracking: Mapping[int, str]) -> None:
    known = {letter.position: letter for letter in letters}
    if strangers := sorted(set(tracking) - set(known)):
        raise Refused(gettext_noop("There is no letter number %(position)s in this batch."), position=strangers[0])
    for position, number in tracking.items():
        known[position].tracking = one_line(number, longest=40)
    PostBatchLetter.objects.bulk_update([known[position] for position in tracking], ["tracking"])


def _mark_out(letters: Sequence[PostBatchLetter], reason: str, *, now: datetime, by: User) -> None:
    PostBatchLetter.objects.filter(pk__in=[letter.pk for letter in letters]).update(taken_out_at=now, taken_out_by=by, reason=reason)


def _give_back(messages: Sequence[Message], batch: PostBatch, reason: str, *, again: bool, now: datetime) -> None:
    """A handed letter may go back only because a person says that it was not posted."""
    if again:
        _settle(messages, MessageState.PLANNED, batch, "later", {"reason": reason}, now=now)
    else:
        _settle(messages, MessageState.FAILED, batch, "failed", {"reason": reason, "settled_at": now}, now=now)


def _settle(
    messages: Sequence[Message], state: MessageState, batch: PostBatch, outcome: str, changes: Mapping[str, Any], *, now: datetime
) -> None:
    moved = move(messages, state, old=MessageState.HANDED, token=batch.key, lease_until=None, **changes)
    said = changes["reason"]
    Attempt.objects.bulk_create([Attempt(message=m, number=m.attempts, at=now, outcome=outcome, detail=said) for m in moved])
    announce(moved, now=now)


def _said(reason: str) -> str:
    if not reason.strip():
        raise Refused(gettext_noop("Say why, in a few words."))
    return one_line(reason, longest=200)
