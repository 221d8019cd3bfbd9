"""Take a report of an agency from a file."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dunning.actions.report_taking import ReportRefused, Source, check_report, take_report, words_of
from dunning.models import Agency
from receivables import clock
from receivables.core.errors import DomainError


class Command(BaseCommand):
    help = "Take a report of an agency (JSON or CSV), whole or not at all. Ends with 1 where a record cannot be taken, 2 where all cannot."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--agency", required=True, help="short name of the agency")
        parser.add_argument("--company", type=int, help="id of the company, where several have an agency of that name")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be taken")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        agency = _agency(options["agency"], options["company"])
        try:
            data = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}.", returncode=2) from error
        on = clock.today(agency.creditor.time_zone)
        try:
            said = _checked(agency, data, on) if options["dry_run"] else _taken(agency, data, options["file"].name, on)
        except ReportRefused as refusal:
            said = {"taken": 0, "known": 0, "problems": [words_of(each) for each in refusal.problems]}
        except DomainError as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        self.stdout.write(json.dumps(said, ensure_ascii=False) if options["json"] else _in_words(said, is_dry=options["dry_run"]))
        if said["problems"]:
            sys.exit(1)


def _agency(slug: str, company: int | None) -> Agency:
    found = list(Agency.objects.filter(slug=slug, **({"creditor": company} if company else {})).select_related("creditor")[:2])
    if len(found) != 1:
        raise CommandError(
            f"There is no agency {slug!r}." if not found else f"Several companies have an agency {slug!r}: name one by --company.",
            returncode=2,
        )
    return found[0]


def _checked(agency: Agency, data: bytes, on: Any) -> dict[str, Any]:
    report = check_report(agency, data, on=on)
    return {"records": len(report.records), "problems": [words_of(each) for each in report.problems]}


def _taken(agency: Agency, data: bytes, name: str, on: Any) -> dict[str, Any]:
    taken = take_report(agency, data, name=name, source=Source.UPLOAD, on=on, now=clock.now())
    return {"taken": taken.taken, "known": taken.known, "problems": []}


def _in_words(said: dict[str, Any], *, is_dry: bool) -> str:
    if said["problems"]:
        return "\n".join(["Nothing was taken.", *said["problems"]])
    return f"{said['records']} records could be taken." if is_dry else f"{said['taken']} records taken, {said['known']} known before."
