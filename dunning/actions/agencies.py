"""Hand-over to a collection agency: placed when the package has gone, with the agency when its receipt is in."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction

from dunning.models import Agency, Case, Notice, PlacedItem, Placement, StepResult
from dunning.states import CaseState
from invoices.models import Customer
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused


def place(notice: Notice, *, on: date) -> Placement:
    """Note that a hand-over has gone to the first active agency. Safe to run twice."""
    agency = Agency.objects.filter(creditor=notice.creditor, is_active=True).order_by("pk").first()
    placement, fresh = Placement.objects.get_or_create(
        notice=notice,
        defaults={"creditor": notice.creditor, "customer": notice.customer, "agency": agency, "currency": notice.currency, "sent_on": on},
    )
    if fresh:
        lines = notice.taken.select_related("case")
        PlacedItem.objects.bulk_create(
            [PlacedItem(placement=placement, item_id=line.case.item_id, principal=line.principal) for line in lines]
        )
    return placement


@transaction.atomic
def accept(customer: Customer, *, on: date, by: User | None = None) -> Placement:
    """The agency confirms a hand-over: the step is completed and the items are with the agency. Raises `Refused` where none waits."""
    placement = _standing(customer, [Placement.State.SENT])
    placement.state = Placement.State.RECEIVED
    placement.save(update_fields=["state"])
    for case in _cases(placement):
        line = case.in_flight
        if line is None:
            continue
        StepResult.objects.create(taken=line, kind=StepResult.Kind.COMPLETED, on=placement.sent_on, captured=_captured(placement))
        case.position, case.step, case.completed_on, case.round, case.in_flight = line.position, line.step, placement.sent_on, 1, None
        case.state = CaseState.WITH_AGENCY if case.state == CaseState.RUNNING else case.state
        case.look_again_on = None
        case.save(update_fields=["position", "step", "completed_on", "round", "in_flight", "state", "look_again_on"])
    Case.objects.running().filter(customer=customer).update(look_again_on=on)
    record(customer.creditor, "placement_received", placement, by=by)
    return placement


@transaction.atomic
def recall(customer: Customer, *, on: date, by: User | None = None) -> Placement:
    """The agency gives it back, or we take it back before the receipt: the ladder goes on. Raises `Refused` where nothing is placed."""
    placement = _standing(customer, [Placement.State.SENT, Placement.State.RECEIVED])
    placement.state, placement.ended_on = Placement.State.RETURNED, on
    placement.save(update_fields=["state", "ended_on"])
    for case in _cases(placement):
        if case.in_flight is not None:
            StepResult.objects.create(taken=case.in_flight, kind=StepResult.Kind.VOID, on=on, detail="recalled")
            case.in_flight, case.round, case.released_position = None, case.round + 1, 0
        case.state = CaseState.RUNNING if case.state == CaseState.WITH_AGENCY else case.state
        case.save(update_fields=["in_flight", "round", "released_position", "state"])
    Case.objects.running().filter(customer=customer).update(look_again_on=on)
    record(customer.creditor, "placement_recalled", placement, by=by)
    return placement


def _standing(customer: Customer, states: Iterable[str]) -> Placement:
    Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    placement = Placement.objects.filter(customer=customer, state__in=list(states)).order_by("-pk").first()
    if placement is None:
        raise Refused("Nothing of this customer waits at an agency.")
    return placement


def _cases(placement: Placement) -> list[Case]:
    return list(Case.objects.filter(item__placements__placement=placement).select_related("in_flight"))


def _captured(placement: Placement) -> bool:
    return bool(placement.notice.message and placement.notice.message.captured)
