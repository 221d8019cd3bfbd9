import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from invoices.actions import company_for_import
from invoices.actions.bank import StatementReport, import_statement, match_lines
from invoices.models import BankLine
from invoices.statements.parsed import Balance, Line, Problem, Statement
from invoices.statements.reading import FORMATS
from receivables.accounts.models import Creditor
from receivables.clock import today
from receivables.core.errors import DomainError, Refused

from .import_invoices import read_file


class Command(BaseCommand):
    help = (
        "Load bank statements: MT940, CAMT.052/053/054, OFX or a bank's CSV. A file is taken whole or, with any problem, not at all; "
        "loading it again changes nothing. One that does not balance is held for a person. Ends with 1 when a file was refused."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="a statement; - reads from standard input")
        parser.add_argument("--format", choices=FORMATS, default="auto", help="how it is written; by default what the file says of itself")
        parser.add_argument("--account", metavar="IBAN", help="the company's account, where the file does not say it or it is new")
        parser.add_argument("--creditor", metavar="SLUG", help="the company; may be left out where there is only one")
        parser.add_argument("--dry-run", action="store_true", help="say what the files hold and store nothing")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        try:
            company = company_for_import(options["creditor"])
        except DomainError as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        if company is None and not options["dry_run"]:
            raise CommandError(
                "There is no company yet whose statements these could be. Try --dry-run, or make the company first.", returncode=2
            )
        reports = [self._take(file, company, options) for file in options["files"]]
        if company and not options["dry_run"]:
            self._match(company, options)
        if options["json"]:
            self.stdout.write(json.dumps(as_json(reports, company), indent=2, ensure_ascii=False))
        else:
            for report in reports:
                self._tell(report, dry_run=options["dry_run"])
        if any(report.is_refused for report in reports):
            sys.exit(1)

    def _take(self, file: str, company: Creditor | None, options: dict[str, Any]) -> StatementReport:
        name = Path(file).name
        try:
            data = read_file(file)
        except Refused as refusal:
            return StatementReport(name, problems=(Problem("", str(refusal)),))
        day = today(company.time_zone if company else "Europe/Warsaw")
        known = {"form": options["format"], "account": options["account"], "dry_run": options["dry_run"]}
        return import_statement(company, name=name, data=data, on=day, progress=self._progress(options), **known)

    def _match(self, company: Creditor, options: dict[str, Any]) -> None:
        found = match_lines(company, progress=self._progress(options))
        if not options["json"] and found.lines:
            self.stdout.write(f"Matched alone: {found.alone:,} of {found.lines:,} lines, {found.amount_alone:,} of {found.amount:,}.")

    def _progress(self, options: dict[str, Any]) -> Any:
        def progress(done: int) -> None:
            if not options["json"] and done >= 5_000:
                self.stderr.write(f"  {done:,} lines …")

        return progress

    def _tell(self, report: StatementReport, *, dry_run: bool) -> None:
        for found in report.statements:
            balanced = {True: "balances", False: "does NOT balance", None: "has no balances to check"}[found.is_balanced]
            self.stdout.write(
                f"{report.file}: {found.account or 'account unnamed'} {found.number}: {len(found.entries):,} entries, "
                f"in {plain(found.credits)}, out {plain(found.debits)} {found.currency}; {balanced}."
            )
            for problem in found.problems:
                self.stdout.write(f"  {problem}")
        for problem in report.problems:
            self.stdout.write(f"{report.file}: refused. {problem}")
        if not report.is_refused and not dry_run:
            self.stdout.write(f"{report.file}: {report.new:,} new lines, {report.known:,} known, {report.held:,} statements held.")


def as_json(reports: list[StatementReport], company: Creditor | None) -> dict[str, Any]:
    """What `--json` prints: amounts are strings, days ISO dates; `balanced` is null without both balances."""
    matched = _matched(company, reports)
    return {
        "statements": [_statement(report.file, found, matched) for report in reports for found in report.statements],
        "problems": [f"{report.file}: {problem}" for report in reports for problem in report.problems],
    }


def _statement(file: str, found: Statement, matched: dict[tuple[Any, ...], list[str]]) -> dict[str, Any]:
    return {
        "file": file,
        "account": found.account,
        "number": found.number,
        "currency": _currency(found),
        "opening": _amount(found.opening),
        "closing": _amount(found.closing),
        "entries": len(found.entries),
        "credits": plain(found.credits),
        "debits": plain(found.debits),
        "balanced": found.is_balanced,
        "problems": [str(problem) for problem in found.problems],
        "lines": [_line(line, matched) for line in found.lines],
    }


def _currency(found: Statement) -> str | None:
    """Of its balances; a report without any names none."""
    balance = found.opening or found.closing
    return balance.currency if balance else None if found.is_pending else found.currency or None


def _line(line: Line, matched: dict[tuple[Any, ...], list[str]]) -> dict[str, Any]:
    return {
        "booked_on": line.booked_on.isoformat() if line.booked_on else None,
        "value_on": line.value_on.isoformat() if line.value_on else None,
        "amount": None if line.amount is None else plain(line.amount),
        "counterparty": line.counterparty,
        "account": line.account,
        "title": line.title,
        "references": dict(line.references),
        "matched": matched.get(_looks(line.booked_on, line.amount, line.title), []),
    }


def _looks(booked_on: Any, amount: Decimal | None, title: str) -> tuple[Any, ...]:
    return booked_on, amount, title[:600]


def _matched(company: Creditor | None, reports: list[StatementReport]) -> dict[tuple[Any, ...], list[str]]:
    """The numbers of the invoices that a line of these files has paid."""
    if company is None:
        return {}
    days = {line.booked_on for report in reports for found in report.statements for line in found.lines if line.booked_on}
    booked = BankLine.objects.filter(creditor=company, booked_on__in=days, state=BankLine.State.BOOKED)
    rows = booked.values_list("booked_on", "amount", "title", "payments__entries__item__invoice__number")
    paid: dict[tuple[Any, ...], list[str]] = {}
    for booked_on, amount, title, number in rows.filter(payments__reversal=None).order_by("pk"):
        if number:
            paid.setdefault(_looks(booked_on, amount, title), []).append(number)
    return {key: list(dict.fromkeys(numbers)) for key, numbers in paid.items()}


def _amount(balance: Balance | None) -> str | None:
    return plain(balance.amount) if balance else None


def plain(amount: Decimal) -> str:
    """An amount with two decimals or those it has."""
    exponent = amount.as_tuple().exponent
    return f"{amount:.2f}" if isinstance(exponent, int) and exponent > -2 else f"{amount:f}"
