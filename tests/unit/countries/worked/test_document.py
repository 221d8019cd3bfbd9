"""The document of worked cases: the team's examples, and everything that is refused in one sentence."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables.core.errors import DomainError, Refused
from receivables.countries.rates import shipped
from receivables.countries.worked.document import completed, read
from receivables.countries.worked.printed import printed
from tests.shared_files import SHARED, needs_shared
from tests.unit.countries.worked.asking import FIRM, paid

FILE = SHARED / "reference/worked_examples.json"
WHOLE: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {"examples": [], "foreign_examples": []}
INPUTS = frozenset(
    "id country title regime debtor claim_kind amount principal currency due_date relevant_day as_of payments allocation_policy"
    " contract_rate_percent warning_sent acknowledged_on".split()
)
FREE = frozenset({"formula", "reason", "note", "title", "published_check"})
EXAMPLES = [(name, example) for name in ("examples", "foreign_examples") for example in WHOLE[name]]


def only_inputs(example: dict[str, Any], *, without: frozenset[str] = frozenset()) -> dict[str, Any]:
    """What is known, without what follows from it."""
    known = {name: value for name, value in example.items() if name in INPUTS - without}
    if "payments" in known:
        known["payments"] = [{"date": payment["date"], "amount": payment["amount"]} for payment in known["payments"]]
    return known


def plain(value: Any) -> Any:
    """Without what may be worded freely."""
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items() if name not in FREE}
    if isinstance(value, list):
        return [re.sub(r"^(\d{4}-\d\d-\d\d) .*", r"\1", part) if isinstance(part, str) else plain(part) for part in value]
    return value


@needs_shared
@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=lambda value: value["id"] if isinstance(value, dict) else "")
def test_an_example_follows_from_its_inputs(name: str, example: dict[str, Any]) -> None:
    for without in ((), ("regime",)) if example["regime" if "regime" in example else "id"] != "commercial_delay_public_health" else ((),):
        found = completed({name: [only_inputs(example, without=frozenset(without))]}, shipped())[name][0]
        assert plain(found) == plain(example)


@needs_shared
def test_the_whole_document_agrees_with_itself_and_keeps_its_head() -> None:
    found = completed(WHOLE, shipped())
    assert list(found) == list(WHOLE) and plain(found) == plain(WHOLE)
    assert completed(found, shipped()) == found


def refusal(document: dict[str, Any]) -> str:
    """What is said of a document that cannot be completed."""
    with pytest.raises(DomainError) as refused:
        completed(document, shipped())
    return str(refused.value)


def case(**fields: Any) -> dict[str, Any]:
    """A document of one Polish case; `...` leaves a field out."""
    known = {"id": "PL-1", **FIRM, **fields}
    return {"examples": [{name: value for name, value in known.items() if value is not ...}]}


def abroad(**fields: Any) -> dict[str, Any]:
    """A document of one German case."""
    known = {
        "id": "F-1",
        "country": "DE",
        "debtor": "business",
        "amount": "100.00",
        "due_date": "2026-07-01",
        "as_of": "2026-07-31",
        **fields,
    }
    return {"foreign_examples": [{name: value for name, value in known.items() if value is not ...}]}


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("an unknown country", case(country="XX"), r"examples, case PL-1: country: 'XX'"),
    ("an unknown country of the document", {"country": "US", **case()}, r"case PL-1: country: 'US'"),
    ("a regime of consumers for a firm", case(regime="kc_delay"), r"case PL-1: regime: kc_delay.*business"),
    ("a regime of firms for a consumer", case(debtor="consumer", regime="commercial_delay"), r"case PL-1: regime: commercial_delay.*consumer"),
    ("an unknown regime", case(regime="usury"), r"case PL-1: regime: usury"),
    ("an unknown debtor", case(debtor="alien"), r"case PL-1: debtor: 'alien'"),
    ("no debtor and no regime", case(debtor=...), r"case PL-1: debtor: it is missing"),
    ("an unknown kind of claim", case(claim_kind="rent"), r"case PL-1: claim_kind: 'rent'"),
    ("no kind of claim", case(claim_kind=...), r"case PL-1: claim_kind: it is missing"),
    ("no amount", case(amount=...), r"case PL-1: amount: it is missing"),
    ("two amounts", case(principal="1.00"), r"case PL-1: principal: "),
    ("a float", case(amount=100.5), r"case PL-1: amount: 100.5"),
    ("a whole number", case(amount=100), r"case PL-1: amount: 100"),
    ("true", case(amount=True), r"case PL-1: amount: True"),
    ("a comma", case(amount="100,50"), r"case PL-1: amount: '100,50'"),
    ("an amount with its currency", case(amount="100.00 EUR"), r"case PL-1: amount: '100.00 EUR'"),
    ("a negative amount", case(amount="-100.00"), r"case PL-1: amount: '-100.00'"),
    ("zero", case(amount="0.00"), r"case PL-1: amount: '0.00'"),
    ("not a number", case(amount="NaN"), r"case PL-1: amount: 'NaN'"),
    ("an exponent", case(amount="1e5"), r"case PL-1: amount: '1e5'"),
    ("infinity", case(amount="Infinity"), r"case PL-1: amount: 'Infinity'"),
    ("a third decimal", case(amount="100.001"), r"case PL-1: amount: '100.001'"),
    ("a huge amount", case(amount="9" * 300), r"case PL-1: amount: '9{36}"),
    ("an amount that cannot be booked", case(amount="100000000000000.00"), r"case PL-1: amount: "),
    ("another currency", case(currency="EUR"), r"case PL-1: currency: EUR"),
    ("no currency", case(currency="ZZZ"), r"case PL-1: currency: 'ZZZ'"),
    ("another currency of a payment", case(payments=[{"date": "2026-04-01", "amount": "1.00", "currency": "EUR"}]), r"payments 1: currency: EUR"),
    ("a currency that is a list", case(currency=["PLN"]), r"case PL-1: currency"),
    ("no due date", case(due_date=...), r"case PL-1: due_date: it is missing"),
    ("no day of the calendar", case(due_date="2026-02-29"), r"case PL-1: due_date: '2026-02-29'"),
    ("a date of another form", case(due_date="16.03.2026"), r"case PL-1: due_date: '16.03.2026'"),
    ("a week date", case(due_date="2026-W12-1"), r"case PL-1: due_date: '2026-W12-1'"),
    ("a moment", case(as_of="2026-06-30T00:00"), r"case PL-1: as_of: '2026-06-30T00:00'"),
    ("a date that is a number", case(as_of=20260630), r"case PL-1: as_of: 20260630"),
    ("no as_of", case(as_of=None), r"case PL-1: as_of: it is missing"),
    ("a year far away", case(as_of="9999-12-31"), r"case PL-1: as_of: 9999-12-31"),
    ("interest before the tables", case(due_date="2015-06-30", as_of="2016-06-30"), r"case PL-1: .*commercial_delay.*2015-07-01"),
    ("interest after the tables", case(as_of="2027-01-01"), r"case PL-1: .*commercial_delay.*2027-01-01"),
    ("a consumer's interest after its table", case(debtor="consumer", as_of="2026-08-26"), r"case PL-1: .*kc_delay.*2026-08-26"),
    ("a maximum after its table", case(contract_rate_percent="30.00", as_of="2026-08-26"), r"case PL-1: .*2026-08-26"),
    ("a month without the euro's rate", case(due_date="2026-08-31", as_of="2026-09-30"), r"case PL-1: .*2026-08"),
    ("the other reading's month", case(due_date="2015-12-31", as_of="2016-02-01"), r"case PL-1: .*2015-11"),
    ("a payment before the invoice", case(invoice_date="2026-03-02", payments=paid(("2026-03-01", "1.00"))), r"payments 1: date: 2026-03-01"),
    ("a payment years before", case(payments=paid(("2024-03-16", "1.00"))), r"payments 1: date: 2024-03-16"),
    ("an invoice after it was due", case(invoice_date="2026-03-17"), r"case PL-1: invoice_date: 2026-03-17"),
    ("a payment after the day", case(payments=paid(("2026-04-01", "1.00"), ("2026-07-01", "1.00"))), r"payments 2: date: 2026-07-01"),
    ("a payment of nothing", case(payments=paid(("2026-04-01", "0.00"))), r"payments 1: amount: '0.00'"),
    ("a negative payment", case(payments=paid(("2026-04-01", "-1.00"))), r"payments 1: amount: '-1.00'"),
    ("a payment without a day", case(payments=[{"amount": "1.00"}]), r"payments 1: date: it is missing"),
    ("a payment with a float", case(payments=[{"date": "2026-04-01", "amount": 1.5}]), r"payments 1: amount: 1.5"),
    ("a payment with a strange field", case(payments=[{"date": "2026-04-01", "amount": "1.00", "by": "me"}]), r"payments 1: by: "),
    ("payments that are no list", case(payments={"date": "2026-04-01"}), r"case PL-1: payments: "),
    ("a payment that is no object", case(payments=["1.00"]), r"case PL-1: payments: entry 1"),
    ("an unknown order", case(allocation_policy="newest_first"), r"case PL-1: allocation_policy: 'newest_first'"),
    ("a contract rate below nothing", case(contract_rate_percent="-1.00"), r"case PL-1: contract_rate_percent: '-1.00'"),
    ("a contract rate that is a float", case(contract_rate_percent=24.0), r"case PL-1: contract_rate_percent: 24.0"),
    ("no warning but a text", case(warning_sent="yesterday"), r"case PL-1: warning_sent: 'yesterday'"),
    ("an acknowledgement that is true", case(acknowledged_on=True), r"case PL-1: acknowledged_on: True"),
    ("a field misspelt", case(due_dat="2026-03-16"), r"case PL-1: due_dat: "),
    ("a foreign field in a Polish case", case(relevant_day="2026-03-16"), r"case PL-1: relevant_day: "),
    ("a title that is a number", case(title=5), r"case PL-1: title: 5"),
    ("no id", case(id=...), r"examples, case number 1: id: it is missing"),
    ("an id that is a number", case(id=7), r"examples, case number 1: id: 7"),
    ("an id twice", {"examples": [{"id": "A", **FIRM}, {"id": "A", **FIRM}]}, r"examples, case A: id: "),
    ("an id in both lists", {**case(id="F-1"), **abroad()}, r"foreign_examples, case F-1: id: "),
    ("a case that is no object", {"examples": ["PL-1"]}, r"examples: entry 1"),
    ("cases that are no list", {"examples": {"id": "PL-1"}}, r"examples: "),
    ("no cases", {"schema": "receivables-worked-examples/1"}, r"document: examples: "),
    ("another schema", {"schema": "receivables-worked-examples/2", "examples": []}, r"document: schema: "),
    ("an unknown key of the document", {"examples": [], "cases": []}, r"document: cases: "),
    ("a result that does not follow", case(interest_total="406.59"), r"case PL-1: interest_total: "),
    ("a result deep inside", case(limitation={"years": 3}), r"case PL-1: limitation.years: "),
    ("a day abroad after the tables", abroad(as_of="2027-01-01"), r"foreign_examples, case F-1: DE.*2027-01-01"),
    ("a day abroad before the tables", abroad(due_date="2016-06-29"), r"case F-1: DE.*2016-06-30"),
    ("a currency of elsewhere", abroad(currency="PLN"), r"case F-1: currency: PLN"),
    ("euros in the Kingdom", abroad(country="GB", currency="EUR"), r"case F-1: currency: EUR"),
    ("payments abroad", abroad(payments=paid(("2026-07-15", "1.00"))), r"case F-1: payments: "),
    ("an order abroad", abroad(allocation_policy="interest_first"), r"case F-1: allocation_policy: "),
    ("a contract rate abroad", abroad(contract_rate_percent="12.00"), r"case F-1: contract_rate_percent: "),
    ("a Polish register abroad", abroad(warning_sent="2026-07-15"), r"case F-1: warning_sent: "),
    ("an acknowledgement abroad", abroad(acknowledged_on="2026-07-15"), r"case F-1: acknowledged_on: "),
    ("a Polish regime abroad", abroad(regime="kc_delay"), r"case F-1: regime: kc_delay"),
    ("a regime of consumers abroad", abroad(regime="consumer_delay"), r"case F-1: regime: consumer_delay.*business"),
    ("no debtor abroad", abroad(debtor=...), r"case F-1: debtor: it is missing"),
    ("two days abroad", abroad(relevant_day="2026-07-01"), r"case F-1: relevant_day: "),
    ("no day abroad", abroad(due_date=...), r"case F-1: due_date: it is missing"),
    ("a strange field abroad", abroad(vat="0"), r"case F-1: vat: "),
    ("a result abroad that does not follow", abroad(interest="1.00"), r"case F-1: interest: "),
    *(
        (f"a consumer in {country}", abroad(country=country, debtor="consumer", currency=...), rf"case F-1: {country}: no late interest")
        for country in ("FR", "ES", "NL", "GB", "EU")
    ),
    ("Austrian firms without a table", abroad(country="AT"), r"case F-1: AT: .*commercial_delay"),
    ("an Italian legal rate of another year", abroad(country="IT", debtor="consumer", due_date="2025-12-30"), r"case F-1: IT: .*2025-12-31"),
    ("a Czech half-year without a rate", abroad(country="CZ", currency="CZK", due_date="2026-06-29"), r"case F-1: CZ: .*2026-06-30"),
    ("a Slovak day between two rates", abroad(country="SK", due_date="2024-09-30"), r"case F-1: SK: .*2024-10-01"),
    ("the Dutch scale without a principal", {"foreign_examples": [{"id": "N", "country": "NL", "debtor": "consumer"}]}, r"case N: amount: "),
]  # fmt: skip


@pytest.mark.parametrize(("document", "said"), [pytest.param(document, said, id=name) for name, document, said in WRONG])
def test_what_is_wrong_is_said_in_a_sentence_with_case_and_field(document: dict[str, Any], said: str) -> None:
    sentence = refusal(document)
    assert re.search(said, sentence), sentence
    assert "\n" not in sentence and sentence.endswith(".") and len(sentence) < 400


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), st.dates().map(str), st.decimals(places=2).map(str),
    st.sampled_from(["PL", "NL", "GB", "consumer", "public", "kc_delay", "commercial_delay", "interest_first", "sale", "EUR", "2026-04-01"]),
)  # fmt: skip
VALUES = st.one_of(
    SCALARS,
    st.lists(SCALARS, max_size=2),
    st.lists(st.dictionaries(st.sampled_from(["date", "amount", "to_interest"]), SCALARS), max_size=2),
)
NAMES = st.sampled_from([*sorted(INPUTS), "invoice_date", "note", "interest_total", "limitation", "periods", "big"])


@given(
    st.sampled_from([case(), abroad(), {"foreign_examples": [only_inputs(example) for _, example in EXAMPLES[-1:]]}]),
    st.dictionaries(NAMES, VALUES, max_size=3),
)
def test_whatever_stands_in_a_case_it_is_completed_or_refused_in_a_sentence(document: dict[str, Any], changed: dict[str, Any]) -> None:
    mixed = {name: [{**known, **changed} for known in cases] for name, cases in document.items()}
    said, found = "", None
    try:
        found = completed(mixed, shipped())
    except DomainError as error:
        said = str(error)
    assert "\n" not in said and len(said) < 500
    if found is not None:
        assert printed(found) and completed(found, shipped()) == found


def test_one_wrong_case_completes_none() -> None:
    whole = {"examples": [{"id": "A", **FIRM}, {"id": "B", **FIRM, "debtor": "alien"}]}
    assert refusal(whole).startswith("examples, case B: debtor")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"text"',
        '{"examples": [NaN]}',
        '{"examples": [Infinity]}',
        '{"examples": [], "examples": []}',
        '{"examples": [{"title": "\\ud800"}]}',
        '{"examples": [{"id": "A", "amount": "1.00", "amount": "2.00"}]}',
        '{"examples": ' + "9" * 5000 + "}",
        "[" * 200_000,
    ],
    ids=lambda text: text[:24] or "nothing",
)
def test_a_text_that_is_no_such_document_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        read(text)
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 300


def test_what_steers_a_terminal_is_printed_as_a_space() -> None:
    document = {"examples": [{"id": "A\x1b[2J\nB", "title": "C\x07", **FIRM}]}
    assert printed(completed(document, shipped())).splitlines()[0] == "A [2J B  C"
    assert refusal({"examples": [{"id": "A\x1bB", "country": "X\nX"}]}).startswith("examples, case A B: country: 'X X'")


def test_for_people_it_is_a_table_per_case() -> None:
    told = printed(
        completed({"examples": [{"id": "A", "title": "One", **FIRM, "payments": paid(("2026-04-15", "50.00"))}], **abroad()}, shipped())
    )
    first, second = told.split("\n\n")
    assert first.startswith("A  One\n") and second.startswith("F-1\n")
    assert "2026-03-17  2026-04-15    30         14.00   10000.00    115.07" in first
    assert "readings agree: yes" in first and "fixed sum: 40" in second and "formula" not in first.partition("interest:\n")[2]
