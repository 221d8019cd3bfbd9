"""Credit: what a shop asks before it sells. May this customer buy on invoice?"""

from datetime import date
from typing import Any, Literal

from ninja import Router, Schema

from invoices.models import Customer
from receivables import clock
from receivables.api.access import ApiRequest, Problem, missing
from receivables.api.models import Scope
from receivables.api.resources.common import customers_of, standing
from receivables.api.schemas import Currency, Told
from receivables.api.scopes import may
from receivables.core.identifiers import plain_number
from receivables.credit.facts import exposures_of, limits_of
from receivables.credit.judging import Facts, room_under
from receivables.credit.models import CreditChange, CreditStanding
from receivables.credit.states import Cause, CreditState, LimitKind
from receivables.credit.telling import amount_text, exposure_json, reasons_json
from receivables.credit.writing import read_reasons

router = Router(tags=["credit"])


class ReasonTold(Schema):
    """A cause; the codes stay, the sentences may change."""

    code: str
    text: str


class LimitTold(Schema):
    """A limit; `left` is null once it is not valid any more."""

    amount: Told
    currency: Currency
    left: Told | None
    valid_until: date | None


class ExposureTold(Schema):
    """What is owed in a currency."""

    currency: Currency
    open: Told
    overdue: Told
    not_due: Told
    credit: Told


class CreditTold(Schema):
    """State, why, since when, and how much room is left."""

    number: str
    tax_id: str | None
    state: Literal["open", "prepayment", "stop"]
    reason: str
    reasons: list[ReasonTold]
    since: date | None
    until: date | None
    sequence: int
    limit: LimitTold | None
    insured_limit: LimitTold | None
    exposure: list[ExposureTold]


@router.get("/customers/credit", response=CreditTold, summary="Credit, by tax number", **may(Scope.CREDIT_READ))
def credit_by_nip(request: ApiRequest, nip: str = "") -> Any:
    """Of the only customer with that tax number."""
    plain = plain_number(nip)
    if not plain:
        raise Problem(400, "Bad request", "Ask with ?nip= and a tax number, or for /customers/NUMBER/credit.")
    found = list(customers_of(request).filter(merged_into=None, tax_id__in=[plain, plain.removeprefix("PL"), f"PL{plain}"])[:2])
    if not found:
        raise Problem(404, "Not found", "There is no customer with this tax number.")
    if len(found) > 1:
        raise Problem(409, "Conflict", "Several customers have this tax number. Ask for /customers/NUMBER/credit.")
    return credit_of(found[0])


@router.get("/customers/{path:number}/credit", response=CreditTold, summary="Credit, by customer number", **may(Scope.CREDIT_READ))
def credit_by_number(request: ApiRequest, number: str) -> Any:
    """Of the customer with that number of ours; it may hold slashes."""
    customer = customers_of(request).filter(number=number).first() if number.isprintable() else None
    if customer is None:
        raise missing("customer")
    return credit_of(standing(customer))


def credit_of(customer: Customer) -> dict[str, Any]:
    """State, reasons, limits and exposure, as they stand. Amounts are strings, days ISO dates of the company's time zone."""
    on = clock.today(customer.creditor.time_zone)
    standing = CreditStanding.objects.filter(customer=customer).first()
    exposures = exposures_of([customer.pk], on=on).get(customer.pk, ())
    facts = Facts(exposures=exposures, limits=limits_of([customer.pk]).get(customer.pk, {}))
    newest = CreditChange.objects.filter(customer=customer).order_by("-pk").values_list("pk", flat=True).first()
    until = standing.until if standing else None
    return {
        "number": customer.number,
        "tax_id": customer.tax_id or None,
        "state": standing.state if standing else CreditState.OPEN,
        "reason": standing.cause if standing else Cause.NOTHING,
        "reasons": reasons_json(read_reasons(standing.reasons)) if standing else [],
        "since": standing.since.isoformat() if standing else None,
        "until": until.isoformat() if until else None,
        "sequence": newest or 0,
        "limit": _limit(facts, LimitKind.OWN, on=on),
        "insured_limit": _limit(facts, LimitKind.INSURED, on=on),
        "exposure": exposure_json(exposures),
    }


def _limit(facts: Facts, kind: LimitKind, *, on: date) -> dict[str, Any] | None:
    limit, room = facts.limits.get(kind), room_under(facts, kind, on=on)
    if limit is None:
        return None
    return {
        "amount": amount_text(limit.amount, limit.currency),
        "currency": limit.currency,
        "left": amount_text(room.amount, room.currency) if room else None,
        "valid_until": limit.valid_until.isoformat() if limit.valid_until else None,
    }
