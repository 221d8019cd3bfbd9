"""How well an amount fits what is named: to the grosz, by an instalment, but for a discount or a fee, in part, or more than is owed."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import combinations, product
from math import prod

from invoices.early_payment import Offer
from invoices.matching.parts import ZERO, Borne, BorneAs, OpenItem, Part, Reason, Tolerance

_MOST_DISCOUNTED = 6  # items among which it is searched who took a discount
_MOST_WAYS = 3**_MOST_DISCOUNTED  # to take them, where an invoice has two


@dataclass(frozen=True, slots=True)
class Fit:
    """How an amount falls on items, and why it is thought to."""

    reason: Reason
    parts: tuple[Part, ...]
    rest: Decimal = ZERO
    borne: tuple[Borne, ...] = ()


def fit(items: Sequence[OpenItem], amount: Decimal, *, on: date | None, tolerance: Tolerance) -> Fit:
    """The best explanation of the amount by all of these items, in their order."""
    total = sum((item.open for item in items), ZERO)
    if amount < total:
        if len({item.invoice for item in items}) == 1 and len(items) > 1 and amount in _running_sums(items):
            return _filled(items, amount, Reason.INSTALMENT)
        return _less(items, amount, total, on=on, tolerance=tolerance)
    if amount > total:
        return _filled(items, amount, Reason.NUMBER_AND_MORE)
    return _filled(items, amount, Reason.NUMBER if len({item.invoice for item in items}) == 1 else Reason.NUMBERS)


def filled(items: Iterable[OpenItem], amount: Decimal) -> tuple[tuple[Part, ...], Decimal]:
    """Fill the items in their order; what is left stays credit."""
    parts, rest = [], amount
    for item in items:
        if part := min(rest, item.open):
            parts.append(Part(item.item, part))
            rest -= part
    return tuple(parts), rest


def _filled(items: Sequence[OpenItem], amount: Decimal, reason: Reason) -> Fit:
    parts, rest = filled(items, amount)
    return Fit(reason, parts, rest)


def _less(items: Sequence[OpenItem], amount: Decimal, total: Decimal, *, on: date | None, tolerance: Tolerance) -> Fit:
    short = total - amount
    if on and (found := _discounts(items, short, lambda offer: on <= offer.until)):
        return _with(items, found, Reason.DISCOUNT, BorneAs.DISCOUNT)
    if on and (found := _discounts(items, short, lambda offer: True)):
        return _with(items, found, Reason.DISCOUNT_LATE, BorneAs.DISCOUNT_LATE)
    found_fill = _filled(items, amount, Reason.NUMBER_IN_PART)
    last = items[-1]
    if tolerance.holds(short, total) and short < last.open:
        return Fit(Reason.SMALL_DIFFERENCE, found_fill.parts, borne=(Borne(last.item, short, BorneAs.BANK_FEE),))
    return found_fill


def _discounts(items: Sequence[OpenItem], short: Decimal, is_allowed: Callable[[Offer], bool]) -> dict[int, Decimal]:
    """Item → its discount, where exactly one way to take these discounts explains what is missing; all of them before some of them."""
    items = _paid_whole(items)
    if len(items) == 1:
        (item,) = items
        return {item.item: short} if any(is_allowed(offer) and offer.amount == short for offer in item.offers) else {}
    offered = {item.item: tuple({offer.amount: 1 for offer in item.offers if is_allowed(offer)}) for item in items}
    offered = {item: amounts for item, amounts in offered.items() if amounts}
    if all(len(amounts) == 1 for amounts in offered.values()):
        return _taken({item: amount for item, (amount,) in offered.items()}, short)
    return _taken_of_several(offered, short)


def _paid_whole(items: Sequence[OpenItem]) -> Sequence[OpenItem]:
    """Those whose invoice is among them with all its items: a discount is for who pays the whole of it."""
    there = Counter(item.invoice for item in items)
    return [item for item in items if there[item.invoice] >= item.together]


def _taken(offered: dict[int, Decimal], short: Decimal) -> dict[int, Decimal]:
    if offered and sum(offered.values(), ZERO) == short:
        return offered
    if len(offered) > _MOST_DISCOUNTED:
        return {}
    ways = [dict(some) for n in range(1, len(offered)) for some in combinations(offered.items(), n) if _sum(some) == short]
    return ways[0] if len(ways) == 1 else {}


def _taken_of_several(offered: dict[int, tuple[Decimal, ...]], short: Decimal) -> dict[int, Decimal]:
    """The same where an invoice has more than one discount. So much may explain a sum by chance that there must be no other way at all."""
    if prod(len(amounts) + 1 for amounts in offered.values()) > _MOST_WAYS:
        return {}
    choices = product(*((ZERO, *amounts) for amounts in offered.values()))
    ways = [taken for taken in choices if sum(taken, ZERO) == short]
    return {item: amount for item, amount in zip(offered, ways[0], strict=True) if amount} if len(ways) == 1 else {}


def _sum(some: Iterable[tuple[int, Decimal]]) -> Decimal:
    return sum((amount for _item, amount in some), ZERO)


def _with(items: Sequence[OpenItem], taken: dict[int, Decimal], reason: Reason, kind: BorneAs) -> Fit:
    parts = tuple(Part(item.item, item.open - taken.get(item.item, ZERO)) for item in items)
    return Fit(reason, parts, borne=tuple(Borne(pk, amount, kind) for pk, amount in taken.items()))


def _running_sums(items: Sequence[OpenItem]) -> set[Decimal]:
    """What pays the first instalments and no others."""
    sums, total = set(), ZERO
    for item in items:
        total += item.open
        sums.add(total)
    return sums
