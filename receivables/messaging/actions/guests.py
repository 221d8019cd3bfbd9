"""The trial after going live: its guests, and its end."""

from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Count

from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.messaging import mode, trial
from receivables.messaging.actions.throwing import reason_of, throw
from receivables.messaging.models import Brake, Message, TrialAddress
from receivables.messaging.states import MessageState


@transaction.atomic
def name_guest(creditor: Creditor, address: str, *, by: User | None = None, now: datetime | None = None) -> TrialAddress:
    """Let this address be written to during the trial; what was held back for it goes now. On the list already, nothing changes."""
    known = trial.plain(address)
    if not known:
        raise Refused(gettext_noop("Name the address of a guest."))
    now = now or datetime.now(UTC)
    guest, is_new = TrialAddress.objects.get_or_create(creditor=creditor, address=known, defaults={"since": now, "added_by": by})
    if is_new:
        record(creditor, "guest_named", guest, by=by)
        held = trial.waiting().filter(creditor=creditor, reason=trial.NO_GUEST).only("pk", "recipient")
        theirs = [message.pk for message in held if trial.plain(message.recipient) == known]
        Message.objects.filter(pk__in=theirs, state=MessageState.PLANNED, not_before__gt=now).update(not_before=now)
    return guest


@transaction.atomic
def dismiss_guest(guest: TrialAddress, *, by: User | None = None) -> None:
    """Take an address off the list of guests."""
    record(guest.creditor, "guest_dismissed", guest, by=by)
    guest.delete()


@transaction.atomic
def end_trial(*, by: User, reason: str, count: int, now: datetime | None = None) -> int:
    """Let all that the trial held back leave, judged once more. `count` must be how many that are now; returns it."""
    mode.hold_switch_alone()
    if not mode.standing().trial_since:
        raise Refused(gettext_noop("There is no trial."))
    now = now or datetime.now(UTC)
    waiting = trial.waiting().count()
    if count != waiting:
        raise Refused(gettext_noop("%(waiting)s messages wait now, not %(count)s. Look again."), waiting=waiting, count=count)
    dispatch = throw(trial_since=None, changed_at=now, changed_by=by)
    trial.waiting().filter(not_before__gt=now).update(not_before=now)
    record(None, "trial_ended", dispatch, by=by, reason=reason_of(reason), released=waiting)
    return waiting


@transaction.atomic
def end_trial_when_over(*, now: datetime) -> bool:
    """End a trial whose time is over; whether it ended now. What it had held back stays until a person has looked, company by company.

    Safe to run at any time and by anybody: the second finds no trial.
    """
    since = mode.standing().trial_since
    if since is None or now < since + trial.LENGTH:
        return False
    mode.hold_switch_alone()
    if mode.standing().trial_since != since:
        return False
    waiting = dict(trial.waiting().values_list("creditor").annotate(n=Count("pk")).order_by("creditor"))
    for creditor, number in waiting.items():
        _hold_after_trial(creditor, number, now=now)
    dispatch = throw(trial_since=None, changed_at=now, changed_by=None)
    trial.waiting().filter(not_before__gt=now).update(not_before=now)
    record(None, "trial_ended", dispatch, reason="its time was over", released=0, waiting=sum(waiting.values()))
    return True


def _hold_after_trial(creditor: int, number: int, *, now: datetime) -> None:
    """As a run that is too large is held. One that is being planned just now is held with it, and a brake that stands already stays."""
    facts = {"trial": number, "messages": number}
    brake, is_new = Brake.objects.get_or_create(
        creditor_id=creditor, channel="", kind=Brake.Kind.VOLUME, released_at=None, defaults={"since": now, "facts": facts}
    )
    if not is_new and brake.facts:
        return
    if not is_new:
        brake.facts = facts
        brake.save(update_fields=["facts"])
    record(brake.creditor, "brake_closed", brake, kind=brake.kind, channel="", trial=number, messages=number)
