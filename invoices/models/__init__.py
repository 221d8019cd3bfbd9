from invoices.models.arriving import StatementArrival, StatementMailbox
from invoices.models.bank import BankAccount, BankLine, BankStatement, Matching, PendingItem, PendingLine, StatementFile
from invoices.models.claim_ledger import Claim, ClaimEntry
from invoices.models.claims import ClaimRules, ContractRate, SparedCustomer
from invoices.models.customers import Contact, Customer, Objection
from invoices.models.deliveries import Delivery, InvoicePaper
from invoices.models.disputes import Dispute
from invoices.models.intake import ImportedFile, InvoiceQuestion, InvoiceSource, Profile, ProfileVersion
from invoices.models.invoices import Invoice, Item, Sale
from invoices.models.moving import CustomerMove
from invoices.models.pay_terms import CollectiveId, DifferenceRule, EarlyPayment, Prepayment
from invoices.models.payments import PAID_BY, SETTLED_BY_PAYING, AllocationEntry, Payment, WriteOff
from invoices.models.pulling import NotTaken, PullMark
from invoices.models.relief import Relief, ReliefLine, VatLine, VatStatement
from invoices.models.settlements import AwaitedSettlement, Deduction, PayoutPartner, SettlementLine, SettlementReport
from invoices.models.settling import Allowance, CreditEntry, ExchangeDifference
from invoices.models.sisters import SisterBooking, SisterMoney

__all__ = [
    "PAID_BY",
    "SETTLED_BY_PAYING",
    "AllocationEntry",
    "Allowance",
    "AwaitedSettlement",
    "BankAccount",
    "BankLine",
    "BankStatement",
    "Claim",
    "ClaimEntry",
    "ClaimRules",
    "CollectiveId",
    "Contact",
    "ContractRate",
    "CreditEntry",
    "Customer",
    "CustomerMove",
    "Deduction",
    "Delivery",
    "DifferenceRule",
    "Dispute",
    "EarlyPayment",
    "ExchangeDifference",
    "ImportedFile",
    "Invoice",
    "InvoicePaper",
    "InvoiceQuestion",
    "InvoiceSource",
    "Item",
    "Matching",
    "NotTaken",
    "Objection",
    "Payment",
    "PayoutPartner",
    "PendingItem",
    "PendingLine",
    "Prepayment",
    "Profile",
    "ProfileVersion",
    "PullMark",
    "Relief",
    "ReliefLine",
    "Sale",
    "SettlementLine",
    "SettlementReport",
    "SisterBooking",
    "SisterMoney",
    "SparedCustomer",
    "StatementArrival",
    "StatementFile",
    "StatementMailbox",
    "VatLine",
    "VatStatement",
    "WriteOff",
]
