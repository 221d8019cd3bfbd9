"""Webhooks: registered, switched off."""

import secrets
from collections.abc import Collection
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from invoices.actions.checks import once, short_line
from receivables.accounts.models import Creditor, User
from receivables.api.models import EventType, WebhookEndpoint
from receivables.audit.actions import record
from receivables.checks import is_loopback
from receivables.core.errors import Refused
from receivables.outside import Reach, allowed_url


def reach() -> Reach:
    """Whom webhooks may lead to: https on public addresses, and this machine where the operator tries things out."""
    return Reach.LOOPBACK_TOO if settings.WEBHOOKS_TO_LOOPBACK else Reach.PUBLIC


@transaction.atomic
def add_endpoint(
    creditor: Creditor,
    *,
    name: str,
    url: str,
    now: datetime,
    types: Collection[str] = (EventType.CREDIT_CHANGED,),
    by: User | None = None,
) -> tuple[WebhookEndpoint, str]:
    """Tell an address of events of these types from now on. Returns the row and the secret that signs, shown only now.

    Raises `Refused` for an address that is registered already, `NotAllowed` for one that may not be asked.
    """
    name = short_line(name, longest=100, what="The name of the webhook")
    parts = allowed_url(url.strip(), reach=reach())
    secret = f"whsec_{secrets.token_urlsafe(32)}"
    row = WebhookEndpoint(creditor=creditor, name=name, url=url.strip(), secret=secret, made_at=now, author=by)
    row.types = sorted(EventType(one).value for one in types)
    row.is_here = is_loopback(urlsplit(url.strip()).hostname or "")
    with once({"webhook_address_once_per_company": f"{parts.hostname} is told already at this address. Switch that webhook off first."}):
        row.save(force_insert=True)
    record(creditor, "webhook_added", row, by=by, types=row.types)
    return row, secret


@transaction.atomic
def end_endpoint(endpoint: WebhookEndpoint, *, now: datetime, by: User | None = None) -> None:
    """It is told nothing any more; what waits for it stays where it is. Raises `Refused` where it is switched off already."""
    if not WebhookEndpoint.objects.filter(pk=endpoint.pk, ended_at=None).update(ended_at=now):
        raise Refused("This webhook is switched off already.")
    record(endpoint.creditor, "webhook_ended", endpoint, by=by)
