"""Court cases: prepared from open items, moved on by what people note, a mistake taken back. Each stage tells limitation what it means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from dunning.actions import noting
from dunning.actions.agreements import check_free
from dunning.actions.cases import wake
from dunning.actions.holds import locked
from dunning.actions.news import tell
from dunning.actions.tasks import open_task, settle_tasks
from dunning.court import At, Path, Stage, check_next, clock_of, effect_of
from dunning.facts import rules_of
from dunning.models import Agency, CourtCase, CourtEvent, CourtItem, CourtStage, LimitationEvent
from dunning.states import LimitationKind, ProofKind, TaskKind
from invoices.models import Customer, Invoice, Item
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.documents.models import Document

_ASKS = frozenset({Stage.DISMISSED, Stage.INEFFECTIVE})
"""Stages after which a person has to decide: another way, sell, or write off."""

_CLAIMS = frozenset({Stage.FILED, Stage.SUIT})
"""Stages at which the debt is claimed: what went elsewhere since it was prepared is not claimed a second time."""


@transaction.atomic
def prepare_case(
    customer: Customer,
    items: Sequence[Item],
    *,
    path: Path,
    prepared_on: date,
    today: date,
    attempt: str = "",
    court: str = "",
    firm: Agency | None = None,
    by: User | None = None,
) -> CourtCase:
    """Put open items of one currency into a case. Nobody is held back before the claim is filed.

    Raises `Refused` for what is another's, closed, in a case already, with an agency or on an agreement; and where EPU cannot take it.
    """
    customer = locked(customer.pk)
    _check_items(customer, items)
    _check_path(customer, path, items[0].currency)
    check_free(items)
    if prepared_on > today:
        raise Refused(gettext_noop("It cannot lie in the future (%(day)s). Note it when it has happened."), day=prepared_on)
    case = CourtCase.objects.create(
        creditor=customer.creditor, customer=customer, path=path, court=court.strip()[:200], currency=items[0].currency,
        stage=Stage.PREPARED, stage_on=prepared_on, prepared_on=prepared_on, attempt=" ".join(attempt.split())[:500], firm=firm, author=by,
    )  # fmt: skip
    CourtItem.objects.bulk_create([CourtItem(case=case, item=item, principal=item.open_amount) for item in items])
    CourtStage.objects.create(case=case, stage=Stage.PREPARED, on=prepared_on, recorded_on=today, author=by)
    record(customer.creditor, "court_case_prepared", case, by=by, customer=customer.pk, path=str(path), items=[item.pk for item in items])
    return case


@dataclass(frozen=True, slots=True)
class Reached:
    """A stage as a person notes it. `reference` is the number that court or bailiff gave it."""

    stage: Stage
    on: date
    reference: str = ""
    note: str = ""
    document: Document | None = None


@transaction.atomic
def reach_stage(case: CourtCase, reached: Reached, *, today: date, by: User | None = None) -> CourtStage:
    """Note a stage. While it is in court nobody is chased for its items; limitation is told, and what has to be done by a day is a task.

    Raises `IllegalMove` or `Refused`, in words, for a move, day or missing number that cannot be, and where what is to be claimed has
    gone to an agency or on an agreement meanwhile.
    """
    customer = locked(case.customer_id)
    case = CourtCase.objects.select_related("creditor").get(pk=case.pk)
    history, new = history_of(case), At(reached.stage, reached.on)
    calendar = rules_of(case.creditor).calendar
    check_next(Path(case.path), history, new, calendar=calendar, today=today)
    reference = " ".join(reached.reference.split())[:100]
    if reached.stage.needs_reference and not reference:
        raise Refused(gettext_noop("Give the number under which the court or the bailiff keeps it."))
    if reached.stage in _CLAIMS:
        check_free(_items(case))
    row = CourtStage.objects.create(
        case=case, stage=reached.stage, on=reached.on, reference=reference or case.reference, note=" ".join(reached.note.split())[:200],
        document=reached.document, recorded_on=today, author=by,
    )  # fmt: skip
    _tell_limitation(case, row, history, today=today, by=by)
    _stand(case, row, by=by)
    settle_tasks(customer, about_case(case.pk), on=today, result=str(reached.stage), by=by)
    clock = clock_of([*history, new], calendar)
    if (clock and clock.is_ours) or reached.stage in _ASKS:
        open_task(customer, TaskKind.COURT, on=today, about=about_case(case.pk), due_on=clock.on if clock else None)
    record(
        customer.creditor, "court_stage_reached", case, by=by, customer=customer.pk, stage=str(reached.stage), on=reached.on,
        document=reached.document and reached.document.pk,
    )  # fmt: skip
    _look_again(customer, on=today)
    return row


@transaction.atomic
def take_back_stage(case: CourtCase, *, reason: str, today: date, by: User | None = None) -> CourtCase:
    """The newest stage was noted by mistake: the case stands where it stood before, and so does limitation."""
    customer = locked(case.customer_id)
    case = CourtCase.objects.get(pk=case.pk)
    rows = list(case.stages.standing())
    if len(rows) < 2:
        raise Refused(gettext_noop("The case was only prepared. Note that it was withdrawn if it does not go to court."))
    last, before = rows[-1], rows[-2]
    reason = " ".join(reason.split())[:200]
    if not reason:
        raise Refused(gettext_noop("Say why it is taken back."))
    if Stage(last.stage).is_end:
        if _are_elsewhere(case):
            raise Refused(gettext_noop("One of its items is in another court case by now. End that one first."))
        check_free(_items(case))
    CourtStage.objects.create(
        case=case, stage=last.stage, on=last.on, reference=last.reference, note=reason, reverses=last, recorded_on=today, author=by
    )
    for link in last.events.select_related("event__invoice", "event__reverses").order_by("-pk"):
        _undo(link, reason=reason, today=today, by=by)
    _stand(case, before, by=by)
    settle_tasks(customer, about_case(case.pk), on=today, result="taken back", by=by)
    clock = clock_of(history_of(case), rules_of(customer.creditor).calendar)
    if (clock and clock.is_ours) or Stage(before.stage) in _ASKS:
        open_task(customer, TaskKind.COURT, on=today, about=about_case(case.pk), due_on=clock.on if clock else None)
    record(customer.creditor, "court_stage_taken_back", case, by=by, customer=customer.pk, stage=last.stage, reason=reason)
    _look_again(customer, on=today)
    return case


def history_of(case: CourtCase) -> list[At]:
    """The stages that stand, the oldest first. One query."""
    return [At(Stage(stage), on) for stage, on in case.stages.standing().values_list("stage", "on")]


def about_case(pk: int) -> str:
    """How its task names it."""
    return f"court:{pk}"


def _check_items(customer: Customer, items: Sequence[Item]) -> None:
    if not items:
        raise Refused(gettext_noop("Choose at least one item."))
    if any(item.customer_id != customer.pk for item in items):
        raise Refused(gettext_noop("Name items of this customer only."))
    closed = Item.objects.filter(pk__in=[item.pk for item in items], open_amount=0).first()
    if closed:
        raise Refused(gettext_noop("%(label)s is closed: nothing is open on it."), label=closed.label)
    if len({item.currency for item in items}) > 1:
        raise Refused(gettext_noop("A case is in one currency. Choose items of one currency only."))
    if taken := CourtItem.objects.filter(item__in=items, is_standing=True).select_related("item").first():
        raise Refused(gettext_noop("%(label)s is in a court case already. One debt is claimed once."), label=taken.item.label)


def _check_path(customer: Customer, path: Path, currency: str) -> None:
    if path is not Path.EPU:
        return
    if customer.creditor.country != "PL" or currency != "PLN":
        raise Refused(gettext_noop("EPU takes claims in zloty of Polish companies alone. Choose the ordinary court."))
    if customer.country != "PL":
        raise Refused(gettext_noop("EPU needs a debtor with an address in Poland. Choose the ordinary court."))


def _tell_limitation(case: CourtCase, row: CourtStage, history: Sequence[At], *, today: date, by: User | None) -> None:
    effect = effect_of(history, At(Stage(row.stage), row.on))
    own = list(CourtEvent.objects.filter(stage__case=case).values_list("event", flat=True))
    source = f"{case.get_path_display()}, {row.reference}".strip(", ")[:200]
    told = noting.Told(source, ProofKind.COURT_PAPER, today, by)
    found: list[LimitationEvent] = []
    for event in noting.pending(own, effect.undoes):
        if gone := noting.undo(event, reason=source, today=today, by=by):
            found.append(gone)
    found += noting.end(noting.pending(own, effect.ends), on=row.on, told=told)
    if effect.begins:
        found += noting.begin(_invoices(case), LimitationKind(effect.begins), on=row.on, told=told)
    CourtEvent.objects.bulk_create([CourtEvent(stage=row, event=event) for event in found])


def _undo(link: CourtEvent, *, reason: str, today: date, by: User | None) -> None:
    """What is noted anew belongs to the stage that had noted it first, so that it goes with that one."""
    anew = noting.undo(link.event, reason=reason, today=today, by=by)
    if anew is not None and anew.reverses_id is None:
        first = CourtEvent.objects.get(event=link.event.reverses_id).stage
        CourtEvent.objects.create(stage=first, event=anew)


def _stand(case: CourtCase, row: CourtStage, *, by: User | None) -> None:
    """The case is where the row says."""
    stage = Stage(row.stage)
    case.stage, case.stage_on, case.reference = stage, row.on, row.reference
    case.save(update_fields=["stage", "stage_on", "reference"])
    case.items.update(is_standing=not stage.is_end, holds=stage.holds)


def _are_elsewhere(case: CourtCase) -> bool:
    mine = case.items.values("item")
    return CourtItem.objects.filter(item__in=mine, is_standing=True).exclude(case=case).exists()


def _items(case: CourtCase) -> list[Item]:
    return list(Item.objects.filter(court_cases__case=case))


def _invoices(case: CourtCase) -> list[Invoice]:
    return list(Invoice.objects.filter(items__court_cases__case=case).distinct().order_by("pk"))


def _look_again(customer: Customer, *, on: date) -> None:
    wake([customer.pk], on=on)
    tell([customer.pk], on=on)
