"""Record an event in the transaction that makes it, and prove later that nothing was changed."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db import models, transaction

from receivables import faults
from receivables.accounts.models import Creditor, User
from receivables.audit.acting import through
from receivables.audit.models import ChainHead, Entry
from receivables.audit.signals import recorded
from receivables.db.copying import store


def subject_of(row: models.Model) -> str:
    """How an entry names a row: "invoices.Payment:17"."""
    return f"{row._meta.app_label}.{row._meta.object_name}:{row.pk}"


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a row, or what its entry calls it, with the facts that matter."""

    verb: str
    subject: models.Model | str
    facts: Mapping[str, Any] = field(default_factory=dict)


def record(creditor: Creditor | None, verb: str, subject: models.Model | str, *, by: User | None = None, **facts: Any) -> Entry:
    """Append one event to the creditor's chain. Call it inside the transaction of the change; the chain is locked until that ends."""
    (entry,) = record_all(creditor, [Event(verb, subject, facts)], by=by)
    return entry


@transaction.atomic
def record_all(creditor: Creditor | None, events: Sequence[Event], *, by: User | None = None) -> list[Entry]:
    """Append events to the creditor's chain in this order, an entry each. A fixed number of statements; otherwise as `record`."""
    if not events:
        return []
    head, more = _locked_head(creditor), through()
    entries = []
    for event in events:
        entry = Entry(
            creditor=creditor,
            sequence=head.sequence + 1,
            at=datetime.now(UTC),
            actor=by,
            verb=event.verb,
            subject=event.subject if isinstance(event.subject, str) else subject_of(event.subject),
            facts=_plain({**event.facts, **more}),
        )
        entry.digest = digest_of(entry, previous=bytes(head.digest))
        head.sequence, head.digest = entry.sequence, entry.digest
        entries.append(entry)
    store(entries)
    faults.at("F21")
    head.save(update_fields=["sequence", "digest"])
    recorded.send(sender=Entry, entries=entries)
    return entries


def length_of_chain(creditor: Creditor) -> int:
    """How many events the creditor's chain has. Who read the books at this length knows by it whether anybody has changed them since."""
    return ChainHead.objects.filter(creditor=creditor).values_list("sequence", flat=True).first() or 0


def place_of(creditor: Creditor, subject: models.Model) -> int | None:
    """The sequence of the first event about a row in the creditor's chain."""
    entries = Entry.objects.filter(creditor=creditor, subject=subject_of(subject)).order_by("sequence")
    return entries.values_list("sequence", flat=True).first()


def lock_chains(*creditors: Creditor) -> None:
    """Lock the chains of several companies in one order, before `record` takes them as they come: so that no two wait in a circle."""
    for creditor in sorted(creditors, key=lambda one: one.pk):
        _locked_head(creditor)


def _locked_head(creditor: Creditor | None) -> ChainHead:
    """Made with the first entry."""
    heads = ChainHead.objects.select_for_update().filter(creditor=creditor)
    if (head := heads.first()) is None:
        ChainHead.objects.get_or_create(creditor=creditor)
        head = heads.get()
    return head


def digest_of(entry: Entry, *, previous: bytes) -> bytes:
    """SHA-256 over the digest before and every field of the entry in a fixed form."""
    fields = [entry.creditor_id, entry.sequence, entry.at.isoformat(), entry.actor_id, entry.verb, entry.subject, entry.facts]
    text = json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(previous + text.encode()).digest()


def verify(creditor: Creditor | None) -> list[str]:
    """Walk a chain from its start; returns what is wrong in plain words, an empty list when nothing is."""
    previous, expected = bytes(32), 1
    for entry in Entry.objects.filter(creditor=creditor).order_by("sequence").iterator():
        if entry.sequence != expected:
            return [f"Entry {expected} is missing."]
        if bytes(entry.digest) != digest_of(entry, previous=previous):
            return [f"Entry {entry.sequence} was changed after it was written."]
        previous, expected = bytes(entry.digest), expected + 1
    head = ChainHead.objects.filter(creditor=creditor).first()
    if head and (head.sequence != expected - 1 or bytes(head.digest) != previous):
        return [f"The chain ends at {expected - 1}, its head says {head.sequence}: entries were cut off."]
    return []


def digest_of_rows(rows: Iterable[Iterable[Any]]) -> str:
    """A digest over many rows in the order given: what a batch's single entry says about them."""
    seal = hashlib.sha256()
    for row in rows:
        seal.update(_ROWS.encode(tuple(row)).encode())
    return seal.hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(inner) for inner in value]
    if isinstance(value, (Decimal, date, datetime)):
        return str(value)
    return value


_ROWS = json.JSONEncoder(separators=(",", ":"), default=_plain)
