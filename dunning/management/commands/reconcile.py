import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dunning.actions.reconciling import ReconciliationReport, reconcile
from invoices.actions import company_for_import, profile_named
from invoices.intake.cells import Problem
from invoices.management.commands.import_invoices import read_file
from invoices.management.importing import sentence_of
from invoices.reconciling import DifferenceKind, Found
from receivables.clock import today
from receivables.core.errors import DomainError, Refused

WORDS = {
    DifferenceKind.ONLY_THERE: "only in the ledger of record",
    DifferenceKind.ONLY_HERE: "only here",
    DifferenceKind.OTHER_AMOUNT: "other amount",
    DifferenceKind.OTHER_DUE_DATE: "other due date",
}


class Command(BaseCommand):
    help = (
        "Compare a list of open items of the ledger of record with the books. What is open here and missing or lower there is held with a "
        "task; nothing is booked. Ends with 1 when the list was refused, with 2 for wrong usage. See docs/import.md."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="a CSV or XLSX file; - reads from standard input")
        parser.add_argument("--profile", required=True, metavar="NAME", help="how its columns are read")
        parser.add_argument("--as-of", required=True, type=date.fromisoformat, metavar="DATE", help="the day at whose end this was open")
        parser.add_argument("--creditor", metavar="SLUG", help="the company; may be left out where there is only one")
        parser.add_argument("--confirm", action="store_true", help="take a much shorter, an older or another company's list all the same")
        parser.add_argument("--dry-run", action="store_true", help="compare and store nothing")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        report = self._report(options)
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), indent=2, ensure_ascii=False))
        else:
            self._tell(report, dry_run=options["dry_run"])
        if report.refused:
            sys.exit(1)

    def _report(self, options: dict[str, Any]) -> ReconciliationReport:
        try:
            company = company_for_import(options["creditor"])
            if company is None:
                raise Refused("There is no company yet whose books could be compared.")
            profile = profile_named(options["profile"], company, table="open_items")
        except DomainError as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        name, as_of = Path(options["file"]).name, options["as_of"]
        try:
            data = read_file(options["file"])
        except Refused as refusal:
            return ReconciliationReport(name, as_of, refused=1, problems=(Problem(0, None, str(refusal)),))
        return reconcile(
            company, name=name, data=data, profile=profile, as_of=as_of, on=today(company.time_zone), confirmed=options["confirm"],
            dry_run=options["dry_run"],
        )  # fmt: skip

    def _tell(self, report: ReconciliationReport, *, dry_run: bool) -> None:
        if report.refused:
            self.stdout.write(f"{report.file}: refused. Nothing was stored.")
            for problem in report.problems:
                self.stdout.write(f"  {sentence_of(problem)}")
            if report.objections:
                self.stdout.write("  With --confirm it is taken all the same.")
            return
        differ = f"{report.agree:,} agree, {len(report.found):,} differ; {report.held:,} items held, {report.freed:,} freed"
        self.stdout.write(f"{report.file} as of {report.as_of}: {differ}.{' Nothing was stored.' if dry_run else ''}")
        for one in report.found:
            self.stdout.write(f"  {_line(one)}")


def _line(one: Found) -> str:
    sides = [f"{side} {amount} {one.currency}" for side, amount in (("here", one.here), ("there", one.there)) if amount is not None]
    if one.kind is DifferenceKind.OTHER_DUE_DATE:
        sides = [f"here {one.due_here}", f"there {one.due_there}"]
    return f"{one.number}: {WORDS[one.kind]} ({', '.join(sides)}){'; held' if one.holds else ''}"
