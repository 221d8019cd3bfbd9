"""Small builders with believable defaults. All go through the actions, so that what a test stands on could have happened."""

from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from invoices import actions
from invoices.models import Customer, Dispute, Invoice, Item, Payment
from invoices.states import Kind
from receivables.accounts.models import Creditor, Membership, Role, User
from receivables.audit.models import Entry

ISSUED = date(2026, 3, 1)
DUE = date(2026, 3, 15)
PAID = date(2026, 3, 20)

_numbers = count(1)


def make_creditor(slug: str = "", **fields: Any) -> Creditor:
    """A company in Poland whose currency is PLN."""
    slug = slug or f"company-{next(_numbers)}"
    return Creditor.objects.create(slug=slug, **{"name": slug.title(), **fields})


def make_user(username: str = "", *, role: Role = Role.MANAGER, creditor: Creditor | None = None, **fields: Any) -> User:
    """A user, with a role at a company where one is given."""
    user = User.objects.create(username=username or f"user-{next(_numbers)}", **fields)
    if creditor:
        Membership.objects.create(user=user, creditor=creditor, role=role)
    return user


def make_customer(creditor: Creditor | None = None, **fields: Any) -> Customer:
    """A business with an e-mail address and a telephone."""
    number = f"K{next(_numbers)}"
    defaults = {
        "number": number,
        "name": f"Firma {number}",
        "kind": Kind.BUSINESS,
        "email": f"{number.lower()}@example.com",
        "phone": "+48500100100",
        "street": "Prosta 1",
        "postcode": "00-001",
        "city": "Warszawa",
    }
    return actions.add_customer(creditor or make_creditor(), **{**defaults, **fields})


def make_invoice(customer: Customer | None = None, gross: Decimal | str | int = "100.00", **fields: Any) -> Invoice:
    """An issued invoice over 100.00, due on 15 March 2026."""
    defaults: dict[str, Any] = {"number": f"F/{next(_numbers)}", "issued_on": ISSUED}
    if not fields.get("instalments"):
        defaults["due_on"] = DUE
    return actions.issue_invoice(customer or make_customer(), gross=Decimal(gross), **{**defaults, **fields})


def make_item(customer: Customer | None = None, gross: Decimal | str | int = "100.00", **fields: Any) -> Item:
    """The only item of an invoice made by `make_invoice`."""
    return make_invoice(customer, gross, **fields).items.get()


def parts(*amounts: Decimal | str | int, first_due: date = DUE) -> list[tuple[date, Decimal]]:
    """Instalments of these amounts, a month apart."""
    return [(date(first_due.year + (first_due.month + n - 1) // 12, (first_due.month + n - 1) % 12 + 1, first_due.day), Decimal(amount))
            for n, amount in enumerate(amounts)]  # fmt: skip


def pay(customer: Customer, amount: Decimal | str | int = "100.00", *invoices: Invoice | Item, **fields: Any) -> Payment:
    """Money booked on 20 March 2026, for the invoices named, if any."""
    return actions.record_payment(customer, amount=Decimal(amount), invoices=list(invoices) or None, **{"booked_on": PAID, **fields})


def credit(customer: Customer, amount: Decimal | str | int = "100.00", invoice: Invoice | Item | None = None, **fields: Any) -> Invoice:
    """A credit note of 20 March 2026, standing alone unless an invoice is given."""
    defaults = {"number": f"KOR/{next(_numbers)}", "issued_on": PAID}
    return actions.issue_credit_note(customer, amount=Decimal(amount), invoice=invoice, **{**defaults, **fields})


def dispute(target: Invoice | Item, amount: Decimal | str | int | None = None, **fields: Any) -> list[Dispute]:
    """Disputed on 20 March 2026."""
    return actions.dispute(target, amount=None if amount is None else Decimal(amount), **{"on": PAID, **fields})


def open_amounts(customer: Customer) -> dict[str, Decimal]:
    """Item → what is open on it, in order of due date."""
    return dict(customer.items.order_by("due_on", "label").values_list("label", "open_amount"))


def credit_of(customer: Customer) -> dict[str, Decimal]:
    """Open credit by currency."""
    return actions.open_credit([customer]).get(customer.pk, {})


def audited(creditor: Creditor) -> list[str]:
    """The verbs on the company's audit chain, oldest first, without those of policies that come by themselves with the first items."""
    entries = Entry.objects.filter(creditor=creditor).exclude(verb__startswith="policy_")
    return list(entries.order_by("sequence").values_list("verb", flat=True))


TABLE = {
    "number": "Invoice number", "kind": "Document kind", "reference": "Reference", "order": "Order number",
    "contract": "Contract number", "branch": "Branch", "customer": "Customer number", "name": "Customer",
    "customer_kind": "Customer kind", "tax_id": "Tax ID", "email": "E-mail", "phone": "Phone", "country": "Country", "issued": "Issued",
    "due": "Due", "gross": "Gross amount", "currency": "Currency", "paid": "Paid", "paid_on": "Paid on", "disputed": "Disputed",
    "resolved_on": "Dispute resolved on", "method": "Payment method", "subscription": "Subscription", "tags": "Tags", "insured": "Insured",
}  # fmt: skip


def table(*rows: dict[str, str]) -> bytes:
    """A CSV file for the profile `generic`: the columns that the rows name, F/1 over 100.00 for customer K1 unless they say otherwise."""
    base = {"number": "F/1", "customer": "K1", "issued": "2026-03-01", "due": "2026-03-15", "gross": "100.00"}
    names = [name for name in TABLE if any(name in row for row in (base, *rows)) and not all(row.get(name, "") is None for row in rows)]
    lines = [[TABLE[name] for name in names], *([{**base, **row}.get(name, "") for name in names] for row in rows)]
    return "".join(",".join(line) + "\n" for line in lines).encode()
