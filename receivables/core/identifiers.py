"""Numbers that identify firms, people, accounts and invoices: how they are written, and what is wrong with one, in words. Pure.

A number that cannot be right is worth a warning, not a refusal: old and foreign data exist. Rules: LAW A13, ISO 13616 (IBAN), and the
KSeF number's CRC-8; the check digits themselves come from python-stdnum where it knows them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

import stdnum.eu.vat
import stdnum.exceptions
import stdnum.gb.vat
import stdnum.iban
import stdnum.pl.nip
import stdnum.pl.pesel
import stdnum.pl.regon

from receivables.core.registry import Registry
from receivables.core.sentences import Sentence, gettext_noop, sentence

GREECE = {"GR": "EL"}  # its VAT numbers begin with another code than its addresses
VAT_COUNTRIES = frozenset(code.upper() for code in stdnum.eu.vat.MEMBER_STATES) - {"GR"} | {"EL", "XI"}
"""Prefixes of VAT numbers in VIES; XI is Northern Ireland."""

LENGTH = gettext_noop("It has %(found)s characters instead of %(expected)s.")
DIGITS = gettext_noop("It may hold digits only.")
CHECK_DIGIT = gettext_noop("The check digit is wrong: the last digit of %(number)s should be %(digit)s.")
NO_SUCH_NIP = gettext_noop("No NIP begins with %(number)s: its check digit would be 10.")
CHECK_DIGITS = gettext_noop("The check digits are wrong: %(number)s should begin with %(digits)s.")
BANK_CHECK_DIGIT = gettext_noop("The check digit of the bank's number %(number)s is wrong: it should end with %(digit)s.")
CHECKSUM = gettext_noop("The checksum is wrong: the last two characters of %(number)s should be %(digits)s.")
NO_DAY = gettext_noop("%(day)s is no day of the calendar.")
SHAPE = gettext_noop("It is not written as %(example)s.")
NO_COUNTRY = gettext_noop("A VAT number begins with the code of its country, such as PL or DE.")
NOT_OF_COUNTRY = gettext_noop("It is no valid VAT number of %(country)s.")


@dataclass(frozen=True, slots=True)
class Checked:
    """A number as it is stored (`plain`) and shown, what can be read from it, and what is wrong with it, if anything."""

    kind: str
    plain: str
    shown: str
    problem: Sentence | None = None
    parts: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_valid(self) -> bool:
        """Whether nothing speaks against it; that it was ever given to anybody nobody but a register knows."""
        return self.problem is None


class Identifier(Protocol):
    """One kind of number."""

    def check(self, text: str) -> Checked:
        """Read a number as people write it. Never raises: what is wrong is said in the answer."""
        ...


IDENTIFIERS: Registry[Identifier] = Registry("kind of number")


def check(kind: str, text: str) -> Checked:
    """Check a number of a kind: nip, regon, pesel, krs, eu_vat, iban, ksef. Raises `Refused` for another kind."""
    return IDENTIFIERS.get(kind).check(text)


def check_tax_id(country: str, text: str) -> Checked:
    """A tax number by the country of its holder; where no check is known for a country, nothing is wrong."""
    prefix = GREECE.get(country, country)
    if country == "PL":
        return check("nip", text)
    if country == "GB":
        return check("gb_vat", text)
    if prefix in VAT_COUNTRIES:
        plain = plain_number(text)
        return check("eu_vat", plain if plain.startswith(prefix) else prefix + plain)
    return Checked("tax_id", plain_number(text), plain_number(text))


def plain_number(text: str) -> str:
    """Capitals and digits, without spaces, dots and dashes."""
    return "".join(sign for sign in text.upper() if sign.isalnum())


@dataclass(frozen=True, slots=True)
class Digits:
    """Numbers of so many digits whose last one checks the others. `groups` is how they are shown."""

    kind: str
    lengths: tuple[int, ...]
    last: Callable[[str], str] | None = None  # the check digit of the others; "" where there is none
    groups: tuple[int, ...] = ()
    prefix: str = ""

    def check(self, text: str) -> Checked:
        """Length, digits, check digit."""
        plain = plain_number(text).removeprefix(self.prefix)
        return Checked(self.kind, plain, _grouped(plain, self.groups), self._problem(plain))

    def _problem(self, plain: str) -> Sentence | None:
        if not (plain.isascii() and plain.isdigit()):
            return sentence(DIGITS)
        if len(plain) not in self.lengths:
            return sentence(LENGTH, found=len(plain), expected="/".join(map(str, self.lengths)))
        expected = self.last(plain[:-1]) if self.last else plain[-1]
        if not expected:
            return sentence(NO_SUCH_NIP, number=plain[:-1])
        return None if plain[-1] == expected else sentence(CHECK_DIGIT, number=plain, digit=expected)


class Pesel:
    """11 digits: birthday with the century in its month, and a check digit."""

    digits = Digits("pesel", (11,), stdnum.pl.pesel.calc_check_digit)

    def check(self, text: str) -> Checked:
        """Length, digits, check digit, birthday."""
        checked = self.digits.check(text)
        if checked.problem:
            return checked
        try:
            stdnum.pl.pesel.get_birth_date(checked.plain)
        except stdnum.exceptions.ValidationError:
            return Checked("pesel", checked.plain, checked.shown, sentence(NO_DAY, day=checked.plain[:6]))
        return checked


class Regon:
    """9 digits, or 14 whose first 9 are one of their own."""

    nine = Digits("regon", (9, 14), stdnum.pl.regon.calc_check_digit)

    def check(self, text: str) -> Checked:
        """Length, digits, both check digits."""
        checked = self.nine.check(text)
        if checked.problem or len(checked.plain) == 9:
            return checked
        return Checked("regon", checked.plain, checked.shown, self.nine.check(checked.plain[:9]).problem)


class Iban:
    """An IBAN, or a Polish NRB of 26 digits, which becomes one. Of a Polish one the bank's number has a check digit of its own."""

    def check(self, text: str) -> Checked:
        """Country, length, the two check digits; `parts["bank"]` for a Polish one."""
        plain = plain_number(text)
        plain = f"PL{plain}" if len(plain) == 26 and plain.isdigit() else plain
        bank = plain[4:12] if plain.startswith("PL") else ""
        return Checked("iban", plain, _grouped(plain, (4,) * 9), _iban_problem(plain, bank), {"bank": bank} if bank else {})


