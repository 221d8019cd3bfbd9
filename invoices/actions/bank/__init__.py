"""Statements of the bank into the books, and what each movement of money pays.

`import_statement` stores a file's lines once, however it overlaps with others; `match_lines` books those that need nobody; a person books,
sets aside or takes back the rest.
"""

from invoices.actions.bank.booking import Wanted, book_line, book_together, put_back, set_aside, take_back_by, undo_line
from invoices.actions.bank.going import LONG, matching_under_way, stop_matching
from invoices.actions.bank.importing import StatementReport, add_bank_account, import_statement, layout_for, release_statement
from invoices.actions.bank.layouts import save_layout
from invoices.actions.bank.matching import Matched, lines_to_match, match_lines, suggestions, suggestions_together, wanted
from invoices.actions.bank.refunding import RefundSuggestion, refund_by, refund_candidates, refund_candidates_shown, refund_suggestions

__all__ = [
    "LONG",
    "Matched",
    "RefundSuggestion",
    "StatementReport",
    "Wanted",
    "add_bank_account",
    "book_line",
    "book_together",
    "import_statement",
    "layout_for",
    "lines_to_match",
    "match_lines",
    "matching_under_way",
    "put_back",
    "refund_by",
    "refund_candidates",
    "refund_candidates_shown",
    "refund_suggestions",
    "release_statement",
    "save_layout",
    "set_aside",
    "stop_matching",
    "suggestions",
    "suggestions_together",
    "take_back_by",
    "undo_line",
    "wanted",
]
