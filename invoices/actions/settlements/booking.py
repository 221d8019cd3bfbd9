"""A payout line split over the orders of its report: a payment for each at what its customer paid, deductions for what was kept. Undone,
everything is taken back by new entries and the line waits again."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, Sum

from invoices.actions.bank.booking import decide_line, wait_again, waiting_line
from invoices.actions.checks import short_line
from invoices.actions.money_in import record_payment
from invoices.actions.payments import reverse_payment
from invoices.actions.postings import tell
from invoices.actions.rows import lock_in_order
from invoices.actions.settlements.finding import look_up_again, tell_waiting
from invoices.models import BankLine, Deduction, Invoice, Item, Payment, SettlementLine, SettlementReport
from invoices.settlements import UNBOOKED, ReportState
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.clock import now, today
from receivables.core.errors import Refused
from receivables.core.sentences import Sentence, gettext_noop, sentence

REASON = gettext_noop("The reason")


@transaction.atomic
def book_report(report: SettlementReport, line: BankLine, *, by: User | None = None) -> list[Payment]:
    """Split the line over the report's orders. Raises `Refused` where the sum differs, a number is not known, or either is decided."""
    look_up_again(report)
    concerned = _customers(report)
    lock_in_order(concerned)
    bank_line, row = waiting_line(line), _locked(report)
    lines = list(row.lines.select_related("invoice").order_by("line"))
    if _customers(row) != concerned:
        raise Refused(gettext_noop("The report has changed meanwhile. Load the page again."))
    _refuse_unready(row, lines, bank_line)
    _refuse_paid(row, lines)
    _deduct(row, lines, bank_line, by=by)
    payments = [_pay(row, each, each.invoice, bank_line, by=by) for each in lines if each.invoice and each.gross > 0]
    for each in lines:
        if each.invoice and each.gross < 0:
            _give_back(row, each, each.invoice, bank_line, by=by)
    decide_line(bank_line, BankLine.State.BOOKED, why=f"settlement report {row.name}", by=by)
    row.state, row.problems, row.bank_line = ReportState.BOOKED, [], bank_line
    row.save(update_fields=["state", "problems", "bank_line"])
    record(
        row.creditor,
        "book_settlement",
        row,
        by=by,
        bank_line=bank_line.pk,
        gross=row.gross,
        fees=row.fees,
        refunds=row.refunds,
        net=row.net,
    )
    tell_waiting(row.creditor, {row.partner_id})
    return payments


def _customers(report: SettlementReport) -> set[int]:
    return set(report.lines.filter(invoice__isnull=False).values_list("invoice__customer", flat=True))


def _refuse_paid(row: SettlementReport, lines: Iterable[SettlementLine]) -> None:
    """What is more than open on an invoice was paid before, or comes twice: a person looks, so that no money is doubled."""
    said: dict[int, Decimal] = defaultdict(Decimal)
    for each in lines:
        if each.invoice and each.gross > 0:
            said[each.invoice.pk] += each.gross
    owed = Item.objects.filter(invoice__in=said).order_by().values_list("invoice").annotate(owed=Sum("open_amount"))
    is_open = dict(owed)
    over = {pk for pk, amount in said.items() if amount > is_open.get(pk, Decimal(0))}
    if found := next((each for each in lines if each.invoice_id in over), None):
        raise Refused(
            gettext_noop("Line %(line)s: %(number)s has less open than was paid. If it was booked already, set the line aside."),
            line=found.line, number=found.number,
        )  # fmt: skip


def _refuse_unready(row: SettlementReport, lines: Iterable[SettlementLine], bank_line: BankLine) -> None:
    if row.state not in UNBOOKED:
        raise Refused(gettext_noop("This report is decided already. Load the page again."))
    if bank_line.creditor_id != row.creditor_id or bank_line.currency != row.currency:
        raise Refused(gettext_noop("The line and the report differ in company or currency."))
    if bank_line.amount != row.net:
        raise Refused(
            gettext_noop("The bank line says %(amount)s, the report pays out %(net)s. Nothing is booked until they agree."),
            amount=bank_line.amount, net=row.net,
        )  # fmt: skip
    if unknown := next((each for each in lines if each.number and not each.invoice and not each.aside), None):
        raise Refused(
            gettext_noop("Line %(line)s: %(number)s is not known. Name its invoice or set it aside."),
            line=unknown.line,
            number=unknown.number,
        )


