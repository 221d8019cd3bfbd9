"""What a collection agency reports of the cases that it has."""

from typing import Annotated, Any

from ninja import Router, Schema, Status
from pydantic import Field

from dunning.actions.report_taking import ReportRefused, take_records
from dunning.models import Agency
from receivables.api.access import ApiRequest, Defect, Problem, missing
from receivables.api.models import Scope
from receivables.api.resources.common import today
from receivables.api.schemas import PRINTABLE, Number, Reference, Sent, Short, Word
from receivables.api.scopes import company_of, may_change

router = Router(tags=["agencies"])
Note = Annotated[str, Field(max_length=500, pattern=PRINTABLE)]
Slug = Annotated[str, Field(max_length=50, pattern="^[A-Za-z0-9_-]+$")]


class RecordSent(Sent):
    """One record, as a line of a report file. `id` is the agency's own of this record: sent twice, it is taken once."""

    case_id: Number
    status: Word
    agency_ref: Annotated[str, Field(max_length=80, pattern=PRINTABLE)] = ""
    amount: Short = ""
    commission: Short = ""
    currency: Annotated[str, Field(max_length=3, pattern=PRINTABLE)] = ""
    date: Short = ""
    note: Note = ""
    id: Reference = ""


class ReportSent(Sent):
    """Records that are taken together, or none of them."""

    records: Annotated[list[RecordSent], Field(min_length=1, max_length=1000)]


class ReportTaken(Schema):
    """How many had effect, and how many were known before."""

    taken: int
    known: int


@router.post("/agencies/{agency}/reports", response={201: ReportTaken}, summary="Report of cases", **may_change(Scope.AGENCIES_WRITE))
def report_of_agency(request: ApiRequest, agency: Slug, body: ReportSent) -> Any:
    """All or nothing: where a record cannot be taken, each that cannot is named, and none is."""
    row = Agency.objects.filter(creditor=company_of(request), slug=agency, is_active=True).select_related("creditor").first()
    if row is None:
        raise missing("agency")
    try:
        taken = take_records(row, [one.model_dump() for one in body.records], on=today(request))
    except ReportRefused as refusal:
        defects = [Defect(f"records.{one.line - 1}.{one.field}", str(one.reason)) for one in refusal.problems]
        raise Problem(422, "Not valid", "Put right what is named, and send it again.", defects) from refusal
    return Status(201, {"taken": taken.taken, "known": taken.known})
