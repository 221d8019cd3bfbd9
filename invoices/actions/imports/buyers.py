"""Which customer a row means: a known one, by number, tax number or name, or one that is to be made."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from django.db.models.functions import Coalesce

from invoices.actions.identifiers import phone_in_full, plain_email, plain_tax_id, tax_id_problem
from invoices.actions.imports.batches import in_batches
from invoices.intake.cells import Problem
from invoices.intake.csv_table import InvoiceRow
from invoices.intake.profile import ColumnProfile
from invoices.models import Contact, Customer
from receivables.accounts.models import Creditor
from receivables.core.errors import Refused
from receivables.db.copying import copy_in


@dataclass(frozen=True, slots=True)
class Buyer:
    """A customer as a row names it. `pk` is None for one that the books do not know yet."""

    number: str
    pk: int | None
    tax_id: str = ""


class Buyers:
    """The customers that rows name. By number wherever there is a column for it, and then by tax number only whom an intake had made
    without one; else by tax number, else by name.
    """

    def __init__(self, rows: Sequence[InvoiceRow], creditor: Creditor) -> None:
        unnumbered = [row for row in rows if not row.customer_number]
        self._by_number = _found("number", {_number(row) for row in rows}, creditor)
        self._by_tax_id = _found("tax_id", {plain_tax_id(row.tax_id) for row in rows if row.tax_id}, creditor)
        self._numbers: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            if row.tax_id and row.customer_number:
                self._numbers[plain_tax_id(row.tax_id)].add(row.customer_number)
        self._by_name = _found("name", {row.customer_name for row in unnumbered if row.customer_name}, creditor)

    def of(self, row: InvoiceRow) -> Buyer:
        """Whom the row means. Raises `Refused` where that could be several."""
        meant = (self._by_number[_number(row)] or self._unnumbered(row)) if row.customer_number else self._without_number(row)
        if len(meant) > 1:
            several = ", ".join(buyer.number for buyer in meant[:3])
            raise Refused(f"could be any of {len(meant)} customers: {several} … Name the customer's number.")
        return meant[0] if meant else Buyer(_number(row), None)

    def _unnumbered(self, row: InvoiceRow) -> Sequence[Buyer]:
        """Whom an intake had made without a number, so that its number is the tax number; not where the file knows several under that."""
        tax_id = plain_tax_id(row.tax_id)
        if not tax_id or len(self._numbers[tax_id]) > 1:
            return ()
        return [buyer for buyer in self._by_tax_id[tax_id] if buyer.number == tax_id]

    def _without_number(self, row: InvoiceRow) -> Sequence[Buyer]:
        by_tax_id = self._by_tax_id[plain_tax_id(row.tax_id)] if row.tax_id else ()
        by_name = [buyer for buyer in self._by_name[row.customer_name] if not (row.tax_id and buyer.tax_id)]
        return by_tax_id or by_name or self._by_number[_number(row)]


def make_customers(rows: Iterable[InvoiceRow], buyers: Mapping[str, Buyer], creditor: Creditor) -> dict[str, int]:
    """Store the customers that are not known yet, each from its first row. Returns customer number → id, of known ones too."""
    first = first_rows(rows, buyers)
    made = {number: _customer(row, number, creditor) for number, row in first.items()}
    for batch in in_batches(made.values()):
        copy_in(batch)
    reached = ((made[number], _reach(row, made[number].country)) for number, row in first.items())
    for contacts in in_batches((customer, reach) for customer, reach in reached if reach.email or reach.phone):
        copy_in([Contact(customer=customer, email=reach.email, phone=reach.phone) for customer, reach in contacts])
    known = {buyer.number: buyer.pk for buyer in buyers.values() if buyer.pk}
    return known | {number: customer.pk for number, customer in made.items()}


def first_rows(rows: Iterable[InvoiceRow], buyers: Mapping[str, Buyer]) -> dict[str, InvoiceRow]:
    """Number of a customer that is not known yet → the first row that names it."""
    first: dict[str, InvoiceRow] = {}
    for row in rows:
        buyer = buyers[row.number]
        if buyer.pk is None:
            first.setdefault(buyer.number, row)
    return first


def doubts(row: InvoiceRow, creditor: Creditor, profile: ColumnProfile) -> list[Problem]:
    """What about a new customer's row is kept, or left out, with a warning."""
    country = row.country or creditor.country
    left_out = {field: f"{says} It is left out." for field, says in _reach(row, country).left_out.items()}
    wrong = row.tax_id and tax_id_problem(country, row.tax_id)
    all_of = {**left_out, **({"tax_id": f"{wrong} It is kept as it is."} if wrong else {})}
    return [Problem(row.line, profile.columns[field], says) for field, says in all_of.items()]


def _number(row: InvoiceRow) -> str:
    """The customer's number, or one made up from what the row says."""
    return row.customer_number or plain_tax_id(row.tax_id) or row.customer_name[:60]


def _found(field: str, values: Collection[str], creditor: Creditor) -> dict[str, list[Buyer]]:
    """Who was merged is meant as the survivor, by its old number too."""
    found: dict[str, list[Buyer]] = defaultdict(list)
    survivor = [Coalesce("merged_into__number", "number"), Coalesce("merged_into", "pk"), Coalesce("merged_into__tax_id", "tax_id")]
    for batch in in_batches(values):
        known = Customer.objects.filter(creditor_id=creditor.pk, **{f"{field}__in": batch}).order_by("pk")
        for value, number, pk, tax_id in known.values_list(field, *survivor):
            if (buyer := Buyer(number, pk, tax_id)) not in found[value]:
                found[value].append(buyer)
    return found


def _customer(row: InvoiceRow, number: str, creditor: Creditor) -> Customer:
    return Customer(
        creditor=creditor,
        number=number,
        name=row.customer_name or number,
        kind=row.customer_kind,
        language=row.language,
        country=row.country or creditor.country,
        tax_id=plain_tax_id(row.tax_id),
        street=row.street,
        postcode=row.postcode,
        city=row.city,
        tags=list(row.tags),
        is_insured=row.is_insured,
    )


@dataclass(frozen=True, slots=True)
class _Reach:
    """How a row says its customer is reached, without what reaches nobody; `left_out` names that, by field."""

    email: str
    phone: str
    left_out: Mapping[str, str]


def _reach(row: InvoiceRow, country: str) -> _Reach:
    reach, left_out = {"email": "", "phone": ""}, {}
    for field, read in (("email", plain_email), ("phone", partial(phone_in_full, country=country))):
        text: str = getattr(row, field)
        try:
            reach[field] = read(text) if text else ""
        except Refused as refusal:
            left_out[field] = str(refusal)
    return _Reach(**reach, left_out=left_out)
