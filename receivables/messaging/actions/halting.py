"""Stopping what is sent, all of it or a part, and letting it go again."""

from datetime import UTC, datetime

from django.db import transaction

from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.messaging import mode
from receivables.messaging.actions.throwing import reason_of, throw
from receivables.messaging.models import Brake


@transaction.atomic
def halt(*, reason: str, by: User | None = None) -> None:
    """Once this has returned, no further message is handed over until `resume`. Those just handed still arrive."""
    mode.hold_switch_alone()
    if mode.standing().is_halted:
        raise Refused(gettext_noop("Sending is halted already."))
    dispatch = throw(is_halted=True, reason=reason_of(reason), changed_at=datetime.now(UTC), changed_by=by)
    record(None, "sending_halted", dispatch, by=by, reason=reason_of(reason))


@transaction.atomic
def resume(*, reason: str, by: User | None = None) -> None:
    """Let messages be handed over again: what waits goes out, once more judged, and what came too late is dropped."""
    mode.hold_switch_alone()
    if not mode.standing().is_halted:
        raise Refused(gettext_noop("Sending is not halted."))
    dispatch = throw(is_halted=False, reason="", changed_at=datetime.now(UTC), changed_by=by)
    record(None, "sending_resumed", dispatch, by=by, reason=reason_of(reason))


@transaction.atomic
def halt_part(*, creditor: Creditor | None, channel: str, reason: str, by: User | None = None) -> Brake:
    """Once this has returned, no further message of the company by the channel is handed over; an empty part means all of them."""
    mode.hold_switch_alone()
    if creditor is None and not channel:
        raise Refused(gettext_noop("Name a company or a channel; all together is stopped by the switch of all sending."))
    said = {"since": datetime.now(UTC), "reason": reason_of(reason), "set_by": by}
    brake, is_new = Brake.objects.get_or_create(creditor=creditor, channel=channel, kind=Brake.Kind.HALT, released_at=None, defaults=said)
    if not is_new:
        raise Refused(gettext_noop("That is stopped already."))
    record(creditor, "brake_closed", brake, by=by, kind=brake.kind, channel=channel, reason=brake.reason)
    return brake


@transaction.atomic
def release_brake(brake: Brake, *, by: User | None, reason: str, now: datetime | None = None) -> None:
    """Let messages go again, each judged once more as it leaves; counts begin anew. Raises `Refused` where it was released before."""
    fresh = Brake.objects.select_for_update().get(pk=brake.pk)
    if fresh.released_at:
        raise Refused(gettext_noop("That was released already."))
    if fresh.kind == Brake.Kind.JOURNAL:
        raise Refused(gettext_noop("The send journal releases this by itself, once it can be written again."))
    _release(fresh, by=by, reason=reason_of(reason), now=now or datetime.now(UTC))


@transaction.atomic
def release_by_itself(kind: str, *, creditor: int | None, reason: str, now: datetime) -> None:
    """Release the open brakes of this kind: what had closed them is over, or has turned out to be as usual."""
    for brake in Brake.objects.select_for_update().filter(kind=kind, creditor=creditor, released_at=None):
        _release(brake, by=None, reason=reason, now=now)


def _release(brake: Brake, *, by: User | None, reason: str, now: datetime) -> None:
    brake.released_at, brake.released_by, brake.release_reason = now, by, reason
    brake.save(update_fields=["released_at", "released_by", "release_reason"])
    record(brake.creditor, "brake_released", brake, by=by, kind=brake.kind, channel=brake.channel, reason=reason)
