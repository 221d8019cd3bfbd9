"""Deliver what is planned, at most once: claim, render, hand over under guard, call, settle. RELIABILITY.md section 4.

The database rows alone say what is to be done; whoever calls `deliver` is only a wake-up, and any number may call it at once.
No transaction and no lock is held while a channel is called. A worker that dies leaves rows with a lease; `reaper.reap` ends them.

Locks are taken in this order: the switch, what the guard judges (customers, items), messages. What ends without being handed over
is written in a transaction of its own, so that whoever hears of it may lock customers.
"""

import logging
import sys
from collections import Counter, deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from django.db.models import F, QuerySet, prefetch_related_objects
from django.db.models.functions import Now

from receivables import faults
from receivables.accounts.models import Creditor
from receivables.core.errors import Refused, RenderError
from receivables.core.printed import one_line
from receivables.core.stopwatch import seconds
from receivables.db.copying import set_in
from receivables.messaging import brakes, departures, fences, mode, trial
from receivables.messaging.again import FORGOTTEN, PERHAPS, is_forgotten, may_have_left
from receivables.messaging.calling import answers_of
from receivables.messaging.channels.letter_batch import LetterBatch
from receivables.messaging.claim import TIMING, Claim, Handed, Timing
from receivables.messaging.envelope import papers_of, pictures_of, sender_of, thread_of
from receivables.messaging.inbound.return_path import return_path_of
from receivables.messaging.models import Enclosure, Message
from receivables.messaging.moves import announce, end, move
from receivables.messaging.outgoing import Outgoing, identity_of
from receivables.messaging.post import waiting
from receivables.messaging.protocols import GUARDS, RENDERERS, Locking, NotYet, Rendered, Verdict
from receivables.messaging.settling import Answer, settle
from receivables.messaging.states import MessageState
from receivables.messaging.stopping import stop_url_of
from receivables.messaging.suppression import suppressed

logger = logging.getLogger(__name__)

_ONLY_AT_ONCE = 1000
_WORDS = ("subject", "text", "html", "document_id")


@dataclass(frozen=True, slots=True)
class Tally:
    """What a delivery did, in messages."""

    accepted: int = 0
    withdrawn: int = 0
    expired: int = 0
    failed: int = 0
    later: int = 0
    unknown: int = 0
    gathered: int = 0  # letters that are ready for the post

    @property
    def total(self) -> int:
        """All it decided something about."""
        return sum(getattr(self, f.name) for f in fields(self))

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


def deliver(
    *,
    now: datetime,
    only: Collection[int] | None = None,
    creditor: Creditor | None = None,
    limit: int | None = None,
    for_at_most: timedelta | None = None,
    timing: Timing = TIMING,
) -> Tally:
    """Deliver what is due, channels in turn, until nothing is left, `limit` messages were claimed or `for_at_most` of real time has passed.

    `now` judges what is due and what the guard says, so whoever waits for slow channels should call again instead of calling for long.
    """
    tally = Tally()
    if not departures.may_leave(mode.standing(), now=now):
        return tally
    left = limit if limit is not None else sys.maxsize
    until = seconds() + for_at_most.total_seconds() if for_at_most is not None else float("inf")
    for due in _due(now, only, creditor):
        for claim in _claims(due, now=now, most=left, until=until, timing=timing):
            left -= len(claim.messages)
            tally += _carry(claim, now=now)
    return tally


def _due(now: datetime, only: Collection[int] | None, creditor: Creditor | None) -> Iterator[QuerySet[Message]]:
    """What may be claimed, in parts when it is named by id. Purposes without guard or renderer are left alone."""
    known = set(RENDERERS.names()) & set(GUARDS.names())
    due = Message.objects.filter(state=MessageState.PLANNED, not_before__lte=now, purpose__in=known)
    if creditor is not None:
        due = due.filter(creditor=creditor)
    if only is None:
        yield due
        return
    ids = sorted(only)
    yield from (due.filter(pk__in=ids[at : at + _ONLY_AT_ONCE]) for at in range(0, len(ids), _ONLY_AT_ONCE))


