"""What the providers' callbacks say, from their bytes to reports and replies. Pure: nothing of it is believed here. FORMATS.md 4.1."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from receivables.core.printed import one_line
from receivables.messaging.inbound.body import clean
from receivables.messaging.inbound.sms import Text, asks_to_stop, number_in
from receivables.messaging.reported import Kind, Report

MOST_FIELDS = 60
MOST_VALUES = 5  # SMSAPI joins as many reports in one call


class Unreadable(ValueError):
    """Not what this provider sends. The sentence repeats nothing of it."""


def read_form(raw: bytes) -> dict[str, str]:
    """The fields of a form or a query, UTF-8 throughout, each once. Raises `Unreadable`."""
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS) if raw else []
    except ValueError:  # also what is no UTF-8
        raise Unreadable("The fields cannot be read.") from None
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise Unreadable("A field is given twice.")
    return fields


_SMSAPI_KINDS = {
    "402": Kind.UNDELIVERED,  # EXPIRED
    "404": Kind.DELIVERED,
    "405": Kind.UNDELIVERED,
    "406": Kind.FAILED,  # on their side
    "407": Kind.UNDELIVERED,  # REJECTED
    "412": Kind.COMPLAINED,  # STOP
}
_SMSAPI_SAYS_NOTHING = frozenset({"401", "403", "408", "409", "410", "411"})  # NOT_FOUND, SENT, UNKNOWN, QUEUE, ACCEPTED, RENEWAL


def smsapi_reports(fields: Mapping[str, str], *, now: datetime) -> list[Report]:
    """The final ones among up to five reports that came joined by commas. Raises `Unreadable`."""
    columns = {name: fields[name].split(",") for name in ("MsgId", "status", "idx", "donedate", "status_name") if fields.get(name)}
    if "MsgId" not in columns or "status" not in columns:
        raise Unreadable("MsgId or status is missing.")
    count = len(columns["MsgId"])
    if count > MOST_VALUES or any(len(values) != count for values in columns.values()):
        raise Unreadable("The lists do not match.")
    rows = [{name: values[at].strip() for name, values in columns.items()} for at in range(count)]
    return [_smsapi_report(row, now=now) for row in rows if _is_final(row["status"])]


def _is_final(status: str) -> bool:
    if status not in _SMSAPI_KINDS and status not in _SMSAPI_SAYS_NOTHING:
        raise Unreadable("The status is none.")
    return status in _SMSAPI_KINDS


def _smsapi_report(row: Mapping[str, str], *, now: datetime) -> Report:
    return Report(
        source="smsapi",
        event_id=":".join(row.get(name, "") for name in ("MsgId", "status", "idx", "donedate")),
        key=row.get("idx", ""),
        reference=row["MsgId"],
        kind=_SMSAPI_KINDS[row["status"]],
        detail=row.get("status_name") or f"status {row['status']}",
        at=_moment(row.get("donedate", ""), now=now),
    )


def _moment(text: str, *, now: datetime) -> datetime:
    """Unix time; nothing given, or none that a clock shows, is now."""
    if not (text.isascii() and text.isdigit() and len(text) <= 11):
        return now
    return datetime.fromtimestamp(int(text), UTC)


_TWILIO_KINDS = {"delivered": Kind.DELIVERED, "read": Kind.DELIVERED, "undelivered": Kind.UNDELIVERED, "failed": Kind.FAILED}
_TWILIO_SAYS_NOTHING = frozenset({"accepted", "scheduled", "queued", "sending", "sent", "canceled", "receiving", "received"})
_NOBODY_THERE = frozenset({"30005", "30006", "21211", "21614"})  # unknown handset, landline, no number, no mobile
_FILTERED, _STOPPED = "30007", "21610"


def twilio_report(fields: Mapping[str, str], *, key: str, now: datetime) -> Report | None:
    """What a status callback says of the message with that key; None for what is not final. Raises `Unreadable`."""
    sid, status, code = (fields.get(name, "") for name in ("MessageSid", "MessageStatus", "ErrorCode"))
    if not sid or (status not in _TWILIO_KINDS and status not in _TWILIO_SAYS_NOTHING):
        raise Unreadable("MessageSid or MessageStatus is missing.")
    if status not in _TWILIO_KINDS:
        return None
    detail = f"{status} ({code})" if code else status
    return Report(
        source="twilio", event_id=f"{sid}:{status}:{key}", key=key, reference=sid, kind=_twilio_kind(status, code), detail=detail, at=now
    )


def _twilio_kind(status: str, code: str) -> Kind:
    kind = _TWILIO_KINDS[status]
    if kind is Kind.DELIVERED:
        return kind
    if code in _NOBODY_THERE:
        return Kind.HARD_BOUNCED
    if code == _STOPPED:
        return Kind.COMPLAINED
    return Kind.FAILED if code == _FILTERED else kind


def twilio_signature(url: str, fields: Mapping[str, str], *, token: str) -> str:
    """X-Twilio-Signature: base64 of HMAC-SHA1 over the full address and all fields, sorted, name before value."""
    said = url + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), said.encode(), hashlib.sha1).digest()).decode()


def smsapi_text(fields: Mapping[str, str]) -> Text:
    """A text message that came to a number of ours at SMSAPI; `MsgId` is there where it answers a two-way message. Raises `Unreadable`."""
    given, said = fields.get("sms_from", ""), fields.get("sms_text")
    if not given or said is None:
        raise Unreadable("sms_from or sms_text is missing.")
    parts = [fields.get(name, "") for name in ("sms_from", "sms_to", "sms_date", "sms_text")]
    own_id = hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
    return _text("smsapi", own_id, given, fields.get("sms_to", ""), said, answers=fields.get("MsgId", ""))


def twilio_text(fields: Mapping[str, str]) -> Text:
    """A text message that came to a number of ours at Twilio. Raises `Unreadable`."""
    sid, given, said = fields.get("MessageSid", ""), fields.get("From", ""), fields.get("Body")
    if not sid or not given or said is None:
        raise Unreadable("MessageSid, From or Body is missing.")
    return _text("twilio", sid, given, fields.get("To", ""), said, is_stop=fields.get("OptOutType", "").upper() == "STOP")


def _text(source: str, own_id: str, given: str, to: str, said: str, *, answers: str = "", is_stop: bool = False) -> Text:
    number, words = number_in(given), clean(said)
    return Text(
        source=source,
        own_id=own_id,
        sender=number,
        sender_name="" if number else one_line(clean(given), longest=200),
        recipient=number_in(to),
        text=words,
        answers=one_line(answers, longest=200),
        asks_to_stop=is_stop or asks_to_stop(words),
    )
