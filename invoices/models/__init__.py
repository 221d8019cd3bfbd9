from invoices.models.bank import BankAccount, BankLine, BankStatement, StatementFile
from invoices.models.claim_ledger import Claim, ClaimEntry
from invoices.models.claims import ClaimRules, ContractRate, SparedCustomer
from invoices.models.customers import Contact, Customer, Objection
from invoices.models.deliveries import Delivery, InvoicePaper
from invoices.models.disputes import Dispute
from invoices.models.intake import ImportedFile, InvoiceQuestion, InvoiceSource, Profile, ProfileVersion
from invoices.models.invoices import Invoice, Item, Sale
from invoices.models.moving import CustomerMove
from invoices.models.payments import AllocationEntry, Payment, WriteOff
from invoices.models.pulling import NotTaken, PullMark
from invoices.models.relief import Relief, ReliefLine, VatLine, VatStatement

__all__ = [
    "AllocationEntry",
    "BankAccount",
    "BankLine",
    "BankStatement",
    "Claim",
    "ClaimEntry",
    "ClaimRules",
    "Contact",
    "ContractRate",
    "Customer",
    "CustomerMove",
    "Delivery",
    "Dispute",
    "ImportedFile",
    "Invoice",
    "InvoicePaper",
    "InvoiceQuestion",
    "InvoiceSource",
    "Item",
    "NotTaken",
    "Objection",
    "Payment",
    "Profile",
    "ProfileVersion",
    "PullMark",
    "Relief",
    "ReliefLine",
    "Sale",
    "SparedCustomer",
    "StatementFile",
    "VatLine",
    "VatStatement",
    "WriteOff",
]
