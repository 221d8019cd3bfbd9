"""Papers and captured pages as they leave to a browser: never cached, never run, under a name of our own."""

import io
import re
from collections.abc import Mapping
from typing import Any

from django.http import FileResponse, HttpResponse
from django.utils.translation import gettext as _

from receivables.documents.letters import letter_html
from receivables.documents.models import Document
from receivables.documents.pdf import render_pdf

# A captured page is shown in a frame of its own: it may have styles and pictures of its own, and nothing else.
FRAME_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'; form-action 'none'; base-uri 'none'; sandbox"
)


def paper(document: Document) -> FileResponse:
    """The bytes as they were made, to be kept, not opened in the page."""
    response = FileResponse(io.BytesIO(bytes(document.content)), as_attachment=True, filename=safe_name(document.name))
    response["Content-Type"] = document.media_type
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def looked_at(kind: str, *, language: str, facts: Mapping[str, Any]) -> FileResponse:
    """A paper as it would be made, without a number; nothing is kept. Raises `RenderError`."""
    content = render_pdf(letter_html(kind, language=language, facts=facts, number=_("(preview)")))
    response = FileResponse(io.BytesIO(content), as_attachment=True, filename=f"{kind}.pdf", content_type="application/pdf")
    response["Cache-Control"] = "no-store"
    return response


def picture(name: str, media_type: str, content: bytes) -> FileResponse:
    """A picture that we drew, to be kept."""
    response = FileResponse(io.BytesIO(content), as_attachment=True, filename=name, content_type=media_type)
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def strangers_file(name: str, content: bytes) -> FileResponse:
    """What somebody sent us: only to be saved. No program is told what it is, and nothing in it runs or loads where a browser opens it."""
    response = FileResponse(io.BytesIO(content), as_attachment=True, filename=safe_name(name), content_type="application/octet-stream")
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def framed(html: str) -> HttpResponse:
    """A page that somebody else wrote, for a sandboxed frame on our own page."""
    response = HttpResponse(html, content_type="text/html; charset=utf-8")
    response["Content-Security-Policy"] = FRAME_POLICY
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def safe_name(name: str) -> str:
    """A file name without path, control characters or quotes."""
    return re.sub(r"[^\w.() -]", "_", name.rpartition("/")[2]).strip(". ") or "document"
