"""Bank lines and what they pay: proposals for each, and the lines that nobody has to be asked about, booked a batch at a time."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from django.db import IntegrityError, transaction

from invoices.actions.bank.booking import Booking, Wanted, book_lines
from invoices.actions.bank.going import told
from invoices.actions.bank.known import NOT_KNOWN, CurrentBooks, Told, books_of
from invoices.actions.imports.batches import in_batches
from invoices.actions.settlements.finding import await_settlements
from invoices.actions.settlements.waiting import settle_waiting
from invoices.matching import Books, Money, Proposal, Reason, propose
from invoices.models import BankLine, Customer, Item
from invoices.models.bank import BankLineQuerySet
from invoices.statements.originals import AMOUNTS, original_of, without
from receivables.accounts.models import Creditor, User
from receivables.core.errors import Refused

logger = logging.getLogger(__name__)
BY_ITSELF = "matched alone: "
REPEATABLE = frozenset({Reason.VIRTUAL_ACCOUNT, Reason.INVOICE_KEY, Reason.COLLECTIVE_KEY, Reason.INSTALMENT})
"""Where a second copy of the same money would fit as well as the first."""
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Matched:
    """Both rates of a matching: of lines and of money, that found their invoices alone."""

    lines: int = 0
    alone: int = 0
    amount: Decimal = Decimal(0)
    amount_alone: Decimal = Decimal(0)

    def __add__(self, other: "Matched") -> "Matched":
        return Matched(
            self.lines + other.lines, self.alone + other.alone, self.amount + other.amount, self.amount_alone + other.amount_alone
        )


def match_lines(
    creditor: Creditor,
    *,
    lines: BankLineQuerySet | None = None,
    by: User | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> Matched:
    """Book what needs nobody; the rest waits with its suggestions. A batch is a transaction: stopped, it goes on where it was."""
    await_settlements(creditor)
    settle_waiting(creditor, by=by)
    waiting = _to_match(creditor, lines if lines is not None else BankLine.objects.all())
    ids = list(waiting.order_by("pk").values_list("pk", flat=True))  # read at once: each search anew costs more
    total, current, through = Matched(), None, 0
    with told(creditor, len(ids)) as goes_on:
        for some in in_batches(ids, _AT_ONCE):
            if batch := list(waiting.filter(pk__any=some).defer("payer_account").order_by("pk")):  # those that still wait
                current = current or CurrentBooks.of(creditor)
                total += _match_batch(batch, current, by=by)
            through += len(some)
            progress(through)
            if not goes_on(through, total.alone):
                break
    return total


def lines_to_match(creditor: Creditor) -> int:
    """How many lines a matching would go through."""
    return _to_match(creditor, BankLine.objects.all()).count()


def _to_match(creditor: Creditor, lines: BankLineQuerySet) -> BankLineQuerySet:
    """What a partner pays out waits for its report; what a person has undone, and money that comes back, is for people."""
    waiting = lines.waiting().filter(creditor=creditor, amount__gt=0, is_reversal=False)
    return waiting.filter(awaited_settlement=None, payments=None)


def _match_batch(batch: Sequence[BankLine], current: CurrentBooks, *, by: User | None) -> "Matched":
    """Propose for each line on what those before it leave open, then book all that are certain; what has changed meanwhile waits."""
    books, twice = current.meet(batch), _twice(batch)
    certain: list[tuple[BankLine, Proposal, Decimal]] = []
    for line in batch:
        found = propose(money_of(line), books)
        if found and found[0].is_alone and not twice(line, found[0]):
            certain.append((line, found[0], _open_on(found[0], books)))
            books.settle(found[0])
    booked = _booked(_bookings(certain), current, by=by)
    if len(booked) < len(certain):
        current.length = NOT_KNOWN  # what was not booked after all is still open, and what is read again differs from it
    current.read({part.item for line, proposal, _open in certain if line.pk in booked for part in proposal.parts})
    alone = [line.amount for line in batch if line.pk in booked]
    return Matched(len(batch), len(alone), sum((line.amount for line in batch), Decimal(0)), sum(alone, Decimal(0)))


def _open_on(proposal: Proposal, books: Books) -> Decimal:
    return sum((books.open_on(part.item) for part in proposal.parts), Decimal(0))


def _bookings(certain: Sequence[tuple[BankLine, Proposal, Decimal]]) -> list[Booking]:
    """With the rows that they are about. Two queries."""
    concerned = {part.item for _line, proposal, _open in certain for part in proposal.parts}
    items = {row.pk: row for row in Item.objects.filter(pk__any=concerned).only("customer_id", "invoice_id")} if concerned else {}
    payers = {proposal.customer for _line, proposal, _open in certain}
    customers = {row.pk: row for row in Customer.objects.filter(pk__any=payers).only("pk")} if payers else {}
    return [
        Booking(line, [_share(proposal, line.amount, customers[proposal.customer], items, is_open)], f"{BY_ITSELF}{proposal.reason}")
        for line, proposal, is_open in certain
    ]


def _booked(bookings: Sequence[Booking], current: CurrentBooks, *, by: User | None) -> set[int]:
    """The lines that were booked, in the order in which they were proposed, for each was on what those before it leave open. What is plain
    goes together as far as nothing else stands between.
    """
    runs = [(is_plain, list(run)) for is_plain, run in groupby(bookings, key=lambda each: each.is_plain)]
    done = (_booked_together(run, current, by=by) if is_plain else _booked_singly(run, current, by=by) for is_plain, run in runs)
    return set().union(*done)


def _booked_together(bookings: Sequence[Booking], current: CurrentBooks, *, by: User | None) -> set[int]:
    """Where they cannot be booked as a whole, each is tried alone."""
    try:
        return _book(bookings, current, by=by)
    except (Refused, IntegrityError):
        return _booked_singly(bookings, current, by=by)


def _booked_singly(bookings: Sequence[Booking], current: CurrentBooks, *, by: User | None) -> set[int]:
    """What cannot be booked waits, and hinders no other."""
    done: set[int] = set()
    for each in bookings:
        try:
            done |= _book([each], current, by=by)
        except Refused:
            pass
        except IntegrityError:
            logger.exception("Bank line %s could not be booked and waits for a person.", each.line.pk)
    return done


def _book(bookings: Sequence[Booking], current: CurrentBooks, *, by: User | None) -> set[int]:
    with transaction.atomic():
        results = book_lines(bookings, by=by)
        done = {pk: result[0] for pk, result in results.items() if not isinstance(result, Refused)}
        if done:
            current.take_note(done[next(iter(done))])
    return set(done)


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


def money_of(line: Told) -> Money:
    """A line as the pure part sees it; the account is its keyed hash."""
    account = bytes(line.payer_account_hash or b"").hex()
    references = tuple(str(said) for name, said in line.references.items() if name not in AMOUNTS)
    on, original = line.booked_on, original_of(line.references)
    return Money(
        line.amount, line.currency, without(line.title), line.counterparty, account, line.virtual_account, references, on, original
    )


def wanted(proposal: Proposal, amount: Decimal) -> Wanted:
    """The share that a proposal makes of so much money, as its items stand."""
    items = Item.objects.in_bulk([part.item for part in proposal.parts])
    is_open = sum((items[part.item].open_amount for part in proposal.parts), Decimal(0))
    return _share(proposal, amount, Customer.objects.get(pk=proposal.customer), items, is_open)


def _share(proposal: Proposal, amount: Decimal, customer: Customer, items: Mapping[int, Item], is_open: Decimal) -> Wanted:
    targets, parts = tuple(items[part.item] for part in proposal.parts), tuple(part.amount for part in proposal.parts)
    return Wanted(customer, amount, targets, is_open, parts, proposal.borne, proposal.exchanged)


class _Seen(NamedTuple):
    """A line as others may tell it again, and where it stands."""

    account: int
    booked_on: date
    amount: Decimal
    currency: str
    payer: bytes
    title: str
    file: int
    is_notice: bool

    @property
    def looks(self) -> tuple[object, ...]:
        """What two files that tell it have in common."""
        return *self.looks_alike, bytes(self.payer or b""), "".join(self.title.split()).casefold()

    @property
    def looks_alike(self) -> tuple[object, ...]:
        """What two formats tell alike of the same movement, whatever they cut."""
        return self.account, self.booked_on, self.amount, self.currency


_SEEN = ("account_id", "booked_on", "amount", "currency", "payer_account_hash", "title")


def _twice(lines: Sequence[BankLine]) -> Callable[[BankLine, Proposal], bool]:
    """Whether a line may be money that was told before: in another file too, a little differently, or by a statement and a notice, though
    nothing proves that they are the same. A person looks at those. Two queries.
    """
    files: dict[tuple[object, ...], set[int]] = defaultdict(set)
    kinds: dict[tuple[object, ...], set[bool]] = defaultdict(set)
    for seen in _seen(lines):
        files[seen.looks].add(seen.file)
        files[seen.looks_alike].add(seen.file)
        kinds[seen.looks_alike].add(seen.is_notice)
    unproven = _told_otherwise(lines)

    def is_twice(line: BankLine, proposal: Proposal) -> bool:
        mine = _Seen._make((*(getattr(line, name) for name in _SEEN), 0, False))
        by_kind = not line.references.get("bank") and len(kinds[mine.looks_alike]) > 1
        elsewhere = files[mine.looks_alike if proposal.reason in REPEATABLE else mine.looks]
        return by_kind or line.pk in unproven or len(elsewhere) > 1

    return is_twice


def _seen(lines: Sequence[BankLine]) -> Iterable[_Seen]:
    """All lines of the same accounts, days and amounts, these among them, but for those that were set aside."""
    days, amounts = {line.booked_on for line in lines}, {line.amount for line in lines}
    others = BankLine.objects.filter(creditor=lines[0].creditor_id, booked_on__any=days, amount__any=amounts)
    others = others.filter(account__any={line.account_id for line in lines}).exclude(state=BankLine.State.SET_ASIDE)
    return map(_Seen._make, others.order_by().values_list(*_SEEN, "statement__file_id", "statement__is_notice"))


def _told_otherwise(lines: Sequence[BankLine]) -> set[int]:
    """Lines of an entry of the bank that both a statement and a notice have."""
    keys, accounts = {line.entry_key for line in lines if line.entry_key}, {line.account_id for line in lines}
    kinds: dict[tuple[int, str], set[bool]] = defaultdict(set)
    told = BankLine.objects.filter(account__in=accounts, entry_key__any=list(keys)).exclude(state=BankLine.State.SET_ASIDE)
    for account, key, is_notice in told.values_list("account_id", "entry_key", "statement__is_notice"):
        kinds[account, key].add(is_notice)
    return {line.pk for line in lines if len(kinds[line.account_id, line.entry_key]) > 1}
