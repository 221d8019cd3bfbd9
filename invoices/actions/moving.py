"""Rows go from one customer to another, under the record of that move; the database lets them go for no other reason.

Which rows there are stands in `invoices.joining`. What the process adds (messages, portal, agencies) stands in `dunning.actions.merging`.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.apps import apps
from django.db.models import Model, Q, QuerySet

from invoices.actions.checks import short_line
from invoices.joining import PLACES, TIES, Place, Side, Tie
from invoices.models import Contact, ContractRate, CreditEntry, Customer, CustomerMove, Invoice, Item, Objection, Payment, Prepayment
from receivables.accounts.models import Creditor, User
from receivables.clock import now
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop

Rows = dict[str, list[int]]
Change = list[Any]  # model, id, field, before, after; the field "+" is a row that was added

ADDRESS = ("street", "postcode", "city")
ADDED, SEALED = "+", "pesel"  # done by themselves, not by setting a column


@dataclass(slots=True)
class Joined:
    """What a merge would move, what it would leave behind, and what it would change on the way. Nothing is written yet."""

    rows: Rows = field(default_factory=dict)
    kept: Rows = field(default_factory=dict)  # the survivor has its own
    changes: list[Change] = field(default_factory=list)
    objections: list[Objection] = field(default_factory=list)


def locked_pair(one: Customer, other: Customer) -> tuple[Customer, Customer]:
    """Both as they stand now, locked in the order of their ids; their company before them, so that no import sorts rows meanwhile."""
    if one.pk == other.pk:
        raise Refused(gettext_noop("Choose another customer than this one."))
    list(Creditor.objects.select_for_update(no_key=True).filter(pk=one.creditor_id).values_list("pk"))
    rows = Customer.objects.select_for_update(no_key=True, of=("self",)).select_related("creditor").filter(pk__in=[one.pk, other.pk])
    found = {row.pk: row for row in rows.order_by("pk")}
    return found[one.pk], found[other.pk]


def side_of(customer: Customer, *, is_placed: bool) -> Side:
    """What decides whether it may be the same as another."""
    rate = ContractRate.objects.filter(customer=customer, invoice=None).order_by("-since", "-pk").first()
    return Side(
        f"{customer.name} ({customer.number})",
        customer.creditor_id,
        customer.kind,
        customer.tax_id,
        bytes(customer.pesel_hash or b""),
        is_merged=customer.merged_into_id is not None,
        is_placed=is_placed,
        has_contract_rate=rate is not None and rate.percent is not None,
    )


# -- a merge


def joined(source: Customer, target: Customer, *, on: date) -> Joined:
    """All that a merge does to rows; to be shown, or carried out with both customers locked."""
    found = Joined()
    for name, place in PLACES.items():
        rows = _rows(name, place, source)
        kept = _kept(rows, place, target) if place.moves and place.once is not None else set()
        if name == "invoices.Contact.customer":
            kept = _doubles(source, target)
        moving = [pk for pk in rows.values_list("pk", flat=True).order_by("pk") if pk not in kept] if place.moves else []
        _own_relation(name, moving, target, found)
        if moving:
            found.rows[name] = moving
        if kept:
            found.kept[name] = sorted(kept)
    _close_double_tasks(found, on=on)
    _stricter(source, target, found, on=on)
    _fill(source, target, found)
    found.changes.append(["invoices.Customer", source.pk, "merged_into_id", None, target.pk])
    return found


def _rows(name: str, place: Place, customer: Customer) -> QuerySet[Model]:
    label, _dot, column = name.rpartition(".")
    rows = _model(label)._default_manager.filter(**{column: customer.pk})
    return rows.exclude(**{place.needs: None}) if place.needs else rows


def _kept(rows: QuerySet[Model], place: Place, target: Customer) -> set[int]:
    """Rows of which the survivor has one of its own that stands."""
    names = list(place.once or ())
    standing: dict[str, Any] = {place.standing: None} if place.standing else {}
    own = set(rows.model._default_manager.filter(customer=target.pk, **standing).values_list("customer", *names))
    taken = {values[1:] for values in own}
    theirs = rows.filter(**standing).values_list("pk", *names)
    if place.once == ("kind", "about"):  # without a fact behind them there may be many
        theirs = theirs.exclude(about="")
    return {pk for pk, *values in theirs if tuple(values) in taken}


def _own_relation(name: str, moving: list[int], target: Customer, found: Joined) -> None:
    """Who was payer or parent of the survivor itself is that no more."""
    column = name.rpartition(".")[2]
    if name.startswith("invoices.Customer.") and target.pk in moving:
        moving.remove(target.pk)
        found.changes.append(["invoices.Customer", target.pk, f"{column}_id", getattr(target, f"{column}_id"), None])


def _close_double_tasks(found: Joined, *, on: date) -> None:
    """Of two open tasks that are the same, the survivor's stays."""
    for pk in found.kept.get("dunning.Task.customer", ()):
        found.changes.append(["dunning.Task", pk, "closed_on", None, on.isoformat()])
        found.changes.append(["dunning.Task", pk, "result", "", "the same task stands at the customer it was merged into"])


