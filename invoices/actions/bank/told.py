"""The same money in two kinds of files: a statement (camt.053) has an entry as one sum, a notice (camt.054) its details, or the reverse.

An entry counts once. Without the bank's reference it is known by payer and title; where it has not both, it waits for a person, see
`matching`. What came first stands, but a single line that waits gives way to details that add up to it: they say who paid.
"""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from invoices.actions.bank.keys import Keyed
from invoices.models import BankLine, BankStatement
from receivables.clock import now

MONEY_OUT = "money out"
TOLD_ALREADY = "told already by "
TOLD_IN_DETAIL = "told in detail by "


def told_elsewhere(statement: BankStatement, lines: Sequence[Keyed]) -> dict[str, str]:
    """Entry key → why its new lines are set aside: a file of the other kind told it. Sets the line aside that details replace."""
    keys = list({each.entry for each in lines if each.is_named})
    there: dict[str, list[BankLine]] = defaultdict(list)
    known = BankLine.objects.filter(account=statement.account_id, entry_key__any=keys).exclude(statement__is_notice=statement.is_notice)
    known = known.exclude(why__startswith=TOLD_ALREADY).exclude(why__startswith=TOLD_IN_DETAIL).select_related("statement__file")
    for line in known.order_by("pk"):  # in the order in which lines are locked
        there[line.entry_key].append(line)
    fresh: dict[str, list[Keyed]] = defaultdict(list)
    for each in lines:
        fresh[each.entry].append(each)
    return {key: why for key, old in there.items() if (why := _why(old, fresh[key], statement))}


def _why(old: Sequence[BankLine], new: Sequence[Keyed], statement: BankStatement) -> str:
    if sum((line.amount for line in old), Decimal(0)) != new[0].whole:
        return ""
    if len(old) == 1 < len(new) and _gives_way(old[0], statement):
        return ""
    return f"{TOLD_ALREADY}{old[0].statement.file.name}"[:200]


def _gives_way(line: BankLine, statement: BankStatement) -> bool:
    """Whether a single line is set aside for its details: it still waits, whoever else looks at it."""
    locked = BankLine.objects.select_for_update(no_key=True).get(pk=line.pk)
    if locked.state != BankLine.State.WAITING or locked.payments.exists():
        return False
    why = f"{TOLD_IN_DETAIL}{statement.file.name}"[:200]
    BankLine.objects.filter(pk=line.pk).update(state=BankLine.State.SET_ASIDE, why=why, decided_at=now())
    return True
