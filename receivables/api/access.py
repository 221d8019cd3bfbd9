"""The only door to the interface: a bearer token of one company, as often a minute as is allowed. No session, no cookie, no CSRF.

An address is made by `route`, which puts every view behind the door and says explicitly that it needs no signed-in person.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.cache import get_conditional_response
from django.utils.crypto import get_random_string
from django.views.decorators.csrf import csrf_exempt
from redis.exceptions import RedisError

from receivables import clock
from receivables.api.models import ApiToken
from receivables.api.tokens import digest_of, handle_of, is_same

log = logging.getLogger(__name__)

LOOK = ("GET", "HEAD")
MINUTE = timedelta(minutes=1)
NOBODY = digest_of(get_random_string(43))  # compared with where there is no such token, so that it takes as long
MOST_BYTES = 200  # of a token


class ApiRequest(HttpRequest):
    """A request that passed the door."""

    token: ApiToken


@dataclass(eq=False)
class Problem(Exception):
    """What is wrong, as RFC 9457 says it: a status, a short title, and a sentence that says what to do."""

    status: int
    title: str
    detail: str


View = Callable[..., dict[str, Any]]


def route(address: str, view: View, name: str) -> URLPattern:
    """An address whose view returns what becomes JSON, or raises a `Problem`."""
    return path(address, login_not_required(csrf_exempt(_behind_the_door(view))), name=name)


def _behind_the_door(view: View) -> Callable[..., HttpResponse]:
    @wraps(view)
    def answer(request: ApiRequest, **parts: Any) -> HttpResponse:
        try:
            if request.method not in LOOK:
                raise Problem(405, "Method not allowed", "This interface is read-only: ask by GET.")
            request.token = _token_of(request, now=clock.now())
            response = _json(view(request, **parts))
        except Problem as problem:
            return _refused(problem)
        return _conditional(request, response)

    return answer


def _token_of(request: HttpRequest, *, now: datetime) -> ApiToken:
    """The token of a request. Raises `Problem` without one, with a wrong or revoked one, and where it asks too often."""
    scheme, _sep, given = request.headers.get("Authorization", "").partition(" ")
    given = given.strip()
    handle = handle_of(given) if scheme.lower() == "bearer" and len(given) <= MOST_BYTES else ""
    row = ApiToken.objects.filter(handle=handle, revoked_at=None).select_related("creditor").first() if handle else None
    if not is_same(given, bytes(row.digest) if row else NOBODY) or row is None:
        raise Problem(401, "Unauthorized", "Send the header Authorization: Bearer TOKEN with a token that is not revoked.")
    _count(row, now=now)
    used_before = Q(used_at=None) | Q(used_at__lt=now - MINUTE)
    ApiToken.objects.filter(used_before, pk=row.pk).update(used_at=now)
    return row


def _count(token: ApiToken, *, now: datetime) -> None:
    """One request more this minute. Where the cache is away nobody is counted: the answer matters more."""
    key = f"api:{token.pk}:{int(now.timestamp()) // 60}"
    try:
        cache.add(key, 0, timeout=120)
        asked = cache.incr(key)
    except (RedisError, OSError, ValueError):
        log.warning("the cache does not answer; requests are not counted")
        return
    if asked > settings.API_PER_MINUTE:
        raise Problem(429, "Too many requests", f"At most {settings.API_PER_MINUTE} requests a minute. Wait a minute, and ask less often.")


def _json(told: dict[str, Any], *, status: int = 200, media_type: str = "application/json") -> HttpResponse:
    response = HttpResponse(json.dumps(told, ensure_ascii=False), status=status, content_type=media_type)
    response["Cache-Control"] = "no-store"
    return response


def _conditional(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """With an ETag; 304 for whoever has the same answer already."""
    etag = f'"{digest_of(response.content.decode()).hex()[:32]}"'
    response["ETag"] = etag
    found: HttpResponse = get_conditional_response(request, etag=etag, response=response) or response
    found["Cache-Control"] = "no-store"
    return found


def _refused(problem: Problem) -> HttpResponse:
    told = {"type": "about:blank", "title": problem.title, "status": problem.status, "detail": problem.detail}
    response = _json(told, status=problem.status, media_type="application/problem+json")
    extra = {401: ("WWW-Authenticate", "Bearer"), 405: ("Allow", ", ".join(LOOK)), 429: ("Retry-After", "60")}
    if problem.status in extra:
        name, value = extra[problem.status]
        response[name] = value
    return response