class EuVat:
    """A VAT number with the code of its country."""

    def check(self, text: str) -> Checked:
        """Country and the country's own rule."""
        plain = plain_number(text)
        country = plain[:2]
        if country not in VAT_COUNTRIES:
            return Checked("eu_vat", plain, plain, sentence(NO_COUNTRY))
        if country == "PL":
            problem = check("nip", plain).problem
        else:
            problem = None if _is_vat(plain) else sentence(NOT_OF_COUNTRY, country=country)
        return Checked("eu_vat", plain, plain, problem, {"country": country, "number": plain[2:]})


class GbVat:
    """A British VAT number."""

    def check(self, text: str) -> Checked:
        """HMRC's own rule."""
        plain = plain_number(text)
        return Checked("gb_vat", plain, plain, None if stdnum.gb.vat.is_valid(plain) else sentence(NOT_OF_COUNTRY, country="GB"))


class Ksef:
    """The number that KSeF gives an invoice: seller's NIP, day, 12 hexadecimal digits, CRC-8 (polynomial 0x07, start 0) of the rest."""

    EXAMPLE = "5265877635-20250826-0100001AF629-AF"  # the Ministry's own

    def check(self, text: str) -> Checked:
        """Shape, seller's NIP, day and checksum; parts: nip, day."""
        shown = "".join(text.split()).upper().replace("–", "-")
        parts = shown.split("-")
        if [len(part) for part in parts] != [10, 8, 12, 2] or not _is_hexadecimal(parts[2] + parts[3]) or not shown.isascii():
            return Checked("ksef", shown, shown, sentence(SHAPE, example=self.EXAMPLE))
        return Checked("ksef", shown, shown, self._problem(shown, parts), {"nip": parts[0], "day": parts[1]})

    def _problem(self, shown: str, parts: list[str]) -> Sentence | None:
        expected = f"{crc8(shown[:32].encode()):02X}"
        if parts[3] != expected:
            return sentence(CHECKSUM, number=shown, digits=expected)
        return check("nip", parts[0]).problem or (None if _is_day(parts[1]) else sentence(NO_DAY, day=parts[1]))


