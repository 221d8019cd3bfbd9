"""Warning signs: noted by people, or found in what is known. They are shown, and change nothing on the ladder."""

from collections.abc import Collection
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Count, Max, Q

from dunning.actions.holds import locked
from dunning.models import Agreement, CallMade, Case, Complaint, Promise, StepResult, WarningSign
from dunning.states import CallOutcome, CaseState, SignKind
from invoices.models import Customer, Dispute, Item, Payment
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.audit.models import Entry
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop

UNANSWERED = 3  # so many steps in a row without an answer are silence
LATELY = timedelta(days=7)  # a step that was completed earlier was looked at by the runs since
COMPLAINED = timedelta(days=90)
COMPLAINTS = 2
REACHED = [outcome for outcome in CallOutcome if outcome.is_reached]


@transaction.atomic
def note_sign(customer: Customer, *, kind: SignKind, on: date, source: str, today: date, by: User | None = None) -> WarningSign:
    """Note what a person has seen or heard, with how they know."""
    customer = locked(customer.pk)
    if on > today:
        raise Refused(gettext_noop("A sign cannot have come in the future (%(on)s)."), on=on)
    if not source.strip():
        raise Refused(gettext_noop("Say how you know: a letter, a call, a message."))
    return _noted(customer, WarningSign(kind=kind, on=on, source=source.strip()[:200], author=by), by=by)


@transaction.atomic
def dismiss_sign(sign: WarningSign, *, reason: str, on: date, by: User | None = None) -> WarningSign:
    """Say why it is none. It stays in the books, and what it was found in is not noted again."""
    customer = locked(sign.customer_id)
    sign = WarningSign.objects.get(pk=sign.pk)
    if sign.dismissed_on is not None:
        raise Refused(gettext_noop("This sign is dismissed already."))
    if not reason.strip():
        raise Refused(gettext_noop("Say why it is no sign."))
    sign.dismissed_on, sign.dismissed_by, sign.dismissal = max(on, sign.on), by, reason.strip()[:200]
    sign.save(update_fields=["dismissed_on", "dismissed_by", "dismissal"])
    record(customer.creditor, "sign_dismissed", sign, by=by, customer=customer.pk, kind=str(sign.kind))
    return sign


def find_signs(creditor: Creditor, *, on: date) -> int:
    """Note silence and more complaints; returns how many are new. A fixed number of queries; safe to run twice."""
    found = [*_silent(creditor, on=on), *_complaining(creditor, on=on)]
    known = set(WarningSign.objects.filter(customer__in={sign.customer_id for sign in found}).values_list("customer", "kind", "about"))
    return sum(_found(sign) for sign in found if (sign.customer_id, sign.kind, sign.about) not in known)


def note_changed_contact(customer: Customer, *, on: date) -> bool:
    """After a change of contact data: a sign where something is overdue that day. Call it in the transaction of the change."""
    if not Item.objects.overdue(on=on).filter(customer=customer).exists():
        return False
    changes = Entry.objects.filter(subject=f"invoices.Customer:{customer.pk}", verb="change_contact")
    entry = changes.order_by("-pk").values_list("pk", flat=True)[0]
    return _found(WarningSign(customer=customer, kind=SignKind.CONTACT_CHANGED, on=on, about=f"entry:{entry}"))


@transaction.atomic
def _found(sign: WarningSign) -> bool:
    """Note what the program found, unless it is known by now."""
    customer = locked(sign.customer_id)
    if WarningSign.objects.filter(customer=customer, kind=sign.kind, about=sign.about).exists():
        return False
    _noted(customer, sign)
    return True


def _noted(customer: Customer, sign: WarningSign, *, by: User | None = None) -> WarningSign:
    sign.customer, sign.creditor_id = customer, customer.creditor_id
    sign.save(force_insert=True)
    record(customer.creditor, "sign_noted", sign, by=by, customer=customer.pk, kind=str(sign.kind))
    return sign


def _silent(creditor: Creditor, *, on: date) -> list[WarningSign]:
    """Customers who let `UNANSWERED` completed steps pass; the first of them names the silence, so that it is noted once."""
    lately = Case.objects.filter(creditor=creditor, state=CaseState.RUNNING, completed_on__gt=on - LATELY, completed_on__lte=on)
    customers = set(lately.order_by().values_list("customer", flat=True).distinct())
    if not customers:
        return []
    heard = _last_heard(customers)
    done = StepResult.objects.filter(kind=StepResult.Kind.COMPLETED, captured=False, on__lte=on, taken__case__customer__in=customers)
    counted = done.exclude(taken__results__kind=StepResult.Kind.VOID).order_by("on", "taken__notice")
    unanswered: dict[int, list[int]] = {}
    for customer, notice, day in counted.values_list("taken__case__customer", "taken__notice", "on"):
        notices = unanswered.setdefault(customer, [])
        if (customer not in heard or day > heard[customer]) and notice not in notices:
            notices.append(notice)
    return [
        WarningSign(customer_id=customer, kind=SignKind.SILENCE, on=on, about=f"notice:{notices[0]}", count=len(notices))
        for customer, notices in unanswered.items()
        if len(notices) >= UNANSWERED
    ]


def _last_heard(customers: Collection[int]) -> dict[int, date]:
    """The last day on which each paid, promised, agreed, complained, disputed or was spoken to. Six queries."""
    days = [
        Payment.objects.filter(customer__in=customers, reverses=None).values_list("customer").annotate(Max("booked_on")),
        Promise.objects.filter(customer__in=customers).values_list("customer").annotate(Max("made_on")),
        Agreement.objects.filter(customer__in=customers).values_list("customer").annotate(Max("made_on")),
        Complaint.objects.filter(customer__in=customers).values_list("customer").annotate(Max("received_on")),
        CallMade.objects.filter(customer__in=customers, outcome__in=REACHED).values_list("customer").annotate(Max("on")),
        Dispute.objects.filter(item__customer__in=customers).values_list("item__customer").annotate(Max("opened_on")),
    ]
    heard: dict[int, date] = {}
    for customer, day in (row for rows in days for row in rows.order_by()):
        heard[customer] = max(day, heard.get(customer, day))
    return heard


def _complaining(creditor: Creditor, *, on: date) -> list[WarningSign]:
    """Customers with `COMPLAINTS` or more complaints in 90 days, and more than in the 90 before; the newest names it."""
    lately, before = Q(received_on__gt=on - COMPLAINED), Q(received_on__lte=on - COMPLAINED)
    rows = Complaint.objects.filter(creditor=creditor, received_on__gt=on - 2 * COMPLAINED, received_on__lte=on).order_by()
    counts = rows.values_list("customer").annotate(now=Count("pk", filter=lately), then=Count("pk", filter=before), newest=Max("pk"))
    return [
        WarningSign(customer_id=customer, kind=SignKind.MORE_COMPLAINTS, on=on, about=f"complaint:{newest}", count=now)
        for customer, now, then, newest in counts
        if now >= COMPLAINTS and now > then
    ]
