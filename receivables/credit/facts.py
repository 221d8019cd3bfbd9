"""Rows → facts of credit, for a whole batch of customers in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, DecimalField, Exists, F, Min, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Greatest

from dunning.models import AgreedItem, PlacedItem, Placement, Promise, PromisedItem, StopFact
from dunning.ratings import ratings_of
from dunning.states import StopKind
from invoices.actions import open_credit
from invoices.models import Customer, Dispute, Item
from receivables.accounts.models import Creditor
from receivables.credit.judging import Exposure, Facts, Limit, Override, Rules
from receivables.credit.models import CreditLimit, CreditOverride, CreditRules, CreditStanding
from receivables.credit.states import CreditState, LimitKind

NOTHING = Decimal(0)
ZERO = Value(NOTHING, output_field=DecimalField())
Exposures = Mapping[int, tuple[Exposure, ...]]
_READ = ("creditor", *(f"credit_standing__{field.name}" for field in CreditStanding._meta.concrete_fields))
AT_AGENCY = (Placement.State.SENT, Placement.State.RECEIVED)


def rules_of(creditor: Creditor) -> Rules:
    """A company's rules, the defaults where it has set none. No query where `credit_rules` was selected with the company."""
    try:
        return creditor.credit_rules.as_rules()
    except CreditRules.DoesNotExist:
        return Rules()


def credit_facts(creditor: Creditor, customers: Collection[int], *, on: date, rated: bool) -> dict[int, Facts]:
    """The facts of each customer of one company as of now; `rated` asks for the payer rating too, which takes two queries more."""
    exposures = exposures_of(customers, on=on)
    return _put_together(creditor, with_process(customers), exposures, limits_of(customers), on=on, rated=rated)


def facts_to_judge(creditor: Creditor, rows: Collection[Customer], *, on: date, rated: bool) -> dict[int, Facts]:
    """The same of rows that `with_process` read; unallocated money only of those for whom it can decide: who are late or have a limit."""
    known: Sequence[Any] = list(rows)
    owed, limits = _owed([row.pk for row in known], on=on), limits_of([row.pk for row in known if row.limited])
    decides = {pk for pk, mine in owed.items() if pk in limits or any(one.late for one in mine)}
    return _put_together(creditor, rows, _with_credit(owed, decides), limits, on=on, rated=rated)


def with_process(customers: Collection[int]) -> QuerySet[Customer]:
    """The ids of these customers with their company and its rules, their standing, and what the process says of each.

    `stop` is the oldest standing stop fact that silences the ladder; `placed`, whether a debt is at an agency; `broken`, when the newest
    promise was broken; besides whether there is a limit (`limited`) or a decision (`decided`) to read.
    """
    mine = OuterRef("pk")
    stops = StopFact.objects.standing().exclude(kind=StopKind.REPRESENTED).filter(customer=mine).order_by("pk")
    placed = PlacedItem.objects.filter(placement__state__in=AT_AGENCY, item__customer=mine, item__open_amount__gt=0)
    lines = PromisedItem.objects.filter(promise__customer=mine, promise__state=Promise.State.BROKEN, item__open_amount__gt=0)
    broken = lines.order_by("-promise__ended_on").values("promise__ended_on")[:1]
    rows = Customer.objects.filter(pk__any=list(customers)).select_related("creditor__credit_rules", "credit_standing").only(*_READ)
    rows = rows.annotate(stop=Subquery(stops.values("kind")[:1]), placed=Exists(placed), broken=Subquery(broken))
    decided = CreditOverride.objects.filter(customer=mine, ended_on=None)
    return rows.annotate(limited=Exists(CreditLimit.objects.filter(customer=mine)), decided=Exists(decided)).order_by("pk")


def exposures_of(customers: Collection[int], *, on: date) -> Exposures:
    """What each customer owes, by currency. Unallocated money is read only of those who owe something."""
    owed = _owed(customers, on=on)
    return _with_credit(owed, owed)


def _put_together(
    creditor: Creditor,
    rows: Iterable[Customer],
    exposures: Exposures,
    limits: Mapping[int, dict[LimitKind, Limit]],
    *,
    on: date,
    rated: bool,
) -> dict[int, Facts]:
    found: Sequence[Any] = list(rows)
    ids = [row.pk for row in found]
    overrides = _overrides([row.pk for row in found if row.decided])
    ratings = ratings_of(ids, on=on, own=creditor.currency) if rated else {}
    return {
        row.pk: Facts(
            exposures=exposures.get(row.pk, ()),
            limits=limits.get(row.pk, {}),
            stop_fact=row.stop or "",
            with_agency=row.placed,
            broken_promise_on=row.broken,
            rating=str((row.pk in ratings and ratings[row.pk].letter) or ""),
            override=overrides.get(row.pk),
        )
        for row in found
    }


def _owed(customers: Collection[int], *, on: date) -> Exposures:
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
    exposures: dict[int, tuple[Exposure, ...]] = defaultdict(tuple)
    for customer, currency, owed, overdue, late, since in rows:
        exposures[customer] += (Exposure(currency, owed, overdue or NOTHING, late=late or NOTHING, late_since=since),)
    return exposures


def _with_credit(exposures: Exposures, customers: Collection[int]) -> Exposures:
    """The exposures with the unallocated money of these customers. No query where there are none."""
    credit = open_credit(customers) if customers else {}
    return {
        pk: tuple(replace(one, credit=credit.get(pk, {}).get(one.currency, NOTHING)) for one in mine) if pk in credit else mine
        for pk, mine in exposures.items()
    }


def limits_of(customers: Collection[int]) -> dict[int, dict[LimitKind, Limit]]:
    """The limits that stand, valid or not any more. No query for nobody."""
    found: dict[int, dict[LimitKind, Limit]] = defaultdict(dict)
    for row in CreditLimit.objects.newest(list(customers)) if customers else ():
        if row.amount is not None:
            kind = LimitKind(row.kind)
            found[row.customer_id][kind] = Limit(kind, row.amount, row.currency, row.valid_until, row.source)
    return found


def _overrides(customers: Collection[int]) -> dict[int, Override]:
    rows = CreditOverride.objects.filter(customer__any=list(customers), ended_on=None) if customers else ()
    return {row.customer_id: Override(CreditState(row.state), row.until, row.reason) for row in rows}


def _disputed() -> Coalesce:
    disputes = Dispute.objects.filter(item=OuterRef("pk"), resolved_on=None)
    return Coalesce(Subquery(disputes.values("amount")[:1]), ZERO, output_field=DecimalField())
