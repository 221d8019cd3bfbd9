"""What a pack says in tables for programs: payments, interest, the timeline, the events of the audit log, the case as JSON."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from dunning.evidence.owed import Owed
from dunning.evidence.scope import Scope
from invoices.models import AllocationEntry
from receivables.audit.actions import subject_of
from receivables.audit.models import Entry
from receivables.core.archives import json_bytes, table_bytes
from receivables.core.money import round_to_unit

_PAYMENTS = ("on", "document", "source", "amount", "currency", "takes_back", "reference", "payer", "title")
_INTEREST = ("document", "kind", "first_on", "last_on", "days", "principal", "rate_percent", "amount", "source")
_EVENTS = ("on", "what", "label", "detail", "amount")


def payments_table(scope: Scope, *, on: date) -> bytes:
    """What lowered the items, an entry a row, and what took an entry back."""
    entries = AllocationEntry.objects.filter(item__in=scope.items, on__lte=on)
    entries = entries.select_related("item", "payment", "credit_note", "write_off", "allowance", "exchange__payment")
    return table_bytes(_PAYMENTS, [_payment(entry) for entry in entries.order_by("on", "pk")])


def _payment(entry: AllocationEntry) -> dict[str, Any]:
    row = {
        "on": entry.on, "document": entry.item.label, "source": entry.source, "amount": round_to_unit(entry.amount, entry.currency),
        "currency": entry.currency, "takes_back": "yes" if entry.is_reversal else "no",
    }  # fmt: skip
    money = entry.payment or (entry.exchange.payment if entry.exchange is not None else None)
    if money is not None:
        return {**row, "reference": money.reference, "payer": money.payer_name, "title": money.title}
    if entry.credit_note is not None:
        return {**row, "reference": entry.credit_note.number}
    why = entry.allowance or entry.write_off
    return {**row, "title": why.reason if why is not None else ""}


def interest_table(owed: Owed) -> bytes:
    """Each claim beside the principal; interest by period of one rate and one principal."""
    return table_bytes(_INTEREST, [row for claim in owed.claims for row in _claim(claim)])


def _claim(claim: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    named = {"document": claim["label"], "kind": claim["kind"]}
    for period in claim["periods"]:
        yield {**period, **named}
    if not claim["periods"]:
        yield {**named, "amount": claim["amount"], "source": claim.get("table", "")}
    if "settled" in claim:
        yield {**named, "kind": "settled", "amount": claim["settled"]}


def events_table(events: Sequence[Mapping[str, Any]]) -> bytes:
    """The timeline."""
    return table_bytes(_EVENTS, events)


def case_json(facts: Mapping[str, Any], about: Mapping[str, Any]) -> bytes:
    """Who owes what to whom, in plain values."""
    kept = (
        "creditor",
        "customer",
        "currency",
        "on",
        "items",
        "claims",
        "principal",
        "interest",
        "compensation",
        "fees",
        "disputed",
        "asks",
    )
    return json_bytes({**about, **{name: facts[name] for name in (*kept, "disputed", "asks")}})


def log_lines(scope: Scope) -> bytes:
    """The events of the audit chain that are about the invoices and their messages: fields, digest and the digest before, a line each.

    Ids and amounts, no names: what they say can be compared with the chain itself.
    """
    subjects = [subject_of(row) for row in (*scope.invoices, *scope.messages, *scope.notices)]
    chain = Entry.objects.filter(creditor=scope.customer.creditor)
    entries = list(chain.filter(subject__in=subjects).order_by("sequence"))
    digests = dict(chain.filter(sequence__in={entry.sequence - 1 for entry in entries}).values_list("sequence", "digest"))
    return "".join(_logged(entry, bytes(digests.get(entry.sequence - 1, bytes(32)))) for entry in entries).encode()


def _logged(entry: Entry, previous: bytes) -> str:
    fields = [entry.creditor_id, entry.sequence, entry.at.isoformat(), entry.actor_id, entry.verb, entry.subject, entry.facts]
    said = {"fields": fields, "previous": previous.hex(), "digest": bytes(entry.digest).hex()}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")) + "\n"
