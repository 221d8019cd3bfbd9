"""E-mail by a provider's interface instead of SMTP, through django-anymail: the same mail, whoever carries it.

Anymail makes the request and reads the answer; the request itself goes out by `receivables.outside`, which bounds it as a whole and
knows whether it left. A provider knows no key of ours, so a lost answer is `Unknown`. Its reports name the message by our key (metadata)
and by the id that it answers with.
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from email.headerregistry import Address
from email.mime.image import MIMEImage
from http.client import responses
from typing import Any

import requests
from anymail.exceptions import AnymailError, AnymailRecipientsRefused
from django.core.mail import EmailMultiAlternatives, get_connection
from requests.adapters import BaseAdapter

from receivables.messaging.channels.mime import UnsafeHeader, ascii_address, compose, content_id, further_headers
from receivables.messaging.channels.providers import BOUNDS, by_status
from receivables.messaging.outgoing import Accepted, Failed, Later, Outcome, Outgoing, Unknown
from receivables.outside import Bounds, Reach, Request, Unanswered, Unreachable, ask


@dataclass(frozen=True, slots=True)
class Esp:
    """What a provider needs, by anymail's names, and what it cannot do."""

    title: str
    key: str
    secret: str = ""
    shows_images: bool = True  # takes images that the HTML names; else they are attached for themselves


ESPS = {
    "brevo": Esp("Brevo", "api_key", shows_images=False),
    "mailgun": Esp("Mailgun", "api_key"),
    "mailjet": Esp("Mailjet", "api_key", secret="secret_key"),  # noqa: S106 - anymail's name for it
    "mailtrap": Esp("Mailtrap", "api_token"),
    "mandrill": Esp("Mandrill", "api_key"),
    "postmark": Esp("Postmark", "server_token"),
    "resend": Esp("Resend", "api_key"),
    "sparkpost": Esp("SparkPost", "api_key"),
}
"""Those of anymail's providers that take our key with each mail. Amazon SES needs boto3; SendGrid anymail no longer supports."""
_DEAD = frozenset({"invalid", "rejected"})  # anymail: the address is none, or the provider gave it up after bounces or complaints


@dataclass(frozen=True, slots=True)
class AnymailConfig:
    """Our account at one of `ESPS`."""

    esp: str
    key: str
    secret: str = ""
    url: str = ""  # another address of its interface, such as the one in the EU; empty: the usual one
    bounds: Bounds = BOUNDS


class Anymail:
    takes_key = False
    batch = 1

    def __init__(self, config: AnymailConfig) -> None:
        self._config, self._esp = config, ESPS[config.esp]

    def send(self, outgoing: Outgoing) -> Outcome:
        try:
            ascii_address(outgoing.recipient)
        except UnsafeHeader as refusal:
            return Failed(str(refusal), bad_address=True)
        try:
            compose(outgoing)  # refuses what no header may hold, as for any mail server
            mail = _mail(outgoing, shows_images=self._esp.shows_images)
        except UnsafeHeader as refusal:
            return Failed(str(refusal))
        return self._deliver(mail)

    def _deliver(self, mail: EmailMultiAlternatives) -> Outcome:
        wire = _Wire(self._config.bounds, who=self._esp.title)
        connection: Any = get_connection(f"anymail.backends.{self._config.esp}.EmailBackend", fail_silently=False, **self._keys())
        with requests.Session() as session:
            session.trust_env = False  # no proxy and no netrc of the environment
            session.mount("https://", wire)
            session.mount("http://", wire)
            connection.session = session
            try:
                connection.send_messages([mail])
            except (AnymailError, requests.RequestException) as error:
                return wire.outcome or self._refusal(error, wire)
        return wire.outcome or _of_status(mail, self._esp.title)

    def _keys(self) -> dict[str, Any]:
        config, esp = self._config, self._esp
        named = {esp.key: config.key, esp.secret: config.secret if esp.secret else "", "api_url": config.url}
        return {name: value for name, value in named.items() if name and value}

    def _refusal(self, error: Exception, wire: "_Wire") -> Outcome:
        title = self._esp.title
        if isinstance(error, AnymailRecipientsRefused):
            return Failed(f"{title} refuses the address.", bad_address=True)
        if wire.status is None:
            return Failed(f"{title} cannot take this mail ({type(error).__name__}).")
        refusal = by_status(wire.status, who=title, duplicate=Unknown(f"{title} speaks of a conflict (409)."))
        return refusal or Unknown(f"{title} gave an answer that cannot be read.")


