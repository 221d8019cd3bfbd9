"""What a company notes about agencies: terms, contacts, commission, documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from dunning.agencies.mapping import mapping_of
from dunning.models import Agency, AgencyPaper, CommissionRate
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.documents.actions import store

FIELDS = (
    "name", "slug", "is_active", "is_law_firm",
    "takes", "countries", "currencies", "min_amount", "min_days", "contact_person", "email", "phone", "street",
    "postcode", "city", "tax_id", "mapping", "contract_reference", "contract_on", "contract_until", "cost_terms", "cost_terms_on",
    "data_role", "data_role_on", "gets_pesel", "note",
)  # fmt: skip
MAX_PAPER = 10 * 1024 * 1024
_MEDIA = {b"%PDF-": "application/pdf", b"\x89PNG\r\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


@dataclass(frozen=True, slots=True)
class Rate:
    """A line of a commission scale."""

    from_days: int
    from_amount: Decimal
    percent: Decimal


@transaction.atomic
def save_agency(
    creditor: Creditor, values: Mapping[str, Any], *, rates: Sequence[Rate], agency: Agency | None = None, by: User | None = None
) -> Agency:
    """Enter an agency, or change it: fields of `FIELDS` and its scale. Raises `Refused` for a short name that another has."""
    row = agency or Agency(creditor=creditor)
    mapping_of(values.get("mapping", row.mapping))
    changed = {name: values[name] for name in FIELDS if name in values and getattr(row, name) != values[name]}
    before = {name: _plain(getattr(row, name)) for name in changed}
    for name, value in changed.items():
        setattr(row, name, value)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Refused(gettext_noop("Another agency has this short name.")) from None
    scale = list({(rate.from_days, rate.from_amount): rate for rate in rates}.values())
    row.rates.all().delete()
    CommissionRate.objects.bulk_create(
        CommissionRate(agency=row, from_days=rate.from_days, from_amount=rate.from_amount, percent=rate.percent) for rate in scale
    )
    said = {name: [before[name], _plain(value)] for name, value in changed.items()}
    record(creditor, "agency_saved", row, by=by, changed=said, rates=[[r.from_days, str(r.from_amount), str(r.percent)] for r in scale])
    return row


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | list) else str(value)


@transaction.atomic
def add_agency_paper(
    agency: Agency, *, kind: str, name: str, content: bytes, on: date, now: datetime, by: User | None = None
) -> AgencyPaper:
    """Put a document on file. Raises `Refused` for what is no PDF or picture, is empty or too large."""
    media = next((media for mark, media in _MEDIA.items() if content.startswith(mark)), None)
    if media is None or len(content) > MAX_PAPER:
        raise Refused(gettext_noop("Choose a PDF, PNG or JPEG file of at most 10 MB."))
    paper = store(
        agency.creditor, kind="agency_paper", name=name[-120:], content=content, media_type=media, facts={"agency": agency.slug}, now=now
    )
    row = AgencyPaper.objects.create(agency=agency, kind=kind, document=paper, added_on=on, author=by)
    record(agency.creditor, "agency_paper_added", row, by=by, kind=kind, sha256=paper.sha256)
    return row
