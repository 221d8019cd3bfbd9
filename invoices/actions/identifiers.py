"""Tax numbers, PESEL, phones and e-mail addresses: how they are written, and whether they can be right. Changes nothing."""

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from receivables.core.errors import Refused
from receivables.core.identifiers import check, check_tax_id, plain_number
from receivables.core.sentences import gettext_noop


def plain_tax_id(text: str) -> str:
    """A tax number as it is stored: capitals and digits, without spaces, dots and dashes."""
    return plain_number(text)


def tax_id_problem(country: str, text: str) -> str | None:
    """What is wrong with a NIP or VAT number, in words; None where nothing is, or where no check is known for the country."""
    problem = check_tax_id(country, text).problem
    return f"{text!r} is no valid tax number of {country}. {problem}" if problem else None


def plain_registered(kind: str, text: str) -> str:
    """A REGON or KRS number (`kind`) as it is stored; empty stays empty. Raises `Refused` for one that cannot be right.

    Unlike a tax number a wrong one is not kept: it is stated in court, and a wrong one there may be fined (LAW.md A7).
    """
    if not text.strip():
        return ""
    checked = check(kind, text)
    if checked.problem:
        said = {"text": text.strip()[:40], "kind": kind.upper(), "why": str(checked.problem)}
        raise Refused(gettext_noop("%(text)s is no %(kind)s number. %(why)s"), **said)
    return checked.plain


def pesel_problem(text: str) -> str | None:
    """What is wrong with a PESEL, in words that do not repeat it."""
    return None if check("pesel", text).is_valid else "This PESEL has a wrong check digit, birthday or length."


def phone_in_full(text: str, *, country: str) -> str:
    """A phone number as E.164, "+48500100100". Raises `Refused` for what no network could dial."""
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise Refused(gettext_noop("%(text)r is no phone number. Write it with its country code, such as +48 500 100 100."), text=text)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def plain_email(text: str) -> str:
    """An e-mail address without surrounding spaces; an empty text stays empty. Raises `Refused` for anything else."""
    address = text.strip()
    try:
        if address:
            validate_email(address)
    except ValidationError:
        raise Refused(gettext_noop("%(address)r is no e-mail address. Write it as name@example.com."), address=address) from None
    return address
