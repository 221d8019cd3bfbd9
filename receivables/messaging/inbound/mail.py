"""A mail that came in: bytes → what it says, as plain values. Pure; it is written by strangers, so nothing in it is believed."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from email.policy import compat32
from email.utils import getaddresses, parsedate_to_datetime
from itertools import islice

from receivables.core.errors import DomainError
from receivables.core.printed import one_line
from receivables.core.sentences import gettext_noop
from receivables.messaging.inbound.body import clean, cut_quoted, known_charset, storable, text_of
from receivables.messaging.inbound.dsn import Notification, notification_in

LARGEST = 10_000_000  # bytes that are kept; a bigger mail is cut
READ_OF_A_BIG_ONE = 1_000_000  # bytes of it that are parsed
MOST_LINES = 300_000
MOST_NESTED = 40  # multiparts and mails within mails
MOST_PARTS = 200
MOST_IDS = 50
LONGEST_HEADER = 8_000
_FAULTS = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError)
_ID = re.compile(r"<[^<>\s]{1,250}>")
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_NESTING = re.compile(rb"boundary\s*\*?|message/(?:rfc822|partial|global)", re.IGNORECASE)

TOO_BIG = gettext_noop("It is too big: only its beginning was read.")
TOO_DEEP = gettext_noop("It is nested too deep: only its headers were read.")
BROKEN = gettext_noop("Its parts cannot be read: only its headers were read.")
NO_SENDER = gettext_noop("It does not say clearly who sent it.")


class UnreadableMail(DomainError):
    """Bytes that are no mail at all."""


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file that came with it; its name is only shown, never used."""

    name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Mail:
    """What a mail says. Addresses are bare and in lower case; texts are bounded and hold no control or direction marks."""

    sender: str  # empty where that is not clear
    sender_name: str
    recipients: tuple[str, ...]  # all that it was addressed to, as its headers say
    subject: str
    text: str  # what they wrote
    quoted: str  # what they only quoted
    message_id: str
    answers: tuple[str, ...]  # Message-IDs it refers to, the nearest first
    sent_at: datetime | None
    automatic: str  # the header that says that a program wrote it; empty: a person, as far as is known
    enclosed: tuple[Enclosed, ...]
    notification: Notification | None  # it reports on the delivery of another
    problems: tuple[str, ...]  # sentences
    digest: str  # SHA-256 of the bytes
    fingerprint: str  # the same for the same mail that came by another way

    @property
    def is_auto(self) -> bool:
        """Whether its headers say that nobody wrote it."""
        return bool(self.automatic)


def read_mail(raw: bytes) -> Mail:
    """Read a mail, however odd it is. Raises `UnreadableMail` only for bytes without a single header."""
    message, problems = _parsed(raw)
    if not message.keys():
        raise UnreadableMail(gettext_noop("This is no e-mail: it has no headers."))
    parts = list(_parts(message))
    sender, name = _sender(message)
    own, quoted = cut_quoted(_text(parts))
    try:
        told = notification_in(message, parts)
    except _FAULTS:
        told = None
    mail = Mail(
        sender=sender,
        sender_name=name,
        recipients=_recipients(message),
        subject=_line(message, "Subject", longest=300),
        text=own,
        quoted=quoted,
        message_id=next(iter(ids_in(_raw(message, "Message-ID"))), ""),
        answers=_answers(message),
        sent_at=_sent_at(message),
        automatic=_automatic(message),
        enclosed=tuple(_file(part) for part in _files(parts)),
        notification=told,
        problems=(*problems, *(() if sender else (NO_SENDER,))),
        digest=hashlib.sha256(raw).hexdigest(),
        fingerprint="",
    )
    return replace(mail, fingerprint=_fingerprint(mail, _raw(message, "Date")))


def kept(raw: bytes) -> bytes:
    """As much of a mail as is stored."""
    return raw[:LARGEST]


