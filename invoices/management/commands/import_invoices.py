import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError
from psycopg.errors import DiskFull

from invoices.actions import FileReport, company_for_import, import_file, profile_named
from invoices.actions.papers import import_papers
from invoices.intake.cells import Problem
from invoices.intake.csv_table import MAX_BYTES, check_size
from invoices.intake.profile import ColumnProfile
from invoices.intake.reading import FORMATS, TABLES, format_of
from receivables.accounts.models import Creditor
from receivables.clock import today
from receivables.core.errors import DomainError, Refused

DEFAULT = "default"
DEFAULT_CURRENCY = "PLN"
DEFAULT_ZONE = "Europe/Warsaw"


class Command(BaseCommand):
    help = (
        "Load invoices from CSV and XLSX tables, KSeF, UBL, CII, Factur-X or JPK_FA files, and ZIP archives of them. A file is taken whole "
        "or, with any problem, not at all; loading it again changes nothing. "
        "Ends with 1 when a file was refused, with 2 for wrong usage. See docs/import.md."
    )

    _told = 0  # rows of the file at hand

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="a file; - reads from standard input")
        parser.add_argument("--format", choices=FORMATS, default="auto", help="what it is; auto looks into it")
        parser.add_argument("--profile", metavar="NAME", help="how the columns of a table are read; a profile says that it is one")
        parser.add_argument("--creditor", metavar="SLUG", help="the company; may be left out where there is only one")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and store nothing")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        try:
            by_seller = not options["creditor"] and not options["profile"] and Creditor.objects.count() > 1
            company = None if by_seller else company_for_import(options["creditor"])
            profile = profile_named(options["profile"], company) if options["profile"] else None
            if options["format"] in TABLES and profile is None:
                raise Refused("A table needs a profile. Name one with --profile; see docs/import.md.")
        except DomainError as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        if not by_seller:
            company = company or Creditor(slug=DEFAULT, name=DEFAULT, currency=profile.currency if profile else DEFAULT_CURRENCY)
        reports = [self._take(file, company, profile, options) for file in options["files"]]
        if options["json"]:
            self.stdout.write(json.dumps({"files": [report.as_json() for report in reports]}, indent=2, ensure_ascii=False))
        if any(report.refused for report in reports):
            sys.exit(1)

    def _take(self, file: str, company: Creditor | None, profile: ColumnProfile | None, options: dict[str, Any]) -> FileReport:
        report = self._load(file, company, profile, options)
        if not options["json"]:
            self._tell(report, dry_run=options["dry_run"])
        return report

    def _load(self, file: str, company: Creditor | None, profile: ColumnProfile | None, options: dict[str, Any]) -> FileReport:
        try:
            data = read_file(file)
            form = format_of(data) if options["format"] == "auto" else options["format"]
            if profile is None or company is None or (options["format"] == "auto" and form not in TABLES):
                return self._load_papers(Path(file).name, data, form, company, options)
            self._told = 0
            day, progress = today(company.time_zone), None if options["json"] else self._progress
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

    def _load_papers(self, name: str, data: bytes, form: str, company: Creditor | None, options: dict[str, Any]) -> FileReport:
        """Files that say themselves what stands where, and who sold."""
        if form == "csv":
            return FileReport.of_refused(name, Problem(0, None, "This is a table. Name with --profile how its columns are read."))
        day = today(company.time_zone if company else DEFAULT_ZONE)
        return import_papers(company, name=name, data=data, on=day, form=form, dry_run=options["dry_run"])

    def _progress(self, done: int) -> None:
        if done % 10_000 == 0 and done > self._told:
            self.stderr.write(f"  {done:,} rows …")
            self._told = done

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
