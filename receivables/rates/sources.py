"""Where rates are published, each behind a small adapter: it asks, and gives back what was said, unjudged."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from receivables import outside
from receivables.core.errors import DomainError
from receivables.outside import Bounds, Reach, Request
from receivables.rates import formats
from receivables.rates.words import DayRow, Read

BOUNDS = Bounds(connect_seconds=10.0, total_seconds=30.0, most_bytes=formats.AT_MOST_BYTES)
WINDOW = timedelta(days=90)  # NBP answers for at most 93 days at a time


class Unreachable(DomainError):
    """A source that does not answer as it should; the message says what to do on a machine without internet."""


class Source(Protocol):
    """A publisher of rates: its name, the country of its rates, and the time zone in which its days begin."""

    @property
    def name(self) -> str: ...

    @property
    def country(self) -> str: ...

    @property
    def zone(self) -> str: ...

    def ask(self, *, since: date, on: date) -> Read:
        """All that it says today, `on`; mid rates from the first of the month `since` through the last month that is over.

        Raises `Unreachable`, or `Unreadable` for an answer that is not understood.
        """
        ...

    def day_rates(self, currency: str, *, first: date, last: date) -> tuple[DayRow, ...]:
        """The tables of these days, at most 93; none where there was no table on any of them. Raises as `ask` does."""
        ...


@dataclass(frozen=True, slots=True)
class Nbp:
    """Narodowy Bank Polski: the archive of its base rates, and table A of the euro."""

    archive: str = "https://static.nbp.pl/dane/stopy/stopy_procentowe_archiwum.xml"
    table_a: str = "https://api.nbp.pl/api/exchangerates/rates/a/{code}/{first}/{last}/?format=json"
    name: str = "NBP"
    country: str = "PL"
    zone: str = "Europe/Warsaw"
    reach: Reach = Reach.PUBLIC
    bounds: Bounds = BOUNDS

    def ask(self, *, since: date, on: date) -> Read:
        """See `Source`. One question for the base rates, one for each 90 days of mid rates."""
        found = formats.read(self._fetched(self.archive), name="NBP, archive of base rates")
        for first, last in _windows(since, on.replace(day=1) - timedelta(days=1)):
            answer = self._fetched(self.table_a.format(code="eur", first=first, last=last))
            found += formats.read(answer, name=f"NBP, table A {first} to {last}")
        return found

    def day_rates(self, currency: str, *, first: date, last: date) -> tuple[DayRow, ...]:
        """See `Source`. One question; 404 says that no day of the range has a table, or that the currency stands in none."""
        answer = self._answered(self.table_a.format(code=currency.lower(), first=first, last=last))
        return () if answer is None else formats.read_days(answer, currency=currency, name=f"NBP, table A {currency} {first} to {last}")

    def _fetched(self, url: str) -> bytes:
        answer = self._answered(url)
        if answer is None:
            raise Unreachable(_advice(url, "It answers 404."))
        return answer

    def _answered(self, url: str) -> bytes | None:
        """The answer to a GET, None for a 404. Raises `Unreachable` with what to do instead."""
        question = Request("GET", url, headers={"Accept": "application/json, application/xml"})
        try:
            answer = outside.ask(question, reach=self.reach, bounds=self.bounds)
        except outside.Unreachable as refusal:
            raise Unreachable(_advice(url, str(refusal))) from refusal
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise Unreachable(_advice(url, f"It answers {answer.status}."))
        return answer.body


SOURCES: dict[str, Source] = {"PL": Nbp()}
"""By country whom to ask."""


def _windows(first: date, last: date) -> Iterator[tuple[date, date]]:
    while first <= last:
        end = min(first + WINDOW - timedelta(days=1), last)
        yield first, end
        first = end + timedelta(days=1)


def _advice(url: str, what: str) -> str:
    return (
        f"{url.partition('//')[2].partition('/')[0]}: {what} Try again later; where this machine may not reach the internet, fetch {url} "
        "on another one and load it here: manage.py update_rates --file FILE --as-of DAY."
    )
