"""Tax numbers, PESEL, phones and e-mail addresses: how they are written, and whether they can be right. Changes nothing."""

import phonenumbers
import stdnum.eu.vat
import stdnum.exceptions
import stdnum.gb.vat
import stdnum.pl.nip
import stdnum.pl.pesel
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from receivables.core.errors import Refused

GREECE = {"GR": "EL"}  # its VAT numbers begin with another code than its addresses


def plain_tax_id(text: str) -> str:
    """A tax number as it is stored: capitals and digits, without spaces, dots and dashes."""
    return "".join(sign for sign in text.upper() if sign.isalnum())


def tax_id_problem(country: str, text: str) -> str | None:
    """What is wrong with a NIP or VAT number, in words; None where nothing is, or where no check is known for the country."""
    prefix = GREECE.get(country, country)
    try:
        if country == "PL":
            stdnum.pl.nip.validate(text)
        elif country == "GB":
            stdnum.gb.vat.validate(text)
        elif prefix.lower() in stdnum.eu.vat.MEMBER_STATES:
            stdnum.eu.vat.validate(text if text.upper().startswith(prefix) else prefix + text)
    except stdnum.exceptions.ValidationError as error:
        return f"{text!r} is no valid tax number of {country}: {str(error).rstrip('.').lower()}."
    return None


def pesel_problem(text: str) -> str | None:
    """What is wrong with a PESEL, in words."""
    return None if stdnum.pl.pesel.is_valid(text) else "This PESEL has a wrong check digit or length."


def phone_in_full(text: str, *, country: str) -> str:
    """A phone number as E.164, "+48500100100". Raises `Refused` for what no network could dial."""
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise Refused(f"{text!r} is no phone number. Write it with its country code, such as +48 500 100 100.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def plain_email(text: str) -> str:
    """An e-mail address without surrounding spaces; an empty text stays empty. Raises `Refused` for anything else."""
    address = text.strip()
    try:
        if address:
            validate_email(address)
    except ValidationError:
        raise Refused(f"{address!r} is no e-mail address. Write it as name@example.com.") from None
    return address
