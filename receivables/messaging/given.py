"""A letter that a person delivers without us: downloaded, and handed over or posted by themselves. It counts as accepted that day."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import uuid4

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from receivables.core.errors import Refused
from receivables.core.printed import one_line
from receivables.core.sentences import gettext_noop
from receivables.messaging import departures, fences, mode, trial
from receivables.messaging.claim import TIMING
from receivables.messaging.delivery import guarded
from receivables.messaging.models import Attempt, Message
from receivables.messaging.moves import announce, move
from receivables.messaging.protocols import RENDERERS
from receivables.messaging.states import MessageState
from receivables.messaging.suppression import suppressed

BY_HAND = "delivered by a person"


@transaction.atomic
def give(message: Message, *, on: date, now: datetime) -> Message:
    """Make a planned letter ready and say that a person delivers it today: judged as a hand-over, at any hour, for no machine calls.

    Call it with the switch held. Raises `Refused` where sending is halted, where the guard, the trial after going live or the fence after
    a restore holds it back, or somebody has it in hand, and
    `RenderError` where its paper cannot be made. In quarantine it counts as captured: nothing real was sent before going live.
    """
    stands = mode.standing()
    if not stands.may_hand_over:
        raise Refused(gettext_noop("Sending is halted: resume it first."))
    said = RENDERERS.get(message.purpose).render(message)
    token = uuid4()
    claim = {"token": token, "lease_until": Now() + TIMING.lease, "state": MessageState.CLAIMED}
    words = {
        "subject": one_line(said.subject, longest=200),
        "text": said.text,
        "html": said.html,
        "document_id": said.document_id,
        "rendered_at": now,
    }
    if not Message.objects.filter(pk=message.pk, state=MessageState.PLANNED).update(**claim, **words):
        raise Refused(gettext_noop("This message is being settled just now. Try again in a moment."))
    message.refresh_from_db()
    verdicts = {**guarded([message], now=now), **suppressed([message])}
    if isinstance(reason := verdicts.get(message.pk), str):
        raise Refused(gettext_noop("It may not go: %(reason)s."), reason=reason)
    is_real = stands.is_live and not mode.is_stood_in()
    marks = fences.marks_of([message]) if is_real else {}
    if is_real:
        _refuse_real(message, stands, marks, now=now)
    mark = {"handed_at": now, "captured": not (stands.is_live or mode.is_stood_in()), "attempts": F("attempts") + 1, "left_on": on}
    move([message], MessageState.HANDED, old=MessageState.CLAIMED, token=token, **mark)
    move([message], MessageState.ACCEPTED, old=MessageState.HANDED, token=token, lease_until=None, settled_at=now)
    message.refresh_from_db()
    Attempt.objects.create(message=message, number=message.attempts, at=now, outcome="accepted", detail=BY_HAND)
    if is_real:
        transaction.on_commit(lambda: departures.note([message], marks, now=now))
    announce([message], now=now)
    return message


def _refuse_real(message: Message, stands: mode.Standing, marks: Mapping[int, Sequence[str]], *, now: datetime) -> None:
    """What no hand-over would let reach a real person now is not given to one either."""
    if stands.trial_since and trial.held_back([message], now=now):
        raise Refused(gettext_noop("During the trial only guests are written to, and only so many a day. Name a guest first."))
    if stands.is_fenced and fences.fenced([message], marks, now=now):
        raise Refused(gettext_noop("It may have left before the database was restored. Send it by e-mail or post."))
