"""The clocks of an invoice and of a customer in words, each with what it was worked out from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from dunning.actions.limitation_events import standing_events
from dunning.explain import no_compensation_words
from dunning.happened import happened_in, happened_to
from dunning.limitation import Standing
from dunning.models import LimitationEvent
from dunning.states import LimitationKind
from invoices.actions import stated_vat
from invoices.models import Customer, Invoice, Item, Relief
from invoices.vat import Taxed
from receivables.accounts.models import Creditor
from receivables.countries.law import PACKS, Pack
from receivables.countries.taxes import TaxRelief
from receivables.countries.terms import TermFault, TermWarning
from receivables.countries.words import Debtor, Sale
from receivables.dashboard.words import Words, word
from receivables.reporting.limitation import LimitationLine, limitation_lines, standings
from receivables.reporting.owed import Owed, owed, owed_of
from receivables.reporting.relief import relief_to_do, reliefs_of
from receivables.reporting.terms import term_warnings

REFORM = date(2018, 7, 9)  # Dz.U. 2018 poz. 1104: what fell due before is not worked out


@dataclass(frozen=True, slots=True)
class EventLine:
    """What was noted, with the end of proceedings where that is noted too."""

    row: LimitationEvent
    end: LimitationEvent | None

    @property
    def may_end(self) -> bool:
        """Whether it is pending."""
        return self.end is None and LimitationKind(self.row.kind).lasts


@dataclass(frozen=True, slots=True)
class ItemClock:
    """The facts of one item, as components/_facts.html takes them."""

    label: str
    item: int
    facts: list[dict[str, Any]]
    relief: TaxRelief | None
    may_relieve: bool  # day 90 is over, the window is not, and something is open
    tone: str = ""
    alert: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceClocks:
    """All clocks of an invoice."""

    items: list[ItemClock]
    events: list[EventLine]
    reliefs: list[Relief]
    vat: tuple[Taxed, ...]  # net and VAT as stated; empty where nobody has


def clocks_of_invoice(invoice: Invoice, items: Sequence[Item], *, on: date) -> InvoiceClocks:
    """The clocks of an invoice's items. A fixed number of queries."""
    rows, pack = standing_events([invoice.pk]), PACKS.get(invoice.customer.creditor.country)
    lines = [owed_of(item, invoice) for item in items] if pack else []
    found = standings(pack, lines, happened_in(rows)) if pack else []
    known, reliefs = stated_vat([invoice.pk]).get(invoice.pk, ()), reliefs_of([item.pk for item in items])
    taken = {relief.item_id for relief in reliefs if relief.kind == Relief.Kind.TAKEN}
    pairs = zip(lines, found, strict=True)
    clocks = [_item_clock(pack, line, at, on=on, is_relieved=line.item in taken) for line, at in pairs] if pack else []
    return InvoiceClocks(clocks, _event_lines(rows), reliefs, known)


def kept_words(reason: str, figure: str) -> str:
    """Why the firm itself asks no compensation; empty where it does."""
    return no_compensation_words(reason, figure) if reason else ""


def clocks_of_customer(customer: Customer) -> list[dict[str, Any]]:
    """What runs at a customer, as components/_facts.html takes it. A fixed number of queries."""
    first = first_to_run_out(customer)
    if first is None:
        return []
    line, last_day = first
    where = reverse("dashboard:invoice", args=[line.invoice])
    note = _("Of what is open, %(item)s runs out first.") % {"item": line.label}
    return [{"label": _("Last day to act"), "url": f"{where}#clocks", "value": date_format(last_day, "j E Y"), "note": note}]


def first_to_run_out(customer: Customer) -> tuple[Owed, date] | None:
    """The open debt of a customer whose last day comes first; none where nothing is open or known. Two queries."""
    pack = PACKS.get(customer.creditor.country)
    lines = list(owed(Item.objects.open().filter(customer=customer).order_by("due_on", "pk"))) if pack else []
    found = standings(pack, lines, happened_to({line.invoice for line in lines})) if pack else []
    dated = [(line, last) for line, at in zip(lines, found, strict=True) if (last := at.last_day)]
    return min(dated, key=lambda pair: pair[1], default=None)


def clock_tiles(creditor: Creditor, *, on: date) -> list[dict[str, Any]]:
    """The clocks that somebody has to look at, as components/_tiles.html takes them; none where nothing is near."""
    return [*_limitation_tile(creditor, on=on), *_relief_tile(creditor, on=on)]


def _relief_tile(creditor: Creditor, *, on: date) -> list[dict[str, Any]]:
    found = relief_to_do(creditor, on=on)
    if not found.open and not found.due_back:
        return []
    note = ngettext("%(n)d to be given back", "%(n)d to be given back", found.due_back) % {"n": found.due_back} if found.due_back else ""
    tone = "warn" if found.due_back else ""
    return [{"label": _("VAT relief this month"), "value": found.open, "note": note, "url": reverse("dashboard:relief"), "tone": tone}]


def _limitation_tile(creditor: Creditor, *, on: date) -> list[dict[str, Any]]:
    near = [line for line in limitation_lines(creditor, on=on) if line.alert and not line.is_past]
    if not near:
        return []
    soon = sum(line.alert == 1 for line in near)
    note = ngettext("%(n)d within a month", "%(n)d within a month", soon) % {"n": soon} if soon else ""
    return [
        {
            "label": _("Near limitation"),
            "value": len(near),
            "note": note,
            "url": reverse("dashboard:clocks"),
            "tone": "bad" if soon else "warn",
        }
    ]


def alert_words(line: LimitationLine) -> str:
    """How near the last day is."""
    if line.last_day is None:
        return _("cannot be worked out")
    if line.is_past:
        return _("past: may not be demanded") if line.is_barred else _("past: the debtor may object")
    return ngettext("within %(n)d month", "within %(n)d months", line.alert) % {"n": line.alert}


