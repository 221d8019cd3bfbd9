"""A database that was restored, promoted or moved: locked by the program, confirmed by a person, fenced off from what it has forgotten."""

from datetime import UTC, datetime

from django.db import transaction

from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.messaging import fences, mode
from receivables.messaging.actions.throwing import reason_of, throw
from receivables.messaging.journal import NotWritten
from receivables.messaging.models import Dispatch, Fence, FencedMark


@transaction.atomic
def lock(*, reason: str) -> None:
    """Hand nothing over until a person confirms the database: what the program itself finds out. Locked already, nothing happens."""
    mode.hold_switch_alone()
    if not mode.standing().is_live:
        return
    dispatch = throw(database_identity=f"{mode.database_identity()[:100]}/locked", changed_at=datetime.now(UTC), changed_by=None)
    record(None, "sending_locked", dispatch, reason=reason)


@transaction.atomic
def confirm_database(*, by: User, reason: str, now: datetime | None = None) -> Fence:
    """Let messages leave from a database that was restored, promoted or moved: nothing planned is dropped, and nothing is sent twice.

    What the send journal knows and the database does not will be `unknown` instead of being sent; without a journal that can speak for the
    time forgotten, so will be all that was due by now. Raises `Refused` where nothing is locked, or this is not the machine of LIVE_HOST.
    """
    mode.hold_switch_alone()
    if not mode.standing().is_locked:
        raise Refused(gettext_noop("Sending is not locked."))
    if not mode.is_live_host():
        raise Refused(
            gettext_noop("LIVE_HOST does not name this machine, %(host)s: set LIVE_HOST=%(host)s here and restart, then confirm."),
            host=mode.hostname(),
        )
    if against := [sentence for stands, sentence in about_journal() if stands]:
        raise Refused(against[0])
    now, identity = now or datetime.now(UTC), mode.database_identity()
    fence = fence_off(by=by, reason=reason_of(reason), now=now, is_certain=True)
    dispatch = throw(database_identity=identity, reason="", changed_at=now, changed_by=by, **first_live(now))
    facts = {"journal": fence.has_journal, "forgotten": fence.forgotten, "identity": identity}
    record(None, "database_confirmed", dispatch, by=by, reason=fence.reason, **facts)
    return fence


def fence_off(*, by: User, reason: str, now: datetime, is_certain: bool = False) -> Fence:
    """Fence off what the database has forgotten. `is_certain`: it went back; else only where it is not the one that went live."""
    dispatch = Dispatch.objects.filter(pk=1).first() or Dispatch()
    forgotten = fences.compare(fences.journal(), live_since=dispatch.live_since)
    was_live = dispatch.live_since is not None or dispatch.mode == Dispatch.Mode.LIVE
    is_other = is_certain or (was_live and dispatch.database_identity != mode.database_identity())
    fence = Fence(at=now, by=by, reason=reason, has_journal=forgotten.is_whole or not is_other, forgotten=forgotten.hand_overs)
    if is_other or forgotten.hand_overs:
        fence.save(force_insert=True)
        FencedMark.objects.bulk_create([FencedMark(fence=fence, mark=mark) for mark in sorted(forgotten.marks)], batch_size=5000)
    return fence


def first_live(now: datetime) -> dict[str, datetime]:
    """When this database first went live is written down once, and the journal begun before it."""
    return {} if Dispatch.objects.filter(live_since__isnull=False).exists() else {"live_since": now}


def about_journal() -> list[tuple[bool, str]]:
    """What stands against the send journal here, as `obstacles` wants it."""
    try:
        fences.journal().begin(at=datetime.now(UTC))
    except NotWritten as error:
        hint = "Make its folder writable, or name another file in SEND_JOURNAL and restart."
        return [(True, f"The send journal cannot be written ({error}). {hint}")]
    return []
