"""The only door to the interface: a bearer token of one company, as often a minute as is allowed. No session, no cookie, no CSRF.

Every address stands `behind_the_door`, which says explicitly that it needs no signed-in person. What a token may do there is its scopes:
each operation asks for one (`may`), and one that asks for none is open to nobody.
"""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.core.exceptions import RequestDataTooBig
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.crypto import get_random_string
from django.views.decorators.csrf import csrf_exempt
from redis.exceptions import RedisError

from invoices.actions.deliveries import LARGEST_PAPER, PAPERS
from receivables import clock
from receivables.api.models import ApiToken
from receivables.api.repeats import UsedAlready, answered_once
from receivables.api.tokens import digest_of, handle_of, is_same
from receivables.audit.acting import acting_through
from receivables.core.errors import DomainError

log = logging.getLogger(__name__)

LOOK = ("GET", "HEAD")
MINUTE = timedelta(minutes=1)
NOBODY = digest_of(get_random_string(43))  # compared with where there is no such token, so that it takes as long
MOST_BYTES = 200  # of a token
PROBLEM = "application/problem+json"


class ApiRequest(HttpRequest):
    """A request that passed the door."""

    token: ApiToken


@dataclass(frozen=True, slots=True)
class Defect:
    """What is wrong at one place of what was sent, such as "amount"."""

    place: str
    reason: str


@dataclass(eq=False)
class Problem(Exception):
    """What is wrong, as RFC 9457 says it: a status, a short title, a sentence that says what to do, and the places, if it is about any."""

    status: int
    title: str
    detail: str
    errors: Sequence[Defect] = ()
    merged_into: int | None = None  # of a customer that lives on as another


def missing(what: str) -> Problem:
    """There is no such thing, or it is another company's: outside both look the same."""
    return Problem(404, "Not found", f"There is no {what} with this number.")


def defect(place: str, reason: str) -> Problem:
    """One place of what was sent is wrong."""
    return Problem(422, "Not valid", reason, [Defect(place, reason)])


Answer = Callable[..., HttpResponse]


def behind_the_door(answer: Answer) -> Answer:
    """The view that lets in whoever has a token, and says every refusal as `application/problem+json`."""

    @wraps(answer)
    def guarded(request: ApiRequest, **parts: Any) -> HttpResponse:
        try:
            request.token = _token_of(request, now=clock.now())
            return _conditional(request, _looked(request, answer, parts) if request.method in LOOK else _changed(request, answer, parts))
        except Problem as problem:
            return refused(problem)
        except DomainError as refusal:
            return refused(Problem(409, "Refused", str(refusal)))
        except RequestDataTooBig:
            return refused(Problem(413, "Too large", "Send less at once."))

    return login_not_required(csrf_exempt(guarded))


def refused(problem: Problem) -> HttpResponse:
    """The answer that tells a problem."""
    told: dict[str, Any] = {"type": "about:blank", "title": problem.title, "status": problem.status, "detail": problem.detail}
    if problem.merged_into is not None:
        told["merged_into"] = problem.merged_into
    if problem.errors:
        told["errors"] = [{"place": one.place, "reason": one.reason} for one in problem.errors]
    response = HttpResponse(json.dumps(told, ensure_ascii=False), status=problem.status, content_type=PROBLEM)
    response["Cache-Control"] = "no-store"
    for name, value in {401: {"WWW-Authenticate": "Bearer"}, 429: {"Retry-After": "60"}}.get(problem.status, {}).items():
        response[name] = value
    return response


def _looked(request: ApiRequest, answer: Answer, parts: dict[str, Any]) -> HttpResponse:
    request.method = "GET"  # a HEAD is answered alike; its body is cut off further out
    return _allowed(answer(request, **parts))


def _take_paper(request: ApiRequest) -> None:
    """Read a paper that is sent as it is, up to what a paper may have; everything else has the smaller bound of all requests."""
    if request.content_type in (*PAPERS.values(), "application/octet-stream"):
        if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_PAPER:
            raise RequestDataTooBig
        request._body = request.read(LARGEST_PAPER + 1)  # what `request.body` gives from now on


def _changed(request: ApiRequest, answer: Answer, parts: dict[str, Any]) -> HttpResponse:
    """What changes anything is done once for each key, whole or not at all, and the audit chain says by which token."""
    _take_paper(request)
    with acting_through(f"token {request.token.handle}"):
        try:
            return _allowed(answered_once(request, lambda: answer(request, **parts), token=request.token, now=clock.now()))
        except UsedAlready as used:
            raise Problem(422, "Key used already", str(used)) from used


def _allowed(response: HttpResponse) -> HttpResponse:
    """The answer, or where the address does not take the method the refusal that says what it takes."""
    if response.status_code != 405:
        return response
    takes = sorted({*response["Allow"].split(", "), *(["HEAD"] if "GET" in response["Allow"] else [])})
    hint = "This address is read-only: ask by GET." if set(takes) <= set(LOOK) else f"This address takes {', '.join(takes)}."
    answer = refused(Problem(405, "Method not allowed", hint))
    answer["Allow"] = ", ".join(takes)
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


def _conditional(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """With an ETag where it was a look that succeeded; 304 for whoever has the same answer already. Nobody on the way keeps it."""
    response["Cache-Control"] = "no-store"
    if request.method not in LOOK or response.status_code != 200:
        return response
    etag = f'"{digest_of(response.content.decode("latin-1")).hex()[:32]}"'
    response["ETag"] = etag
    found: HttpResponse = get_conditional_response(request, etag=etag, response=response) or response
    found["Cache-Control"] = "no-store"
    return found
