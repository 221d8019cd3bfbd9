"""Reports that were there before their money."""

from invoices.actions.settlements.booking import book_report
from invoices.actions.settlements.finding import payouts_of
from invoices.models import BankLine, SettlementReport
from invoices.settlements import ReportState, Sums, payout_for
from receivables.accounts.models import Creditor, User
from receivables.core.errors import Refused


def settle_waiting(creditor: Creditor, *, by: User | None = None) -> int:
    """Book the reports whose money has come since, each in a transaction of its own; what stands against one is what it is held for.

    How many were booked.
    """
    booked = 0
    reports = SettlementReport.objects.filter(creditor=creditor, state=ReportState.AWAITS_MONEY)
    for report in reports.select_related("partner").order_by("pk"):
        sums = Sums(report.gross, report.refunds, report.fees)
        payout = payout_for(sums, report.currency, report.payout, payouts_of(report.partner))
        booked += payout is not None and _booked(report, payout.line, by=by)
    return booked


def _booked(report: SettlementReport, line: int, *, by: User | None) -> bool:
    try:
        book_report(report, BankLine.objects.get(pk=line), by=by)
    except Refused as refusal:
        waiting = SettlementReport.objects.filter(pk=report.pk, state=ReportState.AWAITS_MONEY)
        waiting.update(state=ReportState.HELD, problems=[str(refusal)])
        return False
    return True
