"""What a shop asks: may this customer buy on invoice?"""

from datetime import date
from typing import Any

from django.db.models import QuerySet

from invoices.models import Customer
from receivables import clock
from receivables.api.access import ApiRequest, Problem
from receivables.core.identifiers import plain_number
from receivables.credit.facts import exposures_of, limits_of
from receivables.credit.judging import Facts, room_under
from receivables.credit.models import CreditChange, CreditStanding
from receivables.credit.states import Cause, CreditState, LimitKind
from receivables.credit.telling import amount_text, exposure_json, reasons_json
from receivables.credit.writing import read_reasons


def credit_by_number(request: ApiRequest, number: str) -> dict[str, Any]:
    """Of the customer with that number of ours."""
    customer = _mine(request).filter(number=number).first() if number.isprintable() else None
    if customer is None:
        raise Problem(404, "Not found", "There is no customer with this number.")
    return credit_of(customer)


def credit_by_nip(request: ApiRequest) -> dict[str, Any]:
    """Of the only customer with that tax number."""
    plain = plain_number(request.GET.get("nip", ""))
    if not plain:
        raise Problem(400, "Bad request", "Ask with ?nip= and a tax number, or for /customers/NUMBER/credit.")
    found = list(_mine(request).filter(tax_id__in=[plain, plain.removeprefix("PL"), f"PL{plain}"])[:2])
    if not found:
        raise Problem(404, "Not found", "There is no customer with this tax number.")
    if len(found) > 1:
        raise Problem(409, "Conflict", "Several customers have this tax number. Ask for /customers/NUMBER/credit.")
    return credit_of(found[0])


def nothing_here(request: ApiRequest, rest: str) -> dict[str, Any]:
    """Any other address."""
    raise Problem(404, "Not found", "There is nothing at this address. See docs/api.md.")


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


def _mine(request: ApiRequest) -> QuerySet[Customer]:
    return Customer.objects.filter(creditor=request.token.creditor_id).select_related("creditor")
