"""What the pages of agencies and hand-overs show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from dunning.actions.agency_reports import RECOGNISED, TYPED
from dunning.agencies.best_date import LEAST_CLOSED, NoCurve
from dunning.agencies.checks import Check, Weight
from dunning.agencies.judging import judged
from dunning.agencies.known import terms_of
from dunning.agencies.mapping import NEUTRAL, FileFormat, mapping_of
from dunning.agencies.outlook import OfCustomer, outlooks_at
from dunning.agencies.words import LACKS, check_words
from dunning.models import Agency, AgencyDelivery, AgencyPaper, Commission, PlacedItem, Placement, PlacementEvent
from dunning.states import PlacementState, Reported
from invoices.models import Customer, Item
from receivables.accounts.models import Creditor
from receivables.dashboard.message_reasons import message_reason
from receivables.dashboard.templatetags.look import amount, day
from receivables.reporting.agencies import AgencyLine, Figures, agency_lines, figures_of

COLUMNS = (PlacementState.DRAFT, PlacementState.APPROVED, PlacementState.SENT, PlacementState.RECEIVED)
ACTIONS = {"payment": _, "update": _, "withdraw": _, "dispute": _}
MOST_ENDED = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """A point of the checklist as the page shows it."""

    words: str
    is_met: bool
    forbids: bool


def points(checks: Sequence[Check]) -> tuple[list[Shown], list[Shown]]:
    """What has to be so, and what the agency will ask for."""
    shown = [(check, Shown(check_words(check), check.is_met, check.forbids)) for check in checks]
    asked = [each for check, each in shown if check.weight is Weight.FORBIDS]
    return asked, [each for check, each in shown if check.weight is Weight.ADVISES]


@dataclass(frozen=True, slots=True)
class AgencyPage:
    """An agency with its figures, its papers, and what is missing about it."""

    lines: list[AgencyLine]
    papers: list[AgencyPaper]
    lacks: list[str]
    way: str
    form: FileFormat | None  # none: the neutral package alone
    placements: list[Figures]
    outlooks: list[tuple[OfCustomer, str]]  # of the largest debts that it could get, or why nothing is told

    @property
    def lacks_outlook(self) -> str:
        """Why nothing is told of any of them, where that is one reason; else empty."""
        (first, *others) = {why for _each, why in self.outlooks} or {""}
        return "" if others else first


def agency_page(agency: Agency, *, on: date) -> AgencyPage:
    """Read all of it."""
    lines = [line for line in agency_lines(agency.creditor) if line.agency and line.agency.pk == agency.pk]
    recent = Placement.objects.filter(agency=agency).order_by("-pk")
    return AgencyPage(
        lines,
        list(agency.papers.select_related("document", "author").defer("document__content").order_by("-pk")),
        [str(LACKS[fact]) for fact in terms_of(agency).lacks(on=on)],
        str(dict(AgencyDelivery.Way.choices).get(agency.delivery, agency.delivery)),
        None if agency.mapping == NEUTRAL else mapping_of(agency.mapping),
        figures_of(recent[:MOST_ENDED]),
        [(each, why_not(each.outlook.said)) for each in outlooks_at(agency, on=on)] if agency.is_active and not agency.is_law_firm else [],
    )


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the board."""

    label: str
    cards: list[Figures]


def board(creditor: Creditor) -> tuple[list[Column], list[Figures]]:
    """What stands, by state, and what ended lately."""
    rows = Placement.objects.filter(creditor=creditor)
    standing = figures_of(rows.filter(state__in=COLUMNS).order_by("pk"))
    words = dict(Placement.STATES)
    columns = [Column(str(words[state]), [each for each in standing if each.placement.state == state]) for state in COLUMNS]
    return columns, figures_of(rows.exclude(state__in=COLUMNS).order_by("-ended_on", "-pk")[:MOST_ENDED])


