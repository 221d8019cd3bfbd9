"""The claim sheet of a court case as a paper: numbered, kept as it was on its day, audited."""

from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from dunning import papers
from dunning.actions.holds import locked
from dunning.actions.messages import BUYER, PORTAL_PATH, firm_facts
from dunning.court import Path
from dunning.court_books import sheet_of
from dunning.court_paper import EPU_COURT, claim_sheet
from dunning.models import CourtCase
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.documents.actions import numbered_pdf
from receivables.documents.models import Document

KIND = "claim_sheet"


@transaction.atomic
def make_claim_sheet(case: CourtCase, *, on: date, now: datetime, by: User | None = None) -> Document:
    """Make it with the next number and keep it. Raises `DomainError` where a rate is not known or the paper cannot be set."""
    customer = locked(case.customer_id)
    court = EPU_COURT if case.path == Path.EPU else {**dict.fromkeys(EPU_COURT, ""), "name": case.court or "–", "country": "PL"}
    says = papers.head(
        firm_facts(customer.creditor),
        {name: getattr(customer, name) for name in BUYER},
        on=on,
        currency=case.currency,
        portal_url=settings.BASE_URL.rstrip("/") + PORTAL_PATH,
    )
    facts = claim_sheet(says, sheet_of(case, filing_on=on), case=case.pk, court=court, currency=case.currency)
    made = numbered_pdf(customer.creditor, kind=KIND, on=on, language=customer.creditor.language, facts=facts, now=now)
    record(customer.creditor, "paper_made", made, by=by, customer=customer.pk, kind=KIND, number=made.number)
    return made


def claim_sheets(case: CourtCase) -> QuerySet[Document]:
    """Those that were made of this case, the newest first; their bytes are not read."""
    made = Document.objects.filter(creditor=case.creditor_id, kind=KIND, facts__court_case=case.pk)
    return made.defer("content", "facts").order_by("-pk")
