"""What is known until when, of the countries whose companies work here, and in a sentence where that ends."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from receivables.accounts.models import Creditor
from receivables.countries.derived import floats
from receivables.countries.rates import MidRate, RateBook, RateTable

SOON = timedelta(days=14)
HALF_A_YEAR = timedelta(days=183)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Line:
    """A regime of a country, or its mid rates (`regime` empty), and the last day on which a claim can be made from it."""

    country: str
    regime: str
    known_until: date
    floats: bool  # by the day: it can only be known until today


def countries_in_use() -> list[str]:
    """The countries of the companies. One query."""
    return sorted(set(Creditor.objects.order_by().values_list("country", flat=True)))


def lines(book: RateBook, countries: Sequence[str]) -> list[Line]:
    """What is known of these countries, oldest end first."""
    found = [_line(table) for (country, _regime), table in book.tables.items() if country in countries and table.rates]
    found += [line for country in countries for line in _mids(country, book)]
    return sorted(found, key=lambda line: (line.known_until, line.country, line.regime))


def warnings(book: RateBook, countries: Sequence[str], *, on: date) -> list[str]:
    """A sentence for all rates of a country that end on one day, where they are missing or soon will be."""
    ending: dict[tuple[str, date, bool, bool], list[str]] = {}
    for line in lines(book, countries):
        ending.setdefault((line.country, line.known_until, line.floats, not line.regime), []).append(line.regime)
    told = (_warning(country, regimes, until, floats, on=on) for (country, until, floats, _mid), regimes in ending.items())
    return [sentence for sentence in told if sentence]


def _warning(country: str, regimes: Sequence[str], until: date, floats: bool, *, on: date) -> str:
    what = _("rate of interest (%(regimes)s)") % {"regimes": ", ".join(regimes)} if any(regimes) else _("mid rate of the euro")
    words = {"country": country, "what": what, "day": until}
    if on - until > HALF_A_YEAR:
        return _("%(country)s: the newest %(what)s is over half a year old (%(day)s). Claims that need it are not made.") % words
    if on > until:
        return _("%(country)s: no %(what)s is known after %(day)s. Claims that need it are not made.") % words
    if not floats and until - on <= SOON:
        return _("%(country)s: the %(what)s is known only until %(day)s.") % words
    return ""


def _line(table: RateTable) -> Line:
    return Line(table.country, table.regime, table.known_until(), floats(table.country, table.regime))


def _mids(country: str, book: RateBook) -> Iterator[Line]:
    mids: list[MidRate] = [mid for (place, _month), mid in book.mids.items() if place == country]
    if mids:
        yield Line(country, "", max(served_until(mid) for mid in mids), floats=True)


def served_until(mid: MidRate) -> date:
    """The last day on which a claim can fall due that a mid rate serves: the last of the month after its own."""
    return (mid.on.replace(day=1) + timedelta(days=63)).replace(day=1) - _DAY
