"""Which item does this money pay, and why? Pure: open items and a line of a bank statement in, proposals with score and reason out."""

from invoices.matching.parts import ALONE, SCORES, Borne, BorneAs, Money, OpenItem, Part, Proposal, Reason, Tolerance
from invoices.matching.proposing import Books, propose
from invoices.matching.refunding import Credit, MoneyOut, RefundProposal, propose_refunds
from invoices.matching.words import name_words, tokens

__all__ = [
    "ALONE",
    "SCORES",
    "Books",
    "Borne",
    "BorneAs",
    "Credit",
    "Money",
    "MoneyOut",
    "OpenItem",
    "Part",
    "Proposal",
    "Reason",
    "RefundProposal",
    "Tolerance",
    "name_words",
    "propose",
    "propose_refunds",
    "tokens",
]
