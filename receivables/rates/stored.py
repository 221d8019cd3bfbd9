"""The book of rates for calculations: what is shipped, what two people approved, what sources confirmed, and what follows from it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from uuid import UUID

from receivables.countries import rates as words
from receivables.countries.derived import DERIVATIONS
from receivables.countries.rates import Rate, RateBook, shipped
from receivables.rates.models import Confirmation, InterestRate, MidRate, Revision

Rates = dict[tuple[str, str], list[Rate]]


def current_book() -> RateBook:
    """All rates that are known now. One query; the rest is read again only after something was approved or confirmed."""
    key = Revision.objects.values_list("key", flat=True).first()
    return shipped() if key is None else _extended(key)


@lru_cache(maxsize=4)
def _extended(_key: UUID) -> RateBook:
    """The book at a revision. Keys are never used twice, so a copy is never taken for another's."""
    entered = shipped().extended(_entered(), _mids())
    book = entered.extended(_confirmed(entered), {})
    return book.extended(_derived(book), {})


def plain(percent: Decimal) -> Decimal:
    """A rate as the shipped tables write it: 3.75 for 3.7500."""
    short = round(percent, 2)
    return short if short == percent else percent


def _entered() -> Rates:
    found: Rates = defaultdict(list)
    for row in InterestRate.objects.in_force():
        found[row.country, row.regime].append(Rate(row.valid_from, row.known_until, plain(row.rate_percent), row.source))
    return found


def _mids() -> Mapping[str, Sequence[words.MidRate]]:
    found: dict[str, list[words.MidRate]] = defaultdict(list)
    for row in MidRate.objects.in_force():
        found[row.country].append(words.MidRate(row.rate_on, row.price, row.table_number, row.source))
    return found


def _confirmed(book: RateBook) -> Rates:
    """Rates that a source said longer, as far as they still stand so."""
    found: Rates = defaultdict(list)
    for said in Confirmation.objects.order_by("known_until"):
        table = book.tables.get((said.country, said.regime))
        rates: Iterable[Rate] = table.rates if table else ()
        known = next((rate for rate in rates if rate.valid_from == said.valid_from), None)
        if known and known.percent == said.rate_percent and known.known_until < said.known_until:
            source = f"{known.source}; confirmed through {said.known_until}: {said.source}"
            found[said.country, said.regime].append(Rate(known.valid_from, said.known_until, known.percent, source))
    return found


def _derived(book: RateBook) -> Mapping[tuple[str, str], Sequence[Rate]]:
    """What follows from the base rates and says something else, or longer, than what is known already."""
    found: dict[tuple[str, str], Sequence[Rate]] = {}
    for country, law in DERIVATIONS.items():
        for key, rates in law.tables(book.table(country, law.base)).items():
            table = book.tables.get(key)
            known = {(rate.valid_from, rate.known_until, rate.percent) for rate in table.rates} if table else set()
            found[key] = [rate for rate in rates if (rate.valid_from, rate.known_until, rate.percent) not in known]
    return found
