"""The door of every callback: bounded size, one type, a proof, and no word about the content in any log.

Nothing changes before the proof is there. A proof that fails is counted by network address; past the limit the answer is 429. What has
its proof is never counted, so nobody can shut a provider out.
"""

import logging
from collections.abc import Callable
from functools import wraps
from ipaddress import ip_address, ip_network
from typing import Any

from anymail.utils import get_request_basic_auth
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from redis.exceptions import RedisError

from receivables import clock

log = logging.getLogger(__name__)

FORM = "application/x-www-form-urlencoded"
FAILURES_PER_MINUTE = 20  # RELIABILITY.md section 7: more is an alarm


class NoEntry(Exception):
    """A call that is turned away; `status` says how. `is_forged`: its proof was missing or wrong."""

    def __init__(self, status: int, why: str, *, is_forged: bool = False) -> None:
        super().__init__(why)
        self.status, self.is_forged = status, is_forged


View = Callable[..., HttpResponse]


def hook(name: str, *, methods: tuple[str, ...] = ("POST",)) -> Callable[[View], View]:
    """A view that providers call: no session, no cookie, no CSRF, and every refusal a short plain answer."""

    def behind_the_door(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, **parts: Any) -> HttpResponse:
            try:
                if request.method not in methods:
                    raise NoEntry(405, "method")
                return view(request, **parts)
            except NoEntry as refusal:
                return _refused(name, refusal, request)
            except Exception as error:  # whatever breaks here: Django would log the path, and providers call again after a 503
                log.error("hook %s: broken (%s)", name, type(error).__name__)
                return _silent(503)

        return login_not_required(csrf_exempt(answer))

    return behind_the_door


def body_of(request: HttpRequest, *, most: int) -> bytes:
    """The whole body. Raises `NoEntry`, 413 for what is too big."""
    try:
        said = int(request.META.get("CONTENT_LENGTH") or 0)
        body = request.body if 0 <= said <= most else None
    except RequestDataTooBig:
        body = None
    except (ValueError, UnreadablePostError):
        raise NoEntry(400, "length") from None
    if body is None or len(body) > most:
        raise NoEntry(413, "size")
    return body


def whole_body_of(request: HttpRequest, *, most: int) -> None:
    """Read a body that is bigger than forms may be, for whoever reads the request next. Call it after the proof. Raises `NoEntry` 413."""
    try:
        body = request.read(most + 1)
    except UnreadablePostError:
        raise NoEntry(400, "length") from None
    if len(body) > most:
        raise NoEntry(413, "size")
    request._body = body  # where Django itself keeps it


def form_of(request: HttpRequest, *, most: int) -> bytes:
    """The body of a form. Raises `NoEntry`, 400 for another type."""
    body = body_of(request, most=most)
    if request.content_type != FORM:
        raise NoEntry(400, "type")
    return body


def ask_secret(given: str) -> None:
    """The secret part of the path. Raises `NoEntry` 404: without the secret there is nothing here."""
    if not settings.HOOK_SECRET or not constant_time_compare(given, settings.HOOK_SECRET):
        raise NoEntry(404, "secret", is_forged=True)


def ask_password(request: HttpRequest) -> None:
    """Name and password of HTTP. Raises `NoEntry` 403."""
    given = get_request_basic_auth(request) or ""
    if not settings.ANYMAIL_WEBHOOK_SECRET or not constant_time_compare(given, settings.ANYMAIL_WEBHOOK_SECRET):
        raise NoEntry(403, "password", is_forged=True)


def ask_network(request: HttpRequest, allowed: list[str]) -> None:
    """Whether the call comes from one of these networks; none named allows all. Raises `NoEntry` 403."""
    if not allowed:
        return
    try:
        address = ip_address(address_of(request))
    except ValueError:
        raise NoEntry(403, "network", is_forged=True) from None
    if not any(address in ip_network(network, strict=False) for network in allowed):
        raise NoEntry(403, "network", is_forged=True)


def address_of(request: HttpRequest) -> str:
    """Where a call comes from: behind our proxy, what it saw itself."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    if settings.PROXY_SSL_HEADER:  # a proxy of ours stands in front and adds the address it saw at the end
        address = request.headers.get("X-Forwarded-For", address).rpartition(",")[2].strip()
    return address


def _refused(name: str, refusal: NoEntry, request: HttpRequest) -> HttpResponse:
    status = refusal.status
    if refusal.is_forged and (failures := _one_failure_more(request)):
        if failures > FAILURES_PER_MINUTE:
            status = 429
        elif failures in (1, FAILURES_PER_MINUTE):  # the first of a minute, and the last that is said
            log.warning("hook %s: no proof (%s), %s in this minute", name, refusal, failures)
    answer = _silent(status)
    if status == 429:
        answer["Retry-After"] = "60"
    return answer


def _silent(status: int) -> HttpResponse:
    answer = HttpResponse(status=status, content_type="text/plain")
    answer._has_been_logged = True  # type: ignore[attr-defined]  # Django would log the path, and the path holds the secret
    return answer


def _one_failure_more(request: HttpRequest) -> int:
    """How many proofs from there have failed in this minute; 0 where the cache is away."""
    key = f"hooks:{address_of(request)[:60]}:{int(clock.now().timestamp()) // 60}"
    try:
        cache.add(key, 0, timeout=120)
        return int(cache.incr(key))
    except (RedisError, OSError, ValueError):
        log.warning("the cache does not answer; failures are not counted")
        return 0
