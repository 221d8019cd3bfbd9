import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from receivables.accounts.models import Creditor
from receivables.core.arguments import day
from receivables.reporting.ageing import Ageing, ageing


class Command(BaseCommand):
    help = "Who owes how much since when, as of the end of any past day, by company and currency."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", required=True, type=day, metavar="DATE", help="the day, such as 2012-12-31")
        parser.add_argument("--creditor", metavar="SLUG", help="one company only")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        lines = ageing(companies(options["creditor"]), on=options["on"])
        if options["json"]:
            self.stdout.write(json.dumps({"on": str(options["on"]), "ageing": [line.as_json() for line in lines]}, indent=2))
            return
        for line in lines:
            self.stdout.write(table(line))


def companies(slug: str | None) -> list[Creditor]:
    """All, or the one of that short name."""
    every = list(Creditor.objects.order_by("slug"))
    chosen = [company for company in every if slug in (None, company.slug)]
    if slug and not chosen:
        known = ", ".join(company.slug for company in every) or "none yet"
        raise CommandError(f"There is no company {slug!r}. Known: {known}.", returncode=2)
    return chosen


def table(line: Ageing) -> str:
    """A company's line as text."""
    said = line.as_json()
    rows = [("open", said["open"]), *said["buckets"].items()]
    return "\n".join(
        [f"{line.creditor}, {line.currency}", *(f"  {name:<8} {figure['count']:>8,} {figure['amount']:>16}" for name, figure in rows)]
    )
