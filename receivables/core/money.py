"""Money: a decimal amount that travels with its currency, exact and never float."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from receivables.core.errors import CurrencyMismatch, Refused, gettext_noop

# ISO 4217 minor units that differ from two; the list of amendment 176. Only active currencies that could be invoiced.
ZERO_DECIMALS = frozenset({"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"})
THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
# ISO 4217 active alphabetic codes.
CURRENCIES = frozenset(
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK "
    "DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS "
    "KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD "
    "OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP "
    "TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG".split()
)
_PLAIN = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")


def decimals_of(currency: str) -> int:
    """How many decimals an amount in this currency may have (ISO 4217). Raises `Refused` for an unknown code."""
    if currency not in CURRENCIES:
        raise Refused(f"{currency!r} is no currency code of ISO 4217, such as PLN or EUR.")
    return 0 if currency in ZERO_DECIMALS else 3 if currency in THREE_DECIMALS else 2


@lru_cache(maxsize=200)
def quantum(currency: str) -> Decimal:
    """The smallest unit of a currency: 0.01 for PLN."""
    return Decimal(1).scaleb(-decimals_of(currency))


def round_to_unit(amount: Decimal, currency: str) -> Decimal:
    """Round half up to the currency's smallest unit."""
    return amount.quantize(quantum(currency), rounding=ROUND_HALF_UP)


def parse_amount(text: str, currency: str) -> Decimal:
    """Read a plain decimal string ("1234.50"); raises `Refused` for anything else or for too many decimals."""
    if not isinstance(text, str) or not _PLAIN.fullmatch(text):
        raise Refused(f"{text!r} is no amount. Write digits with a decimal point, such as 1234.50.")
    amount = Decimal(text)
    if abs(amount) >= Decimal(10) ** 14:
        raise Refused(f"{text!r} is no amount that can be booked.")
    if amount != amount.quantize(quantum(currency)):
        raise Refused(
            gettext_noop("'%(amount)s' has more decimals than %(currency)s knows (%(decimals_of)s)."),
            amount=text, currency=currency, decimals_of=decimals_of(currency),
        )  # fmt: skip
    return amount.quantize(quantum(currency))


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount with its currency. Adding two currencies raises `CurrencyMismatch`."""

    amount: Decimal
    currency: str

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} are never added up.")

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def __str__(self) -> str:
        return f"{round_to_unit(self.amount, self.currency)} {self.currency}"


def total_by_currency(amounts: Iterable[Money]) -> dict[str, Decimal]:
    """Sum per currency; currencies are never added up."""
    totals: dict[str, Decimal] = {}
    for money in amounts:
        totals[money.currency] = totals.get(money.currency, Decimal(0)) + money.amount
    return totals
