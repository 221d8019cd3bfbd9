"""Bring a settlement report in: read by its partner's profile, kept whole, booked where its line of the bank is there and all is known."""

import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from django.db import transaction

from invoices.actions.imports.files import lock_company, profile_named
from invoices.actions.postings import tell
from invoices.actions.rows import lock_in_order
from invoices.actions.settlements.booking import book_report
from invoices.actions.settlements.finding import await_settlements, carried, invoices_called, payouts_of
from invoices.intake.cells import Problem
from invoices.intake.layout import check_size
from invoices.intake.settlement_table import Settled, read_settlement
from invoices.intake.sheets import SETTLEMENTS
from invoices.models import BankLine, PayoutPartner, SettlementLine, SettlementReport
from invoices.settlements import NOT_KNOWN, UNBOOKED, ReportState, Sums, objections, payout_for, sums_of
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.clock import now, today
from receivables.core.errors import Refused
from receivables.core.money import round_to_unit
from receivables.core.sentences import gettext_noop


@dataclass(frozen=True, slots=True)
class SettlementResult:
    """What became of a file. `report` is none where it was refused or only tried; `held` says why it waits for a person."""

    file: str
    lines: int = 0
    sums: Sums | None = None
    currency: str = ""
    state: str = ""
    held: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    report: SettlementReport | None = field(default=None, compare=False)

    @property
    def is_refused(self) -> bool:
        """Whether nothing was kept."""
        return bool(self.problems)

    def as_json(self) -> dict[str, Any]:
        """The shape that `import_settlement --json` prints; amounts are text."""
        sums = (
            {name: str(round_to_unit(getattr(self.sums, name), self.currency)) for name in ("gross", "refunds", "fees", "net")}
            if self.sums
            else {}
        )
        problems = [{"line": each.line or None, "column": each.column, "reason": each.reason} for each in self.problems]
        return {
            "file": self.file,
            "lines": self.lines,
            "currency": self.currency,
            **sums,
            "state": self.state,
            "held": list(self.held),
            "problems": problems,
        }


def import_settlement(partner: PayoutPartner, *, name: str, data: bytes, dry_run: bool = False, by: User | None = None) -> SettlementResult:
    """Read and keep a report of a partner, and book it where nobody is needed. The same bytes again change nothing.

    Nothing is raised for what the file holds: with any problem nothing is kept, and the problems say where.
    """
    try:
        check_size(len(data))
        profile = profile_named(partner.profile, partner.creditor, table=SETTLEMENTS.name)
    except Refused as refusal:
        return SettlementResult(name, problems=(Problem(0, None, str(refusal)),))
    table = read_settlement(data, profile, currency=profile.currency)
    problems = table.problems or (() if table.rows else (Problem(0, None, "The report has no lines."),))
    if problems:
        return SettlementResult(name, problems=problems)
    await_settlements(partner.creditor)
    with transaction.atomic():
        lock_company(partner.creditor)
        return _taken(partner, name, data, table.rows, dry_run=dry_run, by=by)


def _taken(partner: PayoutPartner, name: str, data: bytes, rows: Sequence[Settled], *, dry_run: bool, by: User | None) -> SettlementResult:
    digest, currency, sums = sha256(data).hexdigest(), rows[0].currency, sums_of(rows)
    before = SettlementReport.objects.filter(creditor=partner.creditor, sha256=digest).exclude(state=ReportState.DISCARDED).first()
    if before is not None:
        return _told(before, rows, sums)
    numbers = {row.number for row in rows if row.number}
    known = invoices_called(partner.creditor, numbers, currency)
    foreign = numbers - carried(partner.creditor, numbers) if partner.sets_aside_unknown else set()
    held = objections(rows, {*known, *foreign})
    lock_in_order({invoice.customer_id for invoice in known.values()})
    if any(row.currency != currency for row in rows):
        return SettlementResult(name, problems=(Problem(0, None, held[0]),))
    waiting = payouts_of(partner)
    shared = SettlementReport.objects.filter(partner=partner, state__in=UNBOOKED, net=sums.net, currency=currency).exists()
    payout = payout_for(sums, currency, rows[0].payout, waiting, is_shared=shared)
    if payout is None and waiting and not held:
        held = [_no_line(sums, currency, len(waiting))]
    state = ReportState.HELD if held else ReportState.AWAITS_MONEY
    if dry_run:
        return SettlementResult(name, len(rows), sums, currency, ReportState.BOOKED if payout and not held else state, tuple(held))
    report = SettlementReport.objects.create(
        creditor=partner.creditor, partner=partner, name=name[:255], sha256=digest, content=zlib.compress(data), state=state,
        problems=held, currency=currency, gross=sums.gross, refunds=sums.refunds, fees=sums.fees, net=sums.net,
        payout=rows[0].payout, at=now(), by=by,
    )  # fmt: skip
    _keep_lines(report, rows, known, foreign)
    if payout is not None and not held:
        _book(report, payout.line, by=by)
    report.refresh_from_db()
    record(partner.creditor, "import_settlement", report, by=by, lines=len(rows), net=sums.net, currency=currency, state=report.state)
    tell(*{invoice.customer_id for invoice in known.values()}, on=today(partner.creditor.time_zone))
    return _told(report, rows, sums)


def _no_line(sums: Sums, currency: str, waiting: int) -> str:
    net = round_to_unit(sums.net, currency)
    return (
        f"The report pays out {net} {currency}, and none of the {waiting} lines that wait says so, or several do. "
        "Choose the line, or put the report right."
    )


def _book(report: SettlementReport, line: int, *, by: User | None) -> None:
    """Book it alone; what stands against it is what it is held for."""
    try:
        with transaction.atomic():
            book_report(report, BankLine.objects.get(pk=line), by=by)
    except Refused as refusal:
        report.state, report.problems = ReportState.HELD, [str(refusal)]
        report.save(update_fields=["state", "problems"])


def _keep_lines(report: SettlementReport, rows: Sequence[Settled], known: dict[str, Any], foreign: Collection[str]) -> None:
    SettlementLine.objects.bulk_create(
        SettlementLine(
            report=report, line=row.line, number=row.number, gross=row.gross, fee=row.fee, currency=row.currency, paid_on=row.paid_on,
            invoice=known.get(row.number),
            aside=NOT_KNOWN if row.number in foreign else "",
        )
        for row in rows
    )  # fmt: skip


def _told(report: SettlementReport, rows: Sequence[Settled], sums: Sums) -> SettlementResult:
    return SettlementResult(report.name, len(rows), sums, report.currency, str(report.state), tuple(report.problems), report=report)


def partner_called(creditor: Any, slug: str) -> PayoutPartner:
    """The active partner of that short name. Raises `Refused` naming those there are."""
    partners = {each.slug: each for each in PayoutPartner.objects.filter(creditor=creditor, is_active=True).select_related("creditor")}
    if slug not in partners:
        known = ", ".join(sorted(partners)) or "none yet"
        raise Refused(gettext_noop("There is no payout partner %(slug)s. Known: %(known)s."), slug=slug, known=known)
    return partners[slug]
