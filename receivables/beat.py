"""Beat, exactly one per database: it holds an advisory lock and ends when it cannot get or keep it."""

import logging
import time
from typing import Any

import celery.beat
from django.core.cache import cache
from django.db import DatabaseError, connection
from redis.exceptions import RedisError

from receivables.health import BEAT_SEEN

LOCK = 0x52454345  # any constant of our own; advisory locks count per database
log = logging.getLogger(__name__)


class Scheduler(celery.beat.Scheduler):
    """Keeps no state file: which work is due stands in the tables, so a tick more or less does no harm."""

    max_interval = 5  # seconds between looks, so that a lost lock is noticed soon

    def tick(self, *arguments: Any, **options: Any) -> float:
        """Leaves a mark for /readyz. Ends beat when the database, and so the lock, has gone."""
        if not still_locked():
            raise SystemExit  # celery takes it for a stop; the command says why
        try:
            cache.set(BEAT_SEEN, time.time(), timeout=None)
        except (RedisError, OSError):
            log.warning("beat: the broker does not answer")
        return super().tick(*arguments, **options)


def take_lock() -> bool:
    """One beat per database. The lock lives and dies with this process's connection."""
    connection.settings_dict["CONN_MAX_AGE"] = None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def still_locked() -> bool:
    """The very connection that took the lock still answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND pid = pg_backend_pid() AND granted", [LOCK]
            )
            return bool(cursor.fetchone()[0])
    except DatabaseError:
        return False
