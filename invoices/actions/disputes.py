"""What a customer says is wrong: the disputed part waits until a person decides."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db import transaction

from invoices import ledger
from invoices.actions.checks import bookable, not_before
from invoices.actions.credits import issue_credit_note
from invoices.actions.postings import tell
from invoices.actions.rows import Target, customer_of, debts_of, disputed_now, name_of, named_items
from invoices.models import Dispute, Invoice, Item
from invoices.states import DisputeCode, Outcome
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.money import Money
from receivables.core.sentences import gettext_noop


@transaction.atomic
def dispute(
    target: Target,
    *,
    on: date,
    amount: Decimal | None = None,
    reason: str = "",
    code: DisputeCode | None = None,
    owner: User | None = None,
    due_on: date | None = None,
    by: User | None = None,
) -> list[Dispute]:
    """Mark what is open on an item or invoice, or `amount` of it, as disputed; of an invoice the oldest instalments first.

    `due_on` is the day by which the owner decides; nothing happens by itself on it.
    """
    if due_on is not None:
        not_before(due_on, on, what=gettext_noop("A decision"))
    customer = customer_of(target)
    items = named_items(customer, [target])
    parts = _disputed_parts(target, items, amount)
    if twice := [item.label for item in items if item.pk in parts and item.pk in disputed_now(items)]:
        raise Refused(gettext_noop("%(value)s is disputed already. Resolve that dispute first."), value=twice[0])
    disputes = [
        Dispute(
            item=item,
            amount=parts[item.pk],
            currency=item.currency,
            reason=reason[:200],
            code=code or "",
            owner=owner,
            due_on=due_on,
            opened_on=on,
            opened_by=by,
        )
        for item in items
        if item.pk in parts
    ]
    Dispute.objects.bulk_create(disputes)
    record(
        customer.creditor, "dispute", target, by=by, on=on, items=parts, code=code and str(code), owner=owner and owner.pk, due_on=due_on
    )
    tell(customer.pk, on=on)
    return disputes


@transaction.atomic
def resolve_dispute(target: Target, *, outcome: Outcome, on: date, by: User | None = None) -> list[Dispute]:
    """End the disputes on an item or invoice. Upheld: a credit note over the disputed part; what exceeds the open amount is open credit."""
    customer = customer_of(target)
    items = {item.pk: item for item in named_items(customer, [target])}
    disputes = list(disputed_now(items.values()).values())
    if not disputes:
        raise Refused(gettext_noop("No dispute is open on %(name)s."), name=name_of(target))
    for open_dispute in disputes:
        not_before(on, open_dispute.opened_on, what=gettext_noop("The end of a dispute"))
        open_dispute.outcome, open_dispute.resolved_on, open_dispute.resolved_by = Outcome(outcome), on, by
        open_dispute.save(update_fields=["outcome", "resolved_on", "resolved_by"])
        if outcome == Outcome.UPHELD:
            item = items[open_dispute.item_id]
            issue_credit_note(
                customer, number=_number_for(item), amount=open_dispute.amount, issued_on=on, invoice=item, source="dispute", by=by
            )
    ended = [one.pk for one in disputes]
    record(customer.creditor, "resolve_dispute", target, by=by, on=on, outcome=str(outcome), disputes=ended)
    tell(customer.pk, on=on)
    return disputes


def _disputed_parts(target: Target, items: Sequence[Item], amount: Decimal | None) -> dict[int, Decimal]:
    debts = debts_of(items)
    owed = sum((debt.open for debt in debts), ledger.ZERO)
    if not owed:
        raise Refused(gettext_noop("Nothing is open on %(name)s that could be disputed."), name=name_of(target))
    if amount is not None:
        bookable(amount, items[0].currency, what=gettext_noop("The disputed amount"))
        if amount > owed:
            raise Refused(
                gettext_noop("Only %(money)s is open on %(name)s; %(amount)s cannot be disputed."),
                money=Money(owed, items[0].currency),
                name=name_of(target),
                amount=amount,
            )
    return ledger.spread(owed if amount is None else amount, ledger.in_order(debts)).parts


def _number_for(item: Item) -> str:
    """The first of <label>-CR1, -CR2 … that is free; a label of full length is cut to make room."""
    stem = item.label[:90]
    taken = set(Invoice.objects.filter(creditor=item.creditor_id, number__startswith=f"{stem}-CR").values_list("number", flat=True))
    return next(number for n in range(1, len(taken) + 2) if (number := f"{stem}-CR{n}") not in taken)
