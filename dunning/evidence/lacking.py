"""What a pack has not got, though a court or an agency asks for it."""

from collections.abc import Iterator

from dunning.evidence.pack import Exhibit
from dunning.evidence.scope import Scope
from invoices.models import Delivery, Invoice, InvoicePaper
from invoices.states import Delivered

WORDS = ("lacks_invoice", "lacks_delivery", "lacks_agreed", "lacks_proof", "lacks_demand", "lacks_acknowledgement", "lacks_interest")


def lacking(scope: Scope, exhibits: list[Exhibit], unknown_interest: list[str]) -> Iterator[tuple[str, str]]:
    """A word for each thing that is not there, with the documents it is not there for."""
    kinds = _attached(scope)
    agreed, proofs = kinds.get("contract", set()) | kinds.get("order", set()), kinds.get("proof", set())
    known = Delivery.objects.counting().filter(invoice__in=scope.invoices).exclude(how=Delivered.OVERRIDE)
    delivered = set(known.values_list("invoice", flat=True))
    yield from _each("lacks_invoice", [row for row in scope.invoices if row.document_id is None])
    yield from _each("lacks_delivery", [row for row in scope.invoices if row.pk not in delivered])
    yield from _each("lacks_agreed", [row for row in scope.invoices if row.pk not in agreed])
    yield from _each("lacks_proof", [row for row in scope.invoices if row.pk not in proofs])
    groups = {exhibit.group for exhibit in exhibits}
    if "demands" not in groups:
        yield "lacks_demand", ""
    if "acknowledgements" not in groups:
        yield "lacks_acknowledgement", ""
    yield from (("lacks_interest", reason) for reason in unknown_interest)


def _attached(scope: Scope) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for kind, invoice in InvoicePaper.objects.filter(invoice__in=scope.invoices).values_list("kind", "invoice"):
        found.setdefault(kind, set()).add(invoice)
    return found


def _each(what: str, rows: list[Invoice]) -> Iterator[tuple[str, str]]:
    if rows:
        yield what, ", ".join(row.number for row in rows)
