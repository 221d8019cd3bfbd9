"""The verbs of credit. Each judges under the customer's lock, writes, audits, and raises `Refused` with a sentence where it may not be."""

from receivables.credit.actions.deciding import end_decision, override
from receivables.credit.actions.following import follow_credit, follow_due, look_again_at_all
from receivables.credit.actions.insurance import notify_insurer, set_insurance, take_back_notice
from receivables.credit.actions.limits import set_limit, take_limit_back
from receivables.credit.actions.registers import ask_registers, known_answers

__all__ = [
    "ask_registers",
    "end_decision",
    "follow_credit",
    "follow_due",
    "known_answers",
    "look_again_at_all",
    "notify_insurer",
    "override",
    "set_insurance",
    "set_limit",
    "take_back_notice",
    "take_limit_back",
]
