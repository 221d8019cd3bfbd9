"""Each action of a scenario as a call of the real verb. What this version cannot do raises `NotSupportedYet` with the word."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import singledispatch

from django.db.models import Q, QuerySet

from dunning import actions as verbs
from dunning.actions.calls import standing_calls
from dunning.actions.runs import Plan
from dunning.day import run_day
from dunning.models import Hold, Notice, Run, Task
from dunning.policy_text import policy_from, write_policy
from dunning.replay.world import ADDRESS, World
from dunning.scenario import actions as told
from dunning.states import NoticeState, TaskKind
from invoices import actions as books
from invoices.models import Customer, Invoice, Item
from invoices.states import Outcome
from receivables.core.errors import NotSupportedYet, Refused
from receivables.messaging.delivery import Tally, deliver
from receivables.messaging.states import MessageState


@singledispatch
def do(action: told.Action, world: World, on: date) -> Plan | None:
    """Carry out one action on a day; a dry run returns what it showed. Raises `Refused` and changes nothing where it may not be."""
    raise NotSupportedYet(f"not supported yet: {action.word}")


@do.register
def _(action: told.Invoice, world: World, on: date) -> None:
    instalments = tuple((part.due, part.amount) for part in action.instalments or ())
    policy = world.policy(action.policy) if action.policy else None
    invoice = books.issue_invoice(
        world.customer(action.customer),
        number=action.number,
        gross=action.amount,
        issued_on=action.issued or on,
        due_on=action.due,
        instalments=instalments,
        currency=action.currency,
        sale=action.sale,
        draft=action.draft,
    )
    if policy:
        verbs.assign(world.creditor, policy, invoice=invoice, on=on)


@do.register
def _(action: told.Credit, world: World, on: date) -> None:
    invoice = world.invoice(action.invoice) if action.invoice else None
    customer = world.customer(action.customer)
    books.issue_credit_note(
        customer, number=action.number, amount=action.amount, issued_on=on, invoice=invoice, currency=action.currency, draft=action.draft
    )


@do.register
def _(action: told.Pay, world: World, on: date) -> None:
    if action.id in world.payments:
        raise Refused(f"There is a payment {action.id!r} already.")
    payment = books.record_payment(
        world.customer(action.customer),
        amount=action.amount,
        booked_on=on,
        currency=action.currency,
        invoices=_named(action.invoices, world) if action.invoices is not None else None,
        unmatched=action.unmatched,
    )
    if action.id:
        world.payments[action.id] = payment


@do.register
def _(action: told.Match, world: World, on: date) -> None:
    books.allocate(world.source(action.payment), _named(action.invoices, world), on=on, amount=action.amount)


@do.register
def _(action: told.Reverse, world: World, on: date) -> None:
    source = world.source(action.payment)
    if isinstance(source, Invoice):
        books.reverse_credit_note(source, on=on)
    else:
        books.reverse_payment(source, on=on)


@do.register
def _(action: told.WriteOff, world: World, on: date) -> None:
    for target in world.targets(action.invoice):
        books.write_off(target, on=on, reason="written off")


@do.register
def _(action: told.Cancel, world: World, on: date) -> None:
    targets = world.targets(action.invoice)
    for invoice in dict.fromkeys(target.invoice if isinstance(target, Item) else target for target in targets):
        books.cancel_invoice(invoice, on=on)


@do.register
def _(action: told.Hold, world: World, on: date) -> None:
    for target in _concerned(action, world, Item.objects.open()):
        verbs.hold(target, on=on, until=action.until, reason=action.reason or "")


@do.register
def _(action: told.Release, world: World, on: date) -> None:
    for target in _concerned(action, world, _held(on)):
        verbs.release_hold(target, on=on)


@do.register
def _(action: told.Dispute, world: World, on: date) -> None:
    targets = world.targets(action.invoice)
    if len(targets) == 1:
        verbs.open_dispute(targets[0], amount=action.amount, on=on)
    else:
        _dispute_all(world.items(action.invoice), action.amount, on=on)


@do.register
def _(action: told.Resolve, world: World, on: date) -> None:
    targets = world.targets(action.invoice)
    disputed = [target for target in targets if isinstance(target, Item) and target.disputes.filter(resolved_on=None).exists()]
    for target in disputed or targets:
        verbs.decide_dispute(target, outcome=Outcome(action.outcome), on=on)


@do.register
def _(action: told.Promise, world: World, on: date) -> None:
    verbs.promise(
        world.customer(action.customer),
        amount=action.amount,
        by=action.by,
        on=on,
        items=_named(action.invoices, world) if action.invoices is not None else None,
        currency=action.currency,
    )


@do.register
def _(action: told.Plan, world: World, on: date) -> None:
    rates = [(part.due, part.amount) for part in action.instalments]
    verbs.agree(world.customer(action.customer), label=action.id, items=_named(action.invoices, world), rates=rates, on=on)


@do.register
def _(action: told.Approve, world: World, on: date) -> None:
    waiting = _waiting(action.step, action.customer, world)
    for notice in waiting:
        verbs.approve(notice, on=on, now=world.noon(on))
    _deliver(waiting, world, on)


@do.register
def _(action: told.Reject, world: World, on: date) -> None:
    for notice in _waiting(action.step, action.customer, world):
        verbs.reject(notice, on=on)


@do.register
def _(action: told.Outcome, world: World, on: date) -> None:
    bearing = Notice.objects.filter(customer=world.customer(action.customer), step=action.step, main=None).exclude(message=None)
    newest = bearing.select_related("creditor").order_by("-message")
    notice = newest.filter(message__state=MessageState.UNKNOWN).first() or newest.first()
    if notice is None:
        raise Refused(f"{action.customer} has no message that bore the step {action.step!r}.")
    verbs.outcome(notice, verbs.Result(action.result), now=world.noon(on))
    _deliver([notice], world, on)


@do.register
def _(action: told.Assign, world: World, on: date) -> None:
    policy = world.policy(action.policy)
    if action.invoice is not None:
        for invoice in {item.invoice for item in world.items(action.invoice)}:
            verbs.assign(world.creditor, policy, invoice=invoice, on=on)
    else:
        verbs.assign(world.creditor, policy, customer=world.customer(action.customer or ""), on=on)


@do.register
def _(action: told.AgencyPaid, world: World, on: date) -> None:
    verbs.agency_paid(world.customer(action.customer), amount=action.amount, on=on)


@do.register
def _(action: told.Channels, world: World, on: date) -> None:
    world.recorder.behaviour.update({str(channel): behaviour for channel, behaviour in action.behaviour.items()})


@do.register
def _(action: told.Contact, world: World, on: date) -> None:
    changes = dict(action.changes)
    if "address" in changes:
        changes["address"] = ADDRESS if changes["address"] else None  # type: ignore[assignment]
    verbs.change_contact(world.customer(action.customer), on=on, **changes)  # type: ignore[arg-type]


@do.register
def _(action: told.Done, world: World, on: date) -> None:
    kind = action.kind or TaskKind.CALL
    waiting = Task.objects.filter(customer=world.customer(action.customer), kind=kind, closed_on=None).select_related(
        "notice__creditor", "creditor"
    )
    task = (waiting.filter(step=action.step) if action.step else waiting).first()
    if task is None:
        raise Refused(f"{action.customer} has no open task {kind}.")
    if kind == TaskKind.CALL:
        said = {line.notice for line in standing_calls(task)}
        verbs.call_done(task, reached=bool(action.reached), now=world.noon(on))
        _deliver(said, world, on)
    else:
        verbs.close_task(task, on=on)


@do.register
def _(action: told.Bank, world: World, on: date) -> None:
    verbs.bank_seen(world.creditor, until=action.seen_until, on=on)


@do.register
def _(action: told.Publish, world: World, on: date) -> None:
    verbs.publish(world.creditor, write_policy(policy_from(action.policy, currency=world.creditor.currency)), now=world.noon(on))


@do.register
def _(action: told.Accept, world: World, on: date) -> None:
    verbs.accept(world.customer(action.customer), on=on)


@do.register
def _(action: told.Recall, world: World, on: date) -> None:
    verbs.recall(world.customer(action.customer), on=on)


@do.register
def _(action: told.Run, world: World, on: date) -> Plan | None:
    if action.dry:
        return verbs.dry_run(world.creditor, on=on)
    run_day(world.creditor, on=on, now=world.noon(on))
    return None


def _deliver(said: Iterable[Notice], world: World, on: date) -> None:
    """Send what these notices have just released, and what goes along with it; what failed before waits for the next run."""
    mine = Notice.objects.filter(Q(pk__in=[notice.pk for notice in said]) | Q(main__in=[notice.pk for notice in said]))
    fresh = mine.filter(message__state=MessageState.PLANNED, message__attempts=0)
    while ids := [pk for pk in fresh.values_list("message_id", flat=True) if pk is not None]:
        if deliver(now=world.noon(on), creditor=world.creditor, only=ids) == Tally():
            return


def _named(names: Sequence[str], world: World) -> list[Invoice | Item]:
    return [target for name in names for target in world.targets(name)]


def _dispute_all(items: Sequence[Item], amount: Decimal | None, *, on: date) -> None:
    """Over several invoices an amount falls on them in their order. Raises `Refused` where it is more than is open."""
    owed = sum((item.open_amount for item in items), Decimal(0))
    if amount is not None and amount > owed:
        raise Refused(f"Only {owed} is open; {amount} cannot be disputed.")
    for item, part in zip(items, part_by_part(amount or owed, [item.open_amount for item in items]), strict=True):
        if part > 0:
            verbs.open_dispute(item, amount=part, on=on)


def part_by_part(amount: Decimal, owed: Sequence[Decimal]) -> list[Decimal]:
    """An amount spread over debts, each filled before the next."""
    parts = []
    for debt in owed:
        parts.append(min(amount, debt))
        amount -= parts[-1]
    return parts


def _held(on: date) -> QuerySet[Item]:
    standing = Hold.objects.filter(released_on=None).exclude(until__lt=on)
    return Item.objects.filter(pk__in=standing.exclude(item=None).values("item"))


def _concerned(action: told.Hold | told.Release, world: World, concerned: QuerySet[Item]) -> Sequence[Item | Customer]:
    """The customer, or those items of the invoice that are concerned; where none is, its first, for the verb to refuse."""
    if action.invoice is None:
        return [world.customer(action.customer or "")]
    items = world.items(action.invoice)
    return list(concerned.filter(pk__in=[item.pk for item in items])) or items[:1]


def _waiting(step: str, customer: str | None, world: World) -> list[Notice]:
    """The planned notices of the last run that bear the step. Raises `Refused` where none waits."""
    run = Run.objects.filter(creditor=world.creditor).first()
    planned = Notice.objects.filter(creditor=world.creditor, state=NoticeState.PROPOSED, step=step)
    found = list(planned.filter(customer__number=customer) if customer else planned)
    if not found or run is None:
        raise Refused(f"Nothing waits for approval at the step {step!r}.")
    return found
