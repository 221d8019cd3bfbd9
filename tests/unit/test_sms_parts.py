"""What an SMS is paid as: at every limit, a sign before and after."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables.core.money import Money
from receivables.core.sms_parts import GSM, GSM_EXTENSION, Alphabet, SmsParts, normalised, parts_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", (Alphabet.GSM, 0, 1), id="nothing"),
        pytest.param("a" * 160, (Alphabet.GSM, 160, 1), id="160 in one"),
        pytest.param("a" * 161, (Alphabet.GSM, 161, 2), id="161 in two"),
        pytest.param("a" * 306, (Alphabet.GSM, 306, 2), id="306 in two"),
        pytest.param("a" * 307, (Alphabet.GSM, 307, 3), id="307 in three"),
        pytest.param("€" * 80, (Alphabet.GSM, 160, 1), id="an extension sign costs two"),
        pytest.param("€" * 81, (Alphabet.GSM, 162, 2), id="81 of them are 162"),
        pytest.param("€" * 153, (Alphabet.GSM, 306, 3), id="306 units of pairs: 76 pairs in a part, one unit stays empty"),
        pytest.param("a" * 152 + "€" + "a" * 152, (Alphabet.GSM, 306, 3), id="a pair at the seam moves to the next part"),
        pytest.param("a" * 151 + "€" + "a" * 153, (Alphabet.GSM, 306, 2), id="a pair just before the seam"),
        pytest.param("ą" * 70, (Alphabet.UCS2, 70, 1), id="70 in one"),
        pytest.param("ą" * 71, (Alphabet.UCS2, 71, 2), id="71 in two"),
        pytest.param("ą" * 134, (Alphabet.UCS2, 134, 2), id="134 in two"),
        pytest.param("ą" * 135, (Alphabet.UCS2, 135, 3), id="135 in three"),
        pytest.param("a" * 70 + "ż", (Alphabet.UCS2, 71, 2), id="one letter makes all of it UCS-2"),
        pytest.param("😀" * 35, (Alphabet.UCS2, 70, 1), id="a surrogate pair costs two"),
        pytest.param("ą" * 66 + "😀" + "ą" * 66, (Alphabet.UCS2, 134, 3), id="a surrogate pair is not split"),
        pytest.param("{}[]~|\\^€", (Alphabet.GSM, 18, 1), id="all extension signs"),
    ],
)
def test_parts(text: str, expected: tuple[Alphabet, int, int]) -> None:
    assert parts_of(text) == SmsParts(*expected)


@pytest.mark.parametrize("sign", [*"ąćęłńóśźżĄĆĘŁŃÓŚŹŻ", "„", "”", "–", "’", "…", "\xa0"])
def test_no_polish_letter_nor_curly_sign_is_gsm(sign: str) -> None:
    assert parts_of(sign).alphabet is Alphabet.UCS2
    assert parts_of(normalised(sign)).alphabet is Alphabet.GSM


def test_polish_letters_lose_their_marks_one_by_one() -> None:
    assert normalised("ąćęłńóśźż ĄĆĘŁŃÓŚŹŻ") == "acelnoszz ACELNOSZZ"
    assert normalised("Zażółć „gęślą” – jaźń…") == 'Zazolc "gesla" - jazn...'


@given(st.text(max_size=400))
def test_what_is_normalised_is_gsm_and_stays(text: str) -> None:
    plain = normalised(text)
    assert parts_of(plain).alphabet is Alphabet.GSM
    assert normalised(plain) == plain


@given(st.text(alphabet=st.sampled_from(sorted(GSM | GSM_EXTENSION)), max_size=700))
def test_parts_hold_the_text_and_are_as_few_as_can_be(text: str) -> None:
    said = parts_of(text)
    assert said.count == 1 if said.units <= 160 else said.count * 153 >= said.units
    assert said.units <= 160 or (said.count - 1) * 152 < said.units, "no part but the last has two units to spare"


def test_the_price_is_of_all_parts() -> None:
    assert parts_of("a" * 200).price(Decimal("0.165"), "PLN") == Money(Decimal("0.33"), "PLN")
    assert parts_of("a").price(Decimal("0.165"), "PLN") == Money(Decimal("0.17"), "PLN")
