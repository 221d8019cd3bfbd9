"""Keyset pages: the address names the row after or before which a page begins. No OFFSET, no COUNT, no personal data in the address.

Lists that are worked out whole (clocks) are cut into numbered pages by `listed`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import QueryDict

SIZE = 50
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Order:
    """Sorted by a field or annotation that is never null, then by id, both in one direction."""

    field: str
    descending: bool = False

    def names(self, *, backwards: bool = False) -> tuple[str, str]:
        """For order_by."""
        sign = "-" if self.descending is not backwards else ""
        return f"{sign}{self.field}", f"{sign}pk"

    def beyond(self, value: Any, pk: int, *, backwards: bool = False) -> Q:
        """Rows that come after the one with that value and id."""
        than = "lt" if self.descending is not backwards else "gt"
        if self.field == "pk":
            return Q(**{f"pk__{than}": pk})
        bound = Q(**{f"{self.field}__{than}e": value})  # said first, for an index can follow it
        return bound & (Q(**{f"{self.field}__{than}": value}) | Q(**{f"pk__{than}": pk}))


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows and the addresses of the pages beside them, empty where there is none."""

    rows: Sequence[Row]
    previous_url: str = ""
    next_url: str = ""

    def __bool__(self) -> bool:
        return bool(self.rows)


def page_of(rows: QuerySet[Any, Any], order: Order, asked: QueryDict, *, size: int = SIZE) -> Page[Any]:
    """The page that `asked` names with `after` or `before` (an id). One query, a second one where it names a row.

    `rows` yields models, or tuples that begin with the id.
    """
    backwards = "before" in asked and "after" not in asked
    anchor = whole(asked.get("before") if backwards else asked.get("after"))
    found = rows.order_by(*order.names(backwards=backwards))
    known = rows.order_by().filter(pk=anchor).values_list(order.field, flat=True)[:1] if anchor else []
    begun = False
    for value in known:
        begun, found = True, found.filter(order.beyond(value, anchor or 0, backwards=backwards))
    taken = list(found[: size + 1])
    more, shown = len(taken) > size, taken[:size]
    if backwards:
        shown.reverse()
    is_first, is_last = (not more, not begun) if backwards else (not begun, not more)
    return Page(
        shown,
        previous_url="" if is_first or not shown else address(asked, before=_id(shown[0])),
        next_url="" if is_last or not shown else address(asked, after=_id(shown[-1])),
    )


def listed(rows: Sequence[Row], asked: QueryDict, *, size: int = SIZE) -> Page[Row]:
    """The page of a list that was worked out whole, named by `page` (from 1); one beyond the last is the last."""
    last = max(-(-len(rows) // size), 1)
    number = min(max(whole(asked.get("page")) or 1, 1), last)
    return Page(
        rows[(number - 1) * size : number * size],
        previous_url=address(asked, page=number - 1) if number > 1 else "",
        next_url=address(asked, page=number + 1) if number < last else "",
    )


def batches(rows: QuerySet[Any, Any], order: Order, *, size: int = 500) -> Any:
    """All rows in that order, a batch at a time, each begun after the last: for exports."""
    asked = QueryDict()
    while page := page_of(rows, order, asked, size=size):
        yield page.rows
        if not page.next_url:
            return
        asked = QueryDict(f"after={_id(page.rows[-1])}")


def mapped(page: Page[Any], rows: Sequence[Row]) -> Page[Row]:
    """The same page with other rows in it."""
    return Page(rows, page.previous_url, page.next_url)


def address(asked: QueryDict, **changes: Any) -> str:
    """The query string with some keys changed; None removes one. A page's place is dropped unless it is among the changes."""
    kept = asked.copy()
    for key in ("after", "before"):
        kept.pop(key, None)
    for key, value in changes.items():
        if value in (None, ""):
            kept.pop(key, None)
        else:
            kept[key] = str(value)
    return f"?{kept.urlencode()}"


def sorter(orders: dict[str, Order], chosen: str, asked: QueryDict) -> Callable[[str], dict[str, str]]:
    """What a column's head needs to sort by it: its address, and how it is sorted now."""

    def head(name: str) -> dict[str, str]:
        now = ("descending" if orders[name].descending else "ascending") if name == chosen else "none"
        return {"sort_url": address(asked, sort=name), "sort": now}

    return head


def _id(row: Any) -> int:
    return row.pk if isinstance(row, Model) else row[0]


def whole(text: str | None) -> int | None:
    """The number of an address, as an id is; None for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
