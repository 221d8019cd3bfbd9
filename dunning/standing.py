"""What stands against the items of a batch: holds, disputes, promises, agreements, plans and their answers. Rows read as plain values."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Case as DbCase
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Sum, When

from dunning.agreements import Part, is_missed
from dunning.decide import Rules, Unread
from dunning.models import (
    AgreedItem,
    AwaitedCredit,
    Complaint,
    CourtItem,
    Hold,
    MediatedItem,
    PlanEdit,
    PlannedLine,
    PromisedItem,
    Rate,
    Reply,
    StepResult,
)
from dunning.policy import Channel
from dunning.presence import Presence
from dunning.states import NOT_REACHED, CaseState, NoticeState
from invoices.intake.parsed import Question
from invoices.models import (
    AllocationEntry,
    AwaitedSettlement,
    BankLine,
    Delivery,
    Dispute,
    InvoiceQuestion,
    Item,
    PendingItem,
    SettlementLine,
)
from invoices.settlements import UNBOOKED
from invoices.states import DocumentKind
from receivables import clock
from receivables.accounts.models import Creditor
from receivables.core.calendar import next_working_day
from receivables.db.fields import MoneyField


def holds(customers: Collection[int], there: Presence, *, on: date) -> dict[tuple[str, int], list[date | None]]:
    """Ends of what holds a customer, an invoice or an item.

    A complaint and a question about an invoice hold until they are answered, a court and a mediator until they have done.
    """
    found: dict[tuple[str, int], list[date | None]] = defaultdict(list)
    if there.holds:
        standing = Hold.objects.filter(customer__any=customers, released_on=None, since__lte=on)
        for customer, item, until in standing.values_list("customer", "item", "until"):
            found["item" if item else "customer", item or customer].append(until)
    if there.complaints:
        complaints = Complaint.objects.filter(customer__any=customers, answered_on=None)
        for customer, invoice in complaints.values_list("customer", "invoice"):
            found["invoice" if invoice else "customer", invoice or customer].append(None)
    if there.questions:
        asked = InvoiceQuestion.objects.open().filter(stops=True, invoice__customer__any=customers)
        for customer, invoice, kind, question in asked.values_list("invoice__customer", "invoice", "invoice__kind", "question").distinct():
            is_of_all = kind == DocumentKind.CREDIT_NOTE and question == Question.CORRECTS_UNKNOWN  # nobody knows which debt it lowers
            found["customer" if is_of_all else "invoice", customer if is_of_all else invoice].append(None)
    for item in _in_court(customers) if there.court else ():
        found["item", item].append(None)
    return found


def _in_court(customers: Collection[int]) -> set[int]:
    """Items that are in court or in a mediation: nobody is chased for them until that has ended."""
    court = CourtItem.objects.filter(case__customer__any=customers, holds=True).values_list("item", flat=True)
    talks = MediatedItem.objects.filter(mediation__customer__any=customers, mediation__ended_on=None).values_list("item", flat=True)
    return {*court, *talks}


def unsettled(creditor: Creditor, customers: Collection[int], there: Presence) -> set[int]:
    """Open invoices that a payout without its report may have paid (of the partner's payment methods, issued by its day), and those that a
    report says are paid though its money has not come or is not booked."""
    found: set[int] = set()
    if there.settlements:
        waiting = AwaitedSettlement.objects.filter(creditor=creditor, bank_line__state=BankLine.State.WAITING)
        for methods, day in waiting.values_list("partner__methods", "bank_line__booked_on"):
            items = Item.objects.open().filter(customer__any=customers, invoice__payment_method__in=methods, invoice__issued_on__lte=day)
            found.update(items.values_list("invoice", flat=True))
        told = SettlementLine.objects.filter(report__state__in=UNBOOKED, invoice__customer__any=customers, gross__gt=0)
        found.update(told.values_list("invoice", flat=True))
    return found


def pending(customers: Collection[int], there: Presence, *, days: int, on: date) -> dict[int, date]:
    """Item → the first day on which money that was seen for it, and that no statement has booked, no longer counts."""
    if not there.pending:
        return {}
    seen = PendingItem.objects.filter(line__ended_as="", item__customer__any=customers, line__seen_on__gte=on - timedelta(days=days))
    last = seen.order_by().values("item").annotate(last=Max("line__seen_on")).values_list("item", "last")
    return {item: day + timedelta(days=days + 1) for item, day in last} if days else {}


def undelivered(customers: Collection[int]) -> set[int]:
    """Invoices with something open of which nobody recorded how they were delivered."""
    known = Delivery.objects.counting().filter(invoice=OuterRef("invoice"))
    return set(Item.objects.open().filter(~Exists(known), customer__any=customers).values_list("invoice", flat=True))


def replies(customers: Collection[int], there: Presence, *, on: date) -> dict[tuple[str, int], list[Unread]]:
    """Unread replies that hold a customer, or the cases of the message that they answer."""
    found: dict[tuple[str, int], list[Unread]] = defaultdict(list)
    if there.replies:
        holding = Reply.objects.holding(on=on).filter(customer__any=customers).order_by("pk")
        for customer, case, until, name, sender in holding.values_list(
            "customer", "cases", "holds_until", "mail__sender_name", "mail__sender"
        ):
            found["case" if case else "customer", case or customer].append(Unread(until, name or sender))
    return found


def disputed(customers: Collection[int], there: Presence, *, on: date) -> dict[int, Decimal]:
    """By item what is not to be chased of it: disputed, or to be credited."""
    left_alone: dict[int, Decimal] = defaultdict(Decimal)
    if there.disputes:
        standing = Dispute.objects.filter(Q(resolved_on=None) | Q(resolved_on__gt=on), item__customer__any=customers, opened_on__lte=on)
        left_alone.update(standing.values_list("item", "amount"))
    if there.awaited:
        awaited = AwaitedCredit.objects.filter(customer__any=customers, ended_on=None, until__gte=on)
        for item, amount in awaited.values_list("item", "amount"):
            left_alone[item] += amount
    return left_alone


def missed_agreements(credit: Mapping[int, Mapping[str, Decimal]], customers: Collection[int], rules: Rules, *, on: date) -> frozenset[int]:
    """The standing agreements of which a rate is open after its day, and which neither open credit nor the wait for the bank's data saves.

    The next run ends them.
    """
    parts: dict[tuple[int, int, str], list[Part]] = defaultdict(list)
    for rate in late_rates(customers, on=on).select_related("agreement"):
        parts[rate.agreement_id, rate.agreement.customer_id, rate.currency].append(
            Part(next_working_day(rules.calendar, rate.due_on), rate.open_amount)
        )
    return frozenset(
        agreement
        for (agreement, customer, currency), open_parts in parts.items()
        if is_missed(open_parts, credit=credit.get(customer, {}).get(currency, Decimal(0)), on=on, wait=rules.bank_wait)
    )


def late_rates(customers: Collection[int], *, on: date) -> QuerySet[Rate]:
    """Rates of standing agreements that are open after their day."""
    return Rate.objects.filter(agreement__customer__any=customers, agreement__ended_on=None, open_amount__gt=0, due_on__lt=on)


def promised(customers: Collection[int], *, on: date) -> dict[int, date]:
    standing = PromisedItem.objects.filter(is_standing=True, promise__customer__any=customers, promise__made_on__lte=on)
    return dict(standing.values_list("item", "promise__by"))


def agreed(customers: Collection[int], missed: Collection[int], *, on: date) -> set[int]:
    standing = AgreedItem.objects.filter(agreement__customer__any=customers, agreement__ended_on=None, agreement__made_on__lte=on)
    return set(standing.exclude(agreement__in=missed).values_list("item", flat=True))


def settled_later(creditor: Creditor, customers: Collection[int], *, on: date) -> dict[int, Decimal]:
    """By item what entries dated after a past day have settled: a rehearsal of that day does not know them yet.

    For today nothing: whatever is booked counts, lest somebody who has paid is chased.
    """
    if on >= clock.today(creditor.time_zone):
        return {}
    signed = DbCase(When(is_reversal=True, then=-F("amount")), default=F("amount"), output_field=MoneyField())
    entries = AllocationEntry.objects.filter(item__customer__any=customers, on__gt=on).order_by()
    return dict(entries.values_list("item").annotate(settled=Sum(signed)))


@dataclass(frozen=True, slots=True)
class Rejected:
    """When a person last said no to a plan for a case, and under which policy version."""

    on: date
    version: int


def proposed(customers: Collection[int]) -> set[int]:
    """Cases whose step stands in a plan."""
    edits = PlanEdit.objects.filter(notice=OuterRef("notice"), case=OuterRef("case"))
    lines = PlannedLine.objects.filter(~Exists(edits), notice__customer__any=customers, notice__state=NoticeState.PROPOSED)
    return set(lines.values_list("case", flat=True))


def rejected(customers: Collection[int], there: Presence) -> dict[int, Rejected]:
    """Cases whose plan a person rejected, or left them out of, with the last day of that."""
    last: dict[int, Rejected] = {}
    if there.rejected:
        rejected = PlannedLine.objects.filter(
            notice__customer__any=customers, notice__state=NoticeState.REJECTED, position__gt=F("case__position")
        )
        said = rejected.order_by("notice__answered_on", "pk").values_list("case", "notice__answered_on", "notice__version")
        last = {case: Rejected(day, version) for case, day, version in said if day is not None}
    for case, left_out in _left_out(customers).items() if there.edits else ():
        last[case] = max(left_out, last.get(case, left_out), key=lambda rejected: rejected.on)
    return last


def missed_calls(customers: Collection[int]) -> dict[int, date]:
    """Cases whose present step was called for in vain, with the last day of that."""
    missed = StepResult.objects.filter(
        taken__case__customer__any=customers,
        taken__notice__channel=Channel.CALL,
        kind=StepResult.Kind.VOID,
        detail=NOT_REACHED,
        taken__position__gt=F("taken__case__position"),
        taken__episode=F("taken__case__episode"),
    )
    return dict(missed.values_list("taken__case").annotate(day=Max("on")))


def _left_out(customers: Collection[int]) -> dict[int, Rejected]:
    """Cases that a person left out of a plan for a day: to them it is as if it had been rejected."""
    edits = PlanEdit.objects.filter(case__customer__any=customers, kind=PlanEdit.Kind.DROP, case__state=CaseState.RUNNING)
    said = edits.filter(notice__lines__case=F("case"), notice__lines__position__gt=F("case__position"))
    return {case: Rejected(day, version) for case, day, version in said.order_by("pk").values_list("case", "on", "notice__version")}
