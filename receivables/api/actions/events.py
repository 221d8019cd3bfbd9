"""Events for webhooks: written in the transaction of the change, sent later by whoever delivers."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from invoices.models import Customer
from receivables import clock
from receivables.accounts.models import User
from receivables.api.models import EventType, WebhookEndpoint, WebhookEvent
from receivables.api.waking import wake
from receivables.audit.actions import record
from receivables.audit.models import Entry
from receivables.credit.models import CreditChange
from receivables.credit.telling import reasons_json
from receivables.credit.writing import read_reasons

KINDS = {
    "invoices.Customer": "customer",
    "invoices.Contact": "contact",
    "invoices.Invoice": "invoice",
    "invoices.Item": "item",
    "invoices.Payment": "payment",
    "invoices.Dispute": "dispute",
    "dunning.Hold": "hold",
    "dunning.Promise": "promise",
    "dunning.Run": "run",
}
TOLD = {
    "add_customer": EventType.CUSTOMER_ADDED,
    "set_kind": EventType.CUSTOMER_CHANGED,
    "add_contact": EventType.CUSTOMER_CHANGED,
    "change_contact": EventType.CUSTOMER_CHANGED,
    "issue_invoice": EventType.INVOICE_ISSUED,
    "cancel_invoice": EventType.INVOICE_CANCELLED,
    "issue_credit_note": EventType.CREDIT_NOTE_ISSUED,
    "record_payment": EventType.PAYMENT_RECORDED,
    "reverse_payment": EventType.PAYMENT_REVERSED,
    "held": EventType.HOLD_PLACED,
    "hold_released": EventType.HOLD_RELEASED,
    "dispute": EventType.DISPUTE_OPENED,
    "resolve_dispute": EventType.DISPUTE_RESOLVED,
    "promised": EventType.PROMISE_MADE,
    "promise_kept": EventType.PROMISE_KEPT,
    "promise_broken": EventType.PROMISE_BROKEN,
    "run_started": EventType.RUN_STARTED,
}
"""What the audit chain calls it → what webhooks are told. Facts stay in the house: whoever wants more asks the interface."""


def on_recorded(sender: Any, *, entries: Sequence[Entry], **_: Any) -> None:
    """Receiver of `audit.recorded`: of each, one event for each endpoint of the company that is told its type, in the transaction of the
    change.
    """
    told = [entry for entry in entries if entry.verb in TOLD and entry.creditor_id]
    if not told:
        return
    types = sorted({TOLD[entry.verb] for entry in told})
    endpoints = list(WebhookEndpoint.objects.filter(creditor=told[0].creditor_id, ended_at=None, types__overlap=types))
    _keep([row for entry in told for row in _events_of(entry, endpoints)] if endpoints else [])


def _events_of(entry: Entry, endpoints: Sequence[WebhookEndpoint]) -> list[WebhookEvent]:
    event, now, told = uuid4(), clock.now(), TOLD[entry.verb]
    body = _body_of_entry(event, told, entry)
    return [_event(endpoint, event, body, now=now) for endpoint in endpoints if told in endpoint.types]


def on_credit_changed(sender: Any, *, changes: Sequence[CreditChange], **_: Any) -> None:
    """Receiver of `credit.credit_changed`: one event for each endpoint of the company. Nothing is sent here."""
    companies = {change.creditor_id for change in changes}
    endpoints = list(WebhookEndpoint.objects.filter(creditor__in=companies, ended_at=None, types__contains=[EventType.CREDIT_CHANGED]))
    if not endpoints:
        return
    customers, now = Customer.objects.in_bulk({change.customer_id for change in changes}), clock.now()
    _keep(
        [
            _event(endpoint, change.event, body_of(change, customers[change.customer_id]), now=now)
            for change in changes
            for endpoint in endpoints
            if endpoint.creditor_id == change.creditor_id
        ]
    )


def _event(endpoint: WebhookEndpoint, event: UUID, body: str, *, now: datetime) -> WebhookEvent:
    return WebhookEvent(creditor_id=endpoint.creditor_id, endpoint=endpoint, event=event, body=body, made_at=now, not_before=now)


def _keep(rows: Sequence[WebhookEvent]) -> None:
    if rows:
        WebhookEvent.objects.bulk_create(rows, ignore_conflicts=True)
        transaction.on_commit(wake)


def _body_of_entry(event: UUID, told: EventType, entry: Entry) -> str:
    """Which row it is about, and no more. `sequence` grows with every event of a company."""
    model, _sep, pk = entry.subject.partition(":")
    subject = {"kind": KINDS.get(model, "other"), "id": int(pk) if pk.isdecimal() else None}
    said = {"id": str(event), "type": told, "created_at": entry.at.isoformat(), "sequence": entry.sequence, "subject": subject}
    return json.dumps(said, separators=(",", ":"))


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
