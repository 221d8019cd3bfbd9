"""Cases follow the books: items enter the ladder, leave it when nothing is open, and come back when money is taken back."""

from collections.abc import Collection, Sequence
from datetime import date
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from dunning.actions.calls import review_calls, review_calls_of_day
from dunning.actions.claims import follow_claims
from dunning.actions.concerned import Concerned, concerned
from dunning.actions.courtesy import thank_payers
from dunning.actions.news import tell
from dunning.actions.policies import begin
from dunning.actions.promises import settle_promises
from dunning.actions.rates import fill_rates
from dunning.actions.settled import settle_awaited
from dunning.choosing import Chosen, PolicyChoice
from dunning.models import Agreement, Case, Rate, Task
from dunning.states import OWED_OR_NOT, CaseState, TaskKind
from invoices.actions import open_credit
from invoices.actions.papers.asking import end_questions
from invoices.models import AllocationEntry, Item
from receivables import clock
from receivables.accounts.models import Creditor
from receivables.db.copying import store_missing


def follow_books(*, customers: Collection[int], on: date) -> None:
    """Bring the cases of these customers in line with their items, and look at them again from `on`. Safe to run twice."""
    there = concerned(customers)
    if there.lack_rules:
        _begin(customers)
    if there.agreements:
        fill_rates(customers, on=on)
    if there.entering:
        enter(customers, on=on)
    _follow_amounts(customers, there, on=on)
    _follow_words(customers, there, on=on)
    _judge_again(customers, on=on)
    if there.tasks:
        review_calls(customers, on=on)
    tell(customers, on=on)
    if there.tasks or there.claims or there.promises:  # a claim that cannot be worked out anew opens one, and a kept promise may
        close_tasks(customers, on=on)


def _begin(customers: Collection[int]) -> None:
    for creditor in Creditor.objects.filter(ladder_rules=None, customer__any=customers).distinct():
        begin(creditor, now=clock.now())


def _follow_amounts(customers: Collection[int], there: Concerned, *, on: date) -> None:
    """Cases close and come back. Rates may have been filled or opened since it was asked."""
    if there.settled:
        thank_payers(customers, on=on)
    if there.settled or there.agreements:
        close_settled(customers)
    if there.reopened or there.agreements:
        _reopen(customers)


def _follow_words(customers: Collection[int], there: Concerned, *, on: date) -> None:
    """What was promised, awaited or posted follows what was paid."""
    if there.promises:
        settle_promises(customers, on=on)
    if there.awaited:
        settle_awaited(customers, on=on)
    if there.claims:
        follow_claims(customers)


def wake(customers: Collection[int], *, on: date) -> None:
    """Something changed for these customers: judge their running cases at the next run from `on`."""
    _judge_again(customers, on=on)
    review_calls(customers, on=on)
    tell(customers, on=on)


def _judge_again(customers: Collection[int], *, on: date) -> None:
    running = Case.objects.running().filter(customer__any=customers)
    running.filter(Q(look_again_on=None) | Q(look_again_on__gt=on)).update(look_again_on=on)


def enter(customers: Collection[int], *, on: date) -> int:
    """Put open items that have no case yet on the ladder of their policy's current version; returns how many entered.

    An item whose creditor assigned no policy stays outside, and `explain` says so.
    """
    return _enter(Item.objects.open().filter(customer__any=customers, case=None), on=on)


# What says which policy an item falls under.
_JUDGED = (
    "creditor",
    "customer__kind",
    *(f"invoice__{name}" for name in ("source", "gross", "currency", "payment_method", "is_subscription")),
)


def _enter(entering: QuerySet[Item], *, on: date) -> int:
    items = list(entering.select_related("customer", "invoice").only(*_JUDGED))
    if not items:
        return 0
    policies = PolicyChoice.among(items, on=on)
    cases = [_case(item, chosen, on=on) for item in items if (chosen := policies.chosen_for(item)) is not None]
    store_missing(cases)
    return len(cases)


def enter_rates(agreement: Agreement, *, on: date) -> int:
    """Put the rates of an agreement on the ladder of their customer's policy."""
    return enter_rates_of([agreement], on=on)


def enter_rates_of(agreements: Sequence[Agreement], *, on: date) -> int:
    """Put the rates of agreements on the ladders of their customers' policies; returns how many. Not a query for each of them."""
    probes = {agreement.pk: Item(creditor_id=agreement.creditor_id, customer=agreement.customer) for agreement in agreements}
    policies = PolicyChoice.among(probes.values(), on=on)
    cases = [
        _case(probes[rate.agreement_id], chosen, on=on, rate=rate)
        for rate in Rate.objects.filter(agreement__in=probes).order_by("agreement", "position")
        if (chosen := policies.chosen_for(probes[rate.agreement_id])) is not None
    ]
    return len(Case.objects.bulk_create(cases, batch_size=2000))


