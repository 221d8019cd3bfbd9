"""Closing a batch: the guard judges each letter once more, and what passes is handed over, all in one transaction by a person.

Locks are taken in the order of every hand-over, with the batch after the switch: switch, batch, customers (by the guard), messages.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from django.db import DatabaseError, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.printed import one_line
from receivables.core.sentences import gettext_noop
from receivables.messaging import brakes, departures, fences, mode, trial
from receivables.messaging.claim import TIMING
from receivables.messaging.delivery import Broken, guarded, hold_judged
from receivables.messaging.models import Attempt, Message, PostBatch, PostBatchLetter
from receivables.messaging.moves import announce, end, move
from receivables.messaging.post.package import digest, job_of, to_post
from receivables.messaging.post.waiting import NO_PAPER, open_batches, waiting
from receivables.messaging.printing.package import page_count
from receivables.messaging.protocols import NotYet, Verdict
from receivables.messaging.states import MessageState
from receivables.messaging.suppression import suppressed

THE_BATCH_ENDS_IT = datetime(9000, 1, 1, tzinfo=UTC)
"""The lease of a letter in a closed batch: no time ends it, only a person who marks the batch posted, takes the letter out or cancels."""
NOT_JUDGED = "It could not be judged; see the log."


@dataclass(frozen=True, slots=True)
class Sorted:
    """The letters of the open batch, by what closing would do with them."""

    go: list[Message] = field(default_factory=list)
    out: list[tuple[Message, str]] = field(default_factory=list)  # with the reason: withdrawn at closing
    stay: list[tuple[Message, NotYet]] = field(default_factory=list)  # for a later batch


@dataclass(frozen=True, slots=True)
class Closed:
    """What closing did, in letters. Where none could go the batch stays open."""

    batch: PostBatch
    handed: int
    taken_out: int
    stay: int


def obstacle() -> str:
    """Why no batch can be closed now, as a sentence; empty where one can. Read it under the switch where it must hold."""
    stands = mode.standing()
    if stands.is_halted:
        return gettext_noop("Sending is halted: resume it first.")
    if not stands.is_live:
        return gettext_noop("In quarantine no letter is printed: the mailbox takes them all.")
    if not mode.is_stood_in() and fences.has_forgotten(fences.journal()):
        return fences.WENT_BACK  # whoever delivers next locks sending; here the switch is held already
    return ""


@transaction.atomic
def preview(creditor: Creditor, *, now: datetime) -> Sorted:
    """What closing would do now. Writes nothing; it holds the customers' rows for as long as it judges."""
    return _sorted(list(_due(creditor, now=now)), now=now)


@transaction.atomic
def close(creditor: Creditor, *, service: str, on: date, now: datetime, by: User, provider: str = "") -> Closed:
    """Close the open batch of a company: letters that pass the guard are handed over, the others are taken out with the reason.

    Raises `Refused` in quarantine, under a halt, and where no letter waits: also where somebody else has just closed it.
    """
    mode.hold_switch_shared()
    if against := obstacle():
        raise Refused(against)
    open_batches({creditor.pk}, now=now)  # letters that were taken out of an earlier batch may be all that wait
    batch = PostBatch.objects.select_for_update().filter(creditor=creditor, state=PostBatch.State.OPEN).first()
    letters = list(_due(creditor, now=now)) if batch else []
    if batch is None or not letters:
        raise Refused(gettext_noop("No letter waits to be printed. Somebody may have closed the batch a moment ago."))
    if brakes.stopped(letters):
        raise Refused(gettext_noop("A brake holds these letters back. Look at it on the page of sending, and release it first."))
    found = _sorted(letters, now=now)
    _leave(found.stay)
    mine = _claimed([*found.go, *(message for message, _ in found.out)], batch)
    reasons = {message.pk: reason for message, reason in found.out}
    ended = end(reasons, mine, MessageState.WITHDRAWN, old=MessageState.CLAIMED, token=batch.key, now=now)
    announce(ended, now=now)
    mark = {"handed_at": now, "captured": False, "reason": "", "attempts": F("attempts") + 1, "lease_until": THE_BATCH_ENDS_IT}
    go = [message for message in mine if message.pk not in reasons]
    handed = _noted(move(go, MessageState.HANDED, old=MessageState.CLAIMED, token=batch.key, **mark), batch, now=now)
    _write(batch, handed, [(message, reasons[message.pk]) for message in ended], now=now)
    if handed:
        batch.creditor = creditor
        _seal(batch, service=service, provider=provider, on=on, now=now, by=by)
    counts = Closed(batch, len(handed), len(ended), len(found.stay))
    record(creditor, "post_batch_closed", batch, by=by, letters=counts.handed, taken_out=counts.taken_out, sha256=batch.sha256)
    if waiting(creditor, now=now).exists():
        open_batches({creditor.pk}, now=now)
    return counts


