"""Which policy an item falls under, and what says so: invoice beats customer beats segment beats kind beats the company's default."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q

from dunning.models import Assignment, Case, PolicyVersion, Segment
from dunning.profiles import Profiles
from dunning.segments import Complaint, Profile, Rule, choose, conditions_from, never_applies
from invoices.models import Item
from receivables.accounts.models import Creditor

By = Case.ChosenBy


@dataclass(frozen=True, slots=True)
class Chosen:
    """The version that an item falls under, and what chose it; `rule` is the name of a segment."""

    version: int
    by: Case.ChosenBy
    rule: str = ""


@dataclass(slots=True)
class PolicyChoice:
    """What is assigned, and the rules for the rest."""

    by_invoice: dict[int, int] = field(default_factory=dict)
    by_customer: dict[int, int] = field(default_factory=dict)
    by_kind: dict[tuple[int, str], int] = field(default_factory=dict)
    rules: Mapping[int, list[Rule]] = field(default_factory=dict)  # by creditor, in order
    profiles: Profiles | None = None  # none where no creditor has rules
    published: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def among(cls, items: Iterable[Item], *, on: date) -> "PolicyChoice":
        """Read what concerns these items, which come with their customer and invoice: three queries, eight where there are segments."""
        rows = list(items)
        creditors = {item.creditor_id for item in rows}
        choice = cls(published=dict(_published(creditors)), rules=rules_of_segments(creditors))
        if choice.rules:
            choice.profiles = Profiles.about({item.customer_id for item in rows if item.creditor_id in choice.rules}, on=on)
        wide = Q(invoice=None, customer=None)
        invoices = {item.invoice_id for item in rows if item.invoice_id}  # a rate's has none
        near = Q(invoice__any=invoices) | Q(customer__any={item.customer_id for item in rows})
        for row in Assignment.objects.filter(wide | near, creditor__in=creditors):
            choice._add(row)
        return choice

    def _add(self, row: Assignment) -> None:
        if row.invoice_id:
            self.by_invoice[row.invoice_id] = row.policy_id
        elif row.customer_id:
            self.by_customer[row.customer_id] = row.policy_id
        else:
            self.by_kind[row.creditor_id, row.kind] = row.policy_id

    def chosen_for(self, item: Item) -> Chosen | None:
        """None where no policy is assigned, or none of its versions is published."""
        policy, by, rule = self._policy_of(item)
        version = self.published.get(policy) if policy else None
        return Chosen(version, by, rule) if version else None

    def _policy_of(self, item: Item) -> tuple[int | None, Case.ChosenBy, str]:
        if policy := self.by_invoice.get(item.invoice_id):
            return policy, By.INVOICE, ""
        if policy := self.by_customer.get(item.customer_id):
            return policy, By.CUSTOMER, ""
        if rule := self._rule_for(item):
            return rule.policy, By.SEGMENT, rule.name
        if policy := self.by_kind.get((item.creditor_id, item.customer.kind)):
            return policy, By.KIND if item.customer.kind else By.DEFAULT, ""
        return self.by_kind.get((item.creditor_id, "")), By.DEFAULT, ""

    def _rule_for(self, item: Item) -> Rule | None:
        rules = self.rules.get(item.creditor_id)
        if not rules or self.profiles is None:
            return None
        return choose(rules, self.profile_of(item, self.profiles))

    @staticmethod
    def profile_of(item: Item, profiles: Profiles) -> Profile:
        """What is known of an item; of one without an invoice, what is known of its customer."""
        return profiles.of(item.customer_id, item.invoice if item.invoice_id else None)


def rules_of_segments(creditors: Collection[int]) -> dict[int, list[Rule]]:
    """The segments in use as rules, by creditor, in their order. Creditors without any are left out. One query.

    One whose policy has no published version is passed over: an item must not stay outside because of a rule.
    """
    published = PolicyVersion.objects.filter(state=PolicyVersion.State.PUBLISHED).values("policy")
    found: dict[int, list[Rule]] = {}
    for row in Segment.objects.filter(creditor__in=creditors, is_active=True, policy__in=published).order_by("creditor", "position"):
        found.setdefault(row.creditor_id, []).append(rule_of(row))
    return found


def complaints(creditor: Creditor) -> list[Complaint]:
    """The rules in use that can never apply, with the reason. One query."""
    return never_applies([rule_of(row) for row in Segment.objects.filter(creditor=creditor, is_active=True).order_by("position")])


def rule_of(row: Segment) -> Rule:
    """A segment as a pure rule."""
    return Rule(row.name, row.policy_id, conditions_from(row.conditions))


def _published(creditors: Collection[int]) -> Iterable[tuple[int, int]]:
    current = PolicyVersion.objects.filter(policy__creditor__in=creditors, state=PolicyVersion.State.PUBLISHED)
    return current.values_list("policy_id", "id")