def _claims(due: QuerySet[Message], *, now: datetime, most: int, until: float, timing: Timing) -> Iterator[Claim]:
    """Claim by claim, a batch of each channel in turn, so that a slow one holds nobody up. A channel that gets nowhere is left.

    Raises `Refused` for a channel without an adapter, after all others have had their turn.
    """
    channels = deque(due.order_by("channel").values_list("channel", flat=True).distinct())
    sizes: dict[str, int] = {}
    unknown: Refused | None = None
    while channels and most > 0 and seconds() < until:
        channel = channels.popleft()
        try:
            adapter = mode.adapter_for(channel)
        except Refused as refusal:
            unknown = refusal
            continue
        mine, gathers = due.filter(~brakes.held(), channel=channel), isinstance(adapter, LetterBatch)
        free = waiting.to_gather(mine, now=now) if gathers else mine
        size = min(sizes.get(channel, adapter.batch), adapter.batch, most)
        claim = replace(_claim(free, channel, size=size, timing=timing), gathers=gathers)
        if claim.messages:
            most -= len(claim.messages)
            yield claim
            sizes[channel] = claim.next_size(size, now=now)
            if claim.got_somewhere(now=now) or claim.is_worth_one_alone(now=now):
                channels.append(channel)
    if unknown:
        raise unknown


def _claim(due: QuerySet[Message], channel: str, *, size: int, timing: Timing) -> Claim:
    token, began = uuid4(), seconds()
    with transaction.atomic():
        free = due.select_for_update(skip_locked=True, of=("self",)).select_related("creditor__sender")
        messages = list(free.order_by("not_before", "id")[:size])
        mark = {"state": MessageState.CLAIMED, "token": token, "lease_until": Now() + timing.lease}
        Message.objects.filter(pk__in=[message.pk for message in messages]).update(**mark)
        faults.at("F3")
    faults.at("F4")
    for message in messages:
        message.state, message.token = MessageState.CLAIMED, token
    return Claim(channel, messages, token, began, timing)


def _carry(claim: Claim, *, now: datetime) -> Tally:
    """Take a claim through to its end. Whatever is still only claimed then goes back to be planned."""
    late = {m.pk: "Its time was over before it could be sent." for m in claim.messages if m.not_after and m.not_after < now}
    tally = _end(claim, late, MessageState.EXPIRED, now=now)
    tally += _end(claim, _render(claim, now=now), MessageState.FAILED, now=now)
    _with_papers(claim.claimed)
    for part in [_gathered(claim, now=now)] if claim.gathers else _judged(claim, now=now):
        tally += part
    move(claim.claimed, MessageState.PLANNED, old=MessageState.CLAIMED, token=claim.token, lease_until=None)
    return tally


def _with_papers(messages: Sequence[Message]) -> None:
    """Read what goes along with these messages. Facts say what is enclosed; what people copied may enclose what they do not say."""
    prefetch_related_objects(messages, "document")
    enclosing = [one for one in messages if one.facts.get("enclosed") or one.purpose == Message.Purpose.WRITTEN]
    prefetch_related_objects(enclosing, "enclosures__document")


def _gathered(claim: Claim, *, now: datetime) -> Tally:
    """Letters that have their paper lie in the open batch of their company from now on; those without one fail."""
    ready = [message for message in claim.claimed if message.rendered_at]
    bare = {message.pk: waiting.NO_PAPER for message in ready if not waiting.is_paper(message)}
    waiting.open_batches({message.creditor_id for message in ready if message.pk not in bare}, now=now)
    return _end(claim, bare, MessageState.FAILED, now=now) + Tally(gathered=len(ready) - len(bare))


def _end(claim: Claim, reasons: Mapping[int, str], state: MessageState, *, now: datetime) -> Tally:
    """End messages that are not handed over: as told, or unknown where they may have left before."""
    if not reasons:
        return Tally()
    perhaps = {m.pk: f"{PERHAPS} {reasons[m.pk]}" for m in claim.claimed if m.pk in reasons and may_have_left(m)}
    surely = {pk: reason for pk, reason in reasons.items() if pk not in perhaps}
    with transaction.atomic():
        ended = end(surely, claim.claimed, state, old=MessageState.CLAIMED, token=claim.token, now=now)
        left = end(perhaps, claim.claimed, MessageState.UNKNOWN, old=MessageState.CLAIMED, token=claim.token, now=now)
        announce([*ended, *left], now=now)
    return Tally(**{state.value: len(ended)}) + Tally(unknown=len(left))


