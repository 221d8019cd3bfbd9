"""Events of limitation that a court case, a mediation or an agreement brings about: noted with it for each invoice, gone with its stage."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef

from dunning.actions.limitation_events import end_event, note_event, take_back_event
from dunning.models import LimitationEvent
from dunning.states import LimitationKind, ProofKind
from invoices.models import Invoice
from receivables.accounts.models import User
from receivables.documents.models import Document


@dataclass(frozen=True, slots=True)
class Told:
    """How it is known, and who notes it when."""

    source: str
    proof: ProofKind
    today: date
    by: User | None = None
    document: Document | None = None


def begin(invoices: Collection[Invoice], kind: LimitationKind, *, on: date, told: Told) -> list[LimitationEvent]:
    """Note an event on each; one that a person has noted for that day already is left as it is, and is not ours."""
    standing = LimitationEvent.objects.standing().filter(kind=kind, on=on, ends=None)
    noted = set(standing.filter(invoice__in=invoices).values_list("invoice", flat=True))
    return [
        note_event(invoice, kind=kind, on=on, proof=told.proof, source=told.source, today=told.today, document=told.document, by=told.by)
        for invoice in invoices
        if invoice.pk not in noted
    ]


def end(events: Iterable[LimitationEvent], *, on: date, told: Told) -> list[LimitationEvent]:
    """Note that these proceedings are over."""
    return [end_event(event, on=on, proof=told.proof, source=told.source, today=told.today, by=told.by) for event in events]


def pending(events: Collection[int], kinds: Collection[LimitationKind]) -> list[LimitationEvent]:
    """Those of these events that stand, are beginnings of these kinds, and have no end yet."""
    ended = LimitationEvent.objects.standing().filter(ends=OuterRef("pk"))
    rows = LimitationEvent.objects.standing().filter(~Exists(ended), pk__in=events, kind__in=list(kinds), ends=None)
    return list(rows.select_related("invoice").order_by("pk"))


def undo(event: LimitationEvent, *, reason: str, today: date, by: User | None) -> LimitationEvent | None:
    """Take back what was noted; of a row that took another back, note that one anew. None where somebody has undone it already."""
    if event.reverses is not None:
        lost = event.reverses
        same = LimitationEvent.objects.standing().filter(invoice=event.invoice_id, kind=lost.kind, on=lost.on, ends=None)
        return None if same.exists() else note_event(
            event.invoice, kind=LimitationKind(lost.kind), on=lost.on, proof=ProofKind(lost.proof), source=lost.source, today=today, by=by
        )  # fmt: skip
    if not LimitationEvent.objects.standing().filter(pk=event.pk).exists():
        return None
    return take_back_event(event, reason=reason, today=today, by=by)
