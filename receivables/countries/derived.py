"""Which rates a country's law works out from one published rate: only that base is entered, once, and the rest follows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from receivables.countries.poland_rates import DAILY, HALF_YEARLY, REFERENCE, derived_tables
from receivables.countries.rates import Rate, RateTable


@dataclass(frozen=True, slots=True)
class Derivation:
    """`tables` makes of the base's table all that follow from it; some float with it by the day, some are frozen by the half-year."""

    base: str
    floating: frozenset[str]
    frozen: frozenset[str]
    tables: Callable[[RateTable], Mapping[tuple[str, str], Sequence[Rate]]]


DERIVATIONS = {"PL": Derivation(REFERENCE, frozenset(DAILY), frozenset(HALF_YEARLY), derived_tables)}


def is_derived(country: str, regime: str) -> bool:
    """Whether the law derives that regime's rate from a base, so that nobody enters it."""
    law = DERIVATIONS.get(country)
    return law is not None and regime in law.floating | law.frozen


def floats(country: str, regime: str) -> bool:
    """Whether the rate may change on any day, so that it is known until today at most."""
    law = DERIVATIONS.get(country)
    return law is not None and regime in law.floating | {law.base}