def _render(claim: Claim, *, now: datetime) -> dict[int, str]:
    """Give each message its words, if it has none yet; returns the reasons of those that cannot be made. The rest waits its turn."""
    failures: dict[int, str] = {}
    fresh: list[Message] = []
    enclosed: list[Enclosure] = []
    for message in claim.claimed:
        if message.rendered_at is None and claim.may_begin(claim.began):
            said = _render_one(message, now=now)
            if isinstance(said, str):
                failures[message.pk] = said
            else:
                fresh.append(message)
                enclosed += [Enclosure(message=message, document_id=pk, position=n) for n, pk in enumerate(said.enclosed, start=1)]
    ours = {"token": claim.token, "state": MessageState.CLAIMED}
    if enclosed:  # first: who dies in between writes the same ones again, and a message with its words has all that goes along
        Enclosure.objects.bulk_create(enclosed, ignore_conflicts=True)
    set_in(Message, _WORDS, [_words_of(message) for message in fresh], still=ours, rendered_at=now)
    return failures


def _words_of(message: Message) -> tuple[Any, ...]:
    """Its row, texts as plain strings: those that templates made are strings of another kind, and an array holds one kind only."""
    texts = ("".join([text]) for text in (message.subject, message.text, message.html))
    return (message.pk, *texts, message.document_id)


def _render_one(message: Message, *, now: datetime) -> Rendered | str:
    """What it says, written onto the message; or the reason it cannot be made, in words."""
    try:
        said = RENDERERS.get(message.purpose).render(message)
    except RenderError as refusal:
        return str(refusal)
    except (DatabaseError, InterfaceError):
        raise
    except Exception as error:  # one broken message never stops the batch: it fails by itself and a person is told
        logger.exception("message %s: could not be rendered", message.pk)
        return f"Could not be rendered ({type(error).__name__})."
    message.subject, message.text, message.html = one_line(said.subject, longest=200), said.text, said.html
    message.document_id, message.rendered_at = said.document_id, now
    return said


def _judged(claim: Claim, *, now: datetime) -> Iterator[Tally]:
    """Hand over what may go. Where judging breaks, the messages are tried one by one and the broken ones set aside."""
    ready = replace(claim, messages=[message for message in claim.claimed if message.rendered_at])
    try:
        yield _hand_and_call(ready, now=now)
    except (OperationalError, InterfaceError):
        raise
    except Broken:
        if len(ready.messages) == 1:
            _set_aside(ready, now=now)
            return
        for message in ready.claimed:
            yield from _judged(ready.of(message), now=now)


class Broken(Exception):
    """The guard raised something: a fault in the program or in a row."""


def _set_aside(claim: Claim, *, now: datetime) -> None:
    again = {"not_before": now + claim.timing.set_aside_for, "reason": "Could not be judged; set aside.", "lease_until": None}
    move(claim.claimed, MessageState.PLANNED, old=MessageState.CLAIMED, token=claim.token, **again)


def _hand_and_call(claim: Claim, *, now: datetime) -> Tally:
    if not claim.messages:
        return Tally()
    letters = {message.pk: outgoing_of(message, now=now) for message in claim.messages}
    handed = _hand(claim, now=now)
    faults.at("F6")
    answers: list[Answer] = []
    try:
        for answer in answers_of(handed, claim, letters, now=now):
            answers.append(answer)
    finally:  # what is known is written down, whatever interrupted the rest
        counts = settle(answers, adapter=handed.adapter, token=claim.token, now=now) if answers and handed.adapter else Counter()
        faults.at("F12")
    # Only now: who hears of an end locks customers, which may take long, and what was handed over must not wait for its call.
    tally = _end(claim, handed.refused, MessageState.WITHDRAWN, now=now) + _hold_back(claim, handed.not_yet, now=now)
    return tally + Tally(**counts)


