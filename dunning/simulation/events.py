"""What happens to a customer's books, as the ladder sees it. Amounts are in the currency of their item unless one is named."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dunning.decide import ItemFacts


@dataclass(frozen=True, slots=True)
class Enter:
    """An item comes onto the ladder, as it stands then."""

    item: ItemFacts


@dataclass(frozen=True, slots=True)
class Settle:
    """An entry on an item: positive lowers what is open, negative takes such an entry back.

    `entry` numbers entries in their order; what is taken back has the number that it had. A promise counts what is newer than it.
    """

    case: int
    amount: Decimal
    is_money: bool = False
    entry: int = 0


@dataclass(frozen=True, slots=True)
class ChangeCredit:
    """Money or credit notes that are not allocated grew by that much, or became less."""

    currency: str
    amount: Decimal
    is_money: bool = False


@dataclass(frozen=True, slots=True)
class Dispute:
    """So much of an item is contested from now on; nothing ends it."""

    case: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Hold:
    """An item, or without one the whole customer, is left alone through that day; without a day until let go."""

    case: int | None
    until: date | None


@dataclass(frozen=True, slots=True)
class LetGo:
    """All holds on that item, or without one those on the customer, end."""

    case: int | None


@dataclass(frozen=True, slots=True)
class Promise:
    """These items wait through a day, or until so much money has come since: by entries after that one, else the last that is known."""

    cases: tuple[int, ...]
    by: date
    amount: Decimal
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """An instalment agreement: items wait while its rates, items of their own, are paid in time. Money on the items fills the rates."""

    cases: tuple[int, ...]
    rates: tuple[ItemFacts, ...]


@dataclass(frozen=True, slots=True)
class EndPlan:
    """The agreement over these items is over, if it still stands."""

    cases: tuple[int, ...]


Event = Enter | Settle | ChangeCredit | Dispute | Hold | LetGo | Promise | Plan | EndPlan


@dataclass(frozen=True, slots=True)
class Dated:
    """An event of one customer on its day. Those of a day come in the order in which they happened."""

    on: date
    event: Event
