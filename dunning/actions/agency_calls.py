"""What Debitura tells by its own calls: kept as it came, taken once, each with what became of it.

What follows goes through the records of a report, under the event's id: told again, nothing changes. What needs a person becomes a task:
money (the event does not say to whom it came), a close that the books do not bear out, kinds that nobody here knows, and a case that nobody
could ask for.
"""

import logging
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from celery import current_app
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q
from kombu.exceptions import OperationalError as BrokerAway

from dunning.actions.agency_reports import note_status
from dunning.actions.report_taking import ReportRefused, take_records, words_of
from dunning.actions.tasks import open_task
from dunning.agencies.debitura import Event, Means, UnreadableEvent, meaning, read_event, with_case
from dunning.agencies.ways import Way, missing, rest_to
from dunning.models import Agency, AgencyCall, AgencyDelivery, Placement, Task
from dunning.states import PlacementEnd, PlacementState, TaskKind
from receivables import clock
from receivables.core.errors import DomainError
from receivables.core.sentences import gettext_noop
from receivables.messaging import mode
from receivables.messaging.channels.agency_sftp import NotConnected
from receivables.messaging.models import Attempt

log = logging.getLogger(__name__)
State = AgencyCall.State
TAKE = "dunning.tasks.take_agency_calls"
NOT_OURS = gettext_noop("The agency has no case of ours with this number.")
NOT_ASKED = gettext_noop("Which case it is about could not be asked for a day: look at the agency.")
PATIENCE = timedelta(days=1)  # so long the agency's interface is asked; then what the event itself says, or a person, has to do
_WITH_THEM = (PlacementState.APPROVED, PlacementState.SENT, PlacementState.RECEIVED)
_IS_MONEY = "payment.created"


def store_call(setup: AgencyDelivery, event: Event, body: bytes, *, now: datetime) -> None:
    """Keep what came, to be taken soon. The same event again changes nothing."""
    row = AgencyCall(agency_id=setup.agency_id, event=event.id, kind=event.kind[:60], body=body, came_at=now)
    AgencyCall.objects.bulk_create([row], ignore_conflicts=True)
    transaction.on_commit(_wake)


def _wake() -> None:
    """A dead broker is no error: the next beat finds the rows."""
    try:
        current_app.send_task(TAKE, retry=False, expires=60)
    except BrokerAway:
        log.warning("the broker does not answer; the next beat takes what agencies told")


def take_agency_calls(*, now: datetime, most: int = 200) -> int:
    """Take what waits, the oldest first, until so many are taken; returns how many. What has to be asked for at the agency is asked outside
    any transaction. What cannot be asked yet holds up nothing else, and an agency that does not answer is asked once.
    """
    waiting = AgencyCall.objects.filter(state=State.WAITING).select_related("agency__creditor").order_by("pk")
    silent: set[int] = set()
    taken = (call for call in waiting.iterator(chunk_size=most) if _take_one(call, now=now, silent=silent))
    return sum(1 for _ in islice(taken, most))


def _take_one(call: AgencyCall, *, now: datetime, silent: set[int]) -> bool:
    event, problem, is_asked = None, "", True
    try:
        event = read_event(bytes(call.body))
        if event.lacks_state:
            case = _looked_up(call.agency, event, silent)
            event, is_asked = with_case(event, case or {}), case is not None
    except UnreadableEvent as refusal:
        problem = str(refusal)
    if event and not is_asked and now - call.came_at < PATIENCE and _waits(call.agency, event, silent):
        return False  # for the next turn
    with transaction.atomic():
        row = AgencyCall.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=call.pk, state=State.WAITING).first()
        if row is None:
            return False
        row.state, row.result = _taken(call, event, is_asked=is_asked) if event else (State.REFUSED, problem)
        row.save(update_fields=["state", "result"])
    return True


def _looked_up(agency: Agency, event: Event, silent: set[int]) -> Mapping[str, Any] | None:
    """The case as the agency has it now; empty where it has none or the event names none. None: it could not be asked, in quarantine, where
    the way is not set up, or where it does not answer, which `silent` then holds.
    """
    if not event.case_id:
        return {}
    setup = AgencyDelivery.objects.filter(agency=agency, sends=True).first()
    if agency.pk in silent or setup is None or agency.delivery != Way.REST or missing(Way.REST, setup) or not mode.is_live():
        return None
    try:
        return rest_to(setup).case(event.case_id)
    except NotConnected:
        silent.add(agency.pk)
        return None


