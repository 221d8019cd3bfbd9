"""Hand-over to a collection agency: placed when the package has gone, with the agency when its receipt is in."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import F

from dunning.actions.calls import review_calls
from dunning.actions.news import tell
from dunning.actions.positions import position_after
from dunning.models import Case, Placement, StepResult
from dunning.states import CaseState
from invoices.actions import record_payment
from invoices.models import Customer, Item, Payment
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop


@transaction.atomic
def accept(customer: Customer, *, on: date, by: User | None = None) -> list[Placement]:
    """The agency confirms what was handed over: the step is completed, the items are with it. Raises `Refused` where none waits."""
    placements = _concerned(_standing(customer, [Placement.State.SENT]))
    for placement in placements:
        Placement.objects.filter(pk=placement.pk).update(state=Placement.State.RECEIVED)
        for case in Case.objects.filter(in_flight__notice=placement.notice).select_related("in_flight", "version"):
            _take_over(case, placement)
        record(customer.creditor, "placement_received", placement, by=by)
    Case.objects.running().filter(customer=customer).update(look_again_on=on)
    review_calls([customer.pk], on=on)
    tell([customer.pk], on=on)
    return placements


def _take_over(case: Case, placement: Placement) -> None:
    line = case.in_flight
    if line is None:
        return
    StepResult.objects.create(taken=line, kind=StepResult.Kind.COMPLETED, on=placement.sent_on, captured=_captured(placement))
    case.position, case.step = position_after(case, line, placement.notice), line.step
    case.completed_on, case.in_flight, case.look_again_on = placement.sent_on, None, None
    case.deadline_on, case.wants_approval = placement.notice.deadline_on or case.deadline_on, False
    case.state = CaseState.WITH_AGENCY if case.state == CaseState.RUNNING else case.state
    case.save(update_fields=["position", "step", "completed_on", "deadline_on", "wants_approval", "in_flight", "state", "look_again_on"])


@transaction.atomic
def recall(customer: Customer, *, on: date, by: User | None = None) -> list[Placement]:
    """The agency gives it back, or we take it back before the receipt: the ladder goes on. Raises `Refused` where nothing is placed."""
    placements = _concerned(_standing(customer, [Placement.State.SENT, Placement.State.RECEIVED]))
    for placement in placements:
        Placement.objects.filter(pk=placement.pk).update(state=Placement.State.RETURNED, ended_on=on)
        lines = placement.notice.taken.all()
        given_back = list(lines.filter(case__in_flight=F("pk")))
        StepResult.objects.bulk_create([StepResult(taken=line, kind=StepResult.Kind.VOID, on=on, detail="recalled") for line in given_back])
        Case.objects.filter(in_flight__in=given_back).update(in_flight=None, round=F("round") + 1, released_position=0)
        Case.objects.filter(steps__in=lines, state=CaseState.WITH_AGENCY).update(state=CaseState.RUNNING)
        record(customer.creditor, "placement_recalled", placement, by=by)
    Case.objects.running().filter(customer=customer).update(look_again_on=on)
    tell([customer.pk], on=on)
    return placements


@transaction.atomic
def agency_paid(customer: Customer, *, amount: Decimal, on: date, reference: str | None = None, by: User | None = None) -> Payment:
    """The agency reports money: it falls on what is placed with it, the oldest first; the rest is open credit.

    Raises `Refused` where nothing is placed.
    """
    placements = _standing(customer, [Placement.State.SENT, Placement.State.RECEIVED])
    own = customer.currency or customer.creditor.currency
    currency = own if any(placement.currency == own for placement in placements) else placements[0].currency
    placed = Item.objects.open().filter(placements__placement__in=placements, currency=currency).distinct().order_by("due_on", "label")
    return record_payment(
        customer, amount=amount, booked_on=on, currency=currency, reference=reference, invoices=list(placed), unmatched=not placed, by=by
    )


def _standing(customer: Customer, states: Iterable[str]) -> list[Placement]:
    Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    placements = list(Placement.objects.filter(customer=customer, state__in=list(states)).select_related("notice__message").order_by("-pk"))
    if not placements:
        raise Refused(gettext_noop("Nothing of this customer waits at an agency."))
    return placements


def _concerned(placements: Iterable[Placement]) -> list[Placement]:
    """Those with an item that is not closed. Raises `Refused` where there is none: nothing waits for an answer."""
    open_cases = Case.objects.exclude(state=CaseState.CLOSED)
    found = [placement for placement in placements if open_cases.filter(steps__notice=placement.notice_id).exists()]
    if not found:
        raise Refused(gettext_noop("All that was handed over is closed: nothing waits for the agency."))
    return found


def _captured(placement: Placement) -> bool:
    return bool(placement.notice.message and placement.notice.message.captured)