def file_in(raw: bytes, number: int) -> tuple[Enclosed, bytes] | None:
    """The file of that number, from 0, in the order of `Mail.enclosed`, with its content; None where there is none that can be read."""
    message, _problems = _parsed(raw)
    part = next(islice(_files(_parts(message)), number, None), None) if 0 <= number < MOST_PARTS else None
    if part is None:
        return None
    try:
        inside = part.get_payload(decode=True)
        content = inside if isinstance(inside, bytes) else b"".join(each.as_bytes() for each in _inner_of(part))
    except _FAULTS:
        return None
    return _file(part), content


def is_said_to_be_forged(raw: bytes) -> bool:
    """Whether the server that took the mail in says that it fails DMARC. RFC 8601: it puts its header above all that came with the mail."""
    try:
        said = BytesHeaderParser(policy=compat32).parsebytes(raw[:READ_OF_A_BIG_ONE])
    except _FAULTS:
        return False
    return bool(re.search(r"\bdmarc\s*=\s*fail\b", _raw(said, "Authentication-Results"), re.IGNORECASE))


def _inner_of(part: Message) -> list[Message]:
    """The mails that a part encloses."""
    inside = _payload(part)
    return [each for each in inside if isinstance(each, Message)] if isinstance(inside, list) else []


def ids_in(text: str) -> list[str]:
    """Message-IDs in a header, at most `MOST_IDS`, each once."""
    return list(dict.fromkeys(_ID.findall(text[:LONGEST_HEADER])))[:MOST_IDS]


def _parsed(raw: bytes) -> tuple[Message, list[str]]:
    """The whole of it; where that is too much or cannot be, its headers alone, and the reason."""
    if len(raw) > LARGEST:
        message, problems = _parsed(raw[:READ_OF_A_BIG_ONE])
        return message, [TOO_BIG, *problems]
    problem = TOO_BIG if raw.count(b"\n") > MOST_LINES else TOO_DEEP if len(_NESTING.findall(raw)) > MOST_NESTED * 2 else ""
    if not problem:
        try:
            return BytesParser(policy=compat32).parsebytes(raw), []
        except _FAULTS:
            problem = BROKEN
    try:
        return BytesHeaderParser(policy=compat32).parsebytes(raw[:READ_OF_A_BIG_ONE]), [problem]
    except _FAULTS:
        return Message(policy=compat32), [problem]


def _parts(message: Message) -> Iterator[Message]:
    """The parts that are no containers, in order; a mail within it is one part and is not opened."""
    waiting, seen = [message], 0
    while waiting and seen < MOST_PARTS:
        part = waiting.pop()
        seen += 1
        inside = _payload(part)
        if part.get_content_maintype() == "multipart" and isinstance(inside, list):
            waiting.extend(reversed([each for each in inside if isinstance(each, Message)]))
        else:
            yield part


def _payload(part: Message) -> object:
    """As it stands; nothing where it says a charset that cannot even be asked for."""
    try:
        return part.get_payload()
    except _FAULTS:
        return None


def _text(parts: Iterable[Message]) -> str:
    """The first plain text, else the first HTML."""
    shown = [part for part in parts if part.get_content_maintype() == "text" and not _is_file(part)]
    for subtype in ("plain", "html"):
        for part in shown:
            if part.get_content_subtype() == subtype and (text := text_of(part)):
                return text
    return ""


def _is_file(part: Message) -> bool:
    return _raw(part, "Content-Disposition").strip().lower().startswith("attachment")


def _files(parts: Iterable[Message]) -> Iterator[Message]:
    for part in parts:
        is_words = part.get_content_type() in ("text/plain", "text/html") and not _is_file(part)
        if not is_words and part.get_content_maintype() != "multipart":
            yield part


def _file(part: Message) -> Enclosed:
    content = _payload(part)
    size = len(content) * 3 // 4 if isinstance(content, str) else 0
    return Enclosed(_file_name(part), one_line(part.get_content_type(), longest=100), size)