def _deduct(row: SettlementReport, lines: Iterable[SettlementLine], bank_line: BankLine, *, by: User | None) -> None:
    """First of all, so that the payments never exceed the line with what was kept of it."""
    kept = {Deduction.Kind.FEE: Decimal(0), Deduction.Kind.REFUND: Decimal(0), Deduction.Kind.ASIDE: Decimal(0)}
    for each in lines:
        kept[Deduction.Kind.FEE] += each.fee
        kept[Deduction.Kind.ASIDE] -= each.gross if each.aside else 0
        kept[Deduction.Kind.REFUND] -= min(each.gross, Decimal(0)) if not each.aside else 0
    Deduction.objects.bulk_create(
        Deduction(
            creditor_id=row.creditor_id, report=row, bank_line=bank_line, kind=kind, amount=amount, currency=row.currency,
            on=bank_line.booked_on, recorded_at=now(), by=by,
        )
        for kind, amount in kept.items() if amount
    )  # fmt: skip


def _pay(
    row: SettlementReport, each: SettlementLine, invoice: Invoice, bank_line: BankLine, *, on: date | None = None, by: User | None
) -> Payment:
    """On the day of the bank line, unless it is booked anew."""
    name = f"{row.partner.slug}/{row.pk}-{each.line}"
    before = Payment.objects.filter(Q(reference=name) | Q(reference__startswith=f"{name}."), creditor=row.creditor_id, reverses=None)
    tries = before.count()
    payment = record_payment(
        invoice.customer,
        amount=each.gross,
        currency=row.currency,
        booked_on=on or bank_line.booked_on,
        reference=f"{name}.{tries}" if tries else name,
        invoices=[invoice],
        title=each.number,
        payer_name=row.partner.name,
        bank_line=bank_line,
        by=by,
    )
    _note(each, payment)
    return payment


def _give_back(row: SettlementReport, each: SettlementLine, invoice: Invoice, bank_line: BankLine, *, by: User | None) -> None:
    """A refund takes back the one payment of the same invoice and amount that came through this partner."""
    same = Payment.objects.filter(settlement_lines__invoice=invoice, settlement_lines__report__partner=row.partner, amount=-each.gross)
    standing = list(same.filter(currency=row.currency, reverses=None, reversal=None).distinct()[:2])
    if len(standing) != 1:
        raise Refused(
            gettext_noop("Line %(line)s gives money of %(number)s back, and no payment of it came by this partner. Set the line aside."),
            line=each.line, number=each.number,
        )  # fmt: skip
    _note(each, reverse_payment(standing[0], on=max(bank_line.booked_on, standing[0].booked_on), by=by))


def _note(each: SettlementLine, payment: Payment | None) -> None:
    each.payment = payment
    each.save(update_fields=["payment"])


@transaction.atomic
def undo_report(report: SettlementReport, *, reason: str, on: date, by: User) -> SettlementReport:
    """Take back what a report booked: its line of the bank waits again, the report is held. What it gave back to customers is booked anew,
    on the line that had brought it. Raises `Refused` where that cannot be: see `against_undoing`.
    """
    lines = list(report.lines.select_related("payment").order_by("payment__customer", "line"))
    lock_in_order({each.payment.customer_id for each in lines if each.payment})
    row = _locked(report)
    if row.state != ReportState.BOOKED or row.bank_line is None:
        raise Refused(gettext_noop("This report is not booked."))
    if (against := against_undoing(row)) is not None:
        raise Refused(against.text, **against.facts)
    bank_line = BankLine.objects.select_for_update(no_key=True, of=("self",)).get(pk=row.bank_line.pk)
    for each in lines:
        if each.payment and each.gross < 0:
            _book_anew(each.payment, on=on, by=by)
            _note(each, None)
        elif each.payment:
            if not Payment.objects.filter(reverses=each.payment).exists():
                reverse_payment(each.payment, on=max(on, each.payment.booked_on), by=by)
            _note(each, None)
    _contra(row, on=on, by=by)
    why = short_line(reason, longest=200, what=REASON)
    row.state, row.bank_line, row.problems = ReportState.HELD, None, [f"It was booked and taken back: {why}"]
    row.save(update_fields=["state", "bank_line", "problems"])
    wait_again(bank_line)
    record(row.creditor, "undo_settlement", row, by=by, bank_line=bank_line.pk, reason=why)
    tell_waiting(row.creditor, {row.partner_id})
    return row


