"""One action makes the evidence pack of some invoices: everything gathered, listed, sealed by one number, and kept."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from dunning import papers
from dunning.actions.holds import locked
from dunning.actions.messages import BUYER, PORTAL_PATH, firm_facts
from dunning.evidence import tables
from dunning.evidence.events import events_of
from dunning.evidence.exhibits import exhibits_of
from dunning.evidence.index import event_facts, index_facts
from dunning.evidence.lacking import lacking
from dunning.evidence.owed import owed_on
from dunning.evidence.pack import INDEX, SCRIPT, Placed, contents_digest, pack_bytes, placed, script
from dunning.evidence.scope import Scope, scope_of
from invoices.models import Customer
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.documents.actions import made_for, numbered_pdf, store
from receivables.documents.models import Document

PACK = "evidence_pack"


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that a pack will hold but its index: files by path, and the facts of the index."""

    files: dict[str, bytes]
    exhibits: list[Placed]
    facts: dict[str, Any]


def evidence_of(customer: Customer, invoices: Sequence[int], *, on: date) -> Gathered:
    """What the pack of these invoices would hold and say on a day, from the books as they are. Keeps nothing. Raises `Refused`."""
    return _gathered(scope_of(customer, invoices), on=on)


@transaction.atomic
def make_evidence(
    customer: Customer, invoices: Sequence[int], *, language: str, on: date, now: datetime, by: User | None = None
) -> Document:
    """Make the pack, keep it and note it in the audit log, with the number over its contents. The customer's row is locked, so that nothing
    changes meanwhile. Asked again while nothing has changed, the first pack is returned. Raises `Refused`, and `RenderError`."""
    customer = locked(customer.pk)
    scope = scope_of(customer, invoices)
    found = _gathered(scope, on=on)
    digest, creditor = found.facts["digest"], customer.creditor
    index = numbered_pdf(
        creditor, kind="evidence", on=on, language=language, facts=found.facts, now=now, key=_key("index", digest, language)
    )
    about = {"number": index.number, "creditor": creditor.name, "customer": customer.number, "on": on.isoformat()}
    content = pack_bytes({**found.files, INDEX: bytes(index.content)}, found.exhibits, about)
    kept = {"customer": {"number": customer.number}, "invoices": [row.number for row in scope.invoices], "digest": digest}
    name, key = f"{index.name.removesuffix('.pdf')}.zip", _key("pack", digest, language)
    if first := made_for(creditor, key):
        return first
    made = store(creditor, kind=PACK, name=name, content=content, facts=kept, now=now, media_type="application/zip", key=key)
    record(creditor, "evidence_packed", made, by=by, customer=customer.pk, number=index.number, contents=digest, sha256=made.sha256)
    return made


def packs_of(customer: Customer) -> QuerySet[Document]:
    """Those that were made for this customer; their bytes are not read."""
    return Document.objects.filter(creditor=customer.creditor_id, kind=PACK, facts__customer__number=customer.number).defer("content")


def _gathered(scope: Scope, *, on: date) -> Gathered:
    customer, found = scope.customer, exhibits_of(scope)
    owed, exhibits = owed_on(scope, on=on), placed(found)
    events = [event_facts(one.on, one.what, one.label, one.detail, one.amount, scope.currency) for one in events_of(scope, on=on)]
    says = papers.head(
        firm_facts(customer.creditor),
        {name: getattr(customer, name) for name in BUYER},
        on=on,
        currency=scope.currency,
        portal_url=settings.BASE_URL.rstrip("/") + PORTAL_PATH,
    )
    missing = list(lacking(scope, found, owed.unknown))
    facts = index_facts(says, owed.lines, owed.claims, exhibits, events, missing, digest="")
    files = {one.path: one.exhibit.content for one in exhibits} | {
        "payments.csv": tables.payments_table(scope, on=on),
        "interest.csv": tables.interest_table(owed),
        "timeline.csv": tables.events_table(events),
        "events.jsonl": tables.log_lines(scope),
        "case.json": tables.case_json(facts, {"invoices": [row.number for row in scope.invoices]}),
        SCRIPT: script(),
    }
    return Gathered(files, exhibits, {**facts, "digest": contents_digest(files)})


def _key(what: str, digest: str, language: str) -> str:
    """What a pack and its index are kept under: the same contents in one language have one of each."""
    return hashlib.sha256(f"evidence {what} {language} {digest}".encode()).hexdigest()
