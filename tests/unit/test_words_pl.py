"""Amounts in Polish words."""

from decimal import Decimal

import pytest

from receivables.documents.words_pl import amount_in_words, counted, number_in_words


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0.00", "zero złotych 00/100"),
        ("0.01", "zero złotych 01/100"),
        ("1.00", "jeden złoty 00/100"),
        ("2.50", "dwa złote 50/100"),
        ("4.99", "cztery złote 99/100"),
        ("5.00", "pięć złotych 00/100"),
        ("10.00", "dziesięć złotych 00/100"),
        ("11.11", "jedenaście złotych 11/100"),
        ("12.00", "dwanaście złotych 00/100"),
        ("14.00", "czternaście złotych 00/100"),
        ("19.00", "dziewiętnaście złotych 00/100"),
        ("20.00", "dwadzieścia złotych 00/100"),
        ("21.00", "dwadzieścia jeden złotych 00/100"),
        ("22.00", "dwadzieścia dwa złote 00/100"),
        ("99.99", "dziewięćdziesiąt dziewięć złotych 99/100"),
        ("100.00", "sto złotych 00/100"),
        ("101.00", "sto jeden złotych 00/100"),
        ("112.00", "sto dwanaście złotych 00/100"),
        ("122.00", "sto dwadzieścia dwa złote 00/100"),
        ("415.00", "czterysta piętnaście złotych 00/100"),
        ("999.00", "dziewięćset dziewięćdziesiąt dziewięć złotych 00/100"),
        ("1000.00", "jeden tysiąc złotych 00/100"),
        ("1001.00", "jeden tysiąc jeden złotych 00/100"),
        ("1234.50", "jeden tysiąc dwieście trzydzieści cztery złote 50/100"),
        ("2000.00", "dwa tysiące złotych 00/100"),
        ("5000.00", "pięć tysięcy złotych 00/100"),
        ("12000.00", "dwanaście tysięcy złotych 00/100"),
        ("22022.00", "dwadzieścia dwa tysiące dwadzieścia dwa złote 00/100"),
        ("100000.00", "sto tysięcy złotych 00/100"),
        ("1000000.00", "jeden milion złotych 00/100"),
        ("2000003.00", "dwa miliony trzy złote 00/100"),
        ("5000000000.00", "pięć miliardów złotych 00/100"),
        ("999999999999999.99", None),
    ],
)
def test_złoty(amount: str, words: str | None) -> None:
    found = amount_in_words(Decimal(amount), "PLN")
    assert found == words if words else found.startswith("dziewięćset dziewięćdziesiąt dziewięć bilionów")


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        ("1.00", "EUR", "jeden euro 00/100"),
        ("2.00", "USD", "dwa dolary amerykańskie 00/100"),
        ("5.00", "GBP", "pięć funtów szterlingów 00/100"),
        ("1.00", "CZK", "jedna korona czeska 00/100"),
        ("22.00", "CZK", "dwadzieścia dwie korony czeskie 00/100"),
        ("21.00", "CZK", "dwadzieścia jeden koron czeskich 00/100"),
        ("12.00", "SEK", "dwanaście koron szwedzkich 00/100"),
        ("2002.00", "NOK", "dwa tysiące dwie korony norweskie 00/100"),
        ("7", "JPY", "siedem JPY"),
        ("7.125", "BHD", "siedem BHD 125/1000"),
    ],
)
def test_other_currencies(amount: str, currency: str, words: str) -> None:
    assert amount_in_words(Decimal(amount), currency) == words


def test_every_number_up_to_ten_thousand_says_something_of_its_own() -> None:
    said = [number_in_words(number) for number in range(10_000)]
    assert len(set(said)) == 10_000
    assert not any("_" in words or "  " in words for words in said)


@pytest.mark.parametrize(
    ("number", "form"), [(0, "c"), (1, "a"), (2, "b"), (5, "c"), (12, "c"), (21, "c"), (22, "b"), (112, "c"), (124, "b")]
)
def test_forms_of_a_noun(number: int, form: str) -> None:
    assert counted(number, ("a", "b", "c")) == form


@pytest.mark.parametrize("number", [-1, 10**15])
def test_what_has_no_words_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="words"):
        number_in_words(number)
    with pytest.raises(ValueError, match="words"):
        amount_in_words(Decimal(number), "PLN")