@transaction.atomic
def _hand(claim: Claim, *, now: datetime) -> Handed:
    """The point of no return, in one transaction: the switch held, the guard's locks held, and only what is still ours."""
    mode.hold_switch_shared()
    stands = mode.standing()
    if not stands.may_hand_over:
        return Handed()
    adapter = mode.adapter_under(stands, claim.channel)
    gone: dict[int, Verdict] = {m.pk: FORGOTTEN for m in claim.messages if is_forgotten(m, adapter, now=now)}
    verdicts: dict[int, Verdict] = {**gone, **guarded(claim.messages, now=now), **suppressed(claim.messages)}
    since, stopped = seconds(), brakes.stopped(claim.messages) if stands.is_braked else frozenset()
    may_go = [message for message in claim.messages if message.pk not in verdicts and message.pk not in stopped]
    is_real = stands.is_live and not mode.is_stood_in()
    if is_real and stands.trial_since:
        verdicts |= trial.held_back(may_go, now=now)
        may_go = [message for message in may_go if message.pk not in verdicts]
    marks = fences.marks_of(may_go) if is_real else None
    fenced = fences.fenced(may_go, marks, now=now) if marks is not None and stands.is_fenced else {}
    mark = {"handed_at": now, "captured": mode.captures(adapter), "reason": "", "attempts": F("attempts") + 1}
    mark["handed_to"] = identity_of(adapter)
    lease = Now() + claim.timing.lease
    if is_noted := len(may_go) > 1 and not adapter.takes_key:
        mark["stayed_try"] = F("attempts") + 1
    handed = move(may_go, MessageState.HANDED, old=MessageState.CLAIMED, token=claim.token, lease_until=lease, **mark)
    for message in handed:
        message.attempts += 1
    faults.at("F5")
    refused = {pk: verdict for pk, verdict in verdicts.items() if isinstance(verdict, str)}
    not_yet = {pk: verdict for pk, verdict in verdicts.items() if isinstance(verdict, NotYet)}
    return Handed(handed, adapter, refused, not_yet, since, fenced, marks, is_noted, seconds())


def _hold_back(claim: Claim, not_yet: Mapping[int, NotYet], *, now: datetime) -> Tally:
    """What may not go at this hour waits for its own, and is judged again then; what makes no sense any more by then expires."""
    last = {message.pk: message.not_after for message in claim.messages if message.not_after}
    too_late = {pk: verdict.reason for pk, verdict in not_yet.items() if pk in last and last[pk] < verdict.until}
    together: dict[NotYet, list[Message]] = {}
    for message in claim.claimed:
        if message.pk in not_yet and message.pk not in too_late:
            together.setdefault(not_yet[message.pk], []).append(message)
    for verdict, messages in together.items():
        until = {"not_before": verdict.until, "reason": one_line(verdict.reason, longest=200), "lease_until": None}
        move(messages, MessageState.PLANNED, old=MessageState.CLAIMED, token=claim.token, **until)
    return _end(claim, too_late, MessageState.EXPIRED, now=now) + Tally(later=sum(len(messages) for messages in together.values()))


def guarded(messages: Sequence[Message], *, now: datetime) -> dict[int, Verdict]:
    """What the guards of these messages say, by id. Raises `Broken` where one cannot judge. Their locks last until the transaction ends."""
    hold_judged(messages)
    refused: dict[int, Verdict] = {}
    for purpose, own in _by_purpose(messages).items():
        try:
            refused |= GUARDS.get(purpose).judge(own, now=now)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            logger.exception("the guard of %s could not judge %s messages", purpose, len(messages))
            raise Broken from error
    return refused


def hold_judged(messages: Sequence[Message]) -> None:
    """Lock what the guards of all these messages judge, in one order, until the transaction ends. One statement."""
    guards = [(guard, own) for purpose, own in _by_purpose(messages).items() if isinstance(guard := GUARDS.get(purpose), Locking)]
    if guards:
        guards[0][0].lock([guard.judged(own) for guard, own in guards])


def _by_purpose(messages: Sequence[Message]) -> dict[str, list[Message]]:
    purposes = sorted({message.purpose for message in messages})
    return {purpose: [message for message in messages if message.purpose == purpose] for purpose in purposes}


def outgoing_of(message: Message, *, now: datetime) -> Outgoing:
    """The message as it leaves now."""
    sender = sender_of(message.creditor)
    return Outgoing(
        key=message.key,
        message_id=message.message_id,
        channel=message.channel,
        recipient=message.recipient,
        recipient_name=message.recipient_name,
        sender_name=sender.name,
        sender_address=sender.address,
        reply_to=sender.reply_to,
        subject=message.subject,
        text=message.text,
        html=message.html,
        attachments=(*papers_of(message), *pictures_of(message)),
        language=message.language,
        planned_on=message.created_at.astimezone(UTC).date(),
        thread=thread_of(message),
        unsubscribe_url=stop_url_of(message, now=now),
        return_path=return_path_of(settings.BOUNCE_ADDRESS, message.pk, message.key, secret=settings.SECRET_KEY),
    )
