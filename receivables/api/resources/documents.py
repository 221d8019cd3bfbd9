"""Papers as they were made: what they are, and their bytes."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from ninja import Query, Router, Schema

from receivables.api.access import ApiRequest
from receivables.api.keyset import Next, Paging, page
from receivables.api.models import Scope
from receivables.api.resources.common import one_of
from receivables.api.schemas import Id
from receivables.api.scopes import company_of, may
from receivables.documents.models import Document

router = Router(tags=["documents"])


class DocumentTold(Schema):
    """A paper: its bytes never change, the digest proves it."""

    id: int
    kind: str
    number: str
    name: str
    media_type: str
    sha256: str
    created_at: datetime


class Documents(Schema):
    """A page."""

    items: list[DocumentTold]
    next: Next


@router.get("/documents", response=Documents, summary="Papers, the newest first", **may(Scope.DOCUMENTS_READ))
def list_documents(request: ApiRequest, paging: Query[Paging], kind: str | None = None, number: str | None = None) -> Any:
    """Of this kind, with this number, or all."""
    rows = Document.objects.filter(creditor=company_of(request)).defer("content", "facts")
    for field, value in {"kind": kind, "number": number}.items():
        if value is not None:
            rows = rows.filter(**{field: value}) if value.isprintable() else rows.none()
    return page(rows, _told, paging)


@router.get("/documents/{int:id}", response=DocumentTold, summary="One paper", **may(Scope.DOCUMENTS_READ))
def get_document(request: ApiRequest, id: Id) -> Any:  # noqa: A002 - the name in the address
    """What it is, without its bytes."""
    return _told(one_of(Document.objects.filter(creditor=company_of(request)).defer("content", "facts"), id, what="paper"))


@router.get("/documents/{int:id}/content", response={200: bytes}, summary="The bytes of a paper", **may(Scope.DOCUMENTS_READ))
def get_content(request: ApiRequest, id: Id) -> Any:  # noqa: A002
    """Exactly as they were made."""
    row = one_of(Document.objects.filter(creditor=company_of(request)), id, what="paper")
    response = HttpResponse(bytes(row.content), content_type=row.media_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=row.name)
    return response


def _told(row: Document) -> dict[str, Any]:
    names = ("kind", "number", "name", "media_type", "sha256", "created_at")
    return {"id": row.pk, **{name: getattr(row, name) for name in names}}