def _case(item: Item, chosen: Chosen, *, on: date, rate: Rate | None = None) -> Case:
    """A case keeps what chose its policy; later changes of the rules do not touch it."""
    return Case(
        creditor_id=item.creditor_id,
        customer_id=item.customer_id,
        item=None if rate else item,
        rate=rate,
        version_id=chosen.version,
        entered_on=on,
        chosen_by=chosen.by,
        chosen_rule=chosen.rule,
        look_again_on=on,
    )


def enter_as_of(creditor: Creditor, *, on: date) -> int:
    """Put what was open at the end of a past day, and is settled since, on the ladder for a rehearsal of that day."""
    later = AllocationEntry.objects.filter(item__creditor=creditor, item__case=None, item__open_amount=0, on__gt=on)
    return _enter(Item.objects.filter(pk__in=later.values("item"), invoice__issued_on__lte=on), on=on)


def close_settled(customers: Collection[int]) -> None:
    """Close the cases of these customers whose items have nothing open any more."""
    standing = Case.objects.exclude(state=CaseState.CLOSED).filter(customer__any=customers)
    for settled, rows in ((standing.filter(item__open_amount=0), Item.objects.filter(pk=OuterRef("item_id"))),
                          (standing.filter(rate__open_amount=0), Rate.objects.filter(pk=OuterRef("rate_id")))):  # fmt: skip
        settled.update(state=CaseState.CLOSED, reason=Subquery(rows.values("closed_as")), look_again_on=None)


def _reopen(customers: Collection[int]) -> None:
    """Money was taken back: the item goes on at the step it had, and a person looks before its next message."""
    closed = Case.objects.filter(customer__any=customers, state=CaseState.CLOSED).exclude(reason="time_barred")
    for back in (closed.filter(item__open_amount__gt=0), closed.filter(rate__open_amount__gt=0)):
        back.update(state=CaseState.RUNNING, reason="", wants_approval=True, released_position=0)


def close_tasks(customers: Collection[int], *, on: date) -> None:
    """Close the tasks that have settled themselves: no credit left to match, or all that they are about closed."""
    waiting = Task.objects.filter(customer__any=customers, closed_on=None)
    looked = waiting.filter(kind__in=[TaskKind.MATCH_PAYMENT, TaskKind.CHECK_INVOICE])
    kinds = list(looked.values_list("kind", "customer", "about"))
    matching = {customer for kind, customer, _about in kinds if kind == TaskKind.MATCH_PAYMENT}
    end_questions([int(about.partition(":")[2]) for kind, _customer, about in kinds if kind == TaskKind.CHECK_INVOICE], on=on)
    credit = open_credit(matching) if matching else {}
    matched = Q(kind=TaskKind.MATCH_PAYMENT, customer__in=[pk for pk in matching if not any(credit.get(pk, {}).values())])
    owed = ~Q(kind__in=[TaskKind.MATCH_PAYMENT, *OWED_OR_NOT])
    waiting.filter(matched | owed & _moot(waiting)).update(closed_on=on, result="settled by itself")


def _moot(waiting: QuerySet[Task]) -> Q:
    """Tasks about cases that are all closed; those that name none are about all of their customer's."""
    standing = Case.objects.exclude(state=CaseState.CLOSED)
    mine = Q(task=OuterRef("pk")) | Q(steps__notice=OuterRef("notice"))
    concerned = waiting.annotate(
        names=Exists(Case.objects.filter(mine)),
        stands=Exists(standing.filter(mine)),
        owes=Exists(standing.filter(customer=OuterRef("customer"))),
    )
    moot = concerned.filter(Q(names=True, stands=False) | Q(names=False, owes=False))
    return Q(pk__in=list(moot.values_list("pk", flat=True)))


def on_balance_changed(sender: Any, *, customers: Collection[int], on: date, **_: Any) -> None:
    """Receiver of `invoices.balance_changed`."""
    follow_books(customers=customers, on=on)


def on_payouts_changed(sender: Any, *, creditor: Creditor, methods: Collection[str], on: date, **_: Any) -> None:
    """Receiver of `invoices.payouts_changed`. Their cases are judged at the next run, in one statement; calls that stand are reviewed.

    That is done after the commit, under locks of its own: whoever sends this may hold some of the customers already, in another order.
    """
    items = Item.objects.open().filter(creditor=creditor, invoice__payment_method__in=methods)
    running = Case.objects.running().filter(creditor=creditor, item__in=items)
    running.filter(Q(look_again_on=None) | Q(look_again_on__gt=on)).update(look_again_on=on)
    transaction.on_commit(partial(review_calls_of_day, creditor, on=on))
