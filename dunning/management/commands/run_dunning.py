import json
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dunning.actions.runs import dry_run
from dunning.day import Report, noon_of, report_of, report_of_plan, run_day
from receivables import clock
from receivables.accounts.models import Creditor
from receivables.core.arguments import day
from receivables.core.errors import DomainError
from receivables.messaging.mode import is_live


class Command(BaseCommand):
    help = "Plan the day's ladder, store the plan, release what needs nobody, and deliver it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--on", type=day, help="another day than today; only dry, or in quarantine")
        parser.add_argument("--creditor", help="short name of one company; without it all")
        parser.add_argument("--dry-run", action="store_true", help="show what a run would do; nothing is written")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit code 1 where a run is refused or a customer had to be set aside."""
        if options["on"] and not options["dry_run"] and is_live():
            raise CommandError("The system is live: another day than today can only be shown with --dry-run.")
        reports: list[Report] = []
        refusals: list[str] = []
        for creditor in _creditors(options["creditor"]):
            try:
                reports.append(self._report(creditor, options))
            except DomainError as refusal:  # the other companies have their day all the same
                refusals.append(f"{creditor.slug}: {refusal}")
        if not reports:
            raise CommandError(" ".join(refusals))
        report = _together(reports)
        self.stdout.write(json.dumps(_plain(report), ensure_ascii=False, indent=2) if options["json"] else _in_words(report))
        if report.problems:
            refusals.append(f"{len(report.problems)} customers were set aside.")
        if refusals:
            raise CommandError(" ".join(refusals))

    def _report(self, creditor: Creditor, options: dict[str, Any]) -> Report:
        on = options["on"] or clock.today(creditor.time_zone)
        if options["dry_run"]:
            return report_of_plan(dry_run(creditor, on=on), on=on)
        now = noon_of(creditor, on) if options["on"] and on != clock.today(creditor.time_zone) else clock.now()
        return report_of(run_day(creditor, on=on, now=now))


def _creditors(slug: str | None) -> Sequence[Creditor]:
    found = list(Creditor.objects.filter(slug=slug) if slug else Creditor.objects.order_by("slug"))
    if not found:
        raise CommandError(
            f"There is no company {slug!r}." if slug else "There is no company yet: import invoices or make one in the admin.",
            returncode=2,
        )
    return found


def _together(reports: Sequence[Report]) -> Report:
    """One report of several companies: steps one after the other, reasons added up; `run` is that of the last."""
    waiting: dict[str, int] = {}
    for report in reports:
        for reason, number in report.waiting.items():
            waiting[reason] = waiting.get(reason, 0) + number
    steps = tuple(step for report in reports for step in report.steps)
    return Report(reports[-1].on, reports[-1].run, steps, waiting, tuple(problem for report in reports for problem in report.problems))


def _plain(report: Report) -> dict[str, Any]:
    return {**asdict(report), "on": report.on.isoformat()}


def _in_words(report: Report) -> str:
    lines = [f"{report.on}: run {report.run}" if report.run else f"{report.on}: dry run, nothing was written"]
    lines += [
        f"  {step.step} by {step.channel}: {step.planned} planned, {step.released} released, {step.sent} sent, {step.waiting} for approval"
        for step in report.steps
    ] or ["  nothing to send"]
    lines += [f"  {number} items wait: {reason}" for reason, number in sorted(report.waiting.items())]
    lines += [f"  set aside: {problem}" for problem in report.problems]
    return "\n".join(lines)
