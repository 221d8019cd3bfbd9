"""Papers that people hand in with a fact."""

from receivables import clock
from receivables.dashboard.access import StaffRequest
from receivables.documents.actions import store
from receivables.documents.models import Document
from receivables.paper_field import Paper


def kept_paper(request: StaffRequest, chosen: Paper | None, *, kind: str) -> Document | None:
    """The paper that was chosen, stored for the company; none where none was."""
    return keep_paper(request, chosen, kind=kind) if chosen else None


def keep_paper(request: StaffRequest, chosen: Paper, *, kind: str) -> Document:
    """This paper, stored for the company."""
    return store(
        request.creditor, kind=kind, name=chosen.name[:200], content=chosen.content, media_type=chosen.media_type, facts={}, now=clock.now()
    )