def _file_name(part: Message) -> str:
    try:
        name = part.get_filename() or ""
    except _FAULTS:
        name = ""
    return one_line(_words(str(name)).replace("\\", "/").rsplit("/", 1)[-1], longest=150)


def _raw(message: Message, name: str, *, from_end: bool = False) -> str:
    """The first header of that name as it stands, on one line and bounded; empty where there is none."""
    try:
        value = message.get(name)
    except _FAULTS:
        return ""
    line = storable(" ".join(str(value).split())) if value is not None else ""
    return line[-LONGEST_HEADER:] if from_end else line[:LONGEST_HEADER]


def _line(message: Message, name: str, *, longest: int) -> str:
    return one_line(clean(_words(_raw(message, name))), longest=longest)


def _words(text: str) -> str:
    """Encoded words decoded; what cannot be stays as it is."""
    try:
        pieces = decode_header(text[:LONGEST_HEADER])
    except _FAULTS:
        return text
    return "".join(_piece(piece, charset) for piece, charset in pieces)


def _piece(piece: bytes | str, charset: str | None) -> str:
    if isinstance(piece, str):
        return piece
    return piece.decode(known_charset(charset or "") or "utf-8", "replace")


def _sender(message: Message) -> tuple[str, str]:
    """Who sent it: exactly one address in exactly one From, else nobody. The address is read before any word is decoded."""
    froms = message.get_all("From") or []
    found = addresses_in(_raw(message, "From")) if len(froms) == 1 else []
    name = _line(message, "From", longest=200).partition("<")[0].strip().strip('"')
    return (found[0] if len(found) == 1 else ""), (name if "@" not in name else "")


def addresses_in(text: str) -> list[str]:
    """The bare addresses in a header, in lower case, each once; an odd one is left out."""
    try:
        pairs = getaddresses([text[:LONGEST_HEADER]])
    except _FAULTS:
        return []
    bare = (address.strip() for _name, address in pairs)
    return list(dict.fromkeys(address.lower() for address in bare if _ADDRESS.fullmatch(address)))


def _recipients(message: Message) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for name in ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc"):
        for value in (message.get_all(name) or [])[:20]:
            found.update(dict.fromkeys(addresses_in(storable(" ".join(str(value).split())))))
    return tuple(found)[:MOST_IDS]


def _answers(message: Message) -> tuple[str, ...]:
    nearest = ids_in(_raw(message, "In-Reply-To"))
    return tuple(dict.fromkeys([*nearest, *reversed(ids_in(_raw(message, "References", from_end=True)))]))[:MOST_IDS]


def _sent_at(message: Message) -> datetime | None:
    try:
        moment = parsedate_to_datetime(_raw(message, "Date"))
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (*_FAULTS, OverflowError):
        return None


def _automatic(message: Message) -> str:
    """The header that says so: RFC 3834, and what programs used before it."""
    said = _raw(message, "Auto-Submitted").lower().partition(";")[0].strip()
    if said and said != "no":
        return f"Auto-Submitted: {one_line(said, longest=40)}"
    precedence = _raw(message, "Precedence").lower().strip()
    if precedence in ("auto_reply", "bulk", "junk", "list"):
        return f"Precedence: {precedence}"
    for name in ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-AutoReply-From", "X-Mail-Autoreply", "List-Id", "List-Unsubscribe"):
        if message.get(name) is not None:
            return name
    if _raw(message, "X-Auto-Response-Suppress").lower().strip() == "all" and _raw(message, "X-MS-Exchange-Generated-Message-Source"):
        return "X-Auto-Response-Suppress: All"
    return ""


def _fingerprint(mail: Mail, date: str) -> str:
    if not mail.message_id:
        return mail.digest
    told = "\n".join([mail.message_id, mail.sender, date, mail.subject, mail.text])
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()
