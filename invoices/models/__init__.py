from invoices.models.customers import Contact, Customer, Objection
from invoices.models.disputes import Dispute
from invoices.models.intake import ImportedFile, Profile
from invoices.models.invoices import Invoice, Item, Sale
from invoices.models.payments import AllocationEntry, Payment, WriteOff

__all__ = [
    "AllocationEntry",
    "Contact",
    "Customer",
    "Dispute",
    "ImportedFile",
    "Invoice",
    "Item",
    "Objection",
    "Payment",
    "Profile",
    "Sale",
    "WriteOff",
]
