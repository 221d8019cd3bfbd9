"""Reports that were there before their money."""

from invoices.actions.settlements.booking import book_report
from invoices.actions.settlements.finding import await_settlements, payouts_of
from invoices.models import BankLine, SettlementReport
from invoices.settlements import ReportState, Sums, payout_for
from receivables.accounts.models import Creditor, User
from receivables.core.errors import Refused


def settle_waiting(creditor: Creditor, *, by: User | None = None) -> int:
    """Note new payouts and book the reports whose money has come, each in a transaction of its own. How many were booked."""
    await_settlements(creditor)
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
    except Refused:
        return False
    return True
