import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from invoices.actions import company_for_import
from invoices.actions.settlements import SettlementResult, import_settlement, partner_called
from invoices.intake.cells import Problem
from receivables.core.errors import DomainError, Refused
from receivables.core.money import round_to_unit

from .import_invoices import read_file


class Command(BaseCommand):
    help = (
        "Load settlement reports of a payout partner (courier, payment gateway, marketplace) and split the bank line that pays each out "
        "over its orders. A file is taken whole or, with any problem, not at all; loading it again changes nothing. "
        "Ends with 1 when one was refused."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="a report; - reads from standard input")
        parser.add_argument("--partner", metavar="SLUG", required=True, help="who sent it; its column profile says how it is written")
        parser.add_argument("--creditor", metavar="SLUG", help="the company; may be left out where there is only one")
        parser.add_argument("--dry-run", action="store_true", help="say what the files hold and store nothing")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        try:
            company = company_for_import(options["creditor"])
            if company is None:
                raise Refused("There is no company yet. Make it first.")
            partner = partner_called(company, options["partner"])
        except DomainError as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        results = [_taken(partner, file, dry_run=options["dry_run"]) for file in options["files"]]
        if options["json"]:
            self.stdout.write(json.dumps({"reports": [each.as_json() for each in results]}, indent=2, ensure_ascii=False))
        else:
            for each in results:
                self._tell(each)
        if any(each.is_refused for each in results):
            sys.exit(1)

    def _tell(self, each: SettlementResult) -> None:
        if each.sums:
            paid, kept, net = (round_to_unit(amount, each.currency) for amount in (each.sums.gross, each.sums.fees, each.sums.net))
            self.stdout.write(f"{each.file}: {each.lines} lines, paid {paid}, fees {kept}, paid out {net} {each.currency}: {each.state}.")
        for reason in each.held:
            self.stdout.write(f"  held: {reason}")
        for problem in each.problems:
            self.stderr.write(f"  {each.file}, line {problem.line}: {problem.column or ''} {problem.reason}")


def _taken(partner: Any, file: str, *, dry_run: bool) -> SettlementResult:
    name = Path(file).name
    try:
        data = read_file(file)
    except Refused as refusal:
        return SettlementResult(name, problems=(Problem(0, None, str(refusal)),))
    return import_settlement(partner, name=name, data=data, dry_run=dry_run)