def crc8(octets: bytes) -> int:
    """CRC-8 with polynomial 0x07, start 0x00, no reflection, no final XOR."""
    register = 0
    for octet in octets:
        register ^= octet
        for _ in range(8):
            register = (register << 1) ^ 0x107 if register & 0x80 else register << 1
    return register


def _nip_digit(number: str) -> str:
    """LAW A13: weights 6 5 7 2 3 4 5 6 7, modulo 11; a remainder of 10 belongs to no NIP."""
    remainder = sum(weight * int(digit) for weight, digit in zip((6, 5, 7, 2, 3, 4, 5, 6, 7), number, strict=True)) % 11
    return "" if remainder == 10 else str(remainder)


def _bank_digit(number: str) -> str:
    """LAW A13: weights 3 9 7 1 3 9 7, what is missing to the next ten."""
    return str(-sum(weight * int(digit) for weight, digit in zip((3, 9, 7, 1, 3, 9, 7), number, strict=True)) % 10)


def _iban_problem(plain: str, bank: str) -> Sentence | None:
    if not (plain.isascii() and plain[:2].isalpha() and plain[2:4].isdigit() and len(plain) > 4):
        return sentence(SHAPE, example="PL61 1090 1014 0000 0712 1981 2874")
    if plain.startswith("PL") and len(plain) != 28:
        return sentence(LENGTH, found=len(plain), expected=28)
    if plain.startswith("PL") and not plain[2:].isdigit():
        return sentence(DIGITS)
    digits = stdnum.iban.calc_check_digits(plain)
    if digits != plain[2:4]:
        return sentence(CHECK_DIGITS, number=plain, digits=plain[:2] + digits)
    if not stdnum.iban.is_valid(plain, check_country=False):
        return sentence(SHAPE, example="PL61 1090 1014 0000 0712 1981 2874")
    if bank and _bank_digit(bank[:7]) != bank[7]:
        return sentence(BANK_CHECK_DIGIT, number=bank, digit=_bank_digit(bank[:7]))
    return None


def _is_vat(plain: str) -> bool:
    return bool(stdnum.gb.vat.is_valid(plain[2:]) if plain.startswith("XI") else stdnum.eu.vat.is_valid(plain))


def _is_hexadecimal(text: str) -> bool:
    return set(text) <= set("0123456789ABCDEF")


def _is_day(text: str) -> bool:
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True


def _grouped(plain: str, groups: tuple[int, ...]) -> str:
    if not groups:
        return plain
    starts = [sum(groups[:count]) for count in range(len(groups) + 1)]
    ends = [*starts[1:], len(plain)]
    return " ".join(plain[start:end] for start, end in zip(starts, ends, strict=True) if plain[start:end])


_ALL: dict[str, Identifier] = {
    "nip": Digits("nip", (10,), _nip_digit, prefix="PL"),
    "regon": Regon(),
    "pesel": Pesel(),
    "krs": Digits("krs", (10,)),
    "eu_vat": EuVat(),
    "gb_vat": GbVat(),
    "iban": Iban(),
    "ksef": Ksef(),
}
for _kind, _identifier in _ALL.items():
    IDENTIFIERS.register(_kind, _identifier)
