"""Two customers that are one, one that is two, and the end of either: books, cases and messages go together, under both locks.

What is queued for either is withdrawn before anything moves, and the next run plans it anew; the guard judges with the survivor.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from dunning.actions.stops import QUEUED, withdraw_queued
from dunning.models import Case, CourtItem, Notice, Placement
from dunning.signals import customers_moved
from dunning.states import CaseState, NoticeState
from invoices.actions import moving
from invoices.actions.moving import Rows
from invoices.actions.postings import tell
from invoices.joining import Sentence, against_merge, lacks_proof
from invoices.models import Customer, CustomerMove
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.messaging.models import Message

Kind = CustomerMove.Kind
OVER = (Placement.State.RETURNED, Placement.State.CLOSED)
UNPROVEN = gettext_noop("Only one of them has a tax number. Say that you have made sure they are the same, or look the number up.")


@dataclass(frozen=True, slots=True)
class MergePlan:
    """What a merge would do. With `against` it is refused; `lacks_proof` asks a person to vouch for it."""

    against: list[Sentence]
    lacks_proof: bool
    joined: moving.Joined


def plan_merge(source: Customer, target: Customer, *, on: date) -> MergePlan:
    """The very judgement of `merge_customers`, and nothing is written."""
    sides = [moving.side_of(one, is_placed=_is_placed(one)) for one in (source, target)]
    return MergePlan(against_merge(*sides), lacks_proof(*sides), moving.joined(source, target, on=on))


@transaction.atomic
def merge_customers(
    source: Customer, target: Customer, *, reason: str, on: date, now: datetime, is_vouched: bool = False, by: User | None = None
) -> CustomerMove:
    """`source` lives on as `target`: what it owes, paid and was told stands there. Undone by `undo_move`.

    Raises `Refused` for customers of two companies, kinds or tax numbers, and while anything of either is with an agency or in court.
    `is_vouched`: a person has made sure that they are the same, though only one has a tax number.
    """
    source, target = moving.locked_pair(source, target)
    plan = plan_merge(source, target, on=on)
    if plan.against:
        says, facts = plan.against[0]
        raise Refused(says, **facts)
    if plan.lacks_proof and not is_vouched:
        raise Refused(UNPROVEN)
    _quieten([source.pk, target.pk], now=now)
    joined = moving.joined(source, target, on=on)  # once more: what was withdrawn has closed tasks, or opened them
    changes = [*joined.changes, *moving.keep_objections(joined), *moving.join_sealed(source, target)]
    move = moving.carry_out(Kind.MERGE, source, target, joined.rows, reason=reason, on=on, changes=changes, by=by)
    record(
        target.creditor, "customers_merged", target, by=by, source=source.pk, move=move.pk, rows=_counts(joined.rows), reason=move.reason,
        vouched=plan.lacks_proof,
    )  # fmt: skip
    _follow([source.pk, target.pk], on=on, now=now)
    return move


@transaction.atomic
def split_customer(
    source: Customer, target: Customer, invoices: Collection[int], *, reason: str, on: date, now: datetime, by: User | None = None
) -> CustomerMove:
    """These invoices (ids) are the other's, with all that is about them alone: cases, payments, claims, holds. Undone by `undo_move`.

    Raises `Refused` where the two are of different companies or kinds, something of theirs is with an agency, or money and invoices
    would come apart.
    """
    source, target = moving.locked_pair(source, target)
    _check_split(source, target)
    chosen = moving.named_invoices(source, invoices)
    _quieten([source.pk, target.pk], now=now)
    named = {"invoices.Invoice.customer": [invoice.pk for invoice in chosen]}
    rows = moving.united(named, moving.belonging(source, moving.items_of(named)))
    moving.check_whole(source, rows)
    _check_at_rest(rows)
    move = moving.carry_out(Kind.SPLIT, source, target, rows, reason=reason, on=on, by=by)
    record(
        source.creditor, "customer_split", source, by=by, target=target.pk, move=move.pk, rows=_counts(rows), reason=move.reason,
        invoices=[invoice.pk for invoice in chosen],
    )  # fmt: skip
    _follow([source.pk, target.pk], on=on, now=now)
    return move


@transaction.atomic
def undo_move(move: CustomerMove, *, reason: str, on: date, now: datetime, by: User | None = None) -> CustomerMove:
    """What was moved goes back, and what came since with the items it is about; the rest stays. Raises `Refused` where that would tear."""
    source, target = moving.locked_pair(move.source, move.target)
    _check_undo(move, source, target)
    _quieten([source.pk, target.pk], now=now)
    there = moving.still_there(move)
    rows = moving.with_their_credit(moving.united(there, moving.belonging(target, moving.items_of(there))), target)
    moving.check_whole(target, rows)
    _check_at_rest(rows)
    undone = moving.carry_out(Kind.UNDO, target, source, rows, reason=reason, on=on, undoes=move, by=by)
    moving.put_back(move)
    record(
        target.creditor, "customer_move_undone", source, by=by, target=target.pk, move=move.pk, undo=undone.pk, rows=_counts(rows),
        reason=undone.reason,
    )  # fmt: skip
    _follow([source.pk, target.pk], on=on, now=now)
    return undone


def _check_split(source: Customer, target: Customer) -> None:
    if source.creditor_id != target.creditor_id:
        raise Refused(gettext_noop("Customers of two companies share no invoices."))
    if source.kind != target.kind:
        raise Refused(gettext_noop("The two are of different kinds in law. If one is wrong, change its kind first."))
    for one in (source, target):
        if one.merged_into_id is not None:
            raise Refused(gettext_noop("%(name)s was merged already. Open the customer that it was merged into."), name=one.name)
        if _is_placed(one):
            raise Refused(
                gettext_noop("Debts of %(name)s are with an agency or in court, under this name. Call them back first."), name=one.name
            )


def _check_undo(move: CustomerMove, source: Customer, target: Customer) -> None:
    if move.kind == Kind.UNDO:
        raise Refused(gettext_noop("This has put something back already. Merge or split anew instead."))
    if CustomerMove.objects.filter(undoes=move).exists():
        raise Refused(gettext_noop("This was undone already."))
    if target.merged_into_id is not None:
        raise Refused(gettext_noop("%(name)s was merged into another customer since. Undo that first."), name=target.name)
    if source.merged_into_id != (target.pk if move.kind == Kind.MERGE else None):
        raise Refused(gettext_noop("%(name)s was merged into another customer since. Undo that first."), name=source.name)
    if _is_placed(target):
        raise Refused(
            gettext_noop("Debts of %(name)s are with an agency or in court, under this name. Call them back first."), name=target.name
        )


def _check_at_rest(rows: Rows) -> None:
    """Nothing is in a deliverer's hands: what could not be withdrawn is handed over, or its end is known, first."""
    notices = rows.get("dunning.Notice.customer", [])
    if Message.objects.filter(notice__in=notices, state__in=QUEUED).exists():
        raise Refused(gettext_noop("A message about these invoices is just being handed over. Try again in a minute."))


def _is_placed(customer: Customer) -> bool:
    at_agency = Case.objects.filter(customer=customer, state=CaseState.WITH_AGENCY)
    placed = Placement.objects.filter(customer=customer).exclude(state__in=OVER)
    return at_agency.exists() or placed.exists() or CourtItem.objects.filter(case__customer=customer, is_standing=True).exists()


def _quieten(customers: Collection[int], *, now: datetime) -> None:
    """What waits to be sent or approved is planned anew by the next run, for whom it then belongs to."""
    withdraw_queued(customers, reason="The customer was merged or split.", now=now)
    Notice.objects.filter(customer__in=customers, state=NoticeState.PROPOSED).update(state=NoticeState.SUPERSEDED)


def _follow(customers: Collection[int], *, on: date, now: datetime) -> None:
    """Cases, claims, credit and whoever was let in follow."""
    tell(*customers, on=on)
    customers_moved.send(sender=None, customers=frozenset(customers), now=now)


def _counts(rows: Mapping[str, Any]) -> dict[str, int]:
    return {name: len(ids) for name, ids in rows.items()}
