import json
from collections import Counter
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from invoices.actions.pulling import pull_invoices, try_again
from invoices.actions.sources import SOURCES, configured, how_to_set
from invoices.models import NotTaken
from invoices.pulling.protocol import InvoiceService
from receivables.accounts.models import Creditor
from receivables.clock import now, today
from receivables.core.errors import DomainError, Refused

COUNTED = ("new", "known", "not_taken")


class Command(BaseCommand):
    help = (
        "Pull what companies sold from KSeF and invoicing services into the books, as far as their limits allow; asking again goes on "
        "where it ended. Ends with 1 where nothing came or an invoice was refused, with 2 for wrong usage. See docs/import.md."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--source", default="", choices=["", *SOURCES], metavar="NAME", help=f"one of {', '.join(SOURCES)}; all else")
        parser.add_argument("--creditor", metavar="SLUG", help="of this company alone")
        parser.add_argument("--since", default="", metavar="MOMENT", help="begin here instead, such as 2026-02-01T00:00:00+01:00")
        parser.add_argument("--again", action="store_true", help="try once more to take what was refused before; asks nobody")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        try:
            services = self._services(options["source"], options["creditor"])
            said = [self._told(*one, options) for one in services]
        except DomainError as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        self.stdout.write(json.dumps({"sources": said}) if options["json"] else "\n".join(map(_sentence, said)))
        if any(one["trouble"] or one["not_taken"] for one in said):
            raise SystemExit(1)

    def _services(self, source: str, slug: str | None) -> list[tuple[Creditor, InvoiceService]]:
        found = [one for one in configured(only=source, now=now()) if slug in (None, one[0].slug)]
        if not found:
            raise Refused(how_to_set(source))
        return found

    def _told(self, company: Creditor, service: InvoiceService, options: dict[str, Any]) -> dict[str, Any]:
        about = {"company": company.slug, "source": service.name}
        if options["again"]:
            return {**about, **self._again(company, service)}
        return {**about, **asdict(pull_invoices(company, service, on=today(company.time_zone), now=now(), since=options["since"]))}

    def _again(self, company: Creditor, service: InvoiceService) -> dict[str, Any]:
        rows = NotTaken.objects.filter(creditor=company, service=service.name, settled_at=None).select_related("creditor", "document")
        reports = [try_again(row, on=today(company.time_zone), now=now()) for row in rows.order_by("pk")]
        counts = Counter(new=sum(report.new for report in reports), not_taken=sum(1 for report in reports if report.refused))
        return {name: counts[name] for name in COUNTED} | {"more": False, "trouble": ""}


def _sentence(said: dict[str, Any]) -> str:
    about = f"{said['company']}, {said['source']}: "
    if said["trouble"]:
        return f"{about}nothing was pulled. {said['trouble']}"
    more = " More is there: its limits ended this pull; ask again later." if said["more"] else ""
    return f"{about}{said['new']:,} new, {said['known']:,} known, {said['not_taken']:,} not taken.{more}"
