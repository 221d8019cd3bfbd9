"""The books as `invoices.matching` wants them: read once, and kept current while lines are booked against them.

Every change of the books leaves an event in the company's chain, so the length of that tells whether somebody else has changed them; then
only the amounts are read again, and in full what differs. An offer, a due date or a key noted meanwhile is seen by the next matching.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from invoices.actions.allowances import tolerance_of
from invoices.actions.early_payment import offers_by
from invoices.early_payment import Offer
from invoices.matching import Books, OpenItem, Tolerance
from invoices.matching.words import SHORTEST_KEY, plain_key
from invoices.models import BankLine, CollectiveId, Customer, EarlyPayment, InvoiceSource, Item, Payment, PendingLine
from receivables.accounts.models import Creditor
from receivables.audit.actions import length_of_chain, place_of

Told = BankLine | PendingLine
"""Money that the bank has booked, or only shown."""
NOT_KNOWN = -1
_ALL = Q(open_amount__gt=0)


@dataclass(slots=True)
class CurrentBooks:
    """A company's open items, as they were when its chain was so long."""

    creditor: Creditor
    books: Books
    length: int

    @classmethod
    def of(cls, creditor: Creditor) -> "CurrentBooks":
        """Read all that is open."""
        length = length_of_chain(creditor)
        return cls(creditor, _read(creditor), length)

    def meet(self, lines: Sequence[Told]) -> Books:
        """The books, current, with what is known of who paid these lines."""
        if (length := length_of_chain(self.creditor)) != self.length:
            self._read_again()
            self.length = length
        _meet(self.books, self.creditor, lines)
        return self.books

    def take_note(self, first: Payment) -> None:
        """Payments from this one on were just booked by whoever holds these books. Call it in their transaction, which holds the chain
        since the first of them: where nobody else has added to it before, the books need not be read again. Two queries.
        """
        is_ours = place_of(self.creditor, first) == self.length + 1
        self.length = length_of_chain(self.creditor) if is_ours else NOT_KNOWN

    def read(self, items: Collection[int]) -> None:
        """What is open on these now. One query. Something that the books have no more and is open still, for its money fell on interest,
        is read with all that differs by the next that `meet` them.
        """
        amounts = dict(Item.objects.filter(pk__any=items).values_list("pk", "open_amount")) if items else {}
        for pk, amount in amounts.items():
            if amount and pk not in self.books:
                self.length = NOT_KNOWN
            self.books.change(pk, amount)

    def _read_again(self) -> None:
        """All that differs, with all of its invoices: an offer that was dropped may stand again. One query where nothing is new."""
        found: dict[int, tuple[Decimal, int, int]] = {}
        rows = Item.objects.open().filter(creditor=self.creditor).values_list("pk", "open_amount", "customer_id", "invoice_id")
        for pk, amount, customer, invoice in rows.iterator(chunk_size=5_000):
            found[pk] = amount, customer, invoice
        known = {item.item: (item.open, item.customer, item.invoice) for item in self.books.items}
        others = {invoice for pk, (_open, _customer, invoice) in (found | known).items() if found.get(pk) != known.get(pk)}
        for pk in [pk for pk, (_open, _customer, invoice) in known.items() if invoice in others]:
            self.books.change(pk, Decimal(0))
        if others:
            _add(self.books, self.creditor, _ALL & Q(invoice__any=others))


def books_of(creditor: Creditor, lines: Sequence[Told]) -> Books:
    """All that is open to this company, and who has paid from the accounts of these lines before."""
    books = _read(creditor)
    _meet(books, creditor, lines)
    return books


def _read(creditor: Creditor) -> Books:
    books = Books([])
    _add(books, creditor, _ALL)
    return books


def _meet(books: Books, creditor: Creditor, lines: Sequence[Told]) -> None:
    virtual = {line.virtual_account for line in lines if line.virtual_account}
    owners = Customer.objects.filter(creditor=creditor, virtual_account__in=virtual)
    books.accounts = _payers(creditor, lines)
    books.virtual = dict(owners.values_list("virtual_account", Coalesce("merged_into", "pk"))) if virtual else {}
    last = max(line.booked_on for line in lines)
    books.tolerance = {code: Tolerance(*said) for code, said in tolerance_of(creditor, on=last).items()}


