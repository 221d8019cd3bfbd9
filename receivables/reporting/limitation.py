"""Until when debts may be enforced: the work list by alert, and the standing of single items."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dunning.happened import happened_to
from dunning.limitation import Happened, Standing, standing
from invoices.models import Item
from receivables.accounts.models import Creditor
from receivables.countries.law import PACKS, Pack
from receivables.countries.limitation import ALERT_MONTHS
from receivables.countries.periods import months_after
from receivables.countries.words import Debtor, Sale
from receivables.reporting.owed import Owed, owed


@dataclass(frozen=True, slots=True)
class LimitationLine:
    """An open item whose last day is near, past, or cannot be worked out."""

    owed: Owed
    standing: Standing
    alert: int  # months before the last day: 6, 3, 1; 0 where none has gone off
    is_past: bool

    @property
    def last_day(self) -> date | None:
        """The last day to act, by the earlier reading."""
        return self.standing.last_day

    @property
    def is_barred(self) -> bool:
        """Whether it may not be demanded any more; a firm's may, until the firm objects."""
        return self.is_past and self.owed.debtor is Debtor.CONSUMER


def limitation_lines(creditor: Creditor, *, on: date) -> list[LimitationLine]:
    """Open items with an alert or past their last day, the earliest first; then those that nobody can work out. Two queries.

    Empty where the country's rules are not known. No limitation in any pack is shorter than a year, so younger debts are not read.
    """
    pack = PACKS.get(creditor.country)
    if pack is None:
        return []
    old = Item.objects.open().filter(creditor=creditor, due_on__lte=months_after(on, ALERT_MONTHS[0] - 12))
    items = list(owed(old.order_by("due_on", "pk")))
    known = standings(pack, items, happened_to({one.invoice for one in items}))
    found = [_line(one, at, on=on) for one, at in zip(items, known, strict=True)]
    wanted = [line for line in found if line.alert or line.is_past or line.standing.limitation.years is None]
    return sorted(wanted, key=lambda line: line.last_day or date.max)


def standings(pack: Pack, items: Sequence[Owed], happened: Mapping[int, tuple[Happened, ...]]) -> list[Standing]:
    """The limitation of each, after what happened to its invoice. What was judged once for a kind of debt and a due date is kept."""
    known: dict[tuple[object, ...], Standing] = {}
    found = []
    for one in items:
        events = happened.get(one.invoice, ())
        key = (one.debtor, one.sale, one.due_on, events)
        if key not in known:
            known[key] = standing(pack, one.debtor, Sale(one.sale), due_on=one.due_on, happened=events)
        found.append(known[key])
    return found


def _line(one: Owed, at: Standing, *, on: date) -> LimitationLine:
    return LimitationLine(one, at, at.alert(on=on), at.is_past(on=on))
