"""What a company adds to its papers, by the edition that their facts name: its own words, its logo, the lines at the foot."""

import base64
from collections.abc import Mapping
from typing import Any

from receivables.accounts.models import Creditor
from receivables.core.errors import RenderError
from receivables.documents.labels import language_of
from receivables.documents.letters import PLAIN, Look
from receivables.documents.models import Document
from receivables.texts.catalogue import PAPER
from receivables.texts.reading import letterhead_of, own_text

LOGO = "logo"


def look_of(creditor: Creditor, kind: str, language: str, facts: Mapping[str, Any]) -> Look:
    """For a company that never wrote a text no query. Raises `RenderError` where its logo is not in the archive: no paper has a hole."""
    edition = facts["creditor"].get("edition", 0)
    if not edition:
        return PLAIN
    own = own_text(creditor, PAPER, kind, language_of(language), facts)
    head = letterhead_of(creditor, edition=edition)
    parts: Mapping[str, str] = head.parts if head else {}
    names = [f"text {own.version}" if own else "", f"head {head.version}" if head else ""]
    return Look(
        own, logo_address(creditor, parts.get("logo", "")), tuple(parts.get("foot", "").splitlines()), ", ".join(filter(None, names))
    )


def logo_address(creditor: Creditor, sha256: str) -> str:
    """The logo with that digest as a data: address, which is all that a paper can load; empty for none."""
    if not sha256:
        return ""
    row = logo_of(creditor, sha256)
    if row is None:
        raise RenderError("The logo of the letterhead is not among the company's documents.")
    return f"data:{row.media_type};base64,{base64.b64encode(bytes(row.content)).decode()}"


def logo_of(creditor: Creditor, sha256: str) -> Document | None:
    """The company's logo with that digest."""
    return Document.objects.filter(creditor=creditor, kind=LOGO, sha256=sha256).first()
