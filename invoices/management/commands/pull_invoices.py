import json
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from invoices.actions import company_for_import
from invoices.actions.pulling import pull_invoices, try_again
from invoices.models import NotTaken
from invoices.pulling.ksef_api import Ksef, KsefConfig
from receivables.accounts.models import Creditor
from receivables.clock import now, today
from receivables.core.errors import DomainError, Refused
from receivables.core.identifiers import plain_number


class Command(BaseCommand):
    help = (
        "Pull what the company sold from KSeF into the books, as far as the limits of KSeF allow; asking again goes on where it ended. "
        "Ends with 1 where nothing came or an invoice was refused, with 2 for wrong usage. See docs/import.md."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", default="", metavar="MOMENT", help="begin here instead, such as 2026-02-01T00:00:00+01:00")
        parser.add_argument("--again", action="store_true", help="try once more to take what was refused before; asks nobody")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        try:
            company = _company()
            said = self._again(company) if options["again"] else self._pull(company, options["since"])
        except DomainError as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        self.stdout.write(json.dumps(said) if options["json"] else _sentence(said))
        if said["trouble"] or said["not_taken"]:
            raise SystemExit(1)

    def _pull(self, company: Creditor, since: str) -> dict[str, Any]:
        service = Ksef(KsefConfig(settings.KSEF_URL, plain_number(company.tax_id).removeprefix("PL"), settings.KSEF_TOKEN))
        return asdict(pull_invoices(company, service, on=today(company.time_zone), now=now(), since=since))

    def _again(self, company: Creditor) -> dict[str, Any]:
        rows = NotTaken.objects.filter(creditor=company, settled_at=None).select_related("creditor", "document").order_by("pk")
        reports = [try_again(row, on=today(company.time_zone), now=now()) for row in rows]
        refused = sum(1 for report in reports if report.refused)
        return {"new": sum(report.new for report in reports), "known": 0, "not_taken": refused, "more": False, "trouble": ""}


def _company() -> Creditor:
    """The company whose token is set: KSEF_COMPANY names it where there are several."""
    if not settings.KSEF_URL or not settings.KSEF_TOKEN:
        raise Refused("Set KSEF_URL and KSEF_TOKEN first; docs/import.md says how.")
    company = company_for_import(settings.KSEF_COMPANY or None)
    if company is None or not company.tax_id:
        raise Refused("The company needs its tax number: KSeF is asked for what it sold.")
    return company


def _sentence(said: dict[str, Any]) -> str:
    if said["trouble"]:
        return f"Nothing was pulled. {said['trouble']}"
    more = " More is there: KSeF's limits ended this pull; ask again in an hour." if said["more"] else ""
    return f"{said['new']:,} new, {said['known']:,} known, {said['not_taken']:,} not taken.{more}"
