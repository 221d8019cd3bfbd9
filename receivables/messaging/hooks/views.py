"""The callbacks of providers. Each stores what was said and answers; what it means is `returns`' business. See docs/returns.md."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeAlias

from anymail.exceptions import AnymailError, AnymailWebhookValidationFailure
from anymail.signals import AnymailInboundEvent, AnymailTrackingEvent, inbound, tracking
from anymail.urls import urlpatterns as _anymail
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, SuspiciousOperation
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from receivables import clock
from receivables.messaging.hooks.events import bytes_of, report_of
from receivables.messaging.hooks.forms import (
    Unreadable,
    read_form,
    smsapi_reports,
    smsapi_text,
    twilio_report,
    twilio_signature,
    twilio_text,
)
from receivables.messaging.hooks.guarding import NoEntry, ask_network, ask_password, ask_secret, body_of, form_of, hook, whole_body_of
from receivables.messaging.hooks.mails import raw_of
from receivables.messaging.inbound.taking import take_mail, take_text
from receivables.messaging.returns import take

log = logging.getLogger(__name__)

SMALL, BIG = 16_384, 1_000_000  # bytes: one message, and a batch of a provider of e-mail
A_MAIL = 15_000_000  # bytes: a mail of 10 MB, in base64 within JSON
_OK = "OK"
_UNREADABLE = (
    AnymailError,
    ImproperlyConfigured,
    SuspiciousOperation,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)
"""What anymail raises for a body of which it can make nothing; the configuration was looked at before."""
_TRACKING = {
    str(each.name).removesuffix("_webhook").removesuffix("_tracking"): each.callback
    for each in _anymail
    if each.name and each.name.endswith(("_tracking_webhook", "mandrill_webhook"))
}
_ONE_ADDRESS = "mandrill"  # reports and mails come together, to the address that it signs
_BRINGS_THE_MAIL = ("mailgun", "mailjet", "postmark", "sparkpost")
"""Providers whose call holds the mail itself. The others only say where it is to be fetched, and what we are told to fetch we do not."""
_INBOUND = {esp: each.callback for each in _anymail for esp in _BRINGS_THE_MAIL if each.name == f"{esp}_inbound_webhook"}


@hook("smsapi", methods=("GET", "POST"))
def smsapi(request: HttpRequest, secret: str) -> HttpResponse:
    """Up to five reports in one call. It signs nothing: the path is the secret, and only what we know is believed."""
    raw = _of_smsapi(request, secret)
    try:
        reports = smsapi_reports(read_form(raw), now=clock.now())
    except Unreadable:
        raise NoEntry(400, "fields") from None
    take(reports, raw=raw, now=clock.now())
    return HttpResponse(_OK, content_type="text/plain")


@hook("smsapi incoming", methods=("GET", "POST"))
def smsapi_incoming(request: HttpRequest, secret: str) -> HttpResponse:
    """A text message that somebody sent to our number there. Proved like a report."""
    raw = _of_smsapi(request, secret)
    try:
        text = smsapi_text(read_form(raw))
    except Unreadable:
        raise NoEntry(400, "fields") from None
    take_text(text, raw=raw, now=clock.now())
    return HttpResponse(_OK, content_type="text/plain")


def _of_smsapi(request: HttpRequest, secret: str) -> bytes:
    """The fields as they came, once the call is proved."""
    ask_secret(secret)
    ask_network(request, settings.SMSAPI_NETWORKS)
    raw = form_of(request, most=SMALL) if request.method == "POST" else request.META.get("QUERY_STRING", "").encode()
    if len(raw) > SMALL:
        raise NoEntry(413, "size")
    return raw


@hook("twilio incoming")
def twilio_incoming(request: HttpRequest) -> HttpResponse:
    """A text message that somebody sent to our number there; nothing is answered to it."""
    raw, fields = _of_twilio(request, reverse("hooks:twilio_incoming"))
    try:
        text = twilio_text(fields)
    except Unreadable:
        raise NoEntry(400, "fields") from None
    take_text(text, raw=raw, now=clock.now())
    return HttpResponse("<Response/>", content_type="text/xml")


@hook("twilio")
def twilio(request: HttpRequest, key: str) -> HttpResponse:
    """One status of one message, signed with our token over the address and all fields."""
    raw, fields = _of_twilio(request, reverse("hooks:twilio", args=[key]))
    try:
        report = twilio_report(fields, key=key, now=clock.now())
    except Unreadable:
        raise NoEntry(400, "fields") from None
    take([report] if report else [], raw=raw, now=clock.now())
    return HttpResponse(status=204)


def _of_twilio(request: HttpRequest, path: str) -> tuple[bytes, dict[str, str]]:
    """The call as it came, and its fields, once its signature is proved."""
    token = settings.TWILIO_AUTH_TOKEN
    if not token:
        raise NoEntry(404, "off")
    raw = form_of(request, most=SMALL)
    try:
        fields = read_form(raw)
    except Unreadable:
        raise NoEntry(400, "fields") from None
    expected = twilio_signature(settings.BASE_URL + path, fields, token=token)
    if not constant_time_compare(request.headers.get("X-Twilio-Signature", ""), expected):
        raise NoEntry(403, "signature", is_forged=True)
    return raw, fields


@hook("anymail", methods=("POST", "HEAD"))
def anymail(request: HttpRequest, esp: str) -> HttpResponse:
    """The reports of the one provider of e-mail that is set, as django-anymail reads and proves them."""
    view = _of_the_provider(_TRACKING, esp)
    if esp == _ONE_ADDRESS:
        _ask_before_it_is_read(request)
    else:
        body_of(request, most=BIG)
    return _heard(view, request, esp)


@hook("anymail inbound", methods=("POST", "HEAD"))
def mails(request: HttpRequest, esp: str) -> HttpResponse:
    """A mail that came to an address of ours at that provider. As it may be big, the password is asked for before it is read."""
    view = _of_the_provider(_INBOUND, esp)
    _ask_before_it_is_read(request)
    return _heard(view, request, esp)


def _ask_before_it_is_read(request: HttpRequest) -> None:
    ask_password(request)
    whole_body_of(request, most=A_MAIL)


def _of_the_provider(views: dict[str, Any], esp: str) -> Any:
    view = views.get(esp)
    if view is None or not settings.HOOK_SECRET or esp != settings.EMAIL_PROVIDER:
        raise NoEntry(404, "off")
    return view


def _heard(view: Any, request: HttpRequest, esp: str) -> HttpResponse:
    """Let anymail prove and read the call, then take what it tells."""
    with _collected() as events:
        answer = _read(view, request)
    now = clock.now()
    for event in events:
        if isinstance(event, AnymailInboundEvent):
            take_mail(raw_of(event), source="hook", now=now)
        elif report := report_of(event, esp=esp, now=now):
            take([report], raw=bytes_of(event), now=now)
    return answer


def _read(view: Any, request: HttpRequest) -> HttpResponse:
    """Anymail's own view, which proves and reads; what it cannot read is the caller's fault, not ours."""
    try:
        view.view_class()
    except ImproperlyConfigured as error:
        log.error("hook anymail: the settings of the provider are not complete (%s)", type(error).__name__)
        raise NoEntry(503, "settings") from None
    try:
        answer: HttpResponse = view(request)
    except AnymailWebhookValidationFailure:
        raise NoEntry(403, "proof", is_forged=True) from None
    except _UNREADABLE as error:
        log.info("hook anymail: a call could not be read (%s)", type(error).__name__)
        raise NoEntry(400, "body") from None
    return answer


Event: TypeAlias = AnymailTrackingEvent | AnymailInboundEvent
_events: ContextVar[list[Event] | None] = ContextVar("events", default=None)


@contextmanager
def _collected() -> Iterator[list[Event]]:
    """What anymail's signals tell while the block runs. It is applied afterwards, so that no fault of ours looks like a bad body."""
    events: list[Event] = []
    before = _events.set(events)
    try:
        yield events
    finally:
        _events.reset(before)


@receiver([tracking, inbound], dispatch_uid="receivables.messaging.hooks")
def _hear(sender: Any, event: Event, **_: Any) -> None:
    if (events := _events.get()) is not None:
        events.append(event)
