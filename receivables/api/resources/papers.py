"""Papers of invoices: contracts, orders, proofs of delivery, attached by programs."""

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Router, Schema, Status
from pydantic import Field

from invoices.actions.deliveries import attach_paper, attached_before, media_type_of
from invoices.models import Invoice, InvoicePaper
from receivables import clock
from receivables.api.access import ApiRequest, defect
from receivables.api.models import Scope
from receivables.api.resources.common import one_of
from receivables.api.schemas import Id
from receivables.api.scopes import company_of, may, may_change
from receivables.core.errors import Refused
from receivables.core.printed import one_line

router = Router(tags=["documents"])
KindName = Literal["contract", "order", "proof", "other"]


class PaperTold(Schema):
    """A paper of an invoice; `document` is its number among all papers."""

    id: int
    invoice: int
    kind: str
    document: int
    name: str
    media_type: str
    sha256: str
    attached_at: datetime


class Papers(Schema):
    """All papers of an invoice."""

    items: list[PaperTold]


def _with_bytes(declared: dict[str, Any]) -> dict[str, Any]:
    """What an operation is declared with whose body is a paper as it is."""
    content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    extra = {**declared["openapi_extra"], "requestBody": {"required": True, "content": content}}
    return {**declared, "openapi_extra": extra}


@router.get("/invoices/{int:id}/papers", response=Papers, summary="Papers of an invoice", **may(Scope.DOCUMENTS_READ))
def list_papers(request: ApiRequest, id: Id) -> Any:  # noqa: A002 - the name in the address
    """The newest first. Their bytes are among the papers: `/documents/{document}/content`."""
    row = one_of(Invoice.objects.filter(creditor=company_of(request)), id, what="invoice")
    return {"items": [_told(paper) for paper in row.papers.select_related("document").defer("document__content").order_by("-pk")]}


@router.post(
    "/invoices/{int:id}/papers", response={200: PaperTold, 201: PaperTold}, summary="Attach a paper to an invoice",
    **_with_bytes(may_change(Scope.DOCUMENTS_WRITE)),
)  # fmt: skip
def attach(request: ApiRequest, id: Id, kind: KindName = "proof", name: Annotated[str, Field(max_length=120)] = "document") -> Any:  # noqa: A002
    """The bytes are the body, a PDF, PNG or JPEG of up to 10 MB by its first bytes. The same paper again: the one there is."""
    row = one_of(Invoice.objects.filter(creditor=company_of(request)).select_related("customer__creditor"), id, what="invoice")
    try:
        media_type = media_type_of(request.body)
    except Refused as refusal:
        raise defect("body", str(refusal)) from refusal
    if before := attached_before(row, request.body):
        return Status(200, _told(before))
    said = one_line(name.replace("/", "-").replace("\\", "-")) or "document"
    paper = attach_paper(row, kind=kind, name=said, content=request.body, media_type=media_type, now=clock.now())
    return Status(201, _told(paper))


def _told(row: InvoicePaper) -> dict[str, Any]:
    document = row.document
    return {
        "id": row.pk, "invoice": row.invoice_id, "kind": row.kind, "document": document.pk, "attached_at": row.attached_at,
        **{name: getattr(document, name) for name in ("name", "media_type", "sha256")},
    }  # fmt: skip
