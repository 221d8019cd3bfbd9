"""The strict reader under policies, scenarios and profiles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables.core import fields
from receivables.core.errors import ProfileError
from receivables.core.yaml12 import MAX_BYTES, Kind, Scalar, Table, quoted, read, written


def scalar(text: str) -> Scalar:
    node = read(f"key: {text}\n", error=ProfileError)
    assert isinstance(node, Table)
    value = node.entries["key"].node
    assert isinstance(value, Scalar)
    return value


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *[
            pytest.param(word, Kind.TEXT, id=f"{word} is text")
            for word in ("on", "off", "yes", "no", "On", "NO", "y", "2026-04-01", "12:30", "1_000")
        ],
        *[pytest.param(word, Kind.FLAG, id=f"{word} is a boolean") for word in ("true", "false", "True", "FALSE")],
        *[pytest.param(word, Kind.NULL, id=f"{word or 'nothing'} is null") for word in ("null", "~", "Null", "")],
        *[
            pytest.param(word, Kind.NUMBER, id=f"{word} is a number")
            for word in ("1", "-3", "+3", "010", "0x1F", "1.5", "1e3", ".5", "-.inf", ".nan")
        ],
        pytest.param('"true"', Kind.TEXT, id="what stands in double quotes is text"),
        pytest.param("'1'", Kind.TEXT, id="what stands in single quotes is text"),
        pytest.param("''", Kind.TEXT, id="empty quotes are text"),
    ],
)
def test_scalars_are_read_by_the_core_schema_of_yaml_1_2(text: str, kind: Kind) -> None:
    assert scalar(text).kind is kind


def test_the_key_on_is_text() -> None:
    node = read("on: 2026-04-01\noff: x\n", error=ProfileError)
    assert isinstance(node, Table)
    assert list(node.entries) == ["on", "off"]


def test_lines_are_those_of_the_text() -> None:
    node = read("# a comment\n\na: 1\nb:\n\n  - x\n  - y: 2\n", error=ProfileError)
    assert isinstance(node, Table)
    at = fields.Place(node, "", ProfileError, "the text")
    assert [at.key_line("a"), at.key_line("b"), at.entries()["b"].items()[1].key_line("y")] == [3, 4, 7]


BROKEN = [
    pytest.param("", 1, "empty", id="nothing"),
    pytest.param("# only a comment\n", 1, "empty", id="only a comment"),
    pytest.param("a: 1\nb: [1, 2\n", 3, "not YAML", id="a list that is never closed"),
    pytest.param("a: 1\n\tb: 2\n", 2, "not YAML", id="a tab that indents"),
    pytest.param("a: 1\n b: 2\n", 2, "not YAML", id="an indent from nowhere"),
    pytest.param('a: "x\n', 2, "not YAML", id="a quotation mark that is never closed"),
    pytest.param("a: 1\nb: x\x07y\n", 2, "cannot be printed", id="a bell"),
    pytest.param("a: 1\nb: 2\na: 3\n", 3, "a second time; the first is on line 1", id="a key twice"),
    pytest.param("a: {b: 1, c: 2,\n  b: 3}\n", 2, "a second time", id="a key twice, in braces"),
    pytest.param("a: &x 1\nb: 2\n", 1, "anchors (&x)", id="an anchor"),
    pytest.param("a: 1\nb: *x\n", 2, "aliases (*x)", id="an alias"),
    pytest.param("a: &x [1]\nb: {<<: *x}\n", 1, "anchors", id="a merge key needs an anchor"),
    pytest.param("a: !!str 1\n", 1, "tags", id="a tag of YAML"),
    pytest.param("a: !!python/object/apply:os.system [ls]\n", 1, "tags", id="a tag that would run a program"),
    pytest.param("!x\na: 1\n", 1, "tags", id="a tag on the whole"),
    pytest.param("%TAG ! tag:x,2026:\n---\na: 1\n", 1, "directives", id="a directive"),
    pytest.param("%YAML 1.1\n---\non: 1\n", 1, "directives", id="a wish for YAML 1.1"),
    pytest.param("a: 1\n---\nb: 2\n", 2, "second document", id="two documents"),
    pytest.param("1: x\n", 1, "key must be text; put '1' in quotes", id="a number for a key"),
    pytest.param("a: 1\ntrue: x\n", 2, "key must be text", id="a boolean for a key"),
    pytest.param("? [a, b]\n: x\n", 1, "key must be text", id="a list for a key"),
    pytest.param("a: " + "[" * 30 + "]" * 30, 1, "nested too deeply", id="thirty lists in one another"),
    pytest.param("{" * 100_000, 1, "nested too deeply", id="a hundred thousand braces"),
    pytest.param("a:\n" + "  - x\n" * 30_000, 19_999, "too many values", id="thirty thousand values"),
    pytest.param("a: " + "x" * MAX_BYTES, 1, "too large", id="more than 256 kB"),
    pytest.param("a: " + "ł" * (MAX_BYTES // 2), 1, "too large", id="more than 256 kB of two-byte letters"),
]


@pytest.mark.parametrize(("text", "line", "says"), BROKEN)
def test_what_the_subset_does_not_know_is_refused_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(ProfileError) as refusal:
        read(text, error=ProfileError)
    assert str(refusal.value).startswith(f"line {line}: ")
    assert says in str(refusal.value)


@given(st.text())
def test_text_that_is_written_reads_back(text: str) -> None:
    assert (scalar(written(text)).text, scalar(written(text)).kind) == (text, Kind.TEXT)
    assert scalar(quoted(text)).text == text


@pytest.mark.parametrize("text", ["Standard B2B", "PLN", "Zażółć (1/2)", "accounts-receivable-sample"])
def test_simple_words_are_written_without_quotes(text: str) -> None:
    assert written(text) == text


@pytest.mark.parametrize(
    "text", ["", " x", "x ", "true", "null", "1", "a: b", "a #b", "-", "- a", "x\ny", "[a]", "@a", "a,b", "~", "'", '"']
)
def test_what_yaml_could_misread_is_written_in_quotes(text: str) -> None:
    assert written(text).startswith('"')


def at(text: str) -> fields.Place:
    return fields.place(f"value: {text}\n", error=ProfileError, what="the text").entries()["value"]


@pytest.mark.parametrize(
    ("reader", "text", "says"),
    [
        pytest.param(fields.text, "1", "must be text; '1' is a number; put it in quotes", id="a number where text is expected"),
        pytest.param(fields.text, "true", "must be text; 'true' is true or false; put it in quotes", id="a boolean where text is expected"),
        pytest.param(fields.text, "", "must be text; nothing stands here", id="nothing where text is expected"),
        pytest.param(fields.text, '" "', "is empty", id="a space where text is expected"),
        pytest.param(fields.text, r'"a\nb"', "one line", id="a line break in text"),
        pytest.param(fields.text, "x" * 201, "too long; at most 200", id="text that is too long"),
        pytest.param(fields.text, "[a]", "must be text; here is a list", id="a list where text is expected"),
        pytest.param(fields.flag, "yes", "must be true or false; 'yes' is text", id="yes where a boolean is expected"),
        pytest.param(fields.flag, "1", "must be true or false; '1' is a number", id="1 where a boolean is expected"),
        pytest.param(fields.flag, '"true"', "'true' is text", id="a boolean in quotes"),
        pytest.param(fields.whole, "1.5", "must be a whole number", id="a fraction"),
        pytest.param(fields.whole, "1.0", "must be a whole number", id="a fraction that is whole"),
        pytest.param(fields.whole, "0x10", "must be a whole number", id="a hexadecimal number"),
        pytest.param(fields.whole, '"3"', "must be a whole number; '3' is text", id="a number in quotes"),
        pytest.param(fields.whole, "1" * 30, "from -36500 to 36500", id="a number of thirty digits"),
        pytest.param(fields.whole, "36501", "from -36500 to 36500", id="more than a hundred years"),
        pytest.param(fields.day, "2026-02-30", "a date of the calendar", id="the 30th of February"),
        pytest.param(fields.day, "20260401", "must be a date", id="a date without dashes"),
        pytest.param(fields.day, "01.04.2026", "must be a date", id="a Polish date"),
        pytest.param(fields.day, "2026-W14-3", "must be a date", id="a week"),
        pytest.param(fields.amount, "5.00", "put it in quotes", id="an amount without quotes"),
        pytest.param(fields.amount, '"5"', "two decimals", id="an amount without decimals"),
        pytest.param(fields.amount, '"5,00"', "two decimals", id="a decimal comma"),
        pytest.param(fields.amount, '"1_000.00"', "two decimals", id="an underscore"),
        pytest.param(fields.amount, '"NaN"', "two decimals", id="not a number"),
        pytest.param(fields.amount, '"٥.٠٠"', "two decimals", id="Arabic digits"),
        pytest.param(fields.currency, "XXX", "no currency code", id="a code that is no currency"),
        pytest.param(fields.listed(fields.text), "x", "must be a list", id="text where a list is expected"),
        pytest.param(fields.one_of(["email", "sms"]), "emial", "did you mean email? Allowed: email, sms.", id="a slip"),
        pytest.param(fields.amount_in("JPY"), '"5.50"', "more decimals than JPY knows", id="half a yen"),
        pytest.param(fields.amount_in("KWD"), '"5.5"', "amount of KWD", id="one decimal of a currency with three"),
        pytest.param(fields.amount_in("PLN"), '"-5.00"', "must not be negative", id="a negative amount"),
        pytest.param(fields.amount_in("PLN"), '"99999999999999999.00"', "amount of PLN", id="more money than there is"),
    ],
)
def test_a_field_says_what_it_expects(reader: fields.Reader[object], text: str, says: str) -> None:
    with pytest.raises(ProfileError) as refusal:
        reader(at(text))
    assert str(refusal.value).startswith("line 1: value ")
    assert says in str(refusal.value)


@pytest.mark.parametrize(
    ("code", "written_so"),
    [("PLN", "5.00"), ("JPY", "5"), ("JPY", "5.00"), ("KWD", "5.125"), ("KWD", "5.00")],
    ids=lambda value: str(value),
)
def test_an_amount_has_two_decimals_or_those_of_its_currency(code: str, written_so: str) -> None:
    assert str(fields.amount_in(code)(at(f'"{written_so}"'))).startswith("5")
