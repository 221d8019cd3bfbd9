"""Credit states follow the facts: set by the rules, lifted by themselves, at every change and when time alone brings one about."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from invoices.models import Customer, Item
from receivables import clock
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import digest_of_rows, record
from receivables.credit.facts import facts_to_judge, rules_of, with_process
from receivables.credit.judging import Judgement, judge_credit
from receivables.credit.models import CreditChange, CreditOverride, CreditStanding
from receivables.credit.signals import credit_changed
from receivables.credit.states import CreditState
from receivables.credit.writing import written_reasons

BATCH = 500
SINGLY = 20  # so many changes at once have an audit entry each
TOLD = ("state", "cause", "reasons", "since", "until", "look_again_on")
KEPT = [*TOLD, "judged_on"]


def on_news(sender: Any, *, customers: Collection[int], on: date, **_: Any) -> None:
    """Receiver of `dunning.customers_looked_at_again`."""
    _follow_all(customers, on=on, by=None)


@transaction.atomic
def follow_credit(customers: Collection[int], *, on: date, by: User | None = None) -> list[CreditChange]:
    """Judge these customers anew, under their lock; returns what changed. Safe to run twice; never judges as of a day already past."""
    locked = Customer.objects.select_for_update(no_key=True, of=("self",)).filter(pk__any=list(customers)).order_by("pk")
    return _follow_all(list(locked.values_list("pk", flat=True)), on=on, by=by)


def _follow_all(customers: Collection[int], *, on: date, by: User | None) -> list[CreditChange]:
    """Call it within a transaction, with the customers locked."""
    by_creditor: dict[int, list[Customer]] = defaultdict(list)
    for row in with_process(customers):
        by_creditor[row.creditor_id].append(row)
    changes = [change for rows in by_creditor.values() for change in _follow(rows, on=on, by=by)]
    if told := [change for change in changes if change.is_of_state]:
        credit_changed.send(sender=None, changes=told)
    return changes


def follow_due(creditor: Creditor, *, on: date) -> int:
    """Judge whom time may have changed, and who has never been judged, in batches nobody else holds. Returns how many."""
    judged = 0
    while batch := _judge_batch(creditor, on=on):
        judged += batch
    return judged


def look_again_at_all(creditor: Creditor, *, on: date) -> None:
    """The rules are others: the next follow-up judges every customer of the company."""
    CreditStanding.objects.filter(creditor=creditor).update(look_again_on=on)


@transaction.atomic
def _judge_batch(creditor: Creditor, *, on: date) -> int:
    """Read from the index of days to look again; only when nobody is due, those who owe and were never judged."""
    due = CreditStanding.objects.filter(creditor=creditor, look_again_on__lte=on).order_by("look_again_on", "customer")
    found = list(due.values_list("customer", flat=True)[:BATCH]) or _never_judged(creditor)
    free = Customer.objects.select_for_update(no_key=True, of=("self",), skip_locked=True).filter(pk__any=found).order_by("pk")
    ids = list(free.values_list("pk", flat=True))
    _follow_all(ids, on=on, by=None)
    return len(ids)


def _never_judged(creditor: Creditor) -> list[int]:
    owes = Item.objects.open().filter(customer=OuterRef("pk"))
    rows = Customer.objects.filter(Exists(owes), creditor=creditor, credit_standing=None)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])


def _follow(rows: Sequence[Customer], *, on: date, by: User | None) -> list[CreditChange]:
    """One company's customers, locked. Whoever was judged on a later day already is judged as of that one."""
    creditor = rows[0].creditor
    rules = rules_of(creditor)
    by_day: dict[date, list[Customer]] = defaultdict(list)
    for row in rows:
        by_day[max(on, standing.judged_on) if (standing := _standing(row)) else on].append(row)
    changes: list[CreditChange] = []
    for day, mine in by_day.items():
        facts = facts_to_judge(creditor, mine, on=day, rated=rules.rating is not CreditState.OPEN)
        _end_overrides([pk for pk, known in facts.items() if known.override and known.override.until < day], on=day)
        changes += _write(creditor, [(row, judge_credit(facts[row.pk], rules, on=day)) for row in mine], on=day, by=by)
    return changes


def _standing(row: Customer) -> CreditStanding | None:
    """The standing that was read with the row."""
    found: CreditStanding | None = getattr(row, "credit_standing", None)
    return found


def _end_overrides(ids: Collection[int], *, on: date) -> None:
    """Decisions of these customers, whose last day is over."""
    if not ids:
        return
    over = CreditOverride.objects.filter(customer__any=list(ids), ended_on=None, until__lt=on)
    for row in over.select_related("creditor"):
        record(row.creditor, "credit_decision_over", row, customer=row.customer_id)
    over.update(ended_on=F("until"))


def _write(creditor: Creditor, judged: Sequence[tuple[Customer, Judgement]], *, on: date, by: User | None) -> list[CreditChange]:
    """Store what is different, in one statement each."""
    changes: list[CreditChange] = []
    kept: list[CreditStanding] = []
    for customer, judgement in judged:
        row = _standing(customer) or CreditStanding(creditor=creditor, customer=customer, since=on)
        if (row.state, row.cause, row.until) != (judgement.state, judgement.cause, judgement.until):
            changes.append(_change(row, judgement, on=on, by=by))
        if _take_over(row, judgement, on=on):
            kept.append(row)
    if kept:
        rows = [
            CreditStanding(creditor=creditor, customer_id=row.customer_id, **{name: getattr(row, name) for name in KEPT}) for row in kept
        ]
        CreditStanding.objects.bulk_create(rows, update_conflicts=True, unique_fields=["customer"], update_fields=KEPT, batch_size=2000)
    CreditChange.objects.bulk_create(changes, batch_size=2000)
    _audit(creditor, changes, by=by)
    return changes


def _change(row: CreditStanding, judgement: Judgement, *, on: date, by: User | None) -> CreditChange:
    return CreditChange(
        creditor_id=row.creditor_id,
        customer_id=row.customer_id,
        before=row.state,
        state=judgement.state,
        cause=judgement.cause,
        reasons=written_reasons(judgement.reasons),
        until=judgement.until,
        on=on,
        at=clock.now(),
        author=by,
    )


def _take_over(row: CreditStanding, judgement: Judgement, *, on: date) -> bool:
    """Put a judgement on a row; returns whether anything but the day of judging is different."""
    before = [getattr(row, name) for name in TOLD]
    row.since = row.since if row.state == judgement.state else on
    row.state, row.cause, row.until = judgement.state, judgement.cause, judgement.until
    row.reasons, row.look_again_on = written_reasons(judgement.reasons), judgement.look_again_on
    is_fresh, row.judged_on = row.pk is None, on
    return is_fresh or [getattr(row, name) for name in TOLD] != before


def _audit(creditor: Creditor, changes: Sequence[CreditChange], *, by: User | None) -> None:
    """An entry for each; a batch has one, with a digest of its rows, so that an import does not hold the chain for long."""
    if len(changes) > SINGLY:
        rows = ((change.customer_id, change.before, change.state, change.cause, str(change.event)) for change in changes)
        record(creditor, "credit_states_changed", creditor, by=by, count=len(changes), digest=digest_of_rows(rows))
        return
    for change in changes:
        subject = f"invoices.Customer:{change.customer_id}"
        record(creditor, "credit_state_changed", subject, by=by, before=change.before, state=change.state, cause=change.cause)