def _waits(agency: Agency, event: Event, silent: set[int]) -> bool:
    """Whether asking later tells more than a person could see now: the agency may answer soon, or only it knows whose case it is."""
    return agency.pk in silent or _placement(agency, event) is None


def _taken(call: AgencyCall, event: Event, *, is_asked: bool) -> tuple[str, str]:
    """State and words. What is wrong with one event is its own affair."""
    on = clock.today(call.agency.creditor.time_zone)
    placement = _placement(call.agency, event)
    if placement is None and not is_asked:
        _ask_about_agency(call.agency, on=on)
        return State.REFUSED, NOT_ASKED
    if placement is None:
        return State.REFUSED, NOT_OURS
    try:
        with transaction.atomic():
            return State.TAKEN, _followed(placement, event, call, on=on)
    except (OperationalError, InterfaceError):
        raise  # the database is away: it stays waiting
    except ReportRefused as refusal:
        why = "; ".join(words_of(each) for each in refusal.problems)
    except DomainError as refusal:
        why = str(refusal)
    except Exception as error:  # a fault of ours, about one event: the next one is taken all the same
        log.exception("event %s of agency %s could not be taken", call.pk, call.agency_id)
        why = f"It could not be taken ({type(error).__name__})."
    _ask(placement, call, on=on)
    return State.REFUSED, why[:300]


def _placement(agency: Agency, event: Event) -> Placement | None:
    """Our hand-over: by our own number, else by theirs, else by the id under which they took the package."""
    mine = Placement.objects.filter(agency=agency).select_related("customer")
    named = [Q(case_key=event.creditor_reference)] if event.creditor_reference else []
    named += [Q(reference=event.reference)] if event.reference else []
    if event.case_id:
        took = Attempt.objects.filter(reference=event.case_id, message__channel="agency").values("message")
        named += [Q(message__in=took) | Q(notice__message__in=took)]
    return next((row for each in named if (row := mine.filter(each).order_by("-pk").first())), None)


def _followed(placement: Placement, event: Event, call: AgencyCall, *, on: date) -> str:
    means = meaning(event)
    means = _when_paid(placement) if means is Means.PAID else means
    if means is Means.NOTHING:
        return "nothing follows"
    if means is Means.ASK:
        note_status(placement, event.kind, on=on, why=_words(event), key=f"event|{event.id}")
        _ask(placement, call, on=on)
        return "a person looks"
    status = "closed" if means is Means.PAID else str(means)
    says = {"case_id": placement.case_key, "agency_ref": event.reference, "note": _words(event), "id": event.id}
    take_records(call.agency, [{**says, "status": status}], on=on)
    return status


def _when_paid(placement: Placement) -> Means:
    """What follows where the agency has closed a case as paid: nothing more once it is over here too."""
    if placement.items.filter(is_standing=True, item__open_amount__gt=0).exists():
        return Means.ASK
    is_standing = placement.state in (PlacementState.SENT, PlacementState.RECEIVED)
    return Means.PAID if is_standing or placement.end == PlacementEnd.SETTLED else Means.NOTHING


def _words(event: Event) -> str:
    """What the event says, for the history of the hand-over."""
    money = f"{event.amount} {event.currency}".strip() if event.kind == _IS_MONEY else ""
    return ": ".join(filter(None, (event.kind, event.lifecycle, event.close_code, money)))


def _ask_about_agency(agency: Agency, *, on: date) -> None:
    """One open task for an agency, at the newest of the hand-overs that are with it: any of them may be meant."""
    about = f"agency:{agency.pk}"
    theirs = Placement.objects.filter(agency=agency).select_related("customer").order_by("-pk")
    placement = theirs.filter(state__in=_WITH_THEM).first() or theirs.first()
    if placement and not Task.objects.filter(creditor=agency.creditor_id, about=about, closed_on=None).exists():
        open_task(placement.customer, TaskKind.AGENCY_SAYS, on=on, about=about)


def _ask(placement: Placement, call: AgencyCall, *, on: date) -> None:
    open_task(placement.customer, TaskKind.AGENCY_SAYS, on=on, about=f"placement:{placement.pk}")
