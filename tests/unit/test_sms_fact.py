"""An SMS as staff see it before and after it goes: its parts, its alphabet, its price."""

from typing import Any

import pytest
from django.utils.translation import override

from receivables.dashboard.sms import sms_fact


@pytest.mark.parametrize(
    ("text", "price", "language", "value", "note"),
    [
        ("a" * 85, "", "en", "1 part", "85 signs in GSM-7"),
        ("a" * 161, "0.09 PLN", "en", "2 parts, PLN 0.18", "161 signs in GSM-7"),
        ("ą" * 140, "0.165 PLN", "pl", "3 części, 0,50 zł", "140 znaków w alfabecie UCS-2"),
        ("a", "0.09 PLN", "pl", "1 część, 0,09 zł", "1 znak w alfabecie GSM-7"),
    ],
)
def test_parts_and_price(settings: Any, text: str, price: str, language: str, value: str, note: str) -> None:
    settings.SMS_PART_PRICE = price
    with override(language):
        fact = sms_fact(text)
    assert (str(fact["value"]).replace("\xa0", " "), fact["note"]) == (value, note)
