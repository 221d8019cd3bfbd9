"""What claims need to know of a batch of cases, beside what is judged: a few queries, and none where nothing is claimed or old."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from dunning.agreements import waived_days
from dunning.claims import first_with
from dunning.customer_rows import AnyCustomer
from dunning.decide import Span
from dunning.happened import happened_to
from dunning.limitation import Happened, barred_from
from dunning.models import AgreedItem, NoticeClaim, StepResult
from dunning.open_cases import OpenCase
from dunning.policy import Policy
from dunning.terms import NO_TERMS
from dunning.termsets import AllTerms
from invoices.ledger import Entry
from invoices.models import AllocationEntry
from invoices.states import ClaimKind, Kind
from receivables.accounts.models import Creditor
from receivables.core.calendar import Calendar, next_working_day
from receivables.countries.law import PACKS
from receivables.countries.words import Debtor, Sale

_AHEAD = timedelta(days=92)


NO_FEES: Mapping[str, Decimal] = {}


@dataclass(slots=True)
class Claimed:
    """By item what settled it and is waived, by case the fees claimed so far, by invoice the day its compensation counts from."""

    country: str
    entries: dict[int, list[Entry]] = field(default_factory=dict)
    fees: Mapping[int, dict[str, Decimal]] = field(default_factory=dict)
    compensated: dict[int, date] = field(default_factory=dict)
    waived: Mapping[int, tuple[Span, ...]] = field(default_factory=dict)
    terms: AllTerms | None = None  # none where no step claims anything
    happened: Mapping[int, tuple[Happened, ...]] = field(default_factory=dict)  # by invoice what bears on its limitation

    @classmethod
    def of(
        cls,
        creditor: Creditor,
        cases: Sequence[OpenCase],
        policies: Mapping[int, Policy],
        calendar: Calendar,
        *,
        on: date,
        ignoring: Collection[int],
    ) -> "Claimed":
        """Read for these cases, whose policies stand by version; what the messages of the notices `ignoring` claimed is left out."""
        interest, compensation, fee = (_versions_with(flag, policies) for flag in ("interest", "compensation", "fee"))
        with_interest = [case.item for case in cases if case.item and case.version in interest]
        booking = [case for case in cases if case.version in fee | compensation]
        found = cls(creditor.country, entries_of(with_interest), waived=waived_of(with_interest, calendar))
        found.happened = _happened(cases, creditor.country, on=on)
        if booking:
            found.fees, found.compensated = _booked(booking, calendar, ignoring)
        if with_terms := {case.customer for case in cases if case.version in interest | compensation | fee}:
            found.terms = AllTerms.of(creditor.pk, with_terms, on=on)
        return found

    def about(self, case: OpenCase, debtor: Debtor, *, due_on: date) -> dict[str, Any]:
        """What the claims and the limitation of an item need, by the names of `ItemFacts`."""
        item, invoice = case.item, case.invoice
        if item is None or invoice is None:  # a rate is chased before its day alone: it bears no interest and no compensation
            return {}
        terms = self.terms.about(item, invoice=invoice, customer=case.customer, currency=case.currency) if self.terms else NO_TERMS
        pack, happened = PACKS.get(self.country), self.happened.get(invoice, ())
        return {
            "barred_from": barred_from(pack, debtor, Sale(case.sale), due_on=due_on, happened=happened) if pack else None,
            "amount": case.amount,
            "invoice_amount": case.gross,
            "entries": tuple(self.entries.get(item, ())),
            "waived": (*self.waived.get(item, ()), *(Span(*days) for days in terms.booked.reversed_days)),
            "compensated_from": self.compensated.get(invoice),
            "terms": terms,
        }


def _versions_with(flag: str, policies: Mapping[int, Policy]) -> frozenset[int]:
    return frozenset(version for version, policy in policies.items() if first_with(policy, flag))


def debtor_of(customer: AnyCustomer) -> Debtor:
    """What the customer is in law: whoever is protected counts as a consumer."""
    return debtor_of_kind(customer.kind, is_medical_entity=customer.is_medical_entity)


def debtor_of_kind(kind: str, *, is_medical_entity: bool = False) -> Debtor:
    """The same of a kind of customers."""
    if Kind(kind).is_protected:
        return Debtor.CONSUMER
    return Debtor.PUBLIC_HEALTH if is_medical_entity else Debtor(kind)


def counting(claims: QuerySet[NoticeClaim]) -> QuerySet[NoticeClaim]:
    """Those whose step counts: it is on its way or completed, and not only by the mailbox of quarantine before the firm went live."""
    newest = StepResult.objects.filter(taken=OuterRef("taken")).order_by("-pk")
    rows = claims.alias(result=Subquery(newest.values("kind")[:1]), was_captured=Subquery(newest.values("captured")[:1]))
    void, earlier = Q(result=StepResult.Kind.VOID), Q(taken__episode__lt=F("taken__case__episode"))
    return rows.filter(Q(result=None) | ~void).exclude(earlier & Q(was_captured=True))


def _happened(cases: Sequence[OpenCase], country: str, *, on: date) -> dict[int, tuple[Happened, ...]]:
    """Of debts old enough to be barred within the days that are told ahead; no query where none is."""
    pack = PACKS.get(country)
    old = pack.barred_at_most_before(on + _AHEAD) if pack else date.min
    return happened_to({case.invoice for case in cases if case.invoice and case.due_on < old})


def entries_of(items: Collection[int]) -> dict[int, list[Entry]]:
    """By item what settled it, in order of their days. One query."""
    found: dict[int, list[Entry]] = defaultdict(list)
    if items:
        rows = AllocationEntry.objects.filter(item__any=items).order_by("on", "pk")
        for item, on, amount, is_reversal in rows.values_list("item", "on", "amount", "is_reversal"):
            found[item].append(Entry(on, amount, is_reversal))
    return found


def waived_of(items: Collection[int], calendar: Calendar) -> dict[int, tuple[Span, ...]]:
    """By item the days that bear no interest, by agreement. One query."""
    found: dict[tuple[int, date, date | None], list[tuple[date, bool]]] = defaultdict(list)
    if items:
        rows = AgreedItem.objects.filter(item__any=items, agreement__waives_interest=True).order_by("agreement__made_on", "agreement")
        rates = ("agreement__rates__due_on", "agreement__rates__closed_as")
        for item, made_on, ended_on, due_on, closed_as in rows.values_list("item", "agreement__made_on", "agreement__ended_on", *rates):
            found[item, made_on, ended_on].append((next_working_day(calendar, due_on), closed_as == "plan_ended"))
    spans: dict[int, tuple[Span, ...]] = {}
    for (item, made_on, ended_on), due in found.items():
        if days := waived_days(due, made_on=made_on, ended_on=ended_on):
            spans[item] = (*spans.get(item, ()), Span(*days))
    return spans


def _booked(
    cases: Sequence[OpenCase], calendar: Calendar, ignoring: Collection[int]
) -> tuple[dict[int, dict[str, Decimal]], dict[int, date]]:
    fees: dict[int, dict[str, Decimal]] = defaultdict(dict)
    since: dict[int, date] = {}
    fee = Q(kind=ClaimKind.FEE, taken__case__in=[case.pk for case in cases])
    flat = Q(kind=ClaimKind.COMPENSATION, invoice__in={case.invoice for case in cases if case.invoice})
    rows = counting(NoticeClaim.objects.filter(fee | flat).exclude(notice__in=ignoring)).order_by("pk")
    fields = ("kind", "taken__case", "taken__step", "amount", "invoice", "taken__case__item__due_on")
    for kind, case, step, amount, invoice, due_on in rows.values_list(*fields):
        if kind == ClaimKind.FEE:
            fees[case][step] = amount
        elif invoice not in since:
            since[invoice] = next_working_day(calendar, due_on)
    return fees, since
