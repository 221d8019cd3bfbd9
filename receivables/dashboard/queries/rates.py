"""The rates that calculations use, for people to look at: what is known until when, what waits, what the source said last."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from receivables.accounts.models import Creditor
from receivables.core.errors import DomainError
from receivables.countries.rates import MidRate, Rate, RateBook
from receivables.dashboard.words import REGIMES, said, word
from receivables.rates.known import served_until, warnings
from receivables.rates.models import DayRate, InterestRate, Look
from receivables.rates.models import MidRate as EnteredMid
from receivables.rates.stored import current_book, plain
from receivables.rates.updating import waiting

MIDS = "euro"
"""The regime under which the mid rates of a country stand on the screens."""
LOOKS = 5


@dataclass(frozen=True, slots=True)
class Line:
    """A rate of a country, or the price of a euro (`is_mid`). Known from `since` through `until`; a mid rate serves until then."""

    country: str
    regime: str
    value: Decimal
    since: date
    until: date | None
    source: str

    @property
    def is_mid(self) -> bool:
        return self.regime == MIDS


@dataclass(frozen=True, slots=True)
class Proposal:
    """A rate that waits, with who entered it and why it corrects what is known, where it does."""

    line: Line
    author: str
    reason: str


@dataclass(frozen=True, slots=True)
class Notices:
    """What people should know of the rates of a company."""

    missing: list[str]
    waiting: int
    failed: Look | None  # the newest answer of the source, where it could not be read or contradicts what is known


def notices(creditor: Creditor, *, on: date) -> Notices:
    """Four queries."""
    look = Look.objects.first()
    return Notices(
        warnings(current_book(), [creditor.country], on=on), waiting(), look if look and (look.failed or look.contradictions) else None
    )


def problem_words(problems: Sequence[DomainError]) -> list[str]:
    """What kept figures from being worked out, each said once: a rate that is not known with the first and the last day that need it."""
    days: dict[tuple[str, str], list[date]] = {}
    for problem in problems:
        if "day" in problem.facts:
            days.setdefault((problem.facts["country"], problem.facts.get("regime", MIDS)), []).append(problem.facts["day"])
    unknown = [_unknown(*rate, min(needed), max(needed)) for rate, needed in sorted(days.items())]
    return list(dict.fromkeys([*unknown, *(said(problem) for problem in problems if "day" not in problem.facts)]))


def _unknown(country: str, regime: str, first: date, last: date) -> str:
    facts = {"country": country, "rate": word(REGIMES, regime.partition(",")[0]), "first": f"{first:%d.%m.%Y}", "last": f"{last:%d.%m.%Y}"}
    told = _("%(country)s, %(rate)s: not known for days from %(first)s to %(last)s. What needs it is left out until it is entered.")
    return told % facts


def newest(countries: Iterable[str], *, on: date) -> list[Line]:
    """Of each regime of these countries the rate of the day, or the last that is known, and the newest mid rate."""
    book = current_book()
    tables = [table for (country, _regime), table in sorted(book.tables.items()) if country in countries]
    lines = [_line(table.country, table.regime, _of_day(table.rates, on)) for table in tables]
    return lines + [_mid_line(country, mids[-1]) for country in sorted(countries) if (mids := _mids(book, country))]


def rows(country: str, regime: str) -> list[Line]:
    """All rates of a regime that calculations use, the newest first; empty where there are none."""
    book = current_book()
    if regime == MIDS:
        return [_mid_line(country, mid) for mid in reversed(_mids(book, country))]
    table = book.tables.get((country, regime))
    return [_line(country, regime, rate) for rate in reversed(table.rates)] if table else []


def proposed() -> list[Proposal]:
    """What waits for a second person. Two queries."""
    rates = InterestRate.objects.waiting().select_related("author")
    mids = EnteredMid.objects.waiting().select_related("author")
    return [
        *(
            _proposal(Line(row.country, row.regime, plain(row.rate_percent), row.valid_from, row.known_until, row.source), row)
            for row in rates
        ),
        *(_proposal(Line(row.country, MIDS, row.price, row.rate_on, None, f"{row.table_number}, {row.source}"), row) for row in mids),
    ]


def _proposal(line: Line, row: InterestRate | EnteredMid) -> Proposal:
    return Proposal(line, str(row.author or "update_rates"), row.reason)


def looks() -> list[Look]:
    """What sources said last."""
    return list(Look.objects.all()[:LOOKS])


def newest_days() -> list[Line]:
    """Of each currency the newest daily mid rate that was fetched. One query."""
    rows = DayRate.objects.order_by("currency", "-on").distinct("currency")
    return [Line(row.country, row.currency, Decimal(f"{row.price.normalize():f}"), row.table_on, None, row.named) for row in rows]


def _of_day(rates: Sequence[Rate], on: date) -> Rate:
    begun = [rate for rate in rates if rate.valid_from <= on]
    return begun[-1] if begun else rates[0]


def _mids(book: RateBook, country: str) -> list[MidRate]:
    return [mid for (place, _month), mid in sorted(book.mids.items()) if place == country]


def _line(country: str, regime: str, rate: Rate) -> Line:
    return Line(country, regime, rate.percent, rate.valid_from, rate.known_until, rate.source)


def _mid_line(country: str, mid: MidRate) -> Line:
    return Line(country, MIDS, mid.price, mid.on, served_until(mid), f"{mid.table}, {mid.source}")
