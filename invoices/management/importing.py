"""What the commands that load a table have in common: profile, company, the report in words or as JSON, and how they end."""

import json
import sys
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError
from psycopg.errors import DiskFull

from invoices.actions import FileReport, company_for_import, profile_named
from invoices.intake.cells import Problem
from invoices.intake.profile import ColumnProfile
from invoices.management.commands.import_invoices import DEFAULT, read_file
from receivables.accounts.models import Creditor
from receivables.core.errors import DomainError, Refused

ENDS = (
    "A file is taken whole or, with any problem, not at all; loading it again changes nothing. "
    "Ends with 1 when a file was refused, with 2 for wrong usage. See docs/import.md."
)


class ImportCommand(BaseCommand, ABC):
    """A command that loads CSV or XLSX files of one kind of table."""

    table: str  # a key of SHEETS

    @abstractmethod
    def load(self, company: Creditor, *, name: str, data: bytes, profile: ColumnProfile, dry_run: bool) -> FileReport:
        """Take one file, or say what would happen."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="a CSV or XLSX file; - reads from standard input")
        parser.add_argument("--profile", required=True, metavar="NAME", help="how its columns are read")
        parser.add_argument("--creditor", metavar="SLUG", help="the company; may be left out where there is only one")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and store nothing")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        try:
            company = company_for_import(options["creditor"])
            profile = profile_named(options["profile"], company, table=self.table)
        except DomainError as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        company = company or Creditor(slug=DEFAULT, name=DEFAULT, currency=profile.currency)
        reports = [self._loaded(file, company, profile, dry_run=options["dry_run"]) for file in options["files"]]
        if options["json"]:
            self.stdout.write(json.dumps({"files": [report.as_json() for report in reports]}, indent=2, ensure_ascii=False))
        else:
            for report in reports:
                self._tell(report, dry_run=options["dry_run"])
        if any(report.refused for report in reports):
            sys.exit(1)

    def _loaded(self, file: str, company: Creditor, profile: ColumnProfile, *, dry_run: bool) -> FileReport:
        name = Path(file).name
        try:
            return self.load(company, name=name, data=read_file(file), profile=profile, dry_run=dry_run)
        except Refused as refusal:
            return FileReport.of_refused(name, Problem(0, None, str(refusal)))
        except OperationalError as error:
            if not isinstance(error.__cause__, DiskFull):
                raise
            full = "The disk of the database is full. Nothing of the file was stored; make room and load it again."
            return FileReport.of_refused(name, Problem(0, None, full))

    def _tell(self, report: FileReport, *, dry_run: bool) -> None:
        if report.refused:
            self.stdout.write(f"{report.file}: refused. Nothing of it was stored.")
        else:
            would = "would be " if dry_run else ""
            figures = f"{report.new:,} {would}new, {report.changed:,} {would}changed, {report.unchanged:,} unchanged"
            self.stdout.write(f"{report.file}: {figures}.{' Nothing was stored.' if dry_run else ''}")
        for problem in (*report.problems, *report.warnings):
            self.stdout.write(f"  {sentence_of(problem)}")


def sentence_of(problem: Problem) -> str:
    """A problem in words, with its place."""
    where = [f"line {problem.line}"] if problem.line else []
    where += [f"column {problem.column}"] if problem.column else []
    return f"{', '.join(where)}: {problem.reason}" if where else problem.reason
