"""Which entries in debtor registers have to follow a payment, and by when. Three queries, one where nothing stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Min, OuterRef, Prefetch, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from dunning.claimed import debtor_of_kind
from dunning.models import EnteredItem, RegisterEntry, RegisterUpdate
from invoices.balances import SIGNED
from invoices.models import AllocationEntry
from receivables.accounts.models import Creditor
from receivables.countries.law import PACKS
from receivables.countries.registers import Register

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Duty:
    """An entry whose debts were settled in part or whole since the register was told last: update or delete it by that day."""

    entry: RegisterEntry
    due_by: date
    open: Decimal


def standing_entries(creditor: Creditor) -> QuerySet[RegisterEntry, RegisterEntry]:
    """The company's entries that were not deleted, with their updates and items."""
    deleted = RegisterUpdate.objects.filter(kind=RegisterUpdate.Kind.DELETED).values("entry")
    rows = RegisterEntry.objects.filter(creditor=creditor).exclude(pk__in=deleted).select_related("author").order_by("entered_on", "pk")
    lines = EnteredItem.objects.select_related("item")
    return rows.prefetch_related(Prefetch("updates", RegisterUpdate.objects.order_by("pk")), Prefetch("items", lines))


def duties_of(creditor: Creditor) -> list[Duty]:
    """What the company has to tell registers now."""
    pack = PACKS.get(creditor.country)
    entries = list(standing_entries(creditor).select_related("customer")) if pack else []
    if pack is None or not entries:
        return []
    settled = settled_since(creditor)
    found = []
    for entry in entries:
        kind, is_medical = entry.customer.kind, entry.customer.is_medical_entity
        register = pack.register(debtor_of_kind(kind, is_medical_entity=is_medical))
        if register is not None and entry.pk in settled:
            found.append(duty_of(register, entry, settled[entry.pk]))
    return found


def duty_of(register: Register, entry: RegisterEntry, settled_on: date) -> Duty:
    """The duty of an entry whose items changed on a day; the entry comes with its items."""
    return Duty(entry, register.update_by(settled_on), sum((line.item.open_amount for line in entry.items.all()), ZERO))


def settled_since(creditor: Creditor) -> Mapping[int, date]:
    """By entry the first day of what changed its items after the register was told last. Three queries."""
    told = RegisterUpdate.objects.filter(entry=OuterRef("pk")).order_by("-pk").values("recorded_at")[:1]
    rows = RegisterEntry.objects.filter(creditor=creditor).annotate(told_at=Coalesce(Subquery(told), "recorded_at"))
    since = dict(rows.values_list("pk", "told_at"))
    items: dict[int, list[int]] = {}
    for entry, item in EnteredItem.objects.filter(entry__creditor=creditor).values_list("entry", "item"):
        items.setdefault(item, []).append(entry)
    found: dict[int, date] = {}
    changes = AllocationEntry.objects.filter(item__any=list(items)).order_by().values_list("item", "recorded_at")
    for item, at, on, _amount in changes.annotate(first=Min("on"), settled=Sum(SIGNED)):
        for entry in items[item]:
            if at > since[entry]:
                found[entry] = min(on, found.get(entry, on))
    return found