def _mail(outgoing: Outgoing, *, shows_images: bool) -> EmailMultiAlternatives:
    """What `compose` makes, as anymail wants it. Raises `UnsafeHeader`."""
    headers = {"Message-ID": outgoing.message_id, "Auto-Submitted": "auto-generated", "Content-Language": outgoing.language}
    mail = EmailMultiAlternatives(
        subject=outgoing.subject,
        body=outgoing.text,
        from_email=_address(outgoing.sender_name, outgoing.sender_address),
        to=[_address(outgoing.recipient_name, outgoing.recipient)],
        reply_to=[ascii_address(outgoing.reply_to)] if outgoing.reply_to else None,
        headers=headers | further_headers(outgoing),
    )
    mail.metadata = {"key": outgoing.key}  # type: ignore[attr-defined]
    if outgoing.html:
        mail.attach_alternative(outgoing.html, "text/html")
    _attach(mail, outgoing, shows_images=shows_images and bool(outgoing.html))
    return mail


def _attach(mail: EmailMultiAlternatives, outgoing: Outgoing, *, shows_images: bool) -> None:
    for paper in outgoing.papers if shows_images else outgoing.attachments:
        mail.attach(paper.name, paper.content, paper.media_type)
    for image in outgoing.images if shows_images else ():
        part = MIMEImage(image.content, image.media_type.partition("/")[2])
        part["Content-ID"] = content_id(image)
        part.add_header("Content-Disposition", "inline", filename=image.name)
        mail.attach(part)


def _address(name: str, address: str) -> str:
    return str(Address(display_name=name, addr_spec=ascii_address(address)))


def _of_status(mail: EmailMultiAlternatives, title: str) -> Outcome:
    """What anymail read in a good answer, for the one recipient."""
    known: Iterable[Any] = mail.anymail_status.recipients.values()  # type: ignore[attr-defined]
    said = next(iter(known), None)
    if said is None or said.status is None or said.status == "unknown":
        return Unknown(f"{title} gave an answer that cannot be read.")
    if said.status in _DEAD:
        return Failed(f"{title} refuses the address.", bad_address=True)
    if said.status == "failed":
        return Failed(f"{title} says that it failed.")
    return Accepted(reference=str(said.message_id or ""), detail=said.status)


class _Wire(BaseAdapter):
    """One request by `receivables.outside` instead of urllib3; keeps how far it came."""

    def __init__(self, bounds: Bounds, *, who: str) -> None:
        super().__init__()
        self._bounds, self._who = bounds, who
        self.outcome: Outcome | None = None
        self.status: int | None = None

    def send(self, request: requests.PreparedRequest, *_arguments: Any, **_options: Any) -> requests.Response:
        body = request.body.encode() if isinstance(request.body, str) else request.body
        headers = {**request.headers, "Accept-Encoding": "identity", "Connection": "close"}
        asked = Request(request.method or "POST", request.url or "", body, headers)  # type: ignore[arg-type]
        try:
            said = ask(asked, reach=Reach.CHOSEN, bounds=self._bounds)
        except Unanswered as silence:
            self.outcome = Unknown(f"{self._who} was asked and gave no whole answer: {silence}")
            raise requests.ConnectionError(str(silence)) from silence
        except Unreachable as refusal:
            self.outcome = Later(f"{self._who} was not asked: {refusal}")
            raise requests.ConnectionError(str(refusal)) from refusal
        self.status = said.status
        return _response(request, said.status, said.media_type, said.body)

    def close(self) -> None:
        """Nothing is kept open."""


def _response(request: requests.PreparedRequest, status: int, media_type: str, body: bytes) -> requests.Response:
    """Without a Location, so that no redirect is followed."""
    response = requests.Response()
    response.status_code, response.reason, response.url, response.request = status, responses.get(status, ""), request.url or "", request
    response.headers["Content-Type"] = media_type
    response.encoding, response.raw = "utf-8", io.BytesIO(body)
    return response
