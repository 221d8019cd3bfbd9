"""Numbers that look right and belong to nobody. Each passes the check that its kind knows."""

from random import Random


def drawn_from(seed: str) -> Random:
    """Dice that fall the same way for the same text, on every machine."""
    return Random(seed)  # noqa: S311 - nothing here is secret


_NIP = (6, 5, 7, 2, 3, 4, 5, 6, 7)
_BANK = (3, 9, 7, 1, 3, 9, 7)


def nip(rng: Random) -> str:
    """A NIP with a valid check digit that no office gives out: its second and third digits are zero.

    The Ministry of Finance's schema (StrukturyDanych, TNrNIP) allows [1-9]((\\d[1-9])|([1-9]\\d))\\d{7}, which excludes exactly these.
    """
    while True:
        digits = [rng.randint(1, 9), 0, 0, *(rng.randint(0, 9) for _ in range(6))]
        check = sum(weight * digit for weight, digit in zip(_NIP, digits, strict=True)) % 11
        if check < 10:
            return "".join(map(str, [*digits, check]))


def phone(rng: Random) -> str:
    """A Polish number that is nobody's: +48 38x xxx xxx.

    UKE keeps no numbers for fiction. No area code, mobile or service number of the plan begins with 38; a test asks phonenumbers.
    """
    return f"+4838{rng.randint(0, 9_999_999):07}"


def british_phone(rng: Random) -> str:
    """Ofcom keeps 07700 900000 to 900999 for drama."""
    return f"+447700900{rng.randint(0, 999):03}"


def german_phone(rng: Random) -> str:
    """The Bundesnetzagentur keeps (0)30 23125 000 to 999 for films (Amtsblatt 7/2021, Mitteilung 148)."""
    return f"+493023125{rng.randint(0, 999):03}"


def account(rng: Random) -> str:
    """A Polish IBAN with both check sums right, of a bank that does not exist: no bank's number begins with zeros."""
    bank = [0, 0, 0, 0, *(rng.randint(0, 9) for _ in range(3))]
    check = -sum(weight * digit for weight, digit in zip(_BANK, bank, strict=True)) % 10
    rest = "".join(map(str, [*bank, check])) + f"{rng.randint(0, 10**16 - 1):016}"
    return f"PL{98 - int(rest + '252100') % 97:02}{rest}"