@dataclass(frozen=True, slots=True)
class PlacementPage:
    """A hand-over with its items, figures, timeline, and for a draft its checklist as of today."""

    figures: Figures
    items: list[PlacedItem]
    timeline: list[dict[str, Any]]
    commissions: list[Commission]
    asked: list[Shown]
    advised: list[Shown]
    against: bool
    waits: str  # why its message has not left

    @property
    def placement(self) -> Placement:
        """The hand-over."""
        return self.figures.placement


def placement_page(placement: Placement, *, on: date) -> PlacementPage:
    """Read all of it: a fixed number of queries."""
    items = list(placement.items.select_related("item__invoice").order_by("item__due_on", "pk"))
    asked: list[Shown] = []
    advised: list[Shown] = []
    if placement.state == PlacementState.DRAFT:
        found = judged(
            placement.customer,
            [line.item for line in items],
            placement.agency,
            on=on,
            reason=placement.reason,
            announced_on=placement.announced_on,
            within=placement,
        )
        asked, advised = points(found.checks)
    message = placement.goes_by
    return PlacementPage(
        figures_of(Placement.objects.filter(pk=placement.pk))[0],
        items,
        [_entry(event) for event in placement.events.select_related("author", "message").order_by("-at", "-pk")],
        list(placement.commissions.select_related("reversal", "author").order_by("pk")),
        asked,
        advised,
        any(point.forbids for point in asked),
        message_reason(message.reason) if message and placement.state == PlacementState.APPROVED and message.reason else "",
    )


ICONS = {Reported.COLLECTED: "payments", Reported.TOLD: "mail", Reported.RECEIVED: "check", Reported.SENT: "agency"}


def _entry(event: PlacementEvent) -> dict[str, Any]:
    text: list[object] = [_status_word(event)]
    if event.amount is not None:
        text.append(amount(event.amount, event.currency))
    text.append(_("by %(day)s") % {"day": day(date.fromisoformat(event.note))} if event.kind == Reported.PROMISE else event.note)
    return {
        "on": event.on,
        "label": event.get_kind_display(),
        "text": " · ".join(str(part) for part in text if part),
        "icon": ICONS.get(Reported(event.kind), "note"),
        "by": event.author or "",
        "url": f"/messages/{event.message_id}/" if event.message_id else "",
    }


def _status_word(event: PlacementEvent) -> str:
    if event.status in (RECOGNISED, TYPED):
        return (
            _("typed in before, without the agency's number") if event.status == RECOGNISED else _("typed in without the agency's number")
        )
    return told_word(event.status) if event.kind == Reported.TOLD else event.status


def told_word(action: str) -> str:
    """What an agency was told, in a word."""
    words = {"payment": _("a payment"), "update": _("a change"), "withdraw": _("withdrawn"), "dispute": _("a dispute")}
    return words.get(action, action)


def to_propose(customer: Customer, *, on: date) -> QuerySet[Item]:
    """What may be chosen: open, overdue, and with no agency."""
    standing = PlacedItem.objects.filter(is_standing=True).values("item")
    return Item.objects.open().filter(customer=customer, due_on__lt=on).exclude(pk__in=standing).order_by("due_on", "pk")


def why_not(said: object) -> str:
    """Why no best date is told, in words; empty where one is."""
    reasons = {
        NoCurve.TOO_FEW: _("Too few of your own items have ended: from %(least)s on there is something to reckon with.")
        % {"least": LEAST_CLOSED},
        NoCurve.TOO_OLD: _("The debt is older than anything your own past tells of. Waiting is not expected to bring more."),
        NoCurve.NO_SUCCESS: _("Nobody has put on file which share this agency recovers."),
        NoCurve.NO_PRICE: _("The commission of this agency for such a debt is not on file."),
        NoCurve.TOO_SMALL: _("This agency does not take so small a sum."),
    }
    return reasons[said] if isinstance(said, NoCurve) else ""