def _add(books: Books, creditor: Creditor, which: Q) -> None:
    """Put these items into the books, with the names of who owes them. Four queries."""
    items = list(_open_items(creditor, Item.objects.filter(which, creditor=creditor)))
    customers = Customer.objects.filter(pk__any={item.customer for item in items})
    books.add(items, dict(customers.values_list("pk", "name")))


def _open_items(creditor: Creditor, rows: QuerySet[Item]) -> Iterator[OpenItem]:
    """With keys and offers. Three queries, and two where an invoice has a discount."""
    keys, offered = _keys_of(creditor, rows), _offered(creditor, rows)
    bearing = _bearing(offered)
    named = rows.values_list("pk", "invoice_id", "invoice__number", "customer_id", "currency", "open_amount", "due_on")
    for pk, invoice, number, customer, currency, is_open, due_on in named.order_by("due_on", "pk").iterator(chunk_size=5_000):
        together = bearing.get(pk, 0)
        offers = tuple(offer for offer in offered[invoice] if offer.amount < is_open) if together else ()
        yield OpenItem(pk, invoice, number, customer, currency, is_open, due_on, keys.get(invoice, ()), offers, together or 1)


def _bearing(offered: Collection[int]) -> dict[int, int]:
    """Item on which a discount of its invoice would fall, the last of it → how many items are to be paid for that. Only of invoices of
    which nothing was settled yet.
    """
    found: dict[int, list[tuple[int, Decimal, Decimal]]] = defaultdict(list)
    rows = Item.objects.filter(invoice__any=offered).order_by("due_on", "pk") if offered else Item.objects.none()
    for invoice, pk, is_open, gross in rows.values_list("invoice", "pk", "open_amount", "invoice__gross"):
        found[invoice].append((pk, is_open, gross))
    whole = (items for items in found.values() if sum(is_open for _pk, is_open, _gross in items) == items[0][2])
    return {items[-1][0]: len(items) for items in whole}


def _keys_of(creditor: Creditor, rows: QuerySet[Item]) -> dict[int, tuple[str, ...]]:
    """Invoice id → what it alone carries, and what collective payments call it. Short references may be anything and are none."""
    found: dict[int, list[str]] = defaultdict(list)
    sources = InvoiceSource.objects.filter(creditor=creditor, invoice__in=rows.values("invoice")).exclude(ksef_number="", payment_id="")
    for invoice, *said in sources.values_list("invoice", "ksef_number", "payment_id").distinct():
        found[invoice] += [key for key in said if len(plain_key(key)) >= SHORTEST_KEY]
    collective = CollectiveId.objects.filter(creditor=creditor, invoice__in=rows.values("invoice"))
    for invoice, number in collective.values_list("invoice", "number").distinct():
        found[invoice].append(number)
    return {invoice: tuple(dict.fromkeys(keys)) for invoice, keys in found.items()}


def _offered(creditor: Creditor, rows: QuerySet[Item]) -> dict[int, tuple[Offer, ...]]:
    return offers_by(EarlyPayment.objects.filter(invoice__creditor=creditor, invoice__in=rows.values("invoice")))


def _payers(creditor: Creditor, lines: Sequence[Told]) -> dict[str, frozenset[int]]:
    """Keyed hash of an account → customers whose money came from it and was not taken back: learned from what was booked."""
    hashes = {bytes(line.payer_account_hash) for line in lines if line.payer_account_hash is not None}
    paid = Payment.objects.filter(creditor=creditor, payer_account_hash__in=hashes, reverses=None, reversal=None)
    found: dict[str, set[int]] = defaultdict(set)
    for account, customer in paid.order_by().values_list("payer_account_hash", "customer_id").distinct():
        found[bytes(account or b"").hex()].add(customer)
    return {account: frozenset(customers) for account, customers in found.items()}
