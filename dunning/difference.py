"""What a plan says that the one before did not, and what became of the messages of a run. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """An item as a plan names it."""

    case: int
    label: str
    customer: str
    step: str
    channel: str
    amount: Decimal
    currency: str
    is_sent: bool = False  # its message went


@dataclass(frozen=True, slots=True)
class Change:
    """An item in both plans, with what differs: step, channel, amount."""

    before: PlannedItem
    after: PlannedItem

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(name for name in ("step", "channel", "amount") if getattr(self.before, name) != getattr(self.after, name))


@dataclass(frozen=True, slots=True)
class Gone:
    """An item that stands in the earlier plan alone, and why: a reason to wait or to close; empty where nobody knows."""

    item: PlannedItem
    reason: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One plan against the one before. What went with the earlier one is no difference."""

    new: tuple[PlannedItem, ...] = ()
    gone: tuple[Gone, ...] = ()
    changed: tuple[Change, ...] = ()

    @property
    def is_none(self) -> bool:
        return not (self.new or self.gone or self.changed)


def difference(before: Iterable[PlannedItem], after: Iterable[PlannedItem], reasons: Mapping[int, str]) -> Difference:
    """Compare two plans item by item. `reasons`: case → why it is not in the later one."""
    then, now = {item.case: item for item in before}, {item.case: item for item in after}
    both = [Change(then[case], now[case]) for case in now if case in then and not then[case].is_sent]
    return Difference(
        new=tuple(item for case, item in now.items() if case not in then or then[case].is_sent),
        gone=tuple(Gone(item, reasons.get(case, "")) for case, item in then.items() if case not in now and not item.is_sent),
        changed=tuple(change for change in both if change.parts),
    )


@dataclass(frozen=True, slots=True)
class Reckoning:
    """The messages of a run: how many were released, how many have left, and where the others are. Calls and parallel ones do not count."""

    expected: int = 0
    sent: int = 0
    under_way: int = 0
    others: Mapping[str, int] = field(default_factory=dict)  # state of the message → number: withdrawn, failed, unknown …

    @property
    def missing(self) -> int:
        """Expected and nowhere to be found; below zero: there are more than were expected."""
        return self.expected - self.sent - self.under_way - sum(self.others.values())

    @property
    def is_over(self) -> bool:
        """Whether nothing is under way any more."""
        return not self.under_way

    @property
    def alarm(self) -> str:
        """`missing`: the numbers do not add up. `none`: messages were expected and not one left. `differs`: fewer, with reasons."""
        if self.missing < 0 or (self.missing and self.is_over):
            return "missing"
        if not self.is_over or self.sent == self.expected:
            return ""
        return "differs" if self.sent else "none"