def _doubles(source: Customer, target: Customer) -> set[int]:
    """Contacts of the source that reach nobody whom a contact of the survivor does not reach."""
    known = {way for contact in target.contacts.all() for way in _ways(contact)}
    return {contact.pk for contact in source.contacts.all() if _ways(contact) <= known}


def _ways(contact: Contact) -> set[tuple[str, str]]:
    return {(name, value.casefold()) for name, value in (("email", contact.email), ("phone", contact.phone)) if value}


def _stricter(source: Customer, target: Customer, found: Joined, *, on: date) -> None:
    """Where the same address stands at both, an objection or a closed portal at one holds for the other; so does a wait for release."""
    contacts = [*source.contacts.prefetch_related("objections"), *target.contacts.prefetch_related("objections")]
    for one in contacts:
        has = {objection.channel for objection in one.objections.all()}
        for other in contacts:
            same = {name for name, _ in _ways(one) & _ways(other)}
            if one is other or one.customer_id == other.customer_id or not same:
                continue
            for objection in other.objections.all():
                way = "email" if objection.channel == "email" else "phone"
                if way in same and objection.channel not in has:
                    found.objections.append(
                        Objection(contact=one, channel=objection.channel, since=objection.since, reason=objection.reason)
                    )
            if one.portal_access and not other.portal_access:
                found.changes.append(["invoices.Contact", one.pk, "portal_access", True, False])
    if source.waits_for_release and not target.waits_for_release:
        found.changes.append(["invoices.Customer", target.pk, "waits_for_release", False, True])


def _fill(source: Customer, target: Customer, found: Joined) -> None:
    """What the survivor does not know of itself it learns from the other: numbers in registers, address as a whole, tags."""
    wanted = {name: (getattr(source, name), getattr(target, name)) for name in ("tax_id", "regon", "krs")}
    if not target.has_address and source.has_address:
        wanted |= {name: (getattr(source, name), getattr(target, name)) for name in ADDRESS}
    for name, (theirs, own) in wanted.items():
        if theirs and not own:
            found.changes.append(["invoices.Customer", target.pk, name, own, theirs])
    tags = [*target.tags, *(tag for tag in source.tags if tag not in target.tags)]
    if tags != target.tags:
        found.changes.append(["invoices.Customer", target.pk, "tags", list(target.tags), tags])


# -- a part: what belongs to some items


def belonging(customer: Customer, items: Collection[int]) -> Rows:
    """The customer's rows that are about these items and no others."""
    found: Rows = {}
    for name, place in PLACES.items():
        if place.moves and place.items and (mine := _about(name, place, customer, items)):
            found[name] = sorted(mine)
    return with_their_credit(found, customer)


def with_their_credit(rows: Rows, customer: Customer) -> Rows:
    """These rows, with what the customer has that follows their payments and credit notes: reversals, what was given back or exchanged
    of them, and what money waits for.
    """
    back = Payment.objects.filter(customer=customer, reverses__in=rows.get("invoices.Payment.customer", []))
    found = united(rows, {"invoices.Payment.customer": list(back.values_list("pk", flat=True))})
    payments, papers = found.get("invoices.Payment.customer", []), found.get("invoices.Invoice.customer", [])
    gone = CreditEntry.objects.filter(Q(payment__in=payments) | Q(credit_note__in=papers), customer=customer)
    waits = Prepayment.objects.filter(payment__in=payments, customer=customer)
    for name, followers in (("invoices.CreditEntry.customer", gone), ("invoices.Prepayment.customer", waits)):
        found = united(found, {name: list(followers.values_list("pk", flat=True))})
    return {name: ids for name, ids in found.items() if ids}


def _about(name: str, place: Place, customer: Customer, items: Collection[int]) -> set[int]:
    inside: set[int] = set()
    outside: set[int] = set()
    for lookup in place.items:
        rows = _rows(name, place, customer)
        stands = _standing_entries(lookup)
        named = rows.filter(**{f"{lookup}__isnull": False}, **stands) if lookup != "pk" else rows
        inside |= set(rows.filter(**{f"{lookup}__in": list(items)}, **stands).values_list("pk", flat=True))
        pairs = set(named.values_list("pk", lookup))
        outside |= {pk for pk, item in pairs if item not in items}
    return inside - outside


def _standing_entries(lookup: str) -> dict[str, Any]:
    """Entries that were taken back tie nothing."""
    head = lookup.partition("__")[0]
    return {f"{head}__is_reversal": False, f"{head}__reversal": None} if head in ("entries", "claim_entries", "credit_entries") else {}


