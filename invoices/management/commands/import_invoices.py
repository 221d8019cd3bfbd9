import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError
from psycopg.errors import DiskFull

from invoices.actions import FileReport, company_for_import, import_file, profile_named
from invoices.intake.cells import Problem
from invoices.intake.csv_table import MAX_BYTES, check_size
from invoices.intake.profile import ColumnProfile
from receivables.accounts.models import Creditor
from receivables.clock import today
from receivables.core.errors import DomainError, Refused

DEFAULT = "default"


class Command(BaseCommand):
    help = (
        "Load invoices from CSV files. A file is taken whole or, with any problem, not at all; loading it again changes nothing. "
        "Ends with 1 when a file was refused, with 2 for wrong usage. See docs/import.md."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="a CSV file; - reads from standard input")
        parser.add_argument("--profile", required=True, metavar="NAME", help="how its columns are read")
        parser.add_argument("--creditor", metavar="SLUG", help="the company; may be left out where there is only one")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and store nothing")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        try:
            company = company_for_import(options["creditor"])
            profile = profile_named(options["profile"], company)
        except DomainError as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        company = company or Creditor(slug=DEFAULT, name=DEFAULT, currency=profile.currency)
        reports = [self._take(file, company, profile, options) for file in options["files"]]
        if options["json"]:
            self.stdout.write(json.dumps({"files": [report.as_json() for report in reports]}, indent=2, ensure_ascii=False))
        if any(report.refused for report in reports):
            sys.exit(1)

    def _take(self, file: str, company: Creditor, profile: ColumnProfile, options: dict[str, Any]) -> FileReport:
        report = self._load(file, company, profile, options)
        if not options["json"]:
            self._tell(report, dry_run=options["dry_run"])
        return report

    def _load(self, file: str, company: Creditor, profile: ColumnProfile, options: dict[str, Any]) -> FileReport:
        try:
            data = read_file(file)
            day = today(company.time_zone)
            progress = None if options["json"] else self._progress
            return import_file(
                company, name=Path(file).name, data=data, profile=profile, on=day, dry_run=options["dry_run"], progress=progress
            )
        except Refused as refusal:
            return FileReport.of_refused(Path(file).name, Problem(0, None, str(refusal)))
        except OperationalError as error:
            if not isinstance(error.__cause__, DiskFull):
                raise
            full = "The disk of the database is full. Nothing of the file was stored; make room and load it again."
            return FileReport.of_refused(Path(file).name, Problem(0, None, full))

    def _progress(self, done: int) -> None:
        if done % 10_000 == 0:
            self.stderr.write(f"  {done:,} rows …")

    def _tell(self, report: FileReport, *, dry_run: bool) -> None:
        if report.refused:
            self.stdout.write(f"{report.file}: refused. Nothing of it was stored.")
        else:
            would = "would be " if dry_run else ""
            figures = f"{report.new:,} {would}new, {report.changed:,} {would}changed, {report.unchanged:,} unchanged"
            self.stdout.write(f"{report.file}: {figures}.{' Nothing was stored.' if dry_run else ''}")
        for problem in (*report.problems, *report.warnings):
            self.stdout.write(f"  {_sentence(problem)}")


def read_file(file: str) -> bytes:
    """The bytes of a file; its size is asked first. Raises `Refused` for one that is too big, or cannot be read."""
    try:
        if file == "-":
            return sys.stdin.buffer.read(MAX_BYTES + 1)
        check_size(Path(file).stat().st_size)
        with Path(file).open("rb") as stream:
            return stream.read(MAX_BYTES + 1)  # some files have no size and no end
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror}.") from error


def _sentence(problem: Problem) -> str:
    where = [f"line {problem.line}"] if problem.line else []
    where += [f"column {problem.column}"] if problem.column else []
    return f"{', '.join(where)}: {problem.reason}" if where else problem.reason
