"""The list of customers: who owes how much since when, and what happens to them next."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import DecimalField, Exists, FilteredRelation, Func, Min, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce, Lower
from django.http import QueryDict

from dunning.decide import Look, next_day
from dunning.facts import Loaded, facts_for
from dunning.grouping import judge
from dunning.models import Case, Complaint, Hold, Reply, StopFact
from dunning.rating import Letter
from dunning.ratings import ratings_of
from dunning.states import CaseState, StopKind
from invoices.models import Contact, Customer, Item
from receivables.accounts.models import Creditor
from receivables.credit.models import CreditStanding
from receivables.credit.states import CreditState
from receivables.dashboard.paging import Order, Page, batches, mapped, page_of
from receivables.dashboard.queries import lookups  # noqa: F401 - registers `holds`

ORDERS = {"name": Order("sort_name"), "open": Order("open", descending=True), "overdue": Order("overdue", descending=True)}
_LETTERS = ("ąćęłńóśźżäöüßáéíýčďěňřšťůž", "acelnoszzaousaeiycdenrstuz")  # beside their plain ones, whatever the database's collation


@dataclass(frozen=True, slots=True)
class Asked:
    """What the filter bar asks for. Amounts are in `currency`."""

    currency: str
    q: str = ""
    kind: str = ""
    policy: int | None = None
    overdue: bool = False
    held: bool = False
    credit: str = ""  # a credit state
    sort: str = "overdue"


@dataclass(frozen=True, slots=True)
class Figures:
    """What one customer owes in the currency asked for; `others` lists its other currencies."""

    open: Decimal = Decimal(0)
    overdue: Decimal = Decimal(0)
    oldest_on: date | None = None
    others: tuple[str, ...] = ()

    def days(self, *, on: date) -> int:
        """Days the oldest open item is overdue."""
        return max((on - self.oldest_on).days, 0) if self.oldest_on else 0


@dataclass(frozen=True, slots=True)
class Next:
    """The next step of a customer's items: the earliest that a run would take, else what the first one waits for."""

    step: str = ""
    on: date | None = None
    waits: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the list."""

    customer: Customer
    figures: Figures
    next: Next
    flags: tuple[str, ...]
    days: int
    rating: Letter | None


def customers_page(creditor: Creditor, rows: QuerySet[Customer], asked: Asked, query: QueryDict, *, on: date) -> Page[Line]:
    """A page of `rows` in the order asked for. A fixed number of queries."""
    page = page_of(keys(rows, asked, on=on), ORDERS[asked.sort], query)
    return mapped(page, lines(creditor, [row[0] for row in page.rows], asked.currency, on=on))


def all_lines(creditor: Creditor, rows: QuerySet[Customer], asked: Asked, *, on: date) -> Iterator[Line]:
    """Every row of the same list, read in batches: for the export."""
    for batch in batches(keys(rows, asked, on=on), ORDERS[asked.sort]):
        yield from lines(creditor, [row[0] for row in batch], asked.currency, on=on)


def keys(rows: QuerySet[Customer], asked: Asked, *, on: date) -> QuerySet[Customer, tuple[int, object]]:
    """Ids of the customers asked for, each with what they are sorted by. Amounts are summed in one pass over the open items."""
    found = matching(rows, asked, on=on)
    if asked.sort == "name":
        return found.annotate(sort_name=Func(Lower("name"), *map(Value, _LETTERS), function="translate")).values_list("pk", "sort_name")
    owed = Q(items__open_amount__gt=0, items__currency=asked.currency)
    if asked.sort == "overdue":
        owed &= Q(items__due_on__lt=on)
    total = Coalesce(Sum("owes__open_amount"), Value(0), output_field=DecimalField())
    return found.annotate(owes=FilteredRelation("items", condition=owed)).annotate(**{asked.sort: total}).values_list("pk", asked.sort)


def matching(rows: QuerySet[Customer], asked: Asked, *, on: date) -> QuerySet[Customer]:
    """The customers that the filters and the words searched leave."""
    if asked.q:
        rows = rows.filter(searched(asked.q))
    if asked.kind:
        rows = rows.filter(kind=asked.kind)
    if asked.overdue:
        rows = rows.filter(Exists(Item.objects.overdue(on=on).filter(customer=OuterRef("pk"), currency=asked.currency)))
    if asked.held:
        stopped = StopFact.objects.standing().exclude(kind=StopKind.REPRESENTED).filter(customer=OuterRef("pk"))
        complained = Complaint.objects.filter(customer=OuterRef("pk"), answered_on=None)
        unread = Reply.objects.holding(on=on).filter(customer=OuterRef("pk"))
        rows = rows.filter(
            Exists(standing_holds(on=on).filter(customer=OuterRef("pk"))) | Exists(stopped) | Exists(complained) | Exists(unread)
        )
    if asked.credit:
        rows = rows.filter(in_state(CreditState(asked.credit)))
    if asked.policy is not None:
        rows = rows.filter(
            Exists(Case.objects.exclude(state=CaseState.CLOSED).filter(customer=OuterRef("pk"), version__policy=asked.policy))
        )
    return rows


def in_state(state: CreditState) -> Q:
    """Customers of a credit state; whom nobody has judged yet is open."""
    rows = CreditStanding.objects.filter(customer=OuterRef("pk"))
    return ~Q(Exists(rows.exclude(state=state))) if state is CreditState.OPEN else Q(Exists(rows.filter(state=state)))


def searched(words: str) -> Q:
    """Number, name, tax number (spaces and dashes do not count) or e-mail; of a name every word has to occur."""
    plain = "".join(character for character in words if character.isalnum())
    name = Q()
    for word in words.split():
        name &= Q(name__holds=word)
    found = name | Q(number__istartswith=words)
    if plain.isalnum() and len(plain) >= 5 and any(character.isdigit() for character in plain):
        found |= Q(tax_id__in=[plain, plain.upper(), plain.removeprefix("PL"), f"PL{plain}"])
    if "@" in words:
        found |= Q(Exists(Contact.objects.filter(customer=OuterRef("pk"), email__istartswith=words)))
    return found


def standing_holds(*, on: date) -> QuerySet[Hold]:
    """Holds that last on that day."""
    return Hold.objects.filter(Q(until=None) | Q(until__gte=on), released_on=None)


def lines(creditor: Creditor, ids: list[int], currency: str, *, on: date) -> list[Line]:
    """Rows for these customers in this order: what they owe, what is next, what is special. A fixed number of queries."""
    if not ids:
        return []
    loaded = facts_for(creditor, ids, on=on)
    rows = Customer.objects.in_bulk(ids)
    owed = figures(ids, currency, on=on)
    ratings = ratings_of(ids, on=on, own=creditor.currency)
    closed = dict(CreditStanding.objects.filter(customer__in=ids).exclude(state=CreditState.OPEN).values_list("customer", "state"))
    return [
        Line(
            customer=rows[pk],
            figures=owed[pk],
            next=next_of(pk, loaded, on=on),
            flags=(*((closed[pk],) if pk in closed else ()), *flags_of(pk, loaded, on=on)),
            days=owed[pk].days(on=on),
            rating=ratings[pk].letter,
        )
        for pk in ids
        if pk in rows
    ]


def figures(ids: Collection[int], currency: str, *, on: date) -> dict[int, Figures]:
    """What these customers owe in that currency. One query."""
    found = {pk: Figures() for pk in ids}
    rows = Item.objects.open().filter(customer__in=ids).order_by().values_list("customer", "currency")
    sums = rows.annotate(owed=Sum("open_amount"), late=Sum("open_amount", filter=Q(due_on__lt=on)), since=Min("due_on"))
    others: dict[int, list[str]] = {}
    for customer, code, owed, overdue, oldest in sums.order_by("customer", "currency"):
        if code == currency:
            found[customer] = Figures(owed, overdue or Decimal(0), oldest)
        else:
            others.setdefault(customer, []).append(code)
    for customer, codes in others.items():
        known = found[customer]
        found[customer] = Figures(known.open, known.overdue, known.oldest_on, tuple(codes))
    return found


def next_of(pk: int, loaded: Loaded, *, on: date) -> Next:
    """What a run would do first; where only an event can move anything, what stands against the most urgent item."""
    judgement = judge(loaded.customers[pk], loaded.rules, on=on)
    dated = [(day, -look.position, look) for look in judgement.looks if look.step and (day := next_day(look, loaded.rules, on=on))]
    if dated:
        day, _, look = min(dated, key=lambda entry: entry[:2])
        return Next(_key(look), day, str(look.waits or ""))
    blocked = max(judgement.looks, key=lambda look: look.position, default=None)
    return Next(_key(blocked), None, str(blocked.waits or "")) if blocked else Next()


def _key(look: Look) -> str:
    return look.step.key if look.step else ""


def flags_of(pk: int, loaded: Loaded, *, on: date) -> tuple[str, ...]:
    """What is special: held, disputed, with_agency, credit, unreachable."""
    facts = loaded.customers[pk]
    signs = {
        "held": any(until is None or until >= on for item in facts.items for until in item.held_until),
        "disputed": any(item.disputed for item in facts.items),
        "with_agency": facts.with_agency,
        "credit": any(facts.credit.values()),
        "unreachable": not (facts.reach - {"agency"}),
    }
    return tuple(name for name, stands in signs.items() if stands)


def currencies(rows: QuerySet[Item], own: str) -> list[str]:
    """The currencies in which something is open, the company's own first."""
    found = set(rows.filter(open_amount__gt=0).order_by().values_list("currency", flat=True).distinct())
    return [own, *sorted(found - {own})]
