"""Bank lines with what they may pay, statements that are held, and how much was matched alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum
from django.http import QueryDict

from invoices.actions.bank import suggestions, suggestions_together
from invoices.actions.bank.matching import BY_ITSELF
from invoices.matching import Proposal
from invoices.models import AwaitedSettlement, BankLine, BankStatement, Customer, Item, Payment, PendingLine, StatementArrival
from receivables.accounts.models import Creditor
from receivables.dashboard.paging import Order, Page, mapped, page_of

OLDEST = Order("booked_on")
NEWEST = Order("booked_on", descending=True)
RATED = timedelta(days=90)
MOST = 20


@dataclass(frozen=True, slots=True)
class Suggested:
    """A suggestion as it is shown: whose, which items get how much, and what stays credit."""

    proposal: Proposal
    customer: Customer
    parts: Sequence[tuple[Item, Decimal]]
    number: int  # its place among those of its line; a form names it

    @property
    def borne(self) -> list[tuple[Item, Decimal, str]]:
        """What the company would bear, with the item and as what."""
        items = {item.pk: item for item, _part in self.parts}
        return [(items[each.item], each.amount, str(each.kind)) for each in self.proposal.borne if each.item in items]


@dataclass(frozen=True, slots=True)
class BankRow:
    """A line of the list with the best of its suggestions, or what it was booked as."""

    line: BankLine
    best: Suggested | None = None
    payments: Sequence[Payment] = ()
    awaits: str = ""  # the partner whose report says what it pays


@dataclass(frozen=True, slots=True)
class Rates:
    """How many of the lines of money in, and how much of the money, found their invoices alone. Of the last ninety days."""

    lines: int
    alone: int
    amount: Decimal
    amount_alone: Decimal

    @property
    def lines_percent(self) -> int | None:
        """Rounded down; None where there were none."""
        return self.alone * 100 // self.lines if self.lines else None

    @property
    def amount_percent(self) -> int | None:
        """The same of the money."""
        return int(self.amount_alone * 100 / self.amount) if self.amount else None


def bank_page(rows: QuerySet[BankLine], state: str, query: QueryDict) -> Page[BankRow]:
    """A page of lines in that state: what waits oldest first, with suggestions; the rest newest first, with its payments."""
    chosen = rows.filter(state=state).select_related("creditor", "statement", "by")
    if state == BankLine.State.WAITING:
        page = page_of(chosen.filter(statement__is_held=False), OLDEST, query)
        awaited = partners_awaited(page.rows)
        found = suggested([line for line in page.rows if line.pk not in awaited])
        return mapped(
            page, [BankRow(line, next(iter(found.get(line.pk, ())), None), awaits=awaited.get(line.pk, "")) for line in page.rows]
        )
    page = page_of(chosen.prefetch_related("payments__customer"), NEWEST, query)
    return mapped(page, [BankRow(line, payments=list(line.payments.all())) for line in page.rows])


def partners_awaited(lines: Sequence[BankLine]) -> dict[int, str]:
    """Line id → the name of the partner that paid it out. One query."""
    rows = AwaitedSettlement.objects.filter(bank_line__in=lines)
    return dict(rows.values_list("bank_line", "partner__name"))


def suggested(lines: Sequence[BankLine]) -> dict[int, list[Suggested]]:
    """Line id → its suggestions, ready to be shown. A fixed number of queries."""
    found = suggestions([line for line in lines if line.amount > 0])
    proposals = [proposal for of_line in found.values() for proposal in of_line]
    customers = Customer.objects.in_bulk({proposal.customer for proposal in proposals})
    parts = {part.item for proposal in proposals for part in proposal.parts}
    items = Item.objects.select_related("invoice").in_bulk(parts)
    return {
        line.pk: [
            Suggested(each, customers[each.customer], [(items[part.item], part.amount) for part in each.parts], n)
            for n, each in enumerate(found.get(line.pk, []))
        ]
        for line in lines
    }


def suggested_together(lines: Sequence[BankLine]) -> list[Suggested]:
    """What several lines may pay together, ready to be shown."""
    proposals = suggestions_together(lines)
    customers = Customer.objects.in_bulk({proposal.customer for proposal in proposals})
    items = Item.objects.select_related("invoice").in_bulk({part.item for proposal in proposals for part in proposal.parts})
    return [
        Suggested(each, customers[each.customer], [(items[part.item], part.amount) for part in each.parts], n)
        for n, each in enumerate(proposals)
    ]


def rates_of(creditor: Creditor, *, on: date) -> Rates:
    """Both rates. One query."""
    lines = BankLine.objects.filter(creditor=creditor, amount__gt=0, booked_on__gt=on - RATED).exclude(state=BankLine.State.SET_ASIDE)
    alone = Q(state=BankLine.State.BOOKED, by=None, why__startswith=BY_ITSELF)
    sums = lines.aggregate(n=Count("pk"), alone=Count("pk", filter=alone), money=Sum("amount"), found=Sum("amount", filter=alone))
    return Rates(sums["n"], sums["alone"], sums["money"] or Decimal(0), sums["found"] or Decimal(0))


def held_statements(creditor: Creditor) -> list[BankStatement]:
    """Statements that wait for a person, the oldest first."""
    held = BankStatement.objects.filter(creditor=creditor, is_held=True)
    return list(held.select_related("account", "file").order_by("pk")[:MOST])


def pending_lines(creditor: Creditor, *, on: date) -> list[PendingLine]:
    """Money that reports of the day have shown and no statement has booked, with what it would pay; of the last month. Two queries."""
    seen = PendingLine.objects.filter(creditor=creditor, ended_as="", seen_on__gt=on - timedelta(days=31))
    return list(seen.select_related("account").prefetch_related("items__item").order_by("-booked_on", "-pk")[:MOST])


def refused_arrivals(creditor: Creditor) -> list[StatementArrival]:
    """What came by itself and was not taken, or not all of it, until a person has seen it; the newest first."""
    return list(StatementArrival.objects.filter(creditor=creditor).refused().order_by("-pk")[:MOST])


def returnable(line: BankLine) -> list[Payment]:
    """Payments that a line of money out may return: of the same amount, from the same account first, the newest first."""
    same = Payment.objects.filter(creditor=line.creditor, currency=line.currency, amount=-line.amount, booked_on__lte=line.booked_on)
    standing = same.filter(reverses=None, reversal=None).select_related("customer").order_by("-booked_on", "-pk")[:MOST]
    known = bytes(line.payer_account_hash or b"")
    return sorted(standing, key=lambda payment: bytes(payment.payer_account_hash or b"") != known)
