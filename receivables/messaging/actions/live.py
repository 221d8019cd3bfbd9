"""Live or quarantine: whether messages may reach real people from here."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.messaging import mode
from receivables.messaging.actions.restored import about_journal, fence_off, first_live
from receivables.messaging.actions.throwing import reason_of, throw
from receivables.messaging.models import Dispatch, Message
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
        *about_journal(),
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
    fence_off(by=by, reason="gone live", now=now)
    since = now if trial else None
    dispatch = throw(
        mode=Dispatch.Mode.LIVE, database_identity=identity, reason="", changed_at=now, changed_by=by, trial_since=since, **first_live(now)
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
    dispatch = throw(mode=Dispatch.Mode.QUARANTINE, reason=reason_of(reason), changed_at=now, changed_by=by)
    record(None, "went_into_quarantine", dispatch, by=by, reason=reason_of(reason))
    mode_changed.send(Dispatch, mode=Dispatch.Mode.QUARANTINE, now=now)


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
