"""The world of a scenario: its creditor, customers and rules as real rows, and the names by which the story speaks of them."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.db.models import Q

from dunning.actions import assign, publish
from dunning.claimed import debtor_of_kind
from dunning.models import Agreement, LadderRules, Policy
from dunning.policy import Policy as DunningPolicy
from dunning.policy_text import write_policy
from dunning.replay.recording import Recorder
from dunning.scenario import story
from invoices.actions import add_customer
from invoices.models import Customer, Invoice, Item, Payment
from invoices.states import Kind
from receivables.accounts.models import Creditor
from receivables.core.errors import Refused

NOON = time(12)
ADDRESS = {"street": "Prosta 1", "postcode": "00-001", "city": "Warszawa"}
Row = TypeVar("Row")


@dataclass(slots=True)
class World:
    """One scenario's rows. `payments` are known by the ids that the story gives them."""

    creditor: Creditor
    recorder: Recorder
    customers: dict[str, Customer] = field(default_factory=dict)
    payments: dict[str, Payment] = field(default_factory=dict)

    @classmethod
    def of(cls, scenario: story.Scenario, recorder: Recorder) -> "World":
        """Make the rows that a scenario begins with."""
        first = scenario.timeline[0].on if scenario.timeline else date(2000, 1, 1)
        creditor = _creditor(scenario.settings)
        world = cls(creditor, recorder)
        for policy in scenario.policies.values():
            publish(creditor, write_policy(policy), now=world.noon(first))
        _assign_to_all(world.policy(scenario.default_policy), scenario.policies[scenario.default_policy])
        for told in scenario.customers:
            world._add(told)
        return world

    def noon(self, on: date) -> datetime:
        """The moment at which everything of a day happens, within contact hours."""
        return datetime.combine(on, NOON, ZoneInfo(self.creditor.time_zone))

    def policy(self, name: str) -> Policy:
        """A published policy by name. Raises `Refused` for an unknown one."""
        found = Policy.objects.filter(creditor=self.creditor, name=name).first()
        return _known(found, "policy", name)

    def customer(self, ref: str) -> Customer:
        """A customer as it is now. Raises `Refused` for an unknown one."""
        return _known(Customer.objects.select_related("creditor").filter(creditor=self.creditor, number=ref).first(), "customer", ref)

    def invoice(self, number: str) -> Invoice:
        """An invoice or credit note by number. Raises `Refused` for an unknown one."""
        found = Invoice.objects.filter(creditor=self.creditor, number=number).select_related("customer__creditor", "creditor").first()
        return _known(found, "invoice", number)

    def target(self, name: str) -> Invoice | Item:
        """What an action names: an invoice, or one of its items."""
        item = (
            Item.objects.filter(creditor=self.creditor, label=name)
            .select_related("invoice__customer__creditor", "customer__creditor")
            .first()
        )
        return item if item and item.invoice.number != name else self.invoice(name)

    def targets(self, name: str) -> list[Invoice | Item]:
        """What an action names: an invoice or item; an agreement or one of its rates stands for the items that it covers."""
        named = Agreement.objects.filter(Q(label=name) | Q(rates__label=name), creditor=self.creditor).first()
        if named is None:
            return [self.target(name)]
        lines = named.lines.select_related("item__invoice__customer__creditor", "item__customer__creditor")
        covered: list[Invoice | Item] = [line.item for line in lines]
        return [item for item in covered if isinstance(item, Item) and item.open_amount > 0] or covered

    def items(self, name: str) -> list[Item]:
        """The items of an invoice, the one item named, or those that an agreement covers."""
        found: list[Item] = []
        for target in self.targets(name):
            found += [target] if isinstance(target, Item) else target.items.order_by("position")
        return found

    def source(self, name: str) -> Payment | Invoice:
        """A payment by its id, or a credit note by its number."""
        return self.payments[name] if name in self.payments else self.invoice(name)

    def _add(self, told: story.Customer) -> None:
        address: dict[str, Any] = ADDRESS if told.address else {}
        row = add_customer(
            self.creditor,
            number=told.ref,
            name=told.ref,
            kind=Kind(told.kind),
            email=told.email or "",
            phone=told.phone or "",
            language=told.language or "",
            currency=told.currency or "",
            **address,
        )
        self.customers[told.ref] = row
        if told.policy:
            assign(self.creditor, self.policy(told.policy), customer=row)


def _assign_to_all(row: Policy, policy: DunningPolicy) -> None:
    """Make a policy the default; one with an audience is that of the kinds it is for, and the others have none."""
    if not policy.audience:
        assign(row.creditor, row)
    for kind in (kind for kind in Kind if policy.audience and policy.may_meet(debtor_of_kind(kind))):
        assign(row.creditor, row, kind=kind)


def _creditor(settings: story.Settings) -> Creditor:
    cap = settings.contact_cap
    creditor = Creditor.objects.create(
        slug="scenario",
        name="Scenario",
        country=settings.country,
        currency=settings.currency,
        language=settings.language,
        allocation=settings.allocation,
        bank_account="PL61109010140000071219812874",
    )
    LadderRules.objects.create(
        creditor=creditor,
        calendar=settings.calendar,
        bank_freshness_days=settings.bank_freshness_days,
        bank_wait_days=0,
        tolerance=settings.tolerance,
        cap_messages=cap.messages if cap else None,
        cap_days=cap.days if cap else None,
        cap_per_person=False,
        four_eyes=False,
        first_run_waits=False,
        legal_waits=False,
        handover_needs_terms=False,
        handover_notice_days=None,
        handover_needs_call=False,
    )
    return creditor


def _known(row: Row | None, kind: str, name: str) -> Row:
    if row is None:
        raise Refused(f"There is no {kind} {name!r}.")
    return row
