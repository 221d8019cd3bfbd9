"""Reading what an agency reports: JSON, CSV and other layouts; bad records are named, and none is guessed."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunning.agencies.report import AgencyReport, Told, UnreadableReport, read_report, read_rows
from dunning.agencies.report_profile import NEUTRAL, ReportProfile, parse_report_profile, read_day, read_number
from receivables.core.errors import DomainError, ProfileError

TODAY = date(2026, 11, 28)
PAID = {
    "case_id": "c1", "agency_ref": "A-77", "status": "paid_to_agency", "amount": "1000.00", "commission": "150.00", "currency": "PLN",
    "date": "2026-11-20", "note": "",
}  # fmt: skip


def read(*records: dict[str, Any]) -> AgencyReport:
    return read_report(json.dumps(list(records)).encode(), on=TODAY)


def complaints(report: AgencyReport) -> list[tuple[int, str, str]]:
    return [(problem.line, problem.field, str(problem.reason)) for problem in report.problems]


def test_a_record_as_it_is_described() -> None:
    [record] = read(PAID).records
    assert (record.case_id, record.agency_ref, record.status) == ("c1", "A-77", Told.PAID_TO_AGENCY)
    assert (record.amount, record.commission, record.currency, record.on) == (Decimal(1000), Decimal(150), "PLN", date(2026, 11, 20))


def test_numbers_of_json_keep_their_digits() -> None:
    report = read_report(b'{"case_id": 17, "status": "paid_to_agency", "amount": 0.10, "currency": "PLN", "date": "2026-11-20"}', on=TODAY)
    [record] = report.records
    assert (record.case_id, record.amount) == ("17", Decimal("0.10"))


CSV = """case_id;agency_ref;status;amount;currency;date;note
c1;A-77;received;;;;
c1;A-77;promise;500.00;PLN;2026-12-15;"zadzwonił; zapłaci"
c2;;paid_to_agency;1234.50;PLN;2026-11-27;

c3;;returned;;;2026-11-27;brak majątku
"""


@pytest.mark.parametrize("data", [CSV.encode(), b"\xef\xbb\xbf" + CSV.encode(), CSV.replace("\n", "\r\n").encode("cp1250")])
def test_a_table(data: bytes) -> None:
    report = read_report(data, on=TODAY)
    assert not report.problems
    assert [(record.line, record.case_id, record.status) for record in report.records] == [
        (2, "c1", "received"), (3, "c1", "promise"), (4, "c2", "paid_to_agency"), (6, "c3", "returned"),
    ]  # fmt: skip
    assert report.records[1].note == "zadzwonił; zapłaci"
    assert report.records[3].note == "brak majątku"


PROFILE = """
name: Windykator
columns:
  case_id: [Numer sprawy klienta]
  status: [Stan]
  amount: [Kwota]
  currency: [Waluta]
  date: [Data]
statuses:
  received: [Przyjęto, Zarejestrowano]
  paid_to_agency: [Wpłata]
  returned: [Zwrot – bezskutecznie]
