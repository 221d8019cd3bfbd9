"""Events for webhooks: written in the transaction of the change, sent later by whoever delivers."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from invoices.models import Customer
from receivables import clock
from receivables.accounts.models import User
from receivables.api.models import WebhookEndpoint, WebhookEvent
from receivables.api.waking import wake
from receivables.audit.actions import record
from receivables.credit.models import CreditChange
from receivables.credit.telling import reasons_json
from receivables.credit.writing import read_reasons


def on_credit_changed(sender: Any, *, changes: Sequence[CreditChange], **_: Any) -> None:
    """Receiver of `credit.credit_changed`: one event for each endpoint of the company. Nothing is sent here."""
    endpoints = list(WebhookEndpoint.objects.filter(creditor__in={change.creditor_id for change in changes}, ended_at=None))
    if not endpoints:
        return
    customers = Customer.objects.in_bulk({change.customer_id for change in changes})
    now = clock.now()
    events = [
        WebhookEvent(
            creditor_id=change.creditor_id,
            endpoint=endpoint,
            event=change.event,
            body=body_of(change, customers[change.customer_id]),
            made_at=now,
            not_before=now,
        )
        for change in changes
        for endpoint in endpoints
        if endpoint.creditor_id == change.creditor_id
    ]
    WebhookEvent.objects.bulk_create(events, ignore_conflicts=True)
    transaction.on_commit(wake)


def body_of(change: CreditChange, customer: Customer) -> str:
    """What a receiver reads. `sequence` grows with every change of a customer: an older one that comes later is dropped by it."""
    told = {
        "id": str(change.event),
        "type": "credit.changed",
        "created_at": change.at.isoformat(),
        "sequence": change.pk,
        "customer": {"number": customer.number, "tax_id": customer.tax_id or None},
        "credit": {
            "before": change.before,
            "state": change.state,
            "reason": change.cause,
            "reasons": reasons_json(read_reasons(change.reasons)),
            "since": change.on.isoformat(),
            "until": change.until.isoformat() if change.until else None,
        },
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


@transaction.atomic
def send_again(events: Collection[int], *, now: datetime, by: User | None = None) -> int:
    """Send these once more with their own ids, also those that were given up or delivered; returns how many. What waits is not hurried."""
    rows = (
        WebhookEvent.objects.filter(pk__in=events).exclude(state=WebhookEvent.State.WAITING).select_for_update().select_related("creditor")
    )
    found = list(rows)
    for row in found:
        record(row.creditor, "webhook_event_sent_again", row, by=by, event=str(row.event))
    WebhookEvent.objects.filter(pk__in=[row.pk for row in found]).update(
        state=WebhookEvent.State.WAITING, attempts=0, not_before=now, settled_at=None, last_result=""
    )
    transaction.on_commit(wake)
    return len(found)
