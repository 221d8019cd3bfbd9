"""What a person has to look at about the rows of a table, before anybody is reminded of them. A handful of queries a batch."""

from collections.abc import Collection, Iterator, Mapping

from invoices.actions.imports.batches import in_batches
from invoices.actions.imports.writing import Load
from invoices.actions.papers.asking import BY_ITSELF, ask_all
from invoices.intake.csv_table import InvoiceRow
from invoices.intake.parsed import Asked, Party
from invoices.intake.quality import ABOUT_BUYERS, asked_of_buyer, asked_of_row, is_open, wants_transfer
from invoices.models import Contact, Customer, Invoice, InvoiceQuestion
from invoices.states import Kind


def ask_about(load: Load) -> None:
    """Ask about what is new and open. Of a customer once: with the first of their invoices, and not where that was asked before."""
    first: dict[int, InvoiceRow] = {}
    for row in (row for row in load.sorting.new if is_open(row)):
        first.setdefault(load.customer_of(row), row)
    for customers in in_batches(first):
        _ask({first[pk].number: asked for pk, asked in _about_customers({pk: first[pk] for pk in customers}, load)}, load)
    for rows in in_batches((row, asked) for row in load.sorting.new if is_open(row) and (asked := asked_of_row(row))):
        _ask({row.number: asked for row, asked in rows}, load)


def _about_customers(first: Mapping[int, InvoiceRow], load: Load) -> Iterator[tuple[int, list[Asked]]]:
    """What is to be asked about each customer, whose first row is given, and was not before."""
    before = _asked_before(first)
    has_own = bool(load.creditor.bank_account)
    reached = dict(Contact.objects.filter(customer__in=first).order_by("-pk").values_list("customer", "email"))
    for customer in Customer.objects.filter(pk__in=first):
        reach = (reached[customer.pk] or "phone") if customer.pk in reached else ""  # a contact has one of them
        buyer = Party(tax_id=customer.tax_id, kind=Kind(customer.kind), country=customer.country, email=reach)
        has_account = has_own or bool(customer.virtual_account) or not wants_transfer(first[customer.pk])
        asked = asked_of_buyer(buyer, has_account=has_account)
        if new := [one for one in asked if (customer.pk, one.question) not in before]:
            yield customer.pk, new


def _asked_before(customers: Collection[int]) -> set[tuple[int, str]]:
    """Customer and question: open, or answered by a person."""
    known = InvoiceQuestion.objects.filter(invoice__customer__in=customers, question__in=ABOUT_BUYERS).exclude(answer=BY_ITSELF)
    return set(known.values_list("invoice__customer", "question"))


def _ask(asked: Mapping[str, Collection[Asked]], load: Load) -> None:
    """Ask about invoices by their numbers."""
    numbered = Invoice.objects.filter(creditor=load.creditor, number__in=list(asked)).values_list("pk", "number")
    ask_all({pk: asked[number] for pk, number in numbered}, on=load.on, by=load.by)
