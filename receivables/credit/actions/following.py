"""Credit states follow the facts: set by the rules, lifted by themselves, at every change and when time alone brings one about."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from invoices.models import Customer, Item
from receivables import clock
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.credit.facts import credit_facts, rules_of
from receivables.credit.judging import Judgement, judge_credit
from receivables.credit.models import CreditChange, CreditOverride, CreditStanding
from receivables.credit.signals import credit_changed
from receivables.credit.states import Cause, CreditState
from receivables.credit.writing import written_reasons

BATCH = 500
KEPT = ("state", "cause", "reasons", "since", "until", "judged_on", "look_again_on")


def on_news(sender: Any, *, customers: Collection[int], on: date, **_: Any) -> None:
    """Receiver of `dunning.customers_looked_at_again`."""
    _follow_all(customers, on=on, by=None)


@transaction.atomic
def follow_credit(customers: Collection[int], *, on: date, by: User | None = None) -> list[CreditChange]:
    """Judge these customers anew, under their lock; returns what changed. Safe to run twice; never judges as of a day already past."""
    return _follow_all(customers, on=on, by=by)


def _follow_all(customers: Collection[int], *, on: date, by: User | None) -> list[CreditChange]:
    """Call it within a transaction."""
    locked = Customer.objects.select_for_update(no_key=True, of=("self",)).filter(pk__any=list(customers)).order_by("pk")
    by_creditor: dict[int, list[int]] = defaultdict(list)
    for pk, creditor in locked.values_list("pk", "creditor"):
        by_creditor[creditor].append(pk)
    creditors = Creditor.objects.select_related("credit_rules").in_bulk(by_creditor)
    changes = [change for pk, ids in by_creditor.items() for change in _follow(creditors[pk], ids, on=on, by=by)]
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
    due = CreditStanding.objects.filter(customer=OuterRef("pk"), look_again_on__lte=on)
    owes = Item.objects.open().filter(customer=OuterRef("pk"))
    whose = Customer.objects.filter(Q(Exists(due)) | Q(Exists(owes), credit_standing=None), creditor=creditor).order_by("pk")
    ids = list(whose.select_for_update(no_key=True, of=("self",), skip_locked=True).values_list("pk", flat=True)[:BATCH])
    follow_credit(ids, on=on)
    return len(ids)


def _follow(creditor: Creditor, ids: Collection[int], *, on: date, by: User | None) -> list[CreditChange]:
    """One company's customers, locked. Whoever was judged on a later day already is judged as of that one."""
    standings = {row.customer_id: row for row in CreditStanding.objects.filter(customer__any=list(ids))}
    rules = rules_of(creditor)
    by_day: dict[date, list[int]] = defaultdict(list)
    for pk in ids:
        by_day[max(on, standings[pk].judged_on) if pk in standings else on].append(pk)
    changes: list[CreditChange] = []
    for day, mine in by_day.items():
        facts = credit_facts(creditor, mine, on=day, rated=rules.rating is not CreditState.OPEN)
        _end_overrides([pk for pk in mine if (decided := facts[pk].override) and decided.until < day], on=day)
        changes += _write(creditor, standings, {pk: judge_credit(facts[pk], rules, on=day) for pk in mine}, on=day, by=by)
    return changes


def _end_overrides(ids: Collection[int], *, on: date) -> None:
    """Decisions of these customers, whose last day is over."""
    if not ids:
        return
    over = CreditOverride.objects.filter(customer__any=list(ids), ended_on=None, until__lt=on)
    for row in over.select_related("creditor"):
        record(row.creditor, "credit_decision_over", row, customer=row.customer_id)
    over.update(ended_on=F("until"))


def _write(
    creditor: Creditor, standings: dict[int, CreditStanding], judged: dict[int, Judgement], *, on: date, by: User | None
) -> list[CreditChange]:
    changes: list[CreditChange] = []
    fresh: list[CreditStanding] = []
    kept: list[CreditStanding] = []
    for pk, judgement in judged.items():
        row = standings.get(pk) or CreditStanding(creditor=creditor, customer_id=pk, since=on, cause=Cause.NOTHING)
        if (row.state, row.cause, row.until) != (judgement.state, judgement.cause, judgement.until):
            changes.append(_change(row, judgement, on=on, by=by))
        if _take_over(row, judgement, on=on):
            (kept if row.pk else fresh).append(row)
    CreditStanding.objects.bulk_create(fresh, batch_size=2000)
    CreditStanding.objects.bulk_update(kept, KEPT, batch_size=2000)
    CreditChange.objects.bulk_create(changes)
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
    """Put a judgement on a row; returns whether anything is to be stored."""
    before = [getattr(row, name) for name in KEPT]
    row.since = row.since if row.state == judgement.state else on
    row.state, row.cause, row.until = judgement.state, judgement.cause, judgement.until
    row.reasons, row.judged_on, row.look_again_on = written_reasons(judgement.reasons), on, judgement.look_again_on
    return [getattr(row, name) for name in KEPT] != before


def _audit(creditor: Creditor, changes: Sequence[CreditChange], *, by: User | None) -> None:
    for change in changes:
        subject = f"invoices.Customer:{change.customer_id}"
        record(creditor, "credit_state_changed", subject, by=by, before=change.before, state=change.state, cause=change.cause)
