"""Payout partners, reports and deductions as rows, and what the database refuses of them."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.utils import timezone

from invoices.models import AwaitedSettlement, BankLine, Deduction, PayoutPartner, SettlementLine, SettlementReport
from receivables.accounts.models import Creditor
from tests.builders import make_creditor, make_invoice
from tests.db.bank_rows import DAY, again, line

D = Decimal
TABLES = {"invoices_awaitedsettlement", "invoices_deduction"}


def partner(creditor: Creditor | None = None, **values: Any) -> PayoutPartner:
    values = {"slug": "p", "name": "P", "kind": "courier", "payer": "p", "profile": "settlement-pl", **values}
    return PayoutPartner.objects.create(creditor=creditor or make_creditor(), **values)


def report(of: PayoutPartner | None = None, **values: Any) -> SettlementReport:
    of = of or partner()
    sums = {"gross": D(100), "refunds": D(0), "fees": D(2), "net": D(98)}
    values = {"name": "r", "sha256": "a", "content": b"x", "state": "held", "currency": "PLN", "at": timezone.now(), **sums, **values}
    return SettlementReport.objects.create(creditor=of.creditor, partner=of, **values)


def row(**values: Any) -> SettlementLine:
    values = {"line": 2, "number": "1", "gross": D(100), "fee": D(2), "currency": "PLN", **values}
    return SettlementLine.objects.create(report=report(), **values)


def kept(of: BankLine | None = None, **values: Any) -> Deduction:
    of = of or line()
    made = report(partner(of.creditor))
    values = {"kind": "fee", "amount": D(2), "currency": of.currency, "on": DAY, "recorded_at": timezone.now(), **values}
    return Deduction.objects.create(**{"creditor": of.creditor, "report": made, "bank_line": of, **values})


def awaited() -> AwaitedSettlement:
    of = line()
    return AwaitedSettlement.objects.create(creditor=of.creditor, partner=partner(of.creditor), bank_line=of, recorded_at=timezone.now())


def set_aside_with_an_invoice() -> None:
    made = row()
    SettlementLine.objects.filter(pk=made.pk).update(aside="x", invoice=make_invoice(number="S/1"))


def another_contra() -> None:
    first = kept()
    again(first, amount=D(3), reverses=first)


BREAKS: dict[str, Callable[[], object]] = {
    "payout_partner_once_per_company": lambda: again(partner()),
    "payout_partner_has_words": lambda: partner(payer=""),
    "settlement_report_taken_once": lambda: again(report()),
    "settlement_report_adds_up": lambda: report(net=D(99)),
    "booked_report_has_its_bank_line": lambda: report(state="booked"),
    "discarded_report_says_why": lambda: report(state="discarded"),
    "settlement_line_once": lambda: again(row()),
    "settlement_line_aside_has_no_invoice": set_aside_with_an_invoice,
    "deduction_moves_money": lambda: kept(amount=D(0)),
    "deduction_fits_currency": lambda: kept(amount=D("1.001")),
}
STOPS = {
    "deductions_agree_with_their_bank_line": [
        lambda: kept(creditor=make_creditor()),
        lambda: kept(currency="EUR"),
        another_contra,
        lambda: kept(amount=D(-101)) and None,
    ],
    "settlement_report_words_kept": [lambda: SettlementReport.objects.filter(pk=report().pk).update(gross=D(101), net=D(99))],
    "settlement_line_words_kept": [lambda: SettlementLine.objects.filter(pk=row().pk).update(gross=D(1))],
    "settlement_report_not_deleted": [lambda: SettlementReport.objects.filter(pk=report().pk).delete()],
    "settlement_line_not_deleted": [lambda: SettlementLine.objects.filter(pk=row().pk).delete()],
}
_EDITED = dict.fromkeys(
    ("settlement_report_words_kept", "settlement_line_words_kept", "settlement_report_not_deleted", "settlement_line_not_deleted"),
    "never edited",
)
SAYS = {"deductions_agree_with_their_bank_line": "differ in company or currency|differs from what it takes back|exceed it", **_EDITED}
