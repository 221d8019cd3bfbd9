"""Column profiles: those that come with the program, and what a profile may not say."""

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.intake.profile import ColumnProfile, builtin_profiles, parse_profile, write_profile
from receivables.core.errors import ProfileError

COLUMNS = {"number": "No", "customer_number": "Customer", "issued_on": "Issued", "due_on": "Due", "gross": "Total"}
PLAIN = ColumnProfile("plain", COLUMNS)
TEXT = """\
name: plain
columns: {number: No, customer_number: Customer, issued_on: Issued, due_on: Due, gross: Total}
"""


def test_the_built_in_profiles_have_the_names_that_are_documented() -> None:
    assert {name: profile.table for name, profile in builtin_profiles().items()} == {
        **dict.fromkeys(("accounts-receivable-sample", "generic", "generic-pl"), "invoices"),
        **dict.fromkeys(("customers", "customers-pl"), "customers"),
        **dict.fromkeys(("opening", "opening-pl"), "opening"),
        **dict.fromkeys(("open-items", "open-items-pl"), "open_items"),
        **dict.fromkeys(("settlement", "settlement-pl"), "settlements"),
    }


@pytest.mark.parametrize("name", builtin_profiles())
def test_a_built_in_profile_reads_back_when_written(name: str) -> None:
    profile = builtin_profiles()[name]
    assert parse_profile(write_profile(profile)) == profile


def test_a_profile_may_be_stored_as_json() -> None:
    assert parse_profile(json.dumps({"name": "plain", "columns": COLUMNS}, indent=2)) == PLAIN
    assert parse_profile(TEXT) == PLAIN


headers = st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" "), min_size=1, max_size=30).filter(
    lambda header: header.strip()
)


@given(
    st.lists(headers, min_size=5, max_size=5),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["auto", "cp1250"]),
    st.dictionaries(headers, st.sampled_from(["invoice", "credit_note"]), max_size=3),
    st.sampled_from([("%d.%m.%Y", "%Y-%m-%d"), ("%m/%d/%Y",), ("%Y %m %d",)]),
)
def test_a_profile_that_is_written_reads_back_the_same(
    titles: list[str], delimiter: str, encoding: str, kinds: dict[str, str], dates: tuple[str, ...]
) -> None:
    profile = ColumnProfile(
        name=titles[0],
        columns=dict(zip(COLUMNS, titles, strict=True)),
        delimiter=delimiter,
        encoding=encoding,
        decimal=",",
        thousands=(" ", "."),
        dates=dates,
        currency="EUR",
        words={"kind": kinds} if kinds else {},
        constants={"country": "PL", "customer_kind": "business"},
    )
    assert parse_profile(write_profile(profile)) == profile


BROKEN = [
    pytest.param("", 1, "empty", id="nothing"),
    pytest.param("name: plain\n", 1, "columns is missing", id="no columns"),
    pytest.param(TEXT + "delimeter: ','\n", 3, "delimeter is unknown; did you mean delimiter?", id="a slip"),
    pytest.param(TEXT + "delimiter: ':'\n", 3, "delimiter is no separator", id="an unknown delimiter"),
    pytest.param(TEXT + "delimiter: ',,'\n", 3, "delimiter is no separator", id="a delimiter of two signs"),
    pytest.param(TEXT + "decimal: ' '\n", 3, "decimal is no separator", id="a decimal space"),
    pytest.param(TEXT + "encoding: latin2\n", 3, "encoding is 'latin2', which is unknown. Allowed: auto, utf-8", id="an unknown encoding"),
    pytest.param(TEXT + "decimal: ','\nthousands: [',']\n", 4, "which is the decimal separator", id="one separator for two things"),
    pytest.param(TEXT + "dates: []\n", 3, "dates is empty", id="no date format"),
    pytest.param(TEXT + 'dates: ["%d.%m.%y"]\n', 3, "is no format of %d, %m and %Y", id="years of two digits"),
    pytest.param(TEXT + 'dates: ["%d%m%Y"]\n', 3, "is no format", id="a date without separators"),
    pytest.param(TEXT + 'dates: ["%d.%m.%Y %H:%M"]\n', 3, "is no format", id="a time of day"),
    pytest.param(TEXT + 'dates: ["%d/%m/%Y", "%m/%d/%Y"]\n', 3, "read the same text as different days", id="European and American dates"),
    pytest.param(TEXT + "currency: zł\n", 3, "currency is 'zł'", id="a sign for a currency"),
    pytest.param(TEXT.replace("gross: Total", "total: Total"), 2, "columns.total is unknown", id="an unknown field"),
    pytest.param(TEXT.replace(", gross: Total", ""), 2, "columns.gross is missing; required: number, issued_on", id="no total"),
    pytest.param(TEXT.replace("customer_number", "reference"), 2, "columns names no customer", id="no customer"),
    pytest.param(TEXT.replace("gross:", "paid_on: Paid, gross:"), 2, "columns.paid_on says when", id="a day of payment without an amount"),
    pytest.param(TEXT + "optional: [phone]\n", 3, "optional names 'phone'", id="an optional column that is not read"),
    pytest.param(TEXT + "optional: [gross]\n", 3, "optional names 'gross'", id="an optional total"),
    pytest.param(TEXT + "ignored: [total]\n", 3, "ignored names 'total', which is read", id="a column that is read and ignored"),
    pytest.param(TEXT + "constants: {number: x}\n", 3, "constants.number is unknown", id="a number for all"),
    pytest.param(
        TEXT + "constants: {customer_kind: firm}\n", 3, "constants.customer_kind is 'firm'. Allowed: business", id="an unknown kind"
    ),
    pytest.param(TEXT + "constants: {country: Poland}\n", 3, "constants.country is 'Poland'", id="a country in words"),
    pytest.param(
        TEXT.replace("gross:", "country: Land, gross:") + "constants: {country: PL}\n",
        3,
        "constants.country stands under columns",
        id="said twice",
    ),
    pytest.param(TEXT + "words: {kind: {Rechnung: bill}}\n", 3, "words.kind.Rechnung is 'bill'", id="an unknown meaning"),
    pytest.param(TEXT + "table: payments\n", 3, "table is 'payments', which is unknown. Allowed: invoices", id="an unknown table"),
    pytest.param(TEXT + "table: customers\n", 2, "columns.number is no field of a table of customers", id="a field of another table"),
    pytest.param(TEXT + "constants: {step_channel: email}\n", 3, "constants.step_channel is no field", id="a constant of another table"),
    pytest.param(TEXT + "words: {number: {a: b}}\n", 3, "words.number is unknown", id="words for a number"),
]


@pytest.mark.parametrize(("text", "line", "says"), BROKEN)
def test_a_profile_that_would_have_to_guess_is_refused_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(ProfileError) as refusal:
        parse_profile(text)
    assert str(refusal.value).startswith(f"line {line}: ")
    assert says in str(refusal.value)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param({"words": {"kind": {"Rechnung": "bill"}}}, "words.kind: 'Rechnung' stands for 'bill'", id="an unknown meaning"),
        pytest.param({"words": {"phone": {"a": "b"}}}, "Allowed: nothing", id="words for a phone"),
        pytest.param({"constants": {"reference": "x"}}, "constants.reference is 'x'", id="a reference for all"),
        pytest.param({"currency": "ABC"}, "currency is 'ABC'", id="an unknown currency"),
    ],
)
def test_a_profile_made_in_code_is_held_to_the_same_rules(changes: dict[str, object], says: str) -> None:
    with pytest.raises(ProfileError, match=says):
        dataclasses.replace(PLAIN, **changes)  # type: ignore[arg-type]