def against_undoing(report: SettlementReport) -> Sentence | None:
    """Why a booked report cannot be taken back: money that it gave back to a customer cannot be booked anew as it was."""
    given_back = report.lines.filter(gross__lt=0, payment__isnull=False).select_related("payment__reverses", "invoice").order_by("line")
    for each in given_back:
        if each.payment is None or _brought(each.payment) is None:
            return sentence(_NOT_THERE, line=each.line, number=each.number)
        owed = Item.objects.filter(invoice=each.invoice).aggregate(owed=Sum("open_amount"))["owed"] or Decimal(0)
        if owed < -each.gross:
            return sentence(_PAID_SINCE, line=each.line, number=each.number)
    return None


_NOT_THERE = gettext_noop(
    "Line %(line)s gave money of %(number)s back, and the report that had brought it is taken back itself. Book what is so by hand."
)
_PAID_SINCE = gettext_noop(
    "Line %(line)s gave money of %(number)s back, and less is open there now: it was settled since. Book what is so by hand."
)


def _brought(reversal: Payment) -> SettlementLine | None:
    """The line of the booked report by which the money had come that was given back."""
    lines = SettlementLine.objects.filter(payment=reversal.reverses, gross__gt=0, report__state=ReportState.BOOKED)
    return lines.select_related("report__partner", "report__bank_line", "invoice__customer").first() if reversal.reverses else None


def _book_anew(reversal: Payment, *, on: date, by: User) -> None:
    """The money that was given back stands again: a payment of the line that had brought it, from today."""
    line = _brought(reversal)
    if line is None or line.invoice is None or line.report.bank_line is None:
        raise Refused(_NOT_THERE, line=line.line if line else "", number=line.number if line else "")
    _pay(line.report, line, line.invoice, line.report.bank_line, on=max(on, reversal.booked_on), by=by)


def _contra(row: SettlementReport, *, on: date, by: User) -> None:
    Deduction.objects.bulk_create(
        Deduction(
            creditor_id=row.creditor_id, report=row, bank_line_id=each.bank_line_id, kind=each.kind, amount=each.amount,
            currency=each.currency, on=max(on, each.on), reverses=each, recorded_at=now(), by=by,
        )
        for each in row.deductions.filter(reverses=None, reversal=None)
    )  # fmt: skip


@transaction.atomic
def name_invoice(line: SettlementLine, invoice: Invoice, *, by: User) -> SettlementLine:
    """Say which invoice a number of a report stands for. Raises `Refused` where the report is decided, or company or currency differ."""
    report, row = _open(line)
    if (invoice.creditor_id, invoice.currency) != (report.creditor_id, report.currency):
        raise Refused(gettext_noop("The invoice is of another company or currency."))
    row.invoice, row.aside = invoice, ""
    row.save(update_fields=["invoice", "aside"])
    record(report.creditor, "name_settlement_invoice", report, by=by, line=row.line, invoice=invoice.pk)
    return row


@transaction.atomic
def set_line_aside(line: SettlementLine, *, reason: str, by: User) -> SettlementLine:
    """A line is no money of a customer of ours. Raises `Refused` where the report is decided."""
    report, row = _open(line)
    before = row.invoice.customer_id if row.invoice else None
    row.invoice, row.aside = None, short_line(reason, longest=200, what=REASON)
    row.save(update_fields=["invoice", "aside"])
    record(report.creditor, "set_settlement_line_aside", report, by=by, line=row.line, reason=row.aside)
    if before is not None:
        tell(before, on=today(report.creditor.time_zone))
    return row


@transaction.atomic
def discard_report(report: SettlementReport, *, reason: str, by: User) -> SettlementReport:
    """A report that was wrong: it is kept, and its file can be brought in anew."""
    row = _locked(report)
    if row.state not in UNBOOKED:
        raise Refused(gettext_noop("This report is decided already. Load the page again."))
    row.state, row.reason = ReportState.DISCARDED, short_line(reason, longest=200, what=REASON)
    row.save(update_fields=["state", "reason"])
    record(row.creditor, "discard_settlement", row, by=by, reason=row.reason)
    tell(*_customers(row), on=today(row.creditor.time_zone))
    return row


def _open(line: SettlementLine) -> tuple[SettlementReport, SettlementLine]:
    report = _locked(line.report)
    if report.state not in UNBOOKED:
        raise Refused(gettext_noop("This report is decided already. Load the page again."))
    return report, SettlementLine.objects.get(pk=line.pk)


def _locked(report: SettlementReport) -> SettlementReport:
    return SettlementReport.objects.select_for_update(no_key=True, of=("self",)).select_related("creditor", "partner").get(pk=report.pk)
