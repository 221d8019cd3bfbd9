"""Net and VAT by rate, their parts, and what of a relief has to be given back."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.vat import Taxed, checked, next_part, part_of, proven, reversals_due
from receivables.core.errors import Refused

MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)


def line(rate: str, net: str, vat: str) -> Taxed:
    return Taxed(Decimal(rate), Decimal(net), Decimal(vat))


TWO = (line("23", "1000.00", "230.00"), line("8", "100.00", "8.00"))


def test_lines_come_back_with_the_highest_rate_first() -> None:
    assert checked(reversed(TWO), gross=Decimal("1338.00"), currency="PLN") == TWO


@pytest.mark.parametrize(
    ("lines", "gross", "words"),
    [
        ([], "1338.00", "at least one"),
        (TWO, "1338.01", "add up to 1338.00"),
        ([line("23", "100.00", "25.00")], "125.00", "does not fit"),
        ([line("0", "100.00", "1.00")], "101.00", "does not fit"),
        ([line("23", "100.00", "0.00")], "100.00", "does not fit"),
        ([line("23", "0.00", "0.00")], "0.00", "above zero"),
        ([line("-1", "10.00", "0.00")], "10.00", "above zero"),
        ([line("23", "10.00", "2.30"), line("23", "10.00", "2.30")], "24.60", "twice"),
        ([line("23", "10.005", "2.30")], "12.305", "two decimals"),
    ],
)
def test_what_cannot_be_an_invoices_is_refused(lines: list[Taxed], gross: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        checked(lines, gross=Decimal(gross), currency="PLN")


def test_an_invoice_in_another_currency_is_stated_in_zloty() -> None:
    assert checked(TWO, gross=Decimal("312.00"), currency="EUR") == TWO


def test_a_tax_rounded_line_by_line_is_accepted() -> None:
    checked([line("23", "100.00", "23.03")], gross=Decimal("123.03"), currency="PLN")


def test_a_part_bears_its_share_of_net_and_vat_and_what_bears_no_tax_is_left_out() -> None:
    lines = (*TWO, line("0", "162.00", "0.00"))
    assert part_of(lines, Decimal("500.00"), Decimal("1500.00")) == (line("23", "333.33", "76.67"), line("8", "33.33", "2.67"))


@given(st.lists(st.integers(1, 100_000), min_size=1, max_size=6), st.integers(1, 10_000_000))
def test_parts_given_back_one_after_another_add_up_to_what_was_taken(parts: list[int], net: int) -> None:
    whole = Decimal(sum(parts)) / 100
    taken = (Taxed(Decimal(23), Decimal(net) / 100, Decimal(net // 4) / 100),)
    before, nets, vats = Decimal(0), Decimal(0), Decimal(0)
    for part in parts:
        after = before + Decimal(part) / 100
        (step,) = next_part(taken, before=before, after=after, whole=whole)
        before, nets, vats = after, nets + step.net, vats + step.vat
        assert step.net >= 0 and step.vat >= 0
    assert (nets, vats) == (taken[0].net, taken[0].vat)


@pytest.mark.parametrize(
    ("settled", "done", "expected"),
    [
        pytest.param([], {}, {}, id="nothing paid"),
        pytest.param([(date(2026, 3, 31), 40)], {}, {MARCH: 40}, id="the last day of a month"),
        pytest.param([(date(2026, 4, 1), 40)], {}, {APRIL: 40}, id="the first day of the next"),
        pytest.param([(date(2026, 2, 28), 40)], {}, {MARCH: 40}, id="money dated before the relief counts in its month"),
        pytest.param([(MARCH, 40), (APRIL, 60)], {}, {MARCH: 40, APRIL: 60}, id="two months"),
        pytest.param([(MARCH, 40), (APRIL, 60)], {MARCH: 40}, {APRIL: 60}, id="one month done"),
        pytest.param([(MARCH, 40), (APRIL, 60)], {APRIL: 60}, {MARCH: 40}, id="the later month done first"),
        pytest.param([(MARCH, 40), (MARCH, 20)], {MARCH: 40}, {MARCH: 20}, id="more in a month that was done"),
        pytest.param([(MARCH, 70), (APRIL, 60)], {}, {MARCH: 70, APRIL: 30}, id="never more than the part"),
        pytest.param([(MARCH, 40), (APRIL, -40)], {}, {}, id="paid and taken back"),
        pytest.param([(MARCH, 40), (APRIL, -40)], {MARCH: 40}, {}, id="taken back after it was given back"),
        pytest.param([(MARCH, 40), (APRIL, -40), (MAY, 40)], {MARCH: 40}, {}, id="paid again: nothing more"),
        pytest.param([(MARCH, 40), (APRIL, -40), (MAY, 60)], {MARCH: 40}, {MAY: 20}, id="paid again, and more"),
    ],
)
def test_what_has_to_be_given_back_by_month(settled: list[tuple[date, int]], done: dict[date, int], expected: dict[date, int]) -> None:
    found = reversals_due(
        Decimal(100), since=MARCH, settled=[(on, Decimal(amount)) for on, amount in settled],
        done={month: Decimal(amount) for month, amount in done.items()},
    )  # fmt: skip
    assert found == expected


@pytest.mark.parametrize(
    ("net", "vat", "rate"),
    [
        pytest.param("100.00", "23.00", "23", id="the highest rate"),
        pytest.param("81.30", "18.70", "23", id="rounded"),
        pytest.param("100.00", "0.00", "0", id="none at all"),
        pytest.param("100.00", "8.00", None, id="another rate, or several"),
        pytest.param("600.00", "48.00", None, id="five and twenty-three per cent make eight"),
        pytest.param("100.00", "22.99", None, id="a grosz less"),
        pytest.param("100.00", "23.01", None, id="a grosz more"),
        pytest.param("0.05", "0.01", None, id="grosze"),
        pytest.param("0.00", "0.00", None, id="nothing"),
        pytest.param("-100.00", "-23.00", None, id="below nothing"),
    ],
)
def test_only_sums_that_no_other_rates_give_prove_their_rate(net: str, vat: str, rate: str | None) -> None:
    gross = Decimal(net) + Decimal(vat)
    found = proven(Decimal(net), Decimal(vat), gross=gross, issued_on=MARCH)
    assert found == (None if rate is None else line(rate, net, vat))
    assert proven(Decimal(net), Decimal(vat), gross=gross + 1, issued_on=MARCH) is None
    assert proven(Decimal(net), Decimal(vat), gross=gross, issued_on=date(2010, 12, 31)) is None
