from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from receivables import clock
from receivables.core.arguments import day
from receivables.core.errors import DomainError
from receivables.rates import formats
from receivables.rates.sources import SOURCES
from receivables.rates.updating import Report, take, update_from
from receivables.rates.words import ZONE, Read, Unreadable


class Command(BaseCommand):
    help = "Ask the central bank for new rates, or read them from a file. What is new waits for a person's approval in the admin."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--file", type=Path, help="NBP's archive of base rates (XML), NBP's table A (JSON), or our CSV")
        parser.add_argument("--as-of", type=day, help="the day on which the file was fetched: it confirms its last rate until then")
        parser.add_argument("--dry-run", action="store_true", help="say what would be stored, and store nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ends with 1 where a source cannot be read or contradicts what is known, with 2 for wrong usage."""
        on = clock.today(ZONE)
        as_of = _as_of(options, on=on)
        try:
            with transaction.atomic():
                reports = list(_reports(options["file"], as_of, on=on))
                transaction.set_rollback(options["dry_run"])
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        lines = [line for report in reports for line in _told(report)]
        self.stdout.write("\n".join([*lines, *(["Nothing was stored."] if options["dry_run"] else [])]))
        if contradictions := sum(len(report.contradictions) for report in reports):
            raise CommandError(f"{contradictions} contradictions. What is known was not changed; see to them in the admin.")


def _as_of(options: dict[str, Any], *, on: date) -> date | None:
    """Of a file only a person knows the day on which it said so."""
    as_of: date | None = options["as_of"]
    if options["file"] is None and as_of:
        raise CommandError("--as-of says when a file was fetched. Name the file with --file.", returncode=2)
    if as_of and as_of > on:
        raise CommandError(f"--as-of {as_of} is to come; today is {on}.", returncode=2)
    return as_of


def _reports(file: Path | None, as_of: date | None, *, on: date) -> Iterator[Report]:
    if file:
        yield take(_read(file), origin=file.name, on=on, as_of=as_of, now=clock.now())
    else:
        yield from (update_from(source, on=on, now=clock.now()) for source in SOURCES.values())


def _read(path: Path) -> Read:
    try:
        with path.open("rb") as file:
            data = file.read(formats.AT_MOST_BYTES + 1)
    except OSError as error:
        raise Unreadable(f"{path.name} cannot be read: {error.strerror}.") from error
    return formats.read(data, name=path.name)


def _told(report: Report) -> list[str]:
    found = f"{report.origin}: {report.rates} interest rates, {report.mids} mid rates; {report.agreed} agree with what is known."
    news = report.told or ["nothing new."]
    return [found, *(f"  {line}" for line in news), f"{report.waiting} wait for approval."]
