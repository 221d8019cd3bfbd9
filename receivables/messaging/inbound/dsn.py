"""A report on a message of ours: not delivered (RFC 3464), or complained of as spam (RFC 5965). Pure, and not believed by itself.

Whether it counts is judged by whoever knows our messages: `messaging.inbound.taking` asks for our signed return path, or for the
Message-ID together with the recipient.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from enum import StrEnum

from receivables.core.printed import one_line
from receivables.messaging.inbound.body import storable

MOST_RECIPIENTS = 20
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_ID = re.compile(r"<[^<>\s]{1,250}>")
_FULL = frozenset({(2, 2), (4, 2), (4, 5), (3, 1)})  # mailbox full, no answer, system full: it may work tomorrow
_OURS = 7  # RFC 3463 x.7.x: refused for policy or spam, which is about the sender and not about the address
_STATUSES = ("message/delivery-status", "message/global-delivery-status")
_DAEMONS = ("mailer-daemon", "postmaster", "mail-daemon", "mail delivery")


class Fate(StrEnum):
    """What became of a message at one recipient; the words are those of `messaging.returns`."""

    DELIVERED = "delivered"
    SOFT_BOUNCED = "soft_bounced"
    HARD_BOUNCED = "hard_bounced"
    FAILED = "failed"
    COMPLAINED = "complained"


@dataclass(frozen=True, slots=True)
class RecipientStatus:
    """What a report says of one recipient; the address in lower case."""

    address: str
    fate: Fate
    detail: str


@dataclass(frozen=True, slots=True)
class Notification:
    """A report. One that is not in the standard form has no recipients: it only says in words that something went wrong."""

    original_message_id: str
    recipients: tuple[RecipientStatus, ...]
    is_standard: bool = True


def notification_in(message: Message, parts: Sequence[Message]) -> Notification | None:
    """The report that a mail is, None where it is none. A mere delay is no news and has no recipients in it."""
    kind = str(message.get_param("report-type") or "").lower() if message.get_content_type() == "multipart/report" else ""
    original = _original_of(parts)
    status = next(
        (part for part in parts if part.get_content_type() in ("message/delivery-status", "message/global-delivery-status")), None
    )
    if kind == "feedback-report":
        return Notification(_id_in(original, "Message-ID"), tuple(_complaints(parts, original)))
    if status is not None:
        return Notification(_id_in(original, "Message-ID"), tuple(_statuses(status))[:MOST_RECIPIENTS])
    if _is_from_daemon(message):
        return Notification(_id_in(original, "Message-ID") or _id_in(message, "In-Reply-To"), (), is_standard=False)
    return None


def _statuses(part: Message) -> Iterator[RecipientStatus]:
    """Block by block; the first is about the whole message and names no recipient."""
    blocks = part.get_payload()
    for block in [each for each in blocks if isinstance(each, Message)] if isinstance(blocks, list) else []:
        address = _address(block)
        fate = _fate(_text(block, "Action").lower(), _text(block, "Status"), _text(block, "Diagnostic-Code"))
        if address and fate is not None:
            told = " ".join(filter(None, (_text(block, "Status"), _text(block, "Diagnostic-Code"))))
            yield RecipientStatus(address, fate, one_line(told, longest=250))


def _address(block: Message) -> str:
    said = _text(block, "Original-Recipient") or _text(block, "Final-Recipient")
    return said.rpartition(";")[2].strip().strip("<>").lower()[:320]


def _fate(action: str, status: str, diagnostic: str) -> Fate | None:
    """RFC 3464, 2.3.3. None where it is no news yet (delayed), or says nothing that is known."""
    if action in ("delivered", "relayed", "expanded"):
        return Fate.DELIVERED
    found = _STATUS.search(status) or _STATUS.search(diagnostic)
    if action != "failed" or found is None:
        return Fate.SOFT_BOUNCED if action == "failed" else None
    kind, subject, detail = (int(number) for number in found.groups())
    if kind == 4 or (subject, detail) in _FULL:
        return Fate.SOFT_BOUNCED
    return Fate.FAILED if subject == _OURS else Fate.HARD_BOUNCED


def _complaints(parts: Sequence[Message], original: Message | None) -> Iterator[RecipientStatus]:
    """Only abuse is a complaint; "not-spam" and the like are none."""
    report = next((part for part in parts if part.get_content_type() == "message/feedback-report"), None)
    fields = _inner(report) if report is not None else None
    if fields is None or _text(fields, "Feedback-Type").lower() not in ("abuse", "fraud", "opt-out"):
        return
    said = _text(fields, "Original-Rcpt-To") or (_text(original, "To") if original is not None else "")
    yield RecipientStatus(said.strip("<> ").lower()[:320], Fate.COMPLAINED, "feedback report")


def _inner(part: Message) -> Message | None:
    """The fields of a message/… part, which the parser reads as a mail of its own."""
    inside = part.get_payload()
    return inside[0] if isinstance(inside, list) and inside and isinstance(inside[0], Message) else None


def _original_of(parts: Sequence[Message]) -> Message | None:
    """The headers of the message that it is about, as far as they came back."""
    for part in parts:
        if part.get_content_type() in ("message/rfc822", "message/global") and (inside := _inner(part)) is not None:
            return inside
        if part.get_content_type() in ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers"):
            headers = Message()
            text = part.get_payload()
            for line in (text if isinstance(text, str) else "").splitlines()[:200]:
                name, colon, value = line.partition(":")
                if colon and name and not name[0].isspace():
                    headers[name.strip()[:80]] = value.strip()
            return headers
    return None


def _id_in(message: Message | None, name: str) -> str:
    found = _ID.search(_text(message, name)) if message is not None else None
    return found.group() if found else ""


def _text(message: Message, name: str) -> str:
    return storable(" ".join(str(message.get(name) or "").split()))[:2000]


def _is_from_daemon(message: Message) -> bool:
    sender = _text(message, "From").lower()
    return _text(message, "Return-Path") == "<>" and any(word in sender for word in _DAEMONS)
