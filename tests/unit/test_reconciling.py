"""Our open items beside those of the ledger of record, by number."""

from datetime import date
from decimal import Decimal

import pytest

from invoices.intake.open_items import Listed
from invoices.reconciling import DifferenceKind, Ours, compare

DUE, LATER = date(2026, 5, 1), date(2026, 6, 1)


def there(number: str = "F/1", amount: str = "100", due: date | None = None, currency: str = "PLN") -> Listed:
    return Listed(number, Decimal(amount), currency, due)


def here(item: int = 1, number: str = "F/1", amount: str = "100", due: date = DUE, label: str = "", currency: str = "PLN") -> Ours:
    return Ours(item, 7, number, label or number, currency, due, Decimal(amount))


@pytest.mark.parametrize(
    ("listed", "ours", "agree", "kinds"),
    [
        pytest.param([there()], [here()], 1, [], id="the same"),
        pytest.param([there(due=DUE)], [here()], 1, [], id="the same day too"),
        pytest.param([there(due=LATER)], [here()], 0, [("F/1", "other_due_date", False)], id="another day"),
        pytest.param([there(amount="99")], [here()], 0, [("F/1", "other_amount", True)], id="lower there"),
        pytest.param([there(amount="101")], [here()], 0, [("F/1", "other_amount", False)], id="higher there"),
        pytest.param([], [here()], 0, [("F/1", "only_here", True)], id="missing there"),
        pytest.param([there()], [], 0, [("F/1", "only_there", False)], id="missing here"),
        pytest.param([there(amount="0"), there("F/2", "-5")], [], 0, [], id="nothing and credit"),
        pytest.param([there(amount="0")], [here()], 0, [("F/1", "only_here", True)], id="settled there"),
        pytest.param(
            [there(currency="EUR")], [here()], 0, [("F/1", "only_there", False), ("F/1", "only_here", True)], id="another currency"
        ),
        pytest.param(
            [there(amount="40", due=DUE), there(amount="60", due=LATER)],
            [here(1, amount="40", label="F/1#1"), here(2, amount="60", due=LATER, label="F/1#2")], 1, [], id="instalments",
        ),
        pytest.param(
            [there("F/1#2", "60")], [here(1, amount="40", label="F/1#1"), here(2, amount="60", label="F/1#2")], 1,
            [("F/1", "only_here", True)], id="instalments by their own numbers",
        ),
        pytest.param([there("F/1#1", "40"), there("F/1", "1")], [here(1, label="F/1#1", amount="41")], 0,
                     [("F/1", "only_there", False), ("F/1#1", "other_amount", True)], id="both ways at once"),
    ],
)  # fmt: skip
def test_two_lists_are_compared(listed: list[Listed], ours: list[Ours], agree: int, kinds: list[tuple[str, str, bool]]) -> None:
    result = compare(listed, ours)
    assert sorted((one.number, str(one.kind), one.holds) for one in result.found) == sorted(kinds)
    assert result.agree == agree


def test_a_difference_says_both_sides() -> None:
    (one,) = compare([there(amount="30", due=LATER)], [here()]).found[:1]
    assert (one.kind, one.here, one.there, one.due_here, one.due_there) == (DifferenceKind.OTHER_AMOUNT, 100, 30, DUE, LATER)
    assert [each.item for each in one.items] == [1]
