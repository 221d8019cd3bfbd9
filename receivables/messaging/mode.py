"""Quarantine by default: whether this installation may reach real people, and who takes the messages when it may not.

Live is the exception that must be proved: a person switched this very database live, and LIVE_HOST names this very machine.
A copied, restored, promoted or moved database is live by its row but not by its identity: it is locked, and nothing is handed over until
a person confirms.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection

from receivables.core.errors import Refused
from receivables.core.registry import Registry
from receivables.messaging.channels.mailbox import Mailbox, MailboxConfig
from receivables.messaging.protocols import CHANNELS, Channel

_SWITCH = 0x6469737061746368  # "dispatch": the advisory lock between hand-overs (shared) and whoever throws a switch (exclusive)

# system_identifier: written by initdb, kept by a physical copy; name and oid tell databases of one cluster apart; a restored dump makes
# the table anew. The timeline rises with each restore to a point in time and each promotion, never with a restart: the first eight digits
# of the file now written to say it at once, where pg_control_checkpoint() would only after the next checkpoint. Any role may ask all of
# it.
_IDENTITY = """
    SELECT control.system_identifier || '/' || base.datname || '/' || base.oid || '/' || 'messaging_dispatch'::regclass::oid || '/'
        || CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8) END
    FROM pg_control_system() control, pg_database base WHERE base.datname = current_database()
"""
_STANDING = f"""
    SELECT mode, is_halted, reason, database_identity, CASE WHEN mode = 'live' THEN ({_IDENTITY}) END,
        trial_since, mode = 'live' AND EXISTS (SELECT FROM messaging_fence),
        EXISTS (SELECT FROM messaging_brake WHERE released_at IS NULL)
    FROM messaging_dispatch WHERE id = 1
"""  # noqa: S608 - constants only

_STAND_INS: Registry[Channel] = Registry("stand-in for channel")


@dataclass(frozen=True, slots=True)
class Standing:
    """How dispatch stands. At most one of `is_live` and `is_locked`; neither is quarantine."""

    is_live: bool
    is_locked: bool  # live by its row, but this is another database or machine
    is_halted: bool
    reason: str = ""
    trial_since: datetime | None = None  # set: only guests are written to
    is_braked: bool = False  # some brake is closed: `brakes` says whom it holds
    is_fenced: bool = False  # a person confirmed this database after a restore: `fences` says what it may have forgotten

    @property
    def may_hand_over(self) -> bool:
        """Stand-ins are no real people, so a lock does not concern them; a halt concerns everybody."""
        return not self.is_halted and (not self.is_locked or bool(_STAND_INS.names()))


def standing() -> Standing:
    """How dispatch stands now. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING)
        row = cursor.fetchone()
    mode, is_halted, reason, stored, current, trial, fenced, braked = row or ("quarantine", False, "", "", "", None, False, False)
    is_switched = mode == "live"
    is_proved = is_switched and stored == current and bool(stored) and is_live_host()
    return Standing(
        is_live=is_proved,
        is_locked=is_switched and not is_proved,
        is_halted=is_halted,
        reason=reason,
        trial_since=trial if is_switched else None,
        is_braked=bool(braked),
        is_fenced=bool(fenced),
    )


def is_live() -> bool:
    """Whether messages reach real people from here."""
    return standing().is_live


def is_stood_in() -> bool:
    """Whether stand-ins take everything in this process: a replay or a test, where nothing is real and no brake holds."""
    return bool(_STAND_INS.names())


def hostname() -> str:
    """What this machine calls itself, and LIVE_HOST must say."""
    return socket.gethostname()


def is_live_host() -> bool:
    """Whether LIVE_HOST names this machine."""
    return bool(settings.LIVE_HOST) and hostname() == settings.LIVE_HOST


def database_identity() -> str:
    """What tells this database from every copy of it, and from what it was before a restore."""
    with connection.cursor() as cursor:
        cursor.execute(_IDENTITY)
        return str(cursor.fetchone()[0])


def adapter_for(channel: str) -> Channel:
    """Who takes messages of this channel now: a stand-in, the real adapter when live, else the mailbox."""
    return adapter_under(standing(), channel)


def adapter_under(stands: Standing, channel: str) -> Channel:
    """The same, for a standing already read."""
    if _STAND_INS.names():
        return _STAND_INS.get(channel)
    return CHANNELS.get(channel) if stands.is_live else mailbox()


def mailbox() -> Mailbox:
    """The local mailbox that captures everything in quarantine."""
    return Mailbox(MailboxConfig(folder=settings.DATA_DIR / "mailbox"))


def captures(adapter: Channel) -> bool:
    """Whether what this adapter takes reaches nobody."""
    return isinstance(adapter, Mailbox)


@contextmanager
def standing_in(adapters: dict[str, Channel]) -> Iterator[None]:
    """Let these adapters take everything in this process while the block runs; a channel without one is refused."""
    if not adapters:
        raise Refused("Name at least one adapter that stands in.")
    with _STAND_INS.using(adapters):
        yield


def hold_switch_shared() -> None:
    """Until this transaction ends, nobody throws a switch. Read `standing()` after this, in a statement of its own."""
    _lock("pg_advisory_xact_lock_shared")


def holds_switch_at_once() -> bool:
    """The same without waiting: False where somebody is throwing a switch just now. For those who hold other locks already."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock_shared(%s)", [_SWITCH])
        return bool(cursor.fetchone()[0])


def hold_switch_alone() -> None:
    """Wait for every hand-over that has begun, and let none begin until this transaction ends."""
    _lock("pg_advisory_xact_lock")


def _lock(function: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [_SWITCH])
