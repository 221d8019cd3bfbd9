"""Settlement reports: bring one in, find the line of the bank that pays it out, split that over orders, undo."""

from invoices.actions.settlements.booking import against_undoing, book_report, discard_report, name_invoice, set_line_aside, undo_report
from invoices.actions.settlements.finding import await_settlements, partner_of, payouts_of
from invoices.actions.settlements.importing import SettlementResult, import_settlement, partner_called
from invoices.actions.settlements.waiting import settle_waiting

__all__ = [
    "SettlementResult",
    "against_undoing",
    "await_settlements",
    "book_report",
    "discard_report",
    "import_settlement",
    "name_invoice",
    "partner_called",
    "partner_of",
    "payouts_of",
    "set_line_aside",
    "settle_waiting",
    "undo_report",
]
