"""Money that a report of the day has shown: seen, never booked. It gives way to the line of a statement, one for one, and keeps those whose
open items it would pay alone from being chased until then.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal

from invoices.actions.bank.keys import Keyed
from invoices.actions.bank.known import books_of
from invoices.actions.bank.matching import money_of
from invoices.matching import propose
from invoices.models import BankAccount, BankLine, BankStatement, PendingItem, PendingLine, StatementFile
from receivables.accounts.models import Creditor
from receivables.db.sealing import keyed_hash

LATEST = timedelta(days=7)
"""How much later than a report says the statement may book the same money."""


def see_pending(file: StatementFile, account: BankAccount, lines: Sequence[Keyed], *, on: date) -> None:
    """Keep money in of a report of the day. What an earlier one told is known."""
    seen = [each for each in lines if each.line.amount and each.line.amount > 0 and not each.line.is_reversal]
    rows = [
        _row(file, account, each, amount, booked_on, on=on)
        for each in seen
        if (amount := each.line.amount) and (booked_on := each.line.booked_on)
    ]
    PendingLine.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1_000)


def _row(file: StatementFile, account: BankAccount, each: Keyed, amount: Decimal, booked_on: date, *, on: date) -> PendingLine:
    line = each.line
    return PendingLine(
        creditor_id=file.creditor_id,
        account=account,
        file=file,
        key=each.key,
        booked_on=booked_on,
        amount=amount,
        currency=line.currency,
        counterparty=line.counterparty[:300],
        payer_account_hash=keyed_hash(line.account) if line.account else None,
        virtual_account=line.references.get("virtual", "")[:60],
        title=line.title[:600],
        references={name: said[:140] for name, said in line.references.items()},
        seen_on=on,
    )


def replace_pending(accounts: Iterable[BankAccount]) -> None:
    """End what statements have booked since, one line for one; and what a statement of a later day has not. Safe to run twice."""
    for account in accounts:
        standing = list(PendingLine.objects.filter(account=account, ended_as="").order_by("booked_on", "pk"))
        if not standing:
            continue
        _take_lines(standing, account)
        told_until = _told_until(account)
        over = [line.pk for line in standing if not line.ended_as and told_until is not None and line.booked_on < told_until]
        PendingLine.objects.filter(pk__in=over).update(ended_as="not_booked")


def match_pending(creditor: Creditor) -> None:
    """Note the open items that pending money would pay by itself, by the rules of booked money. Safe to run twice."""
    lines = list(PendingLine.objects.filter(creditor=creditor, ended_as="", items=None).select_related("creditor").order_by("pk"))
    if not lines:
        return
    books = books_of(creditor, lines)
    rows = []
    for line in lines:
        found = propose(money_of(line), books)
        if found and found[0].is_alone:
            rows += [PendingItem(line=line, item_id=part.item) for part in found[0].parts]
    PendingItem.objects.bulk_create(rows, ignore_conflicts=True)


def _take_lines(standing: Sequence[PendingLine], account: BankAccount) -> None:
    """Pair each pending line with the booked one that is the same money; a booked line ends one."""
    booked: dict[tuple[Decimal, str], list[BankLine]] = defaultdict(list)
    first, last = standing[0].booked_on - LATEST, standing[-1].booked_on + LATEST
    found = BankLine.objects.filter(account=account, amount__in={line.amount for line in standing}, booked_on__range=(first, last))
    for line in found.filter(was_pending=None, statement__is_held=False).order_by("booked_on", "pk"):
        booked[line.amount, line.currency].append(line)
    for is_same in (_says_the_same, _may_be_the_same):  # the surest first
        for pending in (line for line in standing if not line.ended_as):
            _pair(pending, booked[pending.amount, pending.currency], is_same)


def _pair(pending: PendingLine, candidates: list[BankLine], is_same: Callable[[PendingLine, BankLine], bool]) -> None:
    near = (each for each in candidates if abs(each.booked_on - pending.booked_on) <= LATEST)
    line = next((each for each in near if is_same(pending, each)), None)
    if line is not None:
        candidates.remove(line)
        pending.ended_as, pending.booked_as = "booked", line
        pending.save(update_fields=["ended_as", "booked_as"])


def _says_the_same(pending: PendingLine, line: BankLine) -> bool:
    return pending.key == line.key or (pending.booked_on == line.booked_on and _plain(pending.title) == _plain(line.title))


def _may_be_the_same(pending: PendingLine, line: BankLine) -> bool:
    """By payer or title: what tells neither waits for the statement of a later day."""
    payer, other = bytes(pending.payer_account_hash or b""), bytes(line.payer_account_hash or b"")
    if line.booked_on < pending.booked_on:
        return False
    if payer and other:
        return payer == other
    one, two = _plain(pending.title), _plain(line.title)
    return bool(one and two) and (one in two or two in one)


def _plain(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def _told_until(account: BankAccount) -> date | None:
    """The last day of which statements tell, notices and held ones left out."""
    told = BankStatement.objects.filter(account=account, is_held=False, is_notice=False, closed_on__isnull=False).order_by("-closed_on")
    return told.values_list("closed_on", flat=True).first()
