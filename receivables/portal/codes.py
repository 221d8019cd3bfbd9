"""Getting in: a browser asks, a worker answers by mail, the code is typed into that browser.

The page that takes an ask never looks whether anybody knows the address, so it has nothing to give away: the worker does,
later. What is mailed holds no link that opens anything; a code alone, without the secret in the asking browser's cookie,
opens nothing either.
"""

import base64
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Max, Q
from django.db.models.functions import Upper

from invoices.models import Contact
from receivables.core.typed_codes import read_code
from receivables.db.sealing import seal
from receivables.messaging.models import Message
from receivables.messaging.outbox import NewMessage, plan
from receivables.portal.models import Ask, Code, PortalSession
from receivables.portal.tokens import address_hash, code_hash, new_code, new_token, source_hash, token_hash

CHANNEL, TEMPLATE = "email", "portal_code"
SEALED = "sealed_code"

_ANSWERING = 0x706F7274616C  # "portal": the advisory lock of whoever answers, so that two never mail the same address
_AT_ONCE = 500
_NOBODY = bytes(32)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a code lives and how often anything may happen."""

    alive: timedelta = timedelta(minutes=10)  # ASVS 5.0, 6.5.5
    tries: int = 5
    pause: timedelta = timedelta(minutes=5)  # between two mails to one address
    per_address: int = 12  # mails in a day
    per_source: int = 40  # asks in an hour
    in_all: int = 2000  # asks in an hour


LIMITS = Limits()
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def ask(email: str, *, source: str, now: datetime, limits: Limits = LIMITS, wake: Callable[[], None] | None = None) -> str:
    """Take a browser's ask; returns the secret for its cookie. Above a limit the ask is dropped, and nobody is told.

    `wake` is called once the ask is stored, so that no flood of asks becomes a flood of tasks.
    """
    secret, network = new_token(), source_hash(source)
    with transaction.atomic():
        recent = Ask.objects.filter(asked_at__gt=now - HOUR)
        counts = recent.aggregate(in_all=Count("pk"), source=Count("pk", filter=Q(source=network)))
        if counts["in_all"] < limits.in_all and counts["source"] < limits.per_source:
            Ask.objects.create(browser=token_hash(secret), address=address_hash(email), email=email.strip(), source=network, asked_at=now)
            transaction.on_commit(wake or (lambda: None))
    return secret


def answer_asks(*, now: datetime, send_at: datetime, limits: Limits = LIMITS) -> list[int]:
    """Plan a mail for every ask that deserves one; returns the ids of the messages. Safe to run twice and by many at once.

    `now` is the real time, by which codes live; `send_at` what the outbox takes for now.
    """
    with transaction.atomic():
        _answer_alone()
        asks = list(Ask.objects.filter(answered_at=None).order_by("id")[:_AT_ONCE])
        fresh = {bytes(each.address): str(each.email) for each in asks if each.email and each.asked_at > now - limits.alive}
        codes = _new_codes(_known(fresh), now=now, limits=limits)
        Ask.objects.filter(pk__in=[each.pk for each in asks]).update(answered_at=now, email=None)
        return _send(codes, now=now, send_at=send_at, limits=limits)


def redeem(secret: str, typed: str, *, now: datetime, limits: Limits = LIMITS) -> Code | None:
    """The code, now used up, where it is the newest of the address that this browser asked for; else None. Counts the try.

    Does the same whether the address is known or not.
    """
    with transaction.atomic():
        mine = Ask.objects.filter(browser=token_hash(secret), asked_at__gt=now - limits.alive, tries__lt=limits.tries)
        asked = mine.select_for_update().first()
        if asked is None:
            return None
        asked.tries += 1
        asked.save(update_fields=["tries"])
        address = bytes(asked.address)
        code = Code.objects.filter(address=address).select_for_update().order_by("-id").first()
        if not _fits(code, code_hash(address, read_code(typed)), now=now) or code is None:
            return None
        code.used_at = now
        code.save(update_fields=["used_at"])
        asked.delete()
        return code


def forget(*, now: datetime) -> None:
    """Delete what is no longer needed to count: asks and codes after two days, sessions after ninety."""
    Ask.objects.filter(asked_at__lt=now - 2 * DAY).delete()
    Code.objects.filter(made_at__lt=now - 2 * DAY).delete()
    PortalSession.objects.filter(began_at__lt=now - 90 * DAY).delete()


def _answer_alone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ANSWERING])


def _known(emails: dict[bytes, str]) -> dict[bytes, list[Contact]]:
    """Address → the contacts it belongs to, oldest first. Only they, as stored, are ever written to."""
    found: dict[bytes, list[Contact]] = {}
    typed = {email.upper() for email in emails.values()}
    contacts = Contact.objects.annotate(folded=Upper("email")).filter(folded__in=typed, portal_access=True, customer__merged_into=None)
    for contact in contacts.select_related("customer__creditor").order_by("id"):
        address = address_hash(contact.email)
        if address in emails:
            found.setdefault(address, []).append(contact)
    return found


def _new_codes(known: dict[bytes, list[Contact]], *, now: datetime, limits: Limits) -> list[tuple[bytes, list[Contact]]]:
    """The addresses that get a mail: not one within the pause, not one that had its mails of the day."""
    mailed = Code.objects.filter(address__in=known, made_at__gt=now - DAY).order_by().values_list("address")
    had = {bytes(address): (count, last) for address, count, last in mailed.annotate(Count("pk"), Max("made_at"))}
    return [(address, contacts) for address, contacts in known.items() if _may_mail(*had.get(address, (0, None)), now=now, limits=limits)]


def _may_mail(count: int, last: datetime | None, *, now: datetime, limits: Limits) -> bool:
    return count < limits.per_address and (last is None or last <= now - limits.pause)


def _send(codes: Sequence[tuple[bytes, list[Contact]]], *, now: datetime, send_at: datetime, limits: Limits) -> list[int]:
    messages = []
    for address, contacts in codes:
        plain = new_code()
        code = Code.objects.create(address=address, digest=code_hash(address, plain), made_at=now, expires_at=now + limits.alive)
        code.contacts.set(contacts)
        messages.append(_message(contacts[0], plain, send_at=send_at, limits=limits))
    return list(plan(messages, now=send_at).values()) if messages else []


def _message(contact: Contact, code: str, *, send_at: datetime, limits: Limits) -> NewMessage:
    customer = contact.customer
    return NewMessage(
        creditor=customer.creditor,
        key=f"portal-{token_hex(16)}",
        purpose=Message.Purpose.PORTAL,
        channel=CHANNEL,
        recipient=contact.email,
        recipient_name=contact.name,
        language=contact.language or customer.language or customer.creditor.language,
        template=TEMPLATE,
        facts=_facts(contact, code, limits),
        not_before=send_at,
        not_after=send_at + limits.alive,
    )


def _facts(contact: Contact, code: str, limits: Limits) -> dict[str, object]:
    creditor = contact.customer.creditor
    return {
        "creditor": {name: getattr(creditor, name) for name in ("name", "street", "postcode", "city", "email", "phone")},
        "portal_url": f"{settings.BASE_URL}/portal/",
        "minutes": int(limits.alive.total_seconds() // 60),
        SEALED: base64.b64encode(seal(code)).decode(),
    }


def _fits(code: Code | None, digest: bytes, *, now: datetime) -> bool:
    expected = bytes(code.digest) if code else _NOBODY
    is_same = hmac.compare_digest(expected, digest)
    return is_same and code is not None and code.used_at is None and now < code.expires_at
