"""Where rates are published, each behind a small adapter: it asks, and gives back what was said, unjudged."""

import http.client
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from receivables.core.errors import DomainError
from receivables.rates import formats
from receivables.rates.words import Read, Unreadable

TIMEOUT = 15.0  # seconds without a sign
AT_MOST = 60.0  # seconds for a whole answer
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


@dataclass(frozen=True, slots=True)
class Nbp:
    """Narodowy Bank Polski: the archive of its base rates, and table A of the euro."""

    archive: str = "https://static.nbp.pl/dane/stopy/stopy_procentowe_archiwum.xml"
    table_a: str = "https://api.nbp.pl/api/exchangerates/rates/a/eur/{first}/{last}/?format=json"
    name: str = "NBP"
    country: str = "PL"
    zone: str = "Europe/Warsaw"

    def ask(self, *, since: date, on: date) -> Read:
        """See `Source`. One question for the base rates, one for each 90 days of mid rates."""
        found = formats.read(fetched(self.archive), name="NBP, archive of base rates")
        for first, last in _windows(since, on.replace(day=1) - timedelta(days=1)):
            found += formats.read(fetched(self.table_a.format(first=first, last=last)), name=f"NBP, table A {first} to {last}")
        return found


SOURCES: dict[str, Source] = {"PL": Nbp()}
"""By country whom to ask."""


def fetched(url: str) -> bytes:
    """The answer to a GET, at most `formats.AT_MOST_BYTES` long. Follows nobody elsewhere. Raises `Unreachable`."""
    try:
        with _opener().open(Request(url, headers={"Accept": "application/json, application/xml"}), timeout=TIMEOUT) as answer:  # noqa: S310 - the addresses stand above
            return _body(answer, url)
    except HTTPError as error:
        error.close()
        raise Unreachable(_advice(url, f"answers {error.code}")) from None
    except (URLError, OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise Unreachable(_advice(url, f"does not answer ({type(reason).__name__ if isinstance(reason, Exception) else reason})")) from None


def _body(answer: Any, url: str) -> bytes:
    ends, data = time.monotonic() + AT_MOST, b""
    while chunk := answer.read1(64 * 1024):
        data += chunk
        if len(data) > formats.AT_MOST_BYTES:
            raise Unreadable(f"{_host(url)}: the answer is longer than {formats.AT_MOST_BYTES // 1024**2} MB. Nothing of it is taken.")
        if time.monotonic() > ends:
            raise Unreachable(_advice(url, f"needs longer than {AT_MOST:.0f} seconds"))
    return data


class _NobodyElse(HTTPRedirectHandler):
    def redirect_request(self, *_arguments: Any) -> None:
        """An answer that sends elsewhere is no answer."""


def _opener() -> OpenerDirector:
    return build_opener(_NobodyElse)


def _windows(first: date, last: date) -> Iterator[tuple[date, date]]:
    while first <= last:
        end = min(first + WINDOW - timedelta(days=1), last)
        yield first, end
        first = end + timedelta(days=1)


def _host(url: str) -> str:
    return url.partition("//")[2].partition("/")[0]


def _advice(url: str, what: str) -> str:
    return (
        f"{_host(url)} {what}. Try again later; where this machine may not reach the internet, fetch {url} "
        "on another one and load it here: manage.py update_rates --file FILE --as-of DAY."
    )
