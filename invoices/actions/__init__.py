"""The verbs that change the books. Each is one transaction, with an audit entry; what cannot be is `Refused` and changes nothing.

The first argument is positional, everything else goes by name. Days are dates in the creditor's zone. `Target` is an Invoice or an Item.
"""

from invoices.actions.allowances import bear_difference, grant_discount
from invoices.actions.claim_terms import agree_rate, end_sparing, refuse_penalty, set_claim_rules, spare_customer
from invoices.actions.claims import NewClaim, pay_claims, post_claims, rebook_claim, reverse_claim, waive_claim
from invoices.actions.contacts import (
    UNCHANGED,
    Change,
    Unchanged,
    add_contact,
    change_contact,
    choose_salutation,
    lift_objection,
    object_by_address,
    object_to,
)
from invoices.actions.credits import issue_credit_note, reverse_credit_note
from invoices.actions.customers import REGISTERED, add_customer, find_by_pesel, read_pesel, set_pesel, set_registered
from invoices.actions.deliveries import attach_paper, record_delivery
from invoices.actions.difference_rules import set_difference_rule
from invoices.actions.disputes import dispute, resolve_dispute
from invoices.actions.drafts import issue_draft
from invoices.actions.early_payment import note_early_payment, offers_of
from invoices.actions.exchanges import book_exchange_difference, settle_in_other_currency
from invoices.actions.identifiers import phone_in_full, tax_id_problem
from invoices.actions.imports import FileReport, company_for_import, import_customers, import_file, profile_named, profiles_for
from invoices.actions.invoices import cancel_invoice, issue_invoice
from invoices.actions.money_in import record_payment
from invoices.actions.payments import allocate, payments_from_account, reverse_payment
from invoices.actions.prepayments import call_prepayment_off, note_prepayment
from invoices.actions.refunds import give_back, undo_refund
from invoices.actions.relief import give_back_relief, state_vat, stated_vat, take_back_relief, take_relief
from invoices.actions.rows import Target
from invoices.actions.sales import close_as_sold, reopen_sold
from invoices.actions.write_offs import take_back_write_off, write_off
from invoices.balances import left_of, open_credit

__all__ = [
    "REGISTERED",
    "UNCHANGED",
    "Change",
    "FileReport",
    "NewClaim",
    "Target",
    "Unchanged",
    "add_contact",
    "add_customer",
    "agree_rate",
    "allocate",
    "attach_paper",
    "bear_difference",
    "book_exchange_difference",
    "call_prepayment_off",
    "cancel_invoice",
    "change_contact",
    "choose_salutation",
    "close_as_sold",
    "company_for_import",
    "dispute",
    "end_sparing",
    "find_by_pesel",
    "give_back",
    "give_back_relief",
    "grant_discount",
    "import_customers",
    "import_file",
    "issue_credit_note",
    "issue_draft",
    "issue_invoice",
    "left_of",
    "lift_objection",
    "note_early_payment",
    "note_prepayment",
    "object_by_address",
    "object_to",
    "offers_of",
    "open_credit",
    "pay_claims",
    "payments_from_account",
    "phone_in_full",
    "post_claims",
    "profile_named",
    "profiles_for",
    "read_pesel",
    "rebook_claim",
    "record_delivery",
    "record_payment",
    "refuse_penalty",
    "reopen_sold",
    "resolve_dispute",
    "reverse_claim",
    "reverse_credit_note",
    "reverse_payment",
    "set_claim_rules",
    "set_difference_rule",
    "set_pesel",
    "set_registered",
    "settle_in_other_currency",
    "spare_customer",
    "state_vat",
    "stated_vat",
    "take_back_relief",
    "take_back_write_off",
    "take_relief",
    "tax_id_problem",
    "undo_refund",
    "waive_claim",
    "write_off",
]