decimal: comma
dates: ["%d.%m.%Y", "%Y-%m-%d"]
currency: PLN
"""


def test_another_layout_by_its_profile() -> None:
    table = "Lp;Numer sprawy klienta;Stan;Kwota;Data\n1;c1;WPŁATA;1.234,50;27.11.2026\n2;c2;Zwrot – bezskutecznie;;2026-11-26\n"
    report = read_report(table.encode(), profile=parse_report_profile(PROFILE), on=TODAY)
    assert [(each.case_id, each.status, each.amount, each.currency, each.on) for each in report.records] == [
        ("c1", "paid_to_agency", Decimal("1234.50"), "PLN", date(2026, 11, 27)),
        ("c2", "returned", None, "", date(2026, 11, 26)),
    ]


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"case_id": " "}, "case_id", "needed"),
        ({"case_id": "x" * 101}, "case_id", "too long"),
        ({"status": "paid"}, "status", "no known status"),
        ({"status": None}, "status", "no known status"),
        ({"amount": ""}, "amount", "without its amount"),
        ({"amount": "0.00"}, "amount", "more than zero"),
        ({"amount": "-5.00"}, "amount", "more than zero"),
        ({"amount": "1000,00"}, "amount", "no amount"),
        ({"amount": "1,000"}, "amount", "no amount"),
        ({"amount": "1e9"}, "amount", "no amount"),
        ({"amount": "10.001"}, "amount", "that can be booked"),
        ({"amount": "9" * 25}, "amount", "that can be booked"),
        ({"amount": {"value": 5}}, "amount", "no text and no number"),
        ({"amount": True}, "amount", "no text and no number"),
        ({"currency": ""}, "currency", "needs its currency"),
        ({"currency": "PLX"}, "currency", "no currency code"),
        ({"date": ""}, "date", "needs its day"),
        ({"date": "2026-02-30"}, "date", "no day"),
        ({"date": "28.11.2026"}, "date", "no day"),
        ({"date": "2026-11-29"}, "date", "lies ahead"),
        ({"date": "2001-01-01"}, "date", "too far back"),
        ({"status": "promise", "commission": "", "date": "2046-01-01"}, "date", "too far"),
        ({"commission": "1000.01"}, "commission", "more than the money"),
        ({"status": "received"}, "commission", "goes with money"),
        ({"note": "x" * 501}, "note", "too long"),
    ],
)
def test_a_bad_record_is_named_with_line_field_and_reason(changes: dict[str, Any], field: str, says: str) -> None:
    report = read(PAID, {**PAID, "case_id": "c2", **changes})
    assert [record.case_id for record in report.records] == ["c1"]
    assert [(line, name) for line, name, _ in complaints(report)] == [(2, field)]
    assert says in complaints(report)[0][2]


def test_all_that_is_wrong_is_told_at_once() -> None:
    report = read({"status": "?", "amount": "x", "currency": "PLN", "date": "y"})
    assert [field for _, field, _ in complaints(report)] == ["status", "case_id", "amount", "date"]


@pytest.mark.parametrize(
    "data",
    [
        b"", b"   ", b"{", b"[1]", b'{"records": 5}', b"\xff\xfe\x00\x00", b"a;b\n1;2\n", b"case_id;status;status\n1;received;closed\n",
        b'[{"case_id": "c1", "status": "closed", "amount": NaN}]', b"[" * 100_000, b"case_id;status\nc1;received;extra\n", b"case_id;status\n",
        b'case_id;status\n"c1;received\n', b"x" * 5_000_001, b"case_id;status\n\x00;received\n",
    ],
)  # fmt: skip
def test_what_is_no_report_is_refused_whole(data: bytes) -> None:
    with pytest.raises(UnreadableReport):
        read_report(data, on=TODAY)


def test_a_record_has_the_same_key_in_every_file_and_two_equal_ones_stay_two() -> None:
    alone, twice, beside = read(PAID), read(PAID, PAID), read({**PAID, "case_id": "c9"}, PAID)
    assert alone.records[0].key == twice.records[0].key == beside.records[1].key
    assert twice.records[0].key != twice.records[1].key


def test_the_agency_s_own_id_makes_the_key() -> None:
    same = read({**PAID, "id": "E1"}, {**PAID, "id": "E2"}, {**PAID, "id": "E1"})
    assert same.records[0].key == same.records[2].key != same.records[1].key
    assert not same.problems
    other = read({**PAID, "id": "E1"}, {**PAID, "id": "E1", "amount": "900.00"})
    assert [(line, field) for line, field, _ in complaints(other)] == [(2, "id")]


def test_a_key_does_not_depend_on_how_an_amount_is_written() -> None:
    assert read(PAID).records[0].key == read({**PAID, "amount": "1000", "commission": "150.0"}).records[0].key


def test_a_single_record_of_an_interface() -> None:
    assert read_rows([(1, PAID)], profile=NEUTRAL, on=TODAY).records == read(PAID).records
    assert read_rows([(1, {"case_id": "c1"})], profile=NEUTRAL, on=TODAY).problems


RECORDS = st.fixed_dictionaries(
    {
        "case_id": st.sampled_from(["c1", "c2", "c3"]),
        "status": st.sampled_from(sorted(Told)),
        "amount": st.decimals("0.01", "99999.99", places=2).map(str),
        "currency": st.sampled_from(["PLN", "EUR"]),
        "date": st.dates(date(2026, 1, 1), TODAY).map(date.isoformat),
        "note": st.sampled_from(["", "część"]),
    }
)


@settings(max_examples=40, deadline=None)
@given(st.lists(RECORDS, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_files_in_any_order_hold_the_same_keys(records: list[dict[str, str]], random: Any) -> None:
    shuffled = random.sample(records, len(records))
    keys = {record.key for record in read(*records).records}
    assert keys == {record.key for record in read(*shuffled).records}
    assert len(keys) == len(records)


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200), st.text(max_size=200).map(str.encode), st.text(max_size=80).map(lambda t: f"case_id;status\n{t}".encode())
    )
)
def test_nothing_but_a_refusal_comes_of_any_bytes(data: bytes) -> None:
    try:
        report = read_report(data, on=TODAY)
    except UnreadableReport:
        return
    assert report.records or report.problems


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60))
def test_a_profile_is_refused_in_words(text: str) -> None:
    try:
        assert isinstance(parse_report_profile(text), ReportProfile)
    except DomainError:
        pass


@pytest.mark.parametrize(
    "text",
    [
        'name: x\ndates: ["%d"]', "name: x\nstatuses: {received: [ok], closed: [OK]}", "name: x\ncolumns: {fax: [Fax]}", "name: x\ndecimal: dot",
    ],
)  # fmt: skip
def test_a_profile_that_would_have_to_guess_is_refused(text: str) -> None:
    with pytest.raises(ProfileError):
        parse_report_profile(text)


@pytest.mark.parametrize(
    ("written", "decimal", "plain"),
    [
        ("1234.50", "point", "1234.50"), ("1 234.50", "point", "1234.50"), ("1,234.50", "point", "1234.50"), ("1,234", "point", None),
        ("1234,50", "comma", "1234.50"), ("1.234,50", "comma", "1234.50"), ("1.234", "comma", None), ("1234.50", "comma", None),
        ("12.34,50", "comma", None), ("", "comma", None), ("١٢", "point", None),
    ],
)  # fmt: skip
def test_numbers(written: str, decimal: str, plain: str | None) -> None:
    assert read_number(written, decimal) == plain


def test_days() -> None:
    assert read_day("1.2.2026", ("%Y-%m-%d", "%d.%m.%Y")) == date(2026, 2, 1)
    assert read_day("2026-02-01 12:00", ("%Y-%m-%d",)) is None
    assert NEUTRAL.status("PROMISE") == "promise"
