"""Items as their debtor reads them: what is open, disputed or with an agency, and how each stands, in words."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from dunning.models import Hold, PlacedItem, Placement
from invoices.models import Customer, Dispute, Invoice, Item
from invoices.states import Closing

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Status:
    """How something stands, in a word or two; the tone repeats it."""

    words: str
    tone: str


@dataclass(frozen=True, slots=True)
class Line:
    """An item as its debtor reads it. Amounts are in `currency`."""

    item: Item
    disputed: Decimal
    agency: str
    statuses: tuple[Status, ...]

    @property
    def invoice(self) -> Invoice:
        return self.item.invoice

    @property
    def currency(self) -> str:
        return self.item.currency

    @property
    def asked(self) -> Decimal:
        """What the company itself asks for: open, not disputed, not with an agency."""
        return ZERO if self.agency else self.item.open_amount - self.disputed


def lines_about(items: QuerySet[Item], customer: Customer, *, on: date, agreed: Collection[int] = ()) -> Iterator[Line]:
    """These items of a customer, with what stands about them: four queries, however many they are. Those that are `agreed` on, by id, are
    not overdue as long as that stands.
    """
    disputes = dict(Dispute.objects.filter(item__customer=customer, resolved_on=None).values_list("item", "amount"))
    standing = Hold.objects.filter(customer=customer, released_on=None, since__lte=on).exclude(until__lt=on)
    held = set(standing.values_list("item", flat=True))
    agencies = _agencies(customer)
    for item in items:
        disputed = min(disputes.get(item.pk, ZERO), item.open_amount)
        agency = agencies.get(item.pk, "")
        is_held = bool(held & {None, item.pk}) and item.open_amount > 0
        yield Line(item, disputed, agency, tuple(_statuses(item, disputed, agency, is_held=is_held, is_agreed=item.pk in agreed, on=on)))


def closed_lines(items: QuerySet[Item]) -> list[Line]:
    """Items on which nothing is open any more."""
    return [Line(item, ZERO, "", (_closed(item),)) for item in items]


def _agencies(customer: Customer) -> dict[int, str]:
    """Item → the agency that has it now."""
    standing = (Placement.State.SENT, Placement.State.RECEIVED)
    placed = PlacedItem.objects.filter(placement__customer=customer, placement__state__in=standing)
    return {item: name or _("a collection agency") for item, name in placed.values_list("item", "placement__agency__name")}


def _statuses(item: Item, disputed: Decimal, agency: str, *, is_held: bool, is_agreed: bool, on: date) -> Iterator[Status]:
    if item.open_amount == 0:
        yield _closed(item)
        return
    if agency:
        yield Status(_("with %(agency)s") % {"agency": agency}, "warn")
    yield Status(pgettext("item", "payment agreed"), "info") if is_agreed else _timing(item.due_on, on=on)
    if disputed:
        is_all = disputed == item.open_amount
        yield Status(pgettext("item", "disputed, being looked into") if is_all else pgettext("item", "disputed in part"), "info")
    if is_held:
        yield Status(pgettext("item", "on hold"), "info")
    if item.open_amount < item.amount:
        yield Status(pgettext("item", "partly paid"), "muted")


def _closed(item: Item) -> Status:
    words: dict[str, str] = {
        Closing.PAID: pgettext("item", "paid"),
        Closing.CREDITED: pgettext("item", "settled by a credit note"),
        Closing.WITHDRAWN: pgettext("item", "withdrawn"),
        Closing.SOLD: pgettext("item", "sold to another creditor"),
    }
    return Status(words.get(item.closed_as) or pgettext("item", "closed"), "ok")


def _timing(due_on: date, *, on: date) -> Status:
    days = (due_on - on).days
    if days < 0:
        return Status(ngettext("%(days)s day overdue", "%(days)s days overdue", -days) % {"days": -days}, "bad")
    if days == 0:
        return Status(pgettext("item", "due today"), "warn")
    return Status(ngettext("due in %(days)s day", "due in %(days)s days", days) % {"days": days}, "muted")
