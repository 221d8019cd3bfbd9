"""Is this process alive (`/healthz`), and can it do its work (`/readyz`)? For compose, `dev.py up` and a monitor; no login."""

import time
from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from redis.exceptions import RedisError

BEAT_SEEN = "beat-seen"  # cache key: seconds since the epoch of beat's last look
BEAT_SILENT_AFTER = 180  # seconds


@login_not_required
@never_cache
def healthz(_request: HttpRequest) -> HttpResponse:
    """Always 200 while the process answers at all."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@never_cache
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when every part answers, else 503; the body names each part. Holds no secret."""
    parts = {name: check() for name, check in CHECKS.items()}
    return JsonResponse(parts, status=200 if all(said == "ok" for said in parts.values()) else 503)


def database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "does not answer"
    return "ok"


def broker() -> str:
    try:
        cache.get(BEAT_SEEN)
    except (RedisError, OSError):
        return "does not answer"
    return "ok"


def beat() -> str:
    """Beat leaves a mark at each look at its schedule."""
    try:
        seen = cache.get(BEAT_SEEN)
    except (RedisError, OSError):
        return "unknown"
    return "ok" if seen and time.time() - float(seen) < BEAT_SILENT_AFTER else "silent"


CHECKS: dict[str, Callable[[], str]] = {"database": database, "broker": broker, "beat": beat}
