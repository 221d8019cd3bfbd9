"""Insured debts that are overdue: what is covered, the last day to notify the insurer, and whether that was done. Four queries."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from invoices.models import Item
from receivables.accounts.models import Creditor
from receivables.credit.covering import SOON, Cover, Debt, Limit, Policy, covers
from receivables.credit.models import CreditLimit, InsuranceNotice, InsurancePolicy
from receivables.credit.states import LimitKind


@dataclass(frozen=True, slots=True)
class InsuredLine:
    """An overdue item of a customer with an insured limit."""

    item: Item
    limit: Limit
    cover: Cover
    notice: InsuranceNotice | None
    on: date

    @property
    def is_due(self) -> bool:
        """Whether the insurer has to be notified and was not."""
        return self.notice is None and self.cover.notify_by is not None

    @property
    def is_late(self) -> bool:
        """Whether the last day to notify is over."""
        return self.is_due and self.cover.notify_by is not None and self.cover.notify_by < self.on

    @property
    def is_soon(self) -> bool:
        """Whether that day is near."""
        return self.is_due and self.cover.notify_by is not None and self.cover.notify_by - SOON <= self.on


def insured_lines(creditor: Creditor, *, on: date, customers: Collection[int] | None = None) -> list[InsuredLine]:
    """What has to be notified first comes first, what was notified last."""
    limits = _limits(creditor, customers)
    if not limits:
        return []
    policies = policies_of(creditor)
    items: dict[int, list[Item]] = {}
    for item in Item.objects.open().filter(creditor=creditor, customer__in=limits).select_related("invoice", "customer"):
        items.setdefault(item.customer_id, []).append(item)
    notices = {row.item_id: row for row in InsuranceNotice.objects.standing().filter(creditor=creditor, customer__in=limits).order_by("pk")}
    lines = [line for pk, of in items.items() for line in _of_customer(limits[pk], of, policies, notices, on=on)]
    return sorted(lines, key=lambda line: (not line.is_due, line.cover.notify_by or date.max, line.item.due_on, line.item.pk))


def policies_of(creditor: Creditor) -> list[Policy]:
    """The newest row of each number."""
    rows = InsurancePolicy.objects.filter(creditor=creditor).order_by("number", "-pk").distinct("number")
    return [Policy(row.pk, str(row), row.number, row.notify_days, Decimal(row.percent), row.since, row.until) for row in rows]


def _limits(creditor: Creditor, customers: Collection[int] | None) -> dict[int, Limit]:
    rows = CreditLimit.objects.filter(creditor=creditor, kind=LimitKind.INSURED)
    if customers is not None:
        rows = rows.filter(customer__in=customers)
    newest = rows.order_by("customer", "-pk").distinct("customer")
    return {row.customer_id: Limit(row.amount, row.currency, row.source, row.valid_until) for row in newest if row.amount}


def _of_customer(
    limit: Limit, items: list[Item], policies: list[Policy], notices: dict[int, InsuranceNotice], *, on: date
) -> list[InsuredLine]:
    debts = [Debt(item.pk, item.invoice.issued_on, item.due_on, item.currency, item.open_amount) for item in items]
    by_item = {item.pk: item for item in items}
    found = [InsuredLine(by_item[cover.item], limit, cover, notices.get(cover.item), on) for cover in covers(limit, debts, policies)]
    return [line for line in found if line.item.due_on < on]