def _noted(handed: Sequence[Message], batch: PostBatch, *, now: datetime) -> list[Message]:
    """Those that are printed: into the send journal once this is committed. What may have left before a restore is unknown instead."""
    marks = fences.marks_of(handed)
    before = fences.fenced(handed, marks, now=now) if mode.standing().is_fenced else {}
    for message in handed:
        message.attempts += 1
    for reason in sorted(set(before.values())):
        ended = {"reason": reason, "settled_at": now, "lease_until": None}
        which = [message for message in handed if before.get(message.pk) == reason]
        moved = move(which, MessageState.UNKNOWN, old=MessageState.HANDED, token=batch.key, **ended)
        Attempt.objects.bulk_create([Attempt(message=m, number=m.attempts, at=now, outcome="unknown", detail=reason) for m in moved])
        announce(moved, now=now)
    printed = [message for message in handed if message.pk not in before]
    if printed:
        transaction.on_commit(lambda: departures.note(printed, marks, now=now))
    return printed


def _due(creditor: Creditor, *, now: datetime) -> QuerySet[Message]:
    return waiting(creditor, now=now).select_related("creditor", "document").defer("text", "html")


def _sorted(letters: Sequence[Message], *, now: datetime) -> Sorted:
    verdicts = {**_judged(letters, now=now), **suppressed(letters)} if letters else {}
    if letters and mode.standing().trial_since:
        verdicts |= trial.held_back([letter for letter in letters if letter.pk not in verdicts], now=now)
    found = Sorted()
    for message in letters:
        match verdicts.get(message.pk):
            case str(reason):
                found.out.append((message, reason))
            case NotYet() as later:
                found.stay.append((message, later))
            case None:
                found.go.append(message)
    return found


def _judged(letters: Sequence[Message], *, now: datetime) -> Mapping[int, Verdict]:
    """Where the guard breaks, letters are judged one by one, and the broken ones stay. All their customers are locked first, in order."""
    hold_judged(letters)
    try:
        with transaction.atomic():
            return guarded(letters, now=now)
    except Broken:
        return {pk: verdict for letter in letters for pk, verdict in _judged_alone(letter, now=now).items()}


def _judged_alone(letter: Message, *, now: datetime) -> Mapping[int, Verdict]:
    try:
        with transaction.atomic():
            return guarded([letter], now=now)
    except Broken:
        return {letter.pk: NotYet(now + TIMING.set_aside_for, NOT_JUDGED)}


def _leave(stay: Sequence[tuple[Message, NotYet]]) -> None:
    for message, later in stay:
        again = {"not_before": later.until, "reason": one_line(later.reason, longest=200)}
        Message.objects.filter(pk=message.pk, state=MessageState.PLANNED).update(**again)


def _claimed(letters: Sequence[Message], batch: PostBatch) -> list[Message]:
    """Those that are still planned now that their customers are locked; nobody else has them in hand."""
    free = Message.objects.filter(pk__in=[letter.pk for letter in letters], state=MessageState.PLANNED)
    ids = set(free.order_by("pk").select_for_update(skip_locked=True).values_list("pk", flat=True))
    mark = {"state": MessageState.CLAIMED, "token": batch.key, "lease_until": Now() + TIMING.lease}
    Message.objects.filter(pk__in=ids).update(**mark)
    mine = [letter for letter in letters if letter.pk in ids]
    for letter in mine:
        letter.state, letter.token = MessageState.CLAIMED, batch.key
    return mine


def _write(batch: PostBatch, handed: Sequence[Message], out: Sequence[tuple[Message, str]], *, now: datetime) -> None:
    rows = [_row(batch, message, position) for position, message in enumerate(handed, 1)]
    rows += [PostBatchLetter(batch=batch, message=m, taken_out_at=now, reason=one_line(reason, longest=200)) for m, reason in out]
    PostBatchLetter.objects.bulk_create(rows)


def _row(batch: PostBatch, message: Message, position: int) -> PostBatchLetter:
    paper = message.document
    if paper is None:  # `waiting` asks for one
        raise Refused(NO_PAPER)
    return PostBatchLetter(batch=batch, message=message, position=position, pages=page_count(bytes(paper.content)), sha256=paper.sha256)


def _seal(batch: PostBatch, *, service: str, provider: str, on: date, now: datetime, by: User) -> None:
    """From now on nothing about the batch changes but how it ends."""
    letters = batch.letters.exclude(position=None).select_related("message").order_by("position")
    batch.state, batch.service, batch.provider = PostBatch.State.CLOSED, service, provider
    batch.closed_at, batch.closed_on, batch.closed_by = now, on, by
    batch.try_again_at = now if provider else None
    batch.sha256 = digest(job_of(batch, letters, closed_on=on))
    batch.save(update_fields=["state", "service", "provider", "closed_at", "closed_on", "closed_by", "try_again_at", "sha256"])


def still_against(batch: PostBatch, *, now: datetime) -> dict[int, str]:
    """Message id → why a letter that is printed but not posted should not be posted any more: paid since, disputed …"""
    try:
        return against_now(batch, now=now)
    except (Broken, DatabaseError):
        return {}


@transaction.atomic
def against_now(batch: PostBatch, *, now: datetime) -> dict[int, str]:
    """The same, for those who act on it. Raises `Broken` or `DatabaseError` where nobody can say."""
    if batch.state != PostBatch.State.CLOSED:
        return {}
    verdicts = guarded(to_post(batch), now=now)
    return {pk: verdict for pk, verdict in verdicts.items() if isinstance(verdict, str)}