def check_whole(customer: Customer, going: Mapping[str, Iterable[int]]) -> None:
    """Raises `Refused` where a payment, promise, agreement or message ties what goes to what stays."""
    for tie in TIES:
        if (torn := _torn(tie, customer, going)) is not None:
            raise Refused(tie.says, name=torn)


def _torn(tie: Tie, customer: Customer, going: Mapping[str, Iterable[int]]) -> str | None:
    (left, by_left), (right, by_right) = tie.left, tie.right
    goes_left, goes_right = set(going.get(f"{left}.customer", ())), set(going.get(f"{right}.customer", ()))
    mine = f"{by_right}__customer" if by_right != "pk" else "customer"
    rows = _model(tie.model)._default_manager.filter(**{mine: customer.pk, f"{by_left}__isnull": False}, **tie.standing)
    for one, other, name in rows.order_by("pk").values_list(by_left, by_right, tie.name):
        if (one in goes_left) != (other in goes_right):
            return str(name)
    return None


# -- carrying it out


def carry_out(
    kind: CustomerMove.Kind,
    source: Customer,
    target: Customer,
    rows: Rows,
    *,
    reason: str,
    on: date,
    changes: list[Change] | None = None,
    undoes: CustomerMove | None = None,
    by: User | None = None,
) -> CustomerMove:
    """Write the move down, then let the rows go. Call it with both customers locked."""
    move = CustomerMove.objects.create(
        creditor_id=target.creditor_id, kind=kind, source=source, target=target, undoes=undoes, on=on, at=now(), by=by,
        reason=short_line(reason, longest=200, what=gettext_noop("The reason")), rows=rows, changes=changes or [],
    )  # fmt: skip
    for name, ids in rows.items():
        label, _dot, column = name.rpartition(".")
        _model(label)._default_manager.filter(pk__in=ids, **{column: source.pk}).update(**{column: target.pk})
    for label, pk, column, _before, after in changes or ():
        if column not in (ADDED, SEALED):
            _model(label)._default_manager.filter(pk=pk).update(**{column: after})
    return move


def join_sealed(source: Customer, target: Customer) -> list[Change]:
    """The PESEL goes over sealed, and never stands in the list of what was changed. Returns that it did."""
    changes: list[Change] = []
    if source.pesel_hash and not target.pesel_hash:
        Customer.objects.filter(pk=target.pk).update(pesel=source.pesel, pesel_hash=source.pesel_hash)
        changes.append(["invoices.Customer", target.pk, SEALED, None, None])
    return changes


def keep_objections(found: Joined) -> list[Change]:
    """Store the objections that hold for a twin address as well."""
    once = {(row.contact_id, row.channel): row for row in found.objections}
    made = Objection.objects.bulk_create(list(once.values()))
    return [["invoices.Objection", row.pk, ADDED, None, None] for row in made]


def put_back(move: CustomerMove) -> None:
    """Set what a move changed on the way as it was, where nobody has changed it since."""
    for label, pk, column, before, after in reversed(move.changes):
        rows = _model(label)._default_manager.filter(pk=pk)
        if column == ADDED:
            rows.delete()
        elif column == SEALED:
            rows.update(pesel=None, pesel_hash=None)
        else:
            rows.filter(**{column: after}).update(**{column: before})


def still_there(move: CustomerMove) -> Rows:
    """Of the rows that were moved, those that still stand with the one they were moved to."""
    found: Rows = {}
    for name, ids in move.rows.items():
        label, _dot, column = name.rpartition(".")
        rows = _model(label)._default_manager.filter(pk__in=ids, **{column: move.target_id})
        if there := sorted(rows.values_list("pk", flat=True)):
            found[name] = there
    return found


def united(*parts: Rows) -> Rows:
    """All rows of these, each once."""
    found: dict[str, set[int]] = defaultdict(set)
    for part in parts:
        for name, ids in part.items():
            found[name] |= set(ids)
    return {name: sorted(ids) for name, ids in found.items()}


def items_of(rows: Rows) -> list[int]:
    """The items of the invoices among these rows, as they are now."""
    invoices = rows.get("invoices.Invoice.customer", [])
    return list(Item.objects.filter(invoice__in=invoices).order_by("pk").values_list("pk", flat=True))


def named_invoices(customer: Customer, numbers: Collection[int]) -> list[Invoice]:
    """These invoices of the customer, by id. Raises `Refused` where one is not its own, or none is named."""
    found = list(customer.invoices.filter(pk__in=numbers).order_by("pk"))
    if not found or len(found) != len(set(numbers)):
        raise Refused(gettext_noop("Choose invoices of this customer."))
    return found


def merge_of(customer: Customer) -> CustomerMove | None:
    """The merge that stands of a customer that lives on elsewhere."""
    moves = CustomerMove.objects.filter(source=customer, kind=CustomerMove.Kind.MERGE, undone_by=None)
    return moves.select_related("source", "target", "by").order_by("-pk").first()


def _model(label: str) -> type[Model]:
    return apps.get_model(label)