RELIEF: Words = {
    "open": gettext_lazy("may be taken"),
    "missed": gettext_lazy("missed"),
    "due_back": gettext_lazy("to be given back"),
    "taken": pgettext_lazy("relief", "taken"),
    "given_back": gettext_lazy("given back"),
}
RELIEF_TONES = {"open": "info", "missed": "warn", "due_back": "bad", "taken": "ok", "given_back": "ok"}


FAULTS: Words = {
    TermFault.PUBLIC_TOO_LONG: gettext_lazy("longer than a public body may have"),
    TermFault.LARGE_TOO_LONG: gettext_lazy("longer than a large buyer may have"),
    TermFault.MAY_BE_TOO_LONG: gettext_lazy(
        "allowed only if the contract says it and it is fair; never to a large buyer of a smaller seller"
    ),
    TermFault.MAY_END_CONTRACT: gettext_lazy("so long that the seller may withdraw"),
}


def fault_words(warning: TermWarning) -> str:
    """What is wrong with a payment term."""
    return word(FAULTS, warning.fault)


def relief_words(state: str) -> str:
    """Where a line of relief stands."""
    return word(RELIEF, state)


def relief_tone(state: str) -> str:
    """How loudly it is said."""
    return RELIEF_TONES.get(state, "")


def _event_lines(rows: Sequence[LimitationEvent]) -> list[EventLine]:
    ends = {row.ends_id: row for row in rows if row.ends_id}
    return [EventLine(row, ends.get(row.pk)) for row in rows if row.ends_id is None]


def _item_clock(pack: Pack, line: Owed, at: Standing, *, on: date, is_relieved: bool) -> ItemClock:
    shown = LimitationLine(line, at, at.alert(on=on), at.is_past(on=on))
    is_near = line.open > 0 and (shown.is_past or shown.alert > 0)
    tone = "bad" if shown.is_past or shown.alert == 1 else "warn"
    days = pack.tax_relief(line.debtor, due_on=line.due_on, issued_on=line.issued_on)
    facts = [*_term_facts(pack, line), *limitation_facts(line, at), *_relief_facts(days)]
    may = days is not None and not is_relieved and line.open > 0 and days.day_90 <= on <= days.window_until
    return ItemClock(line.label, line.item, facts, days, may, tone if is_near else "", alert_words(shown) if is_near else "")


def _term_facts(pack: Pack, line: Owed) -> list[dict[str, Any]]:
    """What is wrong with the payment term; nothing where it is lawful."""
    return [
        {"label": _("Payment term too long: lawful until"), "on": warning.lawful_until, "note": fault_words(warning)}
        for warning in term_warnings(pack, line)
    ]


def _relief_facts(days: TaxRelief | None) -> list[dict[str, Any]]:
    if days is None:
        return []
    note = _("If it is unpaid then, VAT may be relieved in the return of %(month)s, at the latest through %(until)s.") % {
        "month": f"{days.month:%Y-%m}",
        "until": date_format(days.window_until, "j E Y"),
    }
    return [{"label": _("VAT relief: day 90"), "on": days.day_90, "note": note}]


def limitation_facts(line: Owed, at: Standing) -> list[dict[str, Any]]:
    """The last day to act, what it was worked out from, and the other readings where they differ."""
    found = at.limitation
    facts: list[dict[str, Any]] = [_last_day(line, at), {"label": _("Worked out from"), "value": _basis(at)}]
    if found.restarted_on:
        facts.append({"label": _("Began anew on"), "on": found.restarted_on})
    if found.literal and not found.readings_agree and not found.after_events:
        note = _("Counted from the first day of delay; the earlier day is the one to go by.")
        facts.append({"label": _("Other reading"), "on": found.literal, "note": note})
    if found.literal_after_events and found.literal_after_events != found.after_events:
        note = _("With the days added on which time stood still; do not rely on them.")
        facts.append({"label": _("Other reading"), "on": found.literal_after_events, "note": note})
    return facts


def _last_day(line: Owed, at: Standing) -> dict[str, Any]:
    label = _("Last day to act")
    if at.limitation.is_pending:
        return {"label": label, "value": _("time does not run while proceedings are pending")}
    if at.last_day is None:
        return {"label": label, "value": _("cannot be worked out")}
    if line.debtor is Debtor.CONSUMER:
        return {"label": label, "on": at.last_day, "note": _("After it nothing is demanded: the debt leaves the ladder by itself.")}
    return {"label": label, "on": at.last_day, "note": _("After it the debt goes on until the debtor objects.")}


def _basis(at: Standing) -> str:
    since = date_format(at.running.since, "j E Y")
    if at.limitation.years is None:
        if at.running.since < REFORM:
            return _("It fell due before 9 July 2018: transitional rules hold. Ask a lawyer.")
        return _("The limitation of such debts is not known for the company's country.")
    years = ngettext("%(n)d year", "%(n)d years", at.limitation.years) % {"n": at.limitation.years}
    ends = at.limitation.act_before
    whole = ends is not None and (ends.month, ends.day) == (12, 31) and at.limitation.years > 1
    term = _("%(years)s, to the end of the calendar year") % {"years": years} if whole else years
    if at.running.sale is Sale.TITLE:
        return _("judgment of %(day)s: %(term)s") % {"day": since, "term": term}
    return _("%(sale)s, due on %(day)s: %(term)s") % {"sale": sale_words(at.running.sale), "day": since, "term": term}


def sale_words(sale: Sale) -> str:
    """What was sold."""
    return word({"goods": _("sale of goods"), "services": _("services")}, sale)
