"""Rows → facts of credit, for a whole batch of customers in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal

from django.db.models import Case, DecimalField, Exists, F, Min, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Greatest

from dunning.models import AgreedItem, PlacedItem, Placement, Promise, PromisedItem, StopFact
from dunning.ratings import ratings_of
from dunning.states import StopKind
from invoices.actions import open_credit
from invoices.models import Customer, Dispute, Item
from receivables.accounts.models import Creditor
from receivables.credit.judging import Exposure, Facts, Limit, Override, Rules
from receivables.credit.models import CreditLimit, CreditOverride, CreditRules
from receivables.credit.states import CreditState, LimitKind

ZERO = Value(Decimal(0), output_field=DecimalField())
AT_AGENCY = (Placement.State.SENT, Placement.State.RECEIVED)


def rules_of(creditor: Creditor) -> Rules:
    """A company's rules, the defaults where it has set none. No query where `credit_rules` was selected with the company."""
    try:
        return creditor.credit_rules.as_rules()
    except CreditRules.DoesNotExist:
        return Rules()


def credit_facts(creditor: Creditor, customers: Collection[int], *, on: date, rated: bool) -> dict[int, Facts]:
    """The facts of each customer of one company as of now; `rated` asks for the payer rating too, which takes two queries more."""
    ids = list(customers)
    exposures, limits, overrides = exposures_of(ids, on=on), limits_of(ids), _overrides(ids)
    ratings = ratings_of(ids, on=on, own=creditor.currency) if rated else {}
    return {
        pk: Facts(
            exposures=exposures.get(pk, ()),
            limits=limits.get(pk, {}),
            stop_fact=stop or "",
            with_agency=placed,
            broken_promise_on=broken,
            rating=str((pk in ratings and ratings[pk].letter) or ""),
            override=overrides.get(pk),
        )
        for pk, stop, placed, broken in _process(ids)
    }


def exposures_of(customers: Collection[int], *, on: date) -> dict[int, tuple[Exposure, ...]]:
    """What each customer owes, by currency. Unallocated money is read only of those who owe something."""
    counted = Case(When(agreed=True, then=ZERO), default=Greatest(F("open_amount") - F("disputed"), ZERO), output_field=DecimalField())
    rows = (
        Item.objects.open()
        .filter(customer__any=list(customers))
        .annotate(disputed=_disputed(), agreed=Exists(AgreedItem.objects.filter(item=OuterRef("pk"), agreement__ended_on=None)))
        .annotate(counted=counted)
        .order_by()
        .values_list("customer", "currency")
        .annotate(
            sum_open=Sum("open_amount"),
            sum_overdue=Sum("open_amount", filter=Q(due_on__lt=on)),
            sum_late=Sum("counted", filter=Q(due_on__lt=on)),
            since=Min("due_on", filter=Q(counted__gt=0)),
        )
        .order_by("customer", "currency")
    )
    found = list(rows)
    credit = open_credit({row[0] for row in found}) if found else {}
    exposures: dict[int, tuple[Exposure, ...]] = defaultdict(tuple)
    for customer, currency, owed, overdue, late, since in found:
        left = credit.get(customer, {}).get(currency, Decimal(0))
        exposures[customer] += (Exposure(currency, owed, overdue or Decimal(0), left, late or Decimal(0), since),)
    return exposures


def limits_of(customers: Collection[int]) -> dict[int, dict[LimitKind, Limit]]:
    """The limits that stand, valid or not any more."""
    found: dict[int, dict[LimitKind, Limit]] = defaultdict(dict)
    for row in CreditLimit.objects.newest(list(customers)):
        if row.amount is not None:
            kind = LimitKind(row.kind)
            found[row.customer_id][kind] = Limit(kind, row.amount, row.currency, row.valid_until, row.source)
    return found


def _overrides(customers: Collection[int]) -> dict[int, Override]:
    rows = CreditOverride.objects.filter(customer__any=list(customers), ended_on=None)
    return {row.customer_id: Override(CreditState(row.state), row.until, row.reason) for row in rows}


def _process(customers: Collection[int]) -> Iterable[tuple[int, str | None, bool, date | None]]:
    """Of each: the oldest standing stop fact that silences the ladder, whether a debt is at an agency, the newest broken promise."""
    mine = OuterRef("pk")
    stops = StopFact.objects.standing().exclude(kind=StopKind.REPRESENTED).filter(customer=mine).order_by("pk")
    placed = PlacedItem.objects.filter(placement__state__in=AT_AGENCY, item__customer=mine, item__open_amount__gt=0)
    lines = PromisedItem.objects.filter(promise__customer=mine, promise__state=Promise.State.BROKEN, item__open_amount__gt=0)
    broken = lines.order_by("-promise__ended_on").values("promise__ended_on")[:1]
    rows = Customer.objects.filter(pk__any=list(customers)).annotate(
        stop=Subquery(stops.values("kind")[:1]), placed=Exists(placed), broken=Subquery(broken)
    )
    return rows.values_list("pk", "stop", "placed", "broken")


def _disputed() -> Coalesce:
    disputes = Dispute.objects.filter(item=OuterRef("pk"), resolved_on=None)
    return Coalesce(Subquery(disputes.values("amount")[:1]), ZERO, output_field=DecimalField())
