"""What a merge or split would do, in words and numbers; customers that may be one."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from django.apps import apps
from django.db.models import Count, F, Q, QuerySet
from django.db.models.expressions import Value
from django.db.models.functions import Lower, Replace, Upper
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dunning.actions.merging import MergePlan
from dunning.actions.stops import QUEUED
from dunning.models import Assignment
from invoices.joining import SAME_EMAIL, SAME_PHONE, SAME_PLACE, SAME_TAX_ID, Side, against_merge, score_of
from invoices.models import Customer, CustomerMove, Invoice
from receivables.accounts.models import Creditor
from receivables.credit.models import CreditLimit
from receivables.messaging.models import Message

MOST_ALIKE = 6  # so many customers at one phone are an office, or a fault of the import, and no doubles
SHOWN = 100


def moving_facts(rows: dict[str, list[int]]) -> list[dict[str, Any]]:
    """What goes along, counted, as components/_facts.html wants it."""
    found = []
    for name, ids in rows.items():
        label, _dot, column = name.rpartition(".")
        if column == "customer":
            found.append({"label": capfirst(str(apps.get_model(label)._meta.verbose_name_plural)), "value": str(len(ids))})
    return found


def merge_notes(source: Customer, target: Customer, plan: MergePlan) -> list[str]:
    """What a person should know before they confirm: what stays, what becomes stricter, what is planned anew."""
    changed = {column for label, pk, column, *_rest in plan.joined.changes if label == "invoices.Customer" and pk == target.pk}
    doubles = len(plan.joined.kept.get("invoices.Contact.customer", ()))
    queued = Message.objects.filter(Q(notice__customer__in=[source, target]) | Q(written__customer__in=[source, target]), state__in=QUEUED)
    notes = [
        _("Both are signed out of the portal."),
        ngettext("%(n)d queued message is withdrawn and planned anew.", "%(n)d queued messages are withdrawn and planned anew.", count)
        % {"n": count}
        if (count := queued.distinct().count())
        else "",
        ngettext("%(n)d contact is there already.", "%(n)d contacts are there already.", doubles) % {"n": doubles} if doubles else "",
        _("An objection at one of them holds for the same address at the other.") if plan.joined.objections else "",
        _("The tax number is taken over.") if "tax_id" in changed else "",
        _("The address is taken over.") if "city" in changed else "",
        _("Nobody is contacted until the customer is released, as %(name)s was not yet.") % {"name": source.name}
        if "waits_for_release" in changed
        else "",
        _("The policy assigned to %(name)s does not come along; items that run keep theirs.") % {"name": source.name}
        if Assignment.objects.filter(customer=source).exists()
        else "",
        _("The credit limit of %(name)s does not come along. Set the limit anew if it changes.") % {"name": source.name}
        if CreditLimit.objects.filter(customer=source).exists()
        else "",
    ]
    return [note for note in notes if note]


def splittable(customer: Customer) -> QuerySet[Invoice]:
    """Invoices to choose from, the newest first."""
    return customer.invoices.order_by("-issued_on", "-pk")


def moves_of(customer: Customer) -> list[CustomerMove]:
    """Merges and splits that concern the customer and stand, the newest first."""
    rows = CustomerMove.objects.filter(Q(source=customer) | Q(target=customer), undone_by=None).exclude(kind=CustomerMove.Kind.UNDO)
    return list(rows.select_related("source", "target", "by").order_by("-pk")[:20])


@dataclass(frozen=True, slots=True)
class Double:
    """Two customers that may be one, with what speaks for it."""

    one: Customer
    other: Customer
    reasons: Sequence[str]
    score: int  # of 100


def doubles(creditor: Creditor) -> list[Double]:
    """The company's customers that may be one, the likeliest first. Pairs that may never be merged are left out."""
    pairs: dict[tuple[int, int], list[str]] = defaultdict(list)
    for reason, groups in _alike(creditor):
        for group in groups:
            for pair in combinations(sorted(group), 2):
                pairs[pair].append(reason)
    likeliest = sorted(pairs.items(), key=lambda found: (-score_of(found[1]), found[0]))[: 3 * SHOWN]
    known = Customer.objects.in_bulk({pk for pair, _reasons in likeliest for pk in pair})
    found = [Double(known[one], known[other], reasons, score_of(reasons)) for (one, other), reasons in likeliest]
    return [double for double in found if not against_merge(_side(double.one), _side(double.other))][:SHOWN]


def _side(customer: Customer) -> Side:
    return Side(customer.name, customer.creditor_id, customer.kind, customer.tax_id, bytes(customer.pesel_hash or b""))


def _alike(creditor: Creditor) -> Iterable[tuple[str, list[set[int]]]]:
    rows = Customer.objects.standing().filter(creditor=creditor)
    bare = Replace(Replace(Upper("tax_id"), Value("-"), Value("")), Value("PL"), Value(""))
    yield SAME_TAX_ID, _groups(rows.exclude(tax_id=""), key=bare)
    yield SAME_EMAIL, _groups(rows.exclude(contacts__email=""), key=Lower("contacts__email"))
    yield SAME_PHONE, _groups(rows.exclude(contacts__phone=""), key=F("contacts__phone"))
    yield SAME_PLACE, _places(rows.exclude(street=""))


def _groups(rows: QuerySet[Customer], *, key: Any) -> list[set[int]]:
    keyed: Any = rows.annotate(alike=key).exclude(alike=None)
    several = keyed.order_by().values("alike").annotate(n=Count("pk", distinct=True)).filter(n__gt=1, n__lte=MOST_ALIKE).values("alike")
    found: dict[str, set[int]] = defaultdict(set)
    for alike, pk in keyed.filter(alike__in=several).order_by("pk").values_list("alike", "pk")[: 20 * SHOWN]:
        found[alike].add(pk)
    return [group for group in found.values() if len(group) > 1]


def _places(rows: Any) -> list[set[int]]:
    keys = {"a": Lower("name"), "b": Lower("street"), "c": Lower("postcode")}
    several = rows.annotate(**keys).order_by().values("a", "b", "c").annotate(n=Count("pk")).filter(n__gt=1, n__lte=MOST_ALIKE)
    names = [(row["a"], row["b"], row["c"]) for row in several[: 5 * SHOWN]]
    found: dict[tuple[str, ...], set[int]] = defaultdict(set)
    for *place, pk in rows.annotate(**keys).filter(a__in=[name for name, *_rest in names]).values_list("a", "b", "c", "pk"):
        found[tuple(place)].add(pk)
    return [group for place, group in found.items() if place in names and len(group) > 1]
