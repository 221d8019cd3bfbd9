"""Who may be entered in a debtor register from when, what is missing, and which entries have to follow a payment."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Max, Q

from dunning.models import RegisterEntry, RegisterWarning, WarnedItem
from dunning.register_duties import Duty, duty_of, settled_since, standing_entries
from dunning.registers import RegisterDebt, RegisterStanding, register_standing
from invoices.models import Dispute, Item
from receivables.accounts.models import Creditor
from receivables.countries.law import PACKS, Pack
from receivables.countries.registers import Register
from receivables.reporting.owed import Owed, owed

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """A customer with something overdue, or with an entry. `register` is the pack's; None where the country has none."""

    owed: Owed  # of one of its items, for the customer
    register: Register
    standing: RegisterStanding
    warned_on: date | None  # the newest letter
    entries: tuple[RegisterEntry, ...]
    duties: tuple[Duty, ...]
    is_eligible: bool

    @property
    def due_by(self) -> date | None:
        """By when the first of its entries has to follow a payment."""
        return min((duty.due_by for duty in self.duties), default=None)


def register_lines(creditor: Creditor, *, on: date, customers: Collection[int] | None = None) -> list[RegisterLine]:
    """By customer, duties first, then by the day from which an entry may be made. A fixed number of queries."""
    pack = PACKS.get(creditor.country)
    if pack is None:
        return []
    entered = RegisterEntry.objects.filter(creditor=creditor).values("customer")
    items = Item.objects.filter(Q(open_amount__gt=0, due_on__lt=on) | Q(customer__in=entered), creditor=creditor)
    if customers is not None:
        items = items.filter(customer__any=customers)
    by_customer: dict[int, list[Owed]] = {}
    for one in owed(items.order_by("customer", "due_on", "pk")):
        by_customer.setdefault(one.customer, []).append(one)
    known = _Known.of(creditor, by_customer)
    lines = [line for of in by_customer.values() if (line := _line(pack, of, known, on=on))]
    return sorted(
        lines, key=lambda line: (line.due_by or date.max, line.standing.eligible_from or date.max, line.owed.name, line.owed.customer)
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """By item disputed amounts and the newest standing warning; by customer the entries that stand and their duties."""

    disputed: Mapping[int, Decimal]
    warned: Mapping[int, date]
    entries: Mapping[int, list[RegisterEntry]]
    settled: Mapping[int, date]  # by entry the first day of what settled its items since the register was told

    @classmethod
    def of(cls, creditor: Creditor, customers: Mapping[int, list[Owed]]) -> "_Known":
        """Five queries."""
        items = [one.item for of in customers.values() for one in of]
        disputed = dict(Dispute.objects.filter(item__any=items, resolved_on=None).values_list("item", "amount"))
        standing = RegisterWarning.objects.standing().filter(creditor=creditor)
        told = WarnedItem.objects.filter(item__any=items, warning__in=standing).values_list("item")
        warned = dict(told.annotate(Max("warning__sent_on")))
        entries: dict[int, list[RegisterEntry]] = {}
        for entry in standing_entries(creditor):
            entries.setdefault(entry.customer_id, []).append(entry)
        return cls(disputed, warned, entries, settled_since(creditor))


def _line(pack: Pack, of: list[Owed], known: _Known, *, on: date) -> RegisterLine | None:
    first = of[0]
    register = pack.register(first.debtor)
    if register is None:
        return None
    debts = [
        RegisterDebt(
            one.item,
            one.label,
            one.currency,
            one.open - min(known.disputed.get(one.item, ZERO), one.open),
            one.due_on,
            pack.due_on(one.due_on),
            known.warned.get(one.item),
        )
        for one in of
    ]
    at = register_standing(register, debts, on=on)
    entries = tuple(known.entries.get(first.customer, ()))
    duties = tuple(duty_of(register, entry, known.settled[entry.pk]) for entry in entries if entry.pk in known.settled)
    warned_on = max((debt.warned_on for debt in debts if debt.warned_on), default=None)
    if not entries and not at.sum:
        return None
    return RegisterLine(first, register, at, warned_on, entries, duties, at.is_eligible(on=on))
