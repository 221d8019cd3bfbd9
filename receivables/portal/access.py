"""The only door: whoever a session belongs to, and through them every object of the portal.

A session is not a login of Django: `request.user` opens nothing here, and a session here opens no staff screen.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from ipaddress import ip_address, ip_network
from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from invoices.models import Contact, Customer
from receivables.accounts.models import Creditor
from receivables.audit.actions import record
from receivables.portal import cookies
from receivables.portal.models import Code, PortalSession
from receivables.portal.tokens import address_hash, new_token, token_hash

IDLE = timedelta(minutes=15)  # RELIABILITY.md section 5
LONGEST = timedelta(hours=2)


class SignedOut(Exception):
    """Nobody is signed in, or not any more."""


class NotChosen(Exception):
    """The address belongs to several customers, and none has been chosen yet."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A session with all customers it may see, and the one it looks at."""

    session: PortalSession
    contacts: tuple[Contact, ...]

    @property
    def customers(self) -> list[Customer]:
        """Each once, by company and name."""
        each = {contact.customer_id: contact.customer for contact in self.contacts}
        return sorted(each.values(), key=lambda customer: (customer.creditor.name, customer.name, customer.pk))

    @property
    def customer(self) -> Customer | None:
        """The only one, or the one chosen."""
        mine = self.customers
        return next((each for each in mine if len(mine) == 1 or each.pk == self.session.customer_id), None)


def customer_of(request: HttpRequest) -> Customer:
    """The customer whose pages these are. Raises `SignedOut` or `NotChosen`, which the pages turn into a way in."""
    customer = visitor_of(request).customer
    if customer is None:
        raise NotChosen
    return customer


def visitor_of(request: HttpRequest) -> Visitor:
    """Who is there, asked once per request. Raises `SignedOut`."""
    known = getattr(request, "portal_visitor", None)
    if known is None:
        known = _visitor(cookies.read(request, cookies.SESSION), now=timezone.now())
        request.portal_visitor = known  # type: ignore[attr-defined]
    return cast(Visitor, known)


def is_signed_in(request: HttpRequest) -> bool:
    """Whether there is a session that still holds."""
    try:
        visitor_of(request)
    except SignedOut:
        return False
    return True


def begin(code: Code, *, now: datetime) -> tuple[str, Visitor]:
    """Open a session for what a code proved; returns the secret for its cookie."""
    secret = new_token()
    with transaction.atomic():
        session = PortalSession.objects.create(token=token_hash(secret), address=code.address, began_at=now, seen_at=now)
        session.contacts.set(code.contacts.all())
        visitor = Visitor(session, _contacts(session))
        if visitor.customer is not None:
            _enter(visitor, visitor.customer)
    return secret, visitor


def on_customers_moved(sender: Any, *, customers: Collection[int], now: datetime, **_: Any) -> None:
    """Receiver of `dunning.customers_moved`: who was let in to see one of them proves anew whose mail they read."""
    theirs = Q(customer__in=customers) | Q(contacts__customer__in=customers)
    open_ones = PortalSession.objects.filter(theirs, ended_at=None).values("pk")
    PortalSession.objects.filter(pk__in=list(open_ones.values_list("pk", flat=True))).update(ended_at=now)
    codes = Code.objects.filter(contacts__customer__in=customers, used_at=None)
    Code.objects.filter(pk__in=list(codes.values_list("pk", flat=True))).update(used_at=now)


def choose(request: HttpRequest, pk: str) -> Customer | None:
    """Look at another of one's customers; None for one that is not theirs."""
    visitor = visitor_of(request)
    chosen = next((each for each in visitor.customers if str(each.pk) == pk), None)
    if chosen is not None:
        _enter(visitor, chosen)
    return chosen


def end(request: HttpRequest) -> None:
    """Sign out; what has ended stays so."""
    try:
        _end(visitor_of(request).session, now=timezone.now())
    except SignedOut:
        pass


def language_of(visitor: Visitor) -> str:
    """The language that the first contact is written to in."""
    contact = visitor.contacts[0] if visitor.contacts else None
    return (contact.language or contact.customer.language or contact.customer.creditor.language) if contact else ""


def company() -> Creditor | None:
    """Whose portal this is, before anybody has signed in: known only where there is one company."""
    companies = list(Creditor.objects.all()[:2])
    return companies[0] if len(companies) == 1 else None


def source_of(request: HttpRequest) -> str:
    """The network that a request came from: an IPv4 address, or the /64 of an IPv6 one, which is what one subscriber has."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.PROXY_SSL_HEADER:  # a proxy of ours stands in front and adds the address it saw at the end
        address = request.headers.get("X-Forwarded-For", address).rpartition(",")[2].strip()
    try:
        ip = ip_address(address)
    except ValueError:
        return ""
    return str(ip_network((ip, 64), strict=False)) if ip.version == 6 else str(ip)


def _visitor(secret: str, *, now: datetime) -> Visitor:
    session = PortalSession.objects.filter(token=token_hash(secret), ended_at=None).first() if secret else None
    if session is None:
        raise SignedOut
    contacts = _contacts(session)
    if not contacts or session.seen_at <= now - IDLE or session.began_at <= now - LONGEST:
        _end(session, now=now)
        raise SignedOut
    session.seen_at = now
    session.save(update_fields=["seen_at"])
    return Visitor(session, contacts)


def _contacts(session: PortalSession) -> tuple[Contact, ...]:
    """Those who still are who they were: the same address, and allowed in."""
    mine = session.contacts.filter(portal_access=True, customer__merged_into=None).select_related("customer__creditor").order_by("id")
    return tuple(contact for contact in mine if compare_digest(address_hash(contact.email), bytes(session.address)))


def _enter(visitor: Visitor, customer: Customer) -> None:
    visitor.session.customer = customer
    visitor.session.save(update_fields=["customer"])
    record(customer.creditor, "open_portal", customer, session=visitor.session.pk)


def _end(session: PortalSession, *, now: datetime) -> None:
    session.ended_at = now
    session.save(update_fields=["ended_at"])
