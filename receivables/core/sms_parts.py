"""What an SMS is sent and paid as: its letters, its parts, its price. Pure. Source: 3GPP TS 23.038 (GSM 7-bit) and TS 23.040, 9.2.3.24."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from receivables.core.money import Money, round_to_unit

GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The basic set: one unit each. None of ą ć ę ł ń ó ś ź ż is in it."""
GSM_EXTENSION = frozenset("^{}\\[~]|€")
"""An escape and a sign: two units, which stay together in one part."""

_PLAIN = str.maketrans(
    {"ł": "l", "Ł": "L", "–": "-", "—": "-", "„": '"', "”": '"', "“": '"', "’": "'", "…": "...", "\xa0": " ", "đ": "d", "Đ": "D"}
)


class Alphabet(StrEnum):
    """How the letters travel."""

    GSM = "GSM-7"
    UCS2 = "UCS-2"


_ALONE = {Alphabet.GSM: 160, Alphabet.UCS2: 70}  # units in a message of one part
_TOGETHER = {Alphabet.GSM: 153, Alphabet.UCS2: 67}  # and in each of several: a header of six octets says which it is


@dataclass(frozen=True, slots=True)
class SmsParts:
    """How a text travels. `units` are septets (GSM-7) or pairs of octets (UCS-2)."""

    alphabet: Alphabet
    units: int
    count: int

    def price(self, of_one: Decimal, currency: str) -> Money:
        """What so many parts cost, rounded half up to the currency's smallest unit. The price of one may be finer: 0.165."""
        return Money(round_to_unit(of_one * self.count, currency), currency)


def parts_of(text: str) -> SmsParts:
    """The parts of a text as it stands. An empty one is paid as one."""
    alphabet = Alphabet.GSM if all(sign in GSM or sign in GSM_EXTENSION for sign in text) else Alphabet.UCS2
    widths = [_width(sign, alphabet) for sign in text]
    units = sum(widths)
    return SmsParts(alphabet, units, 1 if units <= _ALONE[alphabet] else _filled(widths, _TOGETHER[alphabet]))


def normalised(text: str) -> str:
    """The text in GSM-7 letters, as SMSAPI's normalize=1 makes it: diacritics go, what has no likeness becomes a question mark."""
    return "".join(_plain(sign) for sign in text.translate(_PLAIN))


def _width(sign: str, alphabet: Alphabet) -> int:
    if alphabet is Alphabet.GSM:
        return 2 if sign in GSM_EXTENSION else 1
    return 2 if ord(sign) > 0xFFFF else 1  # a surrogate pair, which stays together too


def _filled(widths: Sequence[int], room: int) -> int:
    """How many parts are filled when no sign is split: one that does not fit any more begins the next part."""
    count, used = 1, 0
    for width in widths:
        if used + width > room:
            count, used = count + 1, 0
        used += width
    return count


def _plain(sign: str) -> str:
    if sign in GSM or sign in GSM_EXTENSION:
        return sign
    base = unicodedata.normalize("NFKD", sign)[:1]
    return base if base in GSM else "?"
