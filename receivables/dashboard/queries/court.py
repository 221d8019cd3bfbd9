"""Court cases as pages show them: where each stands, what runs, and what the claim says in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from dunning.court import ENDS, At, ClockKind, CourtClock, Stage, clock_of
from dunning.epu import Fault, Finding
from dunning.facts import rules_of
from dunning.models import CourtCase, CourtItem, CourtStage, DebtSale, Mediation
from invoices.models import Customer
from receivables.accounts.models import Creditor
from receivables.core.calendar import Calendar
from receivables.dashboard.words import Words, word

CLOCKS: Words = {
    ClockKind.OBJECTION: gettext_lazy("the debtor may pay or object through"),
    ClockKind.SUIT: gettext_lazy("file the ordinary suit by"),
    ClockKind.INACTION: gettext_lazy("ask the bailiff for something by"),
}
FAULTS: Words = {
    Fault.NOTHING: gettext_lazy("Nothing is open any more: there is nothing to claim."),
    Fault.CURRENCY: gettext_lazy("It is not in zloty: EPU takes zloty alone."),
    Fault.FOREIGN: gettext_lazy("The debtor's address is not in Poland: EPU cannot serve the order."),
    Fault.ADDRESS: gettext_lazy("The debtor's address is not whole: street, postcode and city are needed."),
    Fault.IDENTITY: gettext_lazy("The debtor needs a valid NIP, or a PESEL where it is a person: a wrong number may be fined."),
    Fault.KIND: gettext_lazy("Nobody has said whether the debtor is a firm or a consumer. Set the kind of the customer first."),
    Fault.NOT_DUE: gettext_lazy("It is not overdue on the day of filing."),
    Fault.TOO_OLD: gettext_lazy("It fell due more than three years before: EPU refuses it. Choose the ordinary court."),
    Fault.BARRED: gettext_lazy("It is time-barred and may not be demanded of a consumer."),
    Fault.TOO_MUCH: gettext_lazy("The portal takes claims up to 100 million zloty."),
    Fault.CREDITOR: gettext_lazy("The company's own NIP, street and city are needed. An administrator enters them."),
    Fault.OBJECTION: gettext_lazy("It is time-barred: the debtor may object, and the claim is lost then."),
    Fault.DISPUTED: gettext_lazy("It is disputed: an objection is likely, and EPU ends with it."),
    Fault.ATTEMPT: gettext_lazy("No attempt at an agreement is stated: the claim has to say one, or why there was none (art. 187 KPC)."),
    Fault.SETTLED: gettext_lazy("A part of its interest was paid or waived: take that off, and enter the claim by hand."),
    Fault.CONTRACT: gettext_lazy("Its interest runs at a contract's rate: enter the claim by hand."),
    Fault.RATE: gettext_lazy("Its compensation is left out: the euro rate is not known yet. An administrator enters it."),
    Fault.SOON: gettext_lazy("Three years since it fell due are over within a month."),
}


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case on the board."""

    case: CourtCase
    claimed: Decimal  # when it was prepared
    open: Decimal
    clock: CourtClock | None
    on: date

    @property
    def act_by(self) -> date | None:
        """By when the company has something to do."""
        return self.clock.on if self.clock and self.clock.is_ours else None

    @property
    def is_late(self) -> bool:
        """Whether that day has passed."""
        return self.act_by is not None and self.act_by < self.on


def case_lines(creditor: Creditor, *, on: date, words: str = "", stage: str = "") -> list[CaseLine]:
    """Cases that stand, or those at one stage, or those that ended; what has to be done first comes first. Two queries."""
    rows = CourtCase.objects.filter(creditor=creditor).select_related("customer")
    if stage == "ended":
        rows = rows.filter(stage__in=ENDS)
    else:
        rows = rows.filter(stage=stage) if stage else rows.standing()
    if words:
        rows = rows.filter(Q(customer__name__icontains=words) | Q(customer__number__iexact=words) | Q(reference__icontains=words))
    lines = _lines(rows, rules_of(creditor).calendar, on=on)
    return sorted(lines, key=lambda line: (line.act_by or date.max, line.case.stage_on, line.case.pk))


