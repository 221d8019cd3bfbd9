"""Answers and files of rates: what they say is read to the digit; what is odd is refused with its place."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables.rates import formats
from receivables.rates.formats import read
from receivables.rates.words import MidRow, RateRow, Read, Unreadable
from tests.unit.rates.answers import LATE, archive, mids_csv, rates_csv, table_a


def test_nbps_archive_gives_the_reference_rate_of_each_change() -> None:
    found = read(b"\xef\xbb\xbf" + archive(*LATE), name="a.xml").rates
    first, last = (
        RateRow(f"a.xml, change {n}", "PL", "nbp_reference", day, None, Decimal(percent), "NBP, archive of base rates")
        for n, day, percent in ((1, date(2025, 12, 4), "4.00"), (2, date(2026, 3, 5), "3.75"))
    )
    assert found == (first, last)


def test_table_a_is_read_without_a_float() -> None:
    found = read(table_a(("147/A/NBP/2026", "2026-07-31", "4.3128"), ("148/A/NBP/2026", "2026-08-03", "4.1")), name="a.json").mids
    assert found[0] == MidRow("a.json, rate 1", "PL", date(2026, 7, 31), Decimal("4.3128"), "147/A/NBP/2026", "NBP, table A")
    assert str(found[1].price) == "4.1"


def test_our_own_tables_are_read_as_they_are_shipped() -> None:
    rate = read(rates_csv('PL,nbp_reference,2026-03-05,2026-08-25,3.75,"NBP, archive"'), name="r.csv").rates
    assert rate == (RateRow("r.csv, line 2", "PL", "nbp_reference", date(2026, 3, 5), date(2026, 8, 25), Decimal("3.75"), "NBP, archive"),)
    mid = read(mids_csv("2026-07,2026-07-31,4.3128,147/A/NBP/2026,NBP"), name="m.csv").mids
    assert mid == (MidRow("m.csv, line 2", "PL", date(2026, 7, 31), Decimal("4.3128"), "147/A/NBP/2026", "NBP"),)


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><stopy_procentowe_archiwum>&b;</stopy_procentowe_archiwum>'
)


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        pytest.param(b"", "empty", id="nothing"),
        pytest.param(b"  \n", "empty", id="blanks"),
        pytest.param(b"\xff\xfe<\x00", "byte 0: the text is not UTF-8", id="UTF-16"),
        pytest.param(BOMB, "document type or entities", id="entities"),
        pytest.param(b"<html><body>Access denied</body></html>", "begins with <html>", id="a page instead"),
        pytest.param(archive(*LATE)[:200], "line \\d+: no well-formed XML", id="cut off"),
        pytest.param(archive(), "holds no rate", id="an empty archive"),
        pytest.param(archive(("2026-13-01", "3,75")), "change 1, obowiazuje_od: '2026-13-01' is no date", id="no date"),
        pytest.param(archive(("2026-03-05", "3,7x")), "change 1, oprocentowanie: '3.7x' is no number", id="no number"),
        pytest.param(archive(("2026-03-05", "NaN")), "change 1, oprocentowanie: NaN is no rate", id="not a number"),
        pytest.param(archive(("2026-03-05", "1e900")), "is no rate: at most three digits", id="infinite"),
        pytest.param(archive(*LATE).replace(b'id="ref"', b'id="red"'), "change 1: 0 reference rates", id="no reference rate"),
        pytest.param(b"{", "no JSON that can be read", id="cut JSON"),
        pytest.param(b"[" * 100_000, "no JSON that can be read", id="deep JSON"),
        pytest.param(b"[]", "not NBP's answer", id="another JSON"),
        pytest.param(table_a(("1", "2026-07-31", "4.3"), code="USD"), "not NBP's answer for the euro", id="another currency"),
        pytest.param(table_a(("1", "2026-07-31", "4.3"), rates=3), "not NBP's answer", id="no list"),
        pytest.param(table_a(), "holds no rate", id="an empty list"),
        pytest.param(table_a(("1", "2026-07-31", '"4.3"')), "rate 1, mid: '4.3' is no number", id="a price as text"),
        pytest.param(table_a(("1", "2026-07-31", "NaN")), "rate 1, mid: 'NaN' is no number", id="JSON's NaN"),
        pytest.param(table_a(("1", "2026-07-31", "4.31289")), "at most three digits and four decimals", id="too many digits"),
        pytest.param(table_a(("1", "31.07.2026", "4.3")), "rate 1, effectiveDate: '31.07.2026' is no date", id="a Polish date"),
        pytest.param(b"a;b\n1;2\n", "line 1: the columns have to be country,regime", id="another table"),
        pytest.param(rates_csv(), "holds no rate", id="a head alone"),
        pytest.param(rates_csv("PL,nbp_reference,2026-03-05,2026-08-25,3.75"), "line 2, source: empty", id="a cell too few"),
        pytest.param(rates_csv("PL,nbp_reference,2026-03-05,2026-08-25,3,75,NBP"), "line 2: more cells than columns", id="a decimal comma"),
        pytest.param(rates_csv("PL,nbp_reference,2026-03-05,,3.75,NBP"), "line 2, known_until: '' is no date", id="no end"),
        pytest.param(
            mids_csv("2026-07,2026-08-31,4.3,1,NBP"), "line 2, month: '2026-07' is not the month of 2026-08-31", id="another month"
        ),
    ],
)
def test_what_is_odd_is_refused_with_its_place(data: bytes, complaint: str) -> None:
    with pytest.raises(Unreadable, match=complaint) as refusal:
        read(data, name="file")
    assert str(refusal.value).startswith("file")


def test_what_is_too_long_is_not_even_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "AT_MOST_BYTES", 100)
    with pytest.raises(Unreadable, match="That is no list of rates"):
        read(archive(*LATE), name="a")


def understood(data: bytes) -> bool:
    """Read, or refused with its place; anything else raises."""
    try:
        return isinstance(read(data, name="a"), Read)
    except Unreadable as refusal:
        return str(refusal).startswith("a")


@given(st.binary(max_size=400))
def test_whatever_comes_is_read_or_refused_in_words(data: bytes) -> None:
    assert understood(data)


@given(st.data())
def test_a_real_answer_with_one_byte_changed_is_read_or_refused_in_words(data: st.DataObject) -> None:
    whole = data.draw(
        st.sampled_from([archive(*LATE), table_a(("1", "2026-07-31", "4.3128")), rates_csv("PL,x,2026-03-05,2026-08-25,3.75,N")])
    )
    place = data.draw(st.integers(0, len(whole) - 1))
    changed = whole[:place] + bytes([data.draw(st.integers(0, 255))]) + whole[place + 1 :]
    assert understood(changed)
