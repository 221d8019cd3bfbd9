"""Throwing the switches: live or quarantine, halted or not. Each waits for the hand-overs under way, and is audited."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.printed import one_line
from receivables.core.sentences import gettext_noop
from receivables.messaging import fences, mode, trial
from receivables.messaging.journal import NotWritten
from receivables.messaging.models import Brake, Dispatch, Fence, FencedMark, Message, TrialAddress
from receivables.messaging.signals import delivery_changed, mode_changed
from receivables.messaging.states import MessageState

NEVER_REAL = "Planned in quarantine; it never becomes real."
_LOOPBACK = ("localhost", "127.0.0.1", "::1", "")


def obstacles(*, by: User) -> list[str]:
    """What stands against going live from here, a sentence each that says what to do; empty when nothing does."""
    host, here = urlsplit(settings.BASE_URL), mode.hostname()
    sender = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("<> ")
    rules = [
        (
            not mode.is_live_host(),
            f"LIVE_HOST is {settings.LIVE_HOST!r}, but this machine is {here!r}. Set LIVE_HOST={here} here and restart.",
        ),
        (bool(settings.CLOCK), "CLOCK is set, so the date is not today's. Remove CLOCK and restart."),
        (not settings.HTTPS, "HTTPS is off. Put the program behind HTTPS, set HTTPS=on and restart."),
        (
            host.scheme != "https" or host.hostname in _LOOPBACK,
            "BASE_URL is no public https:// address, and messages name it. Set it and restart.",
        ),
        ("." not in sender, "DEFAULT_FROM_EMAIL is no address that mail can come from. Set it and restart."),
        (not _in_charge().exists(), "There is no administrator besides the demo users. Run: manage.py createsuperuser"),
        (
            not _in_charge().filter(pk=by.pk).exists(),
            f"{by.get_username()} is no administrator, or is a demo user. An administrator has to do this.",
        ),
        (mode.is_live(), "The system is live already."),
        *_about_journal(),
    ]
    return [sentence for stands, sentence in rules if stands]


@transaction.atomic
def go_live(*, by: User, trial: bool = False) -> None:
    """Let messages reach real people from this database on this machine. Raises `Refused` with everything that stands against it.

    What was planned in quarantine is suppressed, what only the mailbox had in hand too; demo users can no longer log in. With `trial` only
    guests are written to until `end_trial`. What a database that was live before has forgotten meanwhile is fenced off.
    """
    mode.hold_switch_alone()
    if against := obstacles(by=by):
        raise Refused("Not live: " + " ".join(against))
    now = datetime.now(UTC)
    suppressed = _suppress_all(now=now)
    demo = User.objects.filter(is_demo=True, is_active=True).update(is_active=False)
    identity = mode.database_identity()
    _fence(by=by, reason="gone live", now=now)
    since = now if trial else None
    dispatch = _throw(
        mode=Dispatch.Mode.LIVE, database_identity=identity, reason="", changed_at=now, changed_by=by, trial_since=since, **_first_live(now)
    )
    record(None, "went_live", dispatch, by=by, suppressed=suppressed, demo_users=demo, identity=identity, trial=trial)
    mode_changed.send(Dispatch, mode=Dispatch.Mode.LIVE, now=now)


@transaction.atomic
def go_quarantine(*, by: User, reason: str) -> None:
    """Let the local mailbox take everything from now on. What has been handed to a real channel stays as it is."""
    mode.hold_switch_alone()
    if not Dispatch.objects.filter(mode=Dispatch.Mode.LIVE).exists():
        raise Refused(gettext_noop("The system is in quarantine already."))
    now = datetime.now(UTC)
    dispatch = _throw(mode=Dispatch.Mode.QUARANTINE, reason=_one(reason), changed_at=now, changed_by=by)
    record(None, "went_into_quarantine", dispatch, by=by, reason=_one(reason))
    mode_changed.send(Dispatch, mode=Dispatch.Mode.QUARANTINE, now=now)


@transaction.atomic
def lock(*, reason: str) -> None:
    """Hand nothing over until a person confirms the database: what the program itself finds out. Locked already, nothing happens."""
    mode.hold_switch_alone()
    if not mode.standing().is_live:
        return
    dispatch = _throw(database_identity=f"{mode.database_identity()[:100]}/locked", changed_at=datetime.now(UTC), changed_by=None)
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
    if against := [sentence for stands, sentence in _about_journal() if stands]:
        raise Refused(against[0])
    now, identity = now or datetime.now(UTC), mode.database_identity()
    fence = _fence(by=by, reason=_one(reason), now=now, is_certain=True)
    dispatch = _throw(database_identity=identity, reason="", changed_at=now, changed_by=by, **_first_live(now))
    facts = {"journal": fence.has_journal, "forgotten": fence.forgotten, "identity": identity}
    record(None, "database_confirmed", dispatch, by=by, reason=fence.reason, **facts)
    return fence


@transaction.atomic
def name_guest(creditor: Creditor, address: str, *, by: User | None = None, now: datetime | None = None) -> TrialAddress:
    """Let this address be written to during the trial; what was held back for it goes now. On the list already, nothing changes."""
    known = trial.plain(address)
    if not known:
        raise Refused(gettext_noop("Name the address of a guest."))
    now = now or datetime.now(UTC)
    guest, is_new = TrialAddress.objects.get_or_create(creditor=creditor, address=known, defaults={"since": now, "added_by": by})
    if is_new:
        record(creditor, "guest_named", guest, by=by)
        held = trial.waiting().filter(creditor=creditor, reason=trial.NO_GUEST).only("pk", "recipient")
        theirs = [message.pk for message in held if trial.plain(message.recipient) == known]
        Message.objects.filter(pk__in=theirs, state=MessageState.PLANNED, not_before__gt=now).update(not_before=now)
    return guest


@transaction.atomic
def dismiss_guest(guest: TrialAddress, *, by: User | None = None) -> None:
    """Take an address off the list of guests."""
    record(guest.creditor, "guest_dismissed", guest, by=by)
    guest.delete()


@transaction.atomic
def end_trial(*, by: User, reason: str, count: int, now: datetime | None = None) -> int:
    """Let all that the trial held back leave, judged once more. `count` must be how many that are now; returns it."""
    mode.hold_switch_alone()
    if not mode.standing().trial_since:
        raise Refused(gettext_noop("There is no trial."))
    now = now or datetime.now(UTC)
    waiting = trial.waiting().count()
    if count != waiting:
        raise Refused(gettext_noop("%(waiting)s messages wait now, not %(count)s. Look again."), waiting=waiting, count=count)
    dispatch = _throw(trial_since=None, changed_at=now, changed_by=by)
    trial.waiting().filter(not_before__gt=now).update(not_before=now)
    record(None, "trial_ended", dispatch, by=by, reason=_one(reason), released=waiting)
    return waiting


@transaction.atomic
def halt_part(*, creditor: Creditor | None, channel: str, reason: str, by: User | None = None) -> Brake:
    """Once this has returned, no further message of the company by the channel is handed over; an empty part means all of them."""
    mode.hold_switch_alone()
    if creditor is None and not channel:
        raise Refused(gettext_noop("Name a company or a channel; all together is stopped by the switch of all sending."))
    said = {"since": datetime.now(UTC), "reason": _one(reason), "set_by": by}
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
    _release(fresh, by=by, reason=_one(reason), now=now or datetime.now(UTC))


@transaction.atomic
def release_by_itself(kind: str, *, creditor: int | None, reason: str, now: datetime) -> None:
    """Release the open brakes of this kind: what had closed them is over, or has turned out to be as usual."""
    for brake in Brake.objects.select_for_update().filter(kind=kind, creditor=creditor, released_at=None):
        _release(brake, by=None, reason=reason, now=now)


def _release(brake: Brake, *, by: User | None, reason: str, now: datetime) -> None:
    brake.released_at, brake.released_by, brake.release_reason = now, by, reason
    brake.save(update_fields=["released_at", "released_by", "release_reason"])
    record(brake.creditor, "brake_released", brake, by=by, kind=brake.kind, channel=brake.channel, reason=reason)


def _fence(*, by: User, reason: str, now: datetime, is_certain: bool = False) -> Fence:
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


def _first_live(now: datetime) -> dict[str, datetime]:
    """When this database first went live is written down once, and the journal begun before it."""
    return {} if Dispatch.objects.filter(live_since__isnull=False).exists() else {"live_since": now}


def _about_journal() -> list[tuple[bool, str]]:
    try:
        fences.journal().begin(at=datetime.now(UTC))
    except NotWritten as error:
        hint = "Make its folder writable, or name another file in SEND_JOURNAL and restart."
        return [(True, f"The send journal cannot be written ({error}). {hint}")]
    return []


@transaction.atomic
def halt(*, reason: str, by: User | None = None) -> None:
    """Once this has returned, no further message is handed over until `resume`. Those just handed still arrive."""
    mode.hold_switch_alone()
    if mode.standing().is_halted:
        raise Refused(gettext_noop("Sending is halted already."))
    dispatch = _throw(is_halted=True, reason=_one(reason), changed_at=datetime.now(UTC), changed_by=by)
    record(None, "sending_halted", dispatch, by=by, reason=_one(reason))


@transaction.atomic
def resume(*, reason: str, by: User | None = None) -> None:
    """Let messages be handed over again: what waits goes out, once more judged, and what came too late is dropped."""
    mode.hold_switch_alone()
    if not mode.standing().is_halted:
        raise Refused(gettext_noop("Sending is not halted."))
    dispatch = _throw(is_halted=False, reason="", changed_at=datetime.now(UTC), changed_by=by)
    record(None, "sending_resumed", dispatch, by=by, reason=_one(reason))


def _throw(**changes: object) -> Dispatch:
    dispatch, _ = Dispatch.objects.update_or_create(pk=1, defaults=changes)
    return dispatch


def _suppress_all(*, now: datetime) -> int:
    """First what the mailbox has in hand becomes planned, then all that is planned is suppressed: no row slips between the two.

    What a real channel may have taken before is no longer there to be suppressed: whoever delivers asks again, or leaves it unknown.
    """
    Message.objects.filter(state=MessageState.HANDED, captured=True).update(state=MessageState.PLANNED, lease_until=None)
    waiting = Message.objects.filter(state__in=[MessageState.PLANNED, MessageState.CLAIMED])
    waiting = waiting.filter(Q(uncertain_since=None) | Q(captured=True))
    ids = frozenset(waiting.select_for_update(no_key=True).values_list("pk", flat=True))
    if ids:
        Message.objects.filter(pk__in=ids).update(state=MessageState.SUPPRESSED, reason=NEVER_REAL, lease_until=None, settled_at=now)
        delivery_changed.send(Message, message_ids=ids, now=now)
    return len(ids)


def _in_charge() -> QuerySet[User]:
    return User.objects.filter(is_superuser=True, is_active=True, is_demo=False)


def _one(reason: str) -> str:
    if not reason.strip():
        raise Refused(gettext_noop("Say why, in a few words."))
    return one_line(reason, longest=200)