def _lines(rows: QuerySet[CourtCase], calendar: Calendar, *, on: date) -> list[CaseLine]:
    summed: Any = rows.annotate(claimed=Sum("items__principal"), owed=Sum("items__item__open_amount"))
    return [
        CaseLine(row, row.claimed, row.owed, clock_of([At(Stage(row.stage), row.stage_on)], calendar), on) for row in summed.order_by("pk")
    ]


def case_lines_of(case: CourtCase, *, on: date) -> list[CaseLine]:
    """The line of one case. Two queries."""
    return _lines(CourtCase.objects.filter(pk=case.pk), rules_of(case.creditor).calendar, on=on)


def clock_words(clock: CourtClock | None) -> str:
    """What has to be done, or may be done, by when."""
    return f"{word(CLOCKS, clock.kind)} {date_format(clock.on, 'j E Y')}" if clock else ""


def finding_words(finding: Finding) -> str:
    """What stands against a claim, and of which debt."""
    said = word(FAULTS, finding.fault)
    return f"{finding.about}: {said}" if finding.about else said


@dataclass(frozen=True, slots=True)
class CustomerCourt:
    """All of a customer that has left the ladder for a court, a mediator or a buyer."""

    cases: list[CaseLine]
    mediations: list[Mediation]
    sales: list[DebtSale]


def court_of(customer: Customer, *, on: date) -> CustomerCourt:
    """The newest first. A fixed number of queries."""
    calendar = rules_of(customer.creditor).calendar
    cases = _lines(CourtCase.objects.filter(customer=customer).select_related("customer"), calendar, on=on)
    talks = Mediation.objects.filter(customer=customer).select_related("author", "agreement").prefetch_related("items__item")
    sales = DebtSale.objects.filter(customer=customer).select_related("author").prefetch_related("items__item")
    return CustomerCourt(cases[::-1], list(talks), list(sales))


def timeline_of(case: CourtCase) -> list[dict[str, Any]]:
    """The stages as components/_timeline.html takes them, the newest first; what was taken back says so."""
    rows = case.stages.filter(reverses=None).select_related("author", "reversal__author").order_by("-pk")
    return [_entry(row) for row in rows]


def _entry(row: CourtStage) -> dict[str, Any]:
    reversal = getattr(row, "reversal", None)
    text = " · ".join(part for part in (row.reference, row.note) if part)
    entry: dict[str, Any] = {"on": row.on, "label": row.get_stage_display(), "text": text, "by": row.author or _("the program")}
    if row.document_id:
        entry["url"] = reverse("dashboard:court_document", args=[row.pk])
    if reversal is not None:
        entry |= {"tag": _("taken back"), "tone": "warn", "text": reversal.note}
    return entry


def items_of(case: CourtCase) -> Sequence[CourtItem]:
    """What it claims."""
    return list(case.items.select_related("item__invoice").order_by("item__due_on", "item__label"))


def court_tile(creditor: Creditor, *, on: date) -> list[dict[str, Any]]:
    """Cases with a day of ours to come, as components/_tiles.html takes them; none where there is none."""
    if not CourtCase.objects.filter(creditor=creditor, stage__in=[Stage.DISCONTINUED, Stage.BAILIFF]).exists():
        return []
    ours = [line for line in case_lines(creditor, on=on) if line.act_by]
    late = sum(line.is_late for line in ours)
    note = ngettext("%(n)d over since", "%(n)d over since", late) % {"n": late} if late else clock_words(ours[0].clock)
    tone, url = "bad" if late else "warn", reverse("dashboard:court")
    return [{"label": _("In court, with a day"), "value": len(ours), "note": note, "url": url, "tone": tone}]
