"""Bank lines and what they pay: the books as `invoices.matching` wants them, and the lines that nobody has to be asked about."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from invoices.actions.allowances import tolerance_of
from invoices.actions.bank.booking import Wanted, book_line
from invoices.actions.early_payment import offers_for
from invoices.actions.imports.batches import in_batches
from invoices.actions.settlements.finding import await_settlements
from invoices.actions.settlements.waiting import settle_waiting
from invoices.early_payment import Offer
from invoices.matching import Books, Money, OpenItem, Proposal, Reason, Tolerance, propose
from invoices.matching.words import SHORTEST_KEY, plain_key
from invoices.models import BankLine, CollectiveId, Customer, Invoice, InvoiceSource, Item, Payment, PendingLine
from invoices.models.bank import BankLineQuerySet
from invoices.statements.originals import AMOUNTS, original_of, without
from receivables.accounts.models import Creditor, User
from receivables.core.errors import Refused

BY_ITSELF = "matched alone: "
REPEATABLE = frozenset({Reason.VIRTUAL_ACCOUNT, Reason.INVOICE_KEY, Reason.COLLECTIVE_KEY, Reason.INSTALMENT})
"""Where a second copy of the same money would fit as well as the first."""
_AT_ONCE = 500
Told = BankLine | PendingLine
"""Money that the bank has booked, or only shown."""


@dataclass(frozen=True, slots=True)
class Matched:
    """Both rates of a matching: of lines and of money, that found their invoices alone."""

    lines: int = 0
    alone: int = 0
    amount: Decimal = Decimal(0)
    amount_alone: Decimal = Decimal(0)


def match_lines(
    creditor: Creditor,
    *,
    lines: BankLineQuerySet | None = None,
    by: User | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> Matched:
    """Book what needs nobody; the rest waits with its suggestions. Each line is a transaction: stopped, it goes on where it was."""
    waiting = (lines if lines is not None else BankLine.objects.all()).waiting().filter(creditor=creditor, amount__gt=0)
    await_settlements(creditor)
    settle_waiting(creditor, by=by)
    waiting = waiting.filter(awaited_settlement=None)  # what a partner pays out waits for its report
    waiting = waiting.filter(payments=None, is_reversal=False)  # what a person has undone, and money that comes back, is for people
    count = alone = 0
    amount = amount_alone = Decimal(0)
    for batch in _batches(waiting):
        books = books_of(creditor, batch)
        suspicious, alike = _seen_elsewhere(batch, _looks), _seen_elsewhere(batch, _looks_alike)
        unproven = _told_otherwise(batch)
        for line in batch:
            count, amount = count + 1, amount + line.amount
            found = propose(money_of(line), books)
            twice = unproven | (alike if found and found[0].reason in REPEATABLE else suspicious)
            if found and found[0].is_alone and line.pk not in twice and _booked(line, found[0], books, by=by):
                alone, amount_alone = alone + 1, amount_alone + line.amount
        progress(count)
    return Matched(count, alone, amount, amount_alone)


def suggestions(lines: Sequence[BankLine]) -> dict[int, list[Proposal]]:
    """Line id → what it may pay, the surest first. Of lines of one creditor; a fixed number of queries."""
    if not lines:
        return {}
    books = books_of(lines[0].creditor, lines)
    return {line.pk: propose(money_of(line), books) for line in lines}


def suggestions_together(lines: Sequence[BankLine]) -> list[Proposal]:
    """What several lines of one creditor and currency may pay together: their sum, with all that their titles say."""
    books, each = books_of(lines[0].creditor, lines), [money_of(line) for line in lines]
    first = each[0]
    joined = Money(
        sum((money.amount for money in each), Decimal(0)), first.currency, " ; ".join(dict.fromkeys(money.title for money in each)),
        first.counterparty, first.account, first.virtual, tuple(said for money in each for said in money.references),
        max(line.booked_on for line in lines),
    )  # fmt: skip
    return [proposal for proposal in propose(joined, books) if not proposal.borne and not proposal.exchanged]


def books_of(creditor: Creditor, lines: Sequence[Told]) -> Books:
    """All that is open to this company, and who has paid from the accounts of these lines before."""
    items = list(_open_items(creditor))
    customers = Customer.objects.filter(pk__any=list({item.customer for item in items}))
    virtual = {line.virtual_account for line in lines if line.virtual_account}
    owners = Customer.objects.filter(creditor=creditor, virtual_account__in=virtual)
    return Books(
        items,
        dict(customers.values_list("pk", "name")),
        accounts=_payers(creditor, lines),
        virtual=dict(owners.values_list("virtual_account", Coalesce("merged_into", "pk"))),
        tolerance={code: Tolerance(*said) for code, said in tolerance_of(creditor, on=_last_day(lines)).items()},
    )


def _last_day(lines: Sequence[Told]) -> date:
    return max(line.booked_on for line in lines)


def _open_items(creditor: Creditor) -> Iterator[OpenItem]:
    """All that is open, with keys and offers. Three queries, and one where an invoice has a discount."""
    rows = Item.objects.open().filter(creditor=creditor).order_by("due_on", "pk")
    keys, offered = _keys_of(creditor), _offered(creditor)
    bearing = _bearing(offered)
    named = rows.values_list("pk", "invoice_id", "invoice__number", "customer_id", "currency", "open_amount", "due_on")
    for pk, invoice, number, customer, currency, is_open, due_on in named.iterator(chunk_size=5_000):
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


def _keys_of(creditor: Creditor) -> dict[int, tuple[str, ...]]:
    """Invoice id → what it alone carries, and what collective payments call it. Short references may be anything and are none."""
    found: dict[int, list[str]] = defaultdict(list)
    sources = InvoiceSource.objects.filter(creditor=creditor, invoice__items__open_amount__gt=0).exclude(ksef_number="", payment_id="")
    for invoice, *said in sources.values_list("invoice", "ksef_number", "payment_id").distinct():
        found[invoice] += [key for key in said if len(plain_key(key)) >= SHORTEST_KEY]
    collective = CollectiveId.objects.filter(creditor=creditor, invoice__items__open_amount__gt=0)
    for invoice, number in collective.values_list("invoice", "number").distinct():
        found[invoice].append(number)
    return {invoice: tuple(dict.fromkeys(keys)) for invoice, keys in found.items()}


def _offered(creditor: Creditor) -> dict[int, tuple[Offer, ...]]:
    granting = Invoice.objects.filter(creditor=creditor, items__open_amount__gt=0, early_payment__isnull=False)
    return offers_for(list(granting.select_related("creditor").distinct()))


def _payers(creditor: Creditor, lines: Sequence[Told]) -> dict[str, frozenset[int]]:
    """Keyed hash of an account → customers whose money came from it and was not taken back: learned from what was booked."""
    hashes = {bytes(line.payer_account_hash) for line in lines if line.payer_account_hash is not None}
    paid = Payment.objects.filter(creditor=creditor, payer_account_hash__in=hashes, reverses=None, reversal=None)
    found: dict[str, set[int]] = defaultdict(set)
    for account, customer in paid.order_by().values_list("payer_account_hash", "customer_id").distinct():
        found[bytes(account or b"").hex()].add(customer)
    return {account: frozenset(customers) for account, customers in found.items()}


def money_of(line: Told) -> Money:
    """A line as the pure part sees it; the account is its keyed hash."""
    account = bytes(line.payer_account_hash or b"").hex()
    references = tuple(str(said) for name, said in line.references.items() if name not in AMOUNTS)
    on, original = line.booked_on, original_of(line.references)
    return Money(
        line.amount, line.currency, without(line.title), line.counterparty, account, line.virtual_account, references, on, original
    )


def _batches(lines: "QuerySet[BankLine]") -> Iterator[list[BankLine]]:
    """Those that wait now, and still do when their turn comes. Their ids are read at once: each search anew costs more."""
    for ids in in_batches(lines.order_by("pk").values_list("pk", flat=True), _AT_ONCE):
        if batch := list(lines.filter(pk__any=ids).select_related("creditor").order_by("pk")):
            yield batch


def _file_of(line: BankLine) -> int:
    return line.statement.file_id


def _seen_elsewhere(
    lines: Sequence[BankLine], looks: Callable[[BankLine], tuple[object, ...]], where: Callable[[BankLine], int] = _file_of
) -> set[int]:
    """Lines that another file has too, said a little differently: the same day, amount, payer and title. A person looks at those."""
    days, amounts = {line.booked_on for line in lines}, {line.amount for line in lines}
    others = BankLine.objects.filter(account__in={line.account_id for line in lines}, booked_on__in=days, amount__in=amounts)
    known: dict[tuple[object, ...], set[int]] = defaultdict(set)
    for other in others.exclude(state=BankLine.State.SET_ASIDE).select_related("statement"):
        known[looks(other)].add(where(other))
    return {line.pk for line in lines if len(known[looks(line)]) > 1}


def _told_otherwise(lines: Sequence[BankLine]) -> set[int]:
    """Lines that both a statement and a notice may have, though nothing proves that they are the same money. A person looks at those."""
    bare = [line for line in lines if not line.references.get("bank")]
    alike = _seen_elsewhere(bare, _looks_alike, lambda line: line.statement.is_notice) if bare else set()
    keys, accounts = {line.entry_key for line in lines if line.entry_key}, {line.account_id for line in lines}
    kinds: dict[tuple[int, str], set[bool]] = defaultdict(set)
    told = BankLine.objects.filter(account__in=accounts, entry_key__any=list(keys)).exclude(state=BankLine.State.SET_ASIDE)
    for account, key, is_notice in told.values_list("account_id", "entry_key", "statement__is_notice"):
        kinds[account, key].add(is_notice)
    return alike | {line.pk for line in lines if len(kinds[line.account_id, line.entry_key]) > 1}


def _looks(line: BankLine) -> tuple[object, ...]:
    account = bytes(line.payer_account_hash or b"")
    return line.account_id, line.booked_on, line.amount, line.currency, account, "".join(line.title.split()).casefold()


def _looks_alike(line: BankLine) -> tuple[object, ...]:
    """What two formats tell alike of the same movement, whatever they cut."""
    return line.account_id, line.booked_on, line.amount, line.currency


def wanted(proposal: Proposal, amount: Decimal, *, known: Mapping[int, Decimal] | None = None) -> Wanted:
    """The share that a proposal makes of so much money. `known` says what was open on the items when it was made; without it, as it is."""
    items = Item.objects.in_bulk([part.item for part in proposal.parts])
    targets = tuple(items[part.item] for part in proposal.parts)
    is_open = sum(((known[item.pk] if known else item.open_amount) for item in targets), Decimal(0))
    return Wanted(
        Customer.objects.get(pk=proposal.customer), amount, targets, is_open, tuple(part.amount for part in proposal.parts), proposal.borne,
        proposal.exchanged,
    )  # fmt: skip


def _booked(line: BankLine, proposal: Proposal, books: Books, *, by: User | None) -> bool:
    """Whether it could be booked as proposed; where something has changed meanwhile, it waits."""
    known = {item.item: item.open for item in books.owed_by(proposal.customer, line.currency)}
    try:
        book_line(line, [wanted(proposal, line.amount, known=known)], why=f"{BY_ITSELF}{proposal.reason}", by=by)
    except Refused:
        return False
    return True
