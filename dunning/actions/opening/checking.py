"""Rows of the first day against books and policies: where each belongs, and what cannot be. Changes nothing."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from dunning.facts import policy_of
from dunning.models import Agency, AgreedItem, Agreement, Case, OpeningItem, PolicyVersion, PromisedItem, StepTaken
from dunning.policy import Policy
from dunning.states import CaseState
from invoices.intake.cells import Problem
from invoices.intake.opening_table import LastStep, OpeningRow, Planned
from invoices.intake.profile import ColumnProfile
from invoices.models import Invoice, Item
from receivables.accounts.models import Creditor
from receivables.core.fields import guess
from receivables.core.money import Money

BATCH = 2_000


class Owed(NamedTuple):
    """What is needed of an item. Plain rows: there may be a hundred thousand."""

    number: str
    pk: int
    customer: int
    invoice: int
    currency: str
    due_on: date
    open_amount: Decimal


class Climbing(NamedTuple):
    """The same of a case."""

    item: int
    pk: int
    version: int
    state: str
    reason: str
    episode: int
    round: int


@dataclass(frozen=True, slots=True)
class Subject:
    """A row with its item, and the case that climbs for it: none where nothing is open, or no policy is assigned."""

    row: OpeningRow
    item: Owed
    case: Climbing | None
    policy: Policy | None
    digest: str

    @property
    def position(self) -> int:
        """Of the last step completed; 0 for none."""
        return self.policy.position_of(self.row.step.key) if self.policy and self.row.step else 0

    @property
    def channel(self) -> str:
        """The way by which it was said: as the row says, else the step's first."""
        if self.row.step is None or self.policy is None:
            return ""
        return self.row.step.channel or str(self.policy.steps[self.position - 1].channels[0])


@dataclass(frozen=True, slots=True)
class Plan:
    """An agreement to be stored: its items in the order of the file, and its rates."""

    label: str
    subjects: tuple[Subject, ...]
    rates: tuple[tuple[date, Decimal], ...]
    made_on: date


@dataclass(slots=True)
class Checked:
    """What is to be stored, and what keeps the file out."""

    new: list[Subject] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    agencies: Mapping[str, Agency] = field(default_factory=dict)  # by short name; "" is the one that takes the hand-overs
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


def check(creditor: Creditor, rows: Sequence[OpeningRow], profile: ColumnProfile, *, on: date) -> Checked:
    """Look up every row whose invoice is in the books by now. A fixed number of queries for each 2,000."""
    checking = _Checking(creditor, profile, on)
    claims = [row for row in rows if row.invoice.kind.is_claim]
    for n in range(0, len(claims), BATCH):
        checking.look_at(claims[n : n + BATCH])
    checking.look_at_plans()
    return checking.found


def digest_of(row: OpeningRow) -> str:
    """A digest of what the row says was done."""
    earlier = row.step.earlier if row.step else ()  # not within its text: what was loaded before there were any stays the same
    return hashlib.sha256(f"{row.done!r}{earlier or ''}".encode()).hexdigest()


class _Checking:
    def __init__(self, creditor: Creditor, profile: ColumnProfile, on: date) -> None:
        self.creditor, self.profile, self.on = creditor, profile, on
        self.found = Checked(agencies=_agencies(creditor))
        self._policies: dict[int, Policy] = {}
        self._plans: dict[str, list[Subject]] = defaultdict(list)

    def look_at(self, rows: Sequence[OpeningRow]) -> None:
        """Place these rows, or say why they cannot be."""
        items = _items(self.creditor, [row.number for row in rows])
        pks = [item.pk for owed in items.values() for item in owed]
        cases = {row[0]: Climbing(*row) for row in Case.objects.filter(item__in=pks).values_list(*_OF_A_CASE)}
        digests = dict(OpeningItem.objects.filter(item__in=pks).values_list("item", "digest"))
        self._read_policies({case.version for case in cases.values()})
        busy = _Busy.among(pks, self.on)
        for row in rows:
            owed = items[row.number]
            if len(owed) != 1:
                self._complain(row, "number", f"has {len(owed)} instalments in the books; the first day knows invoices with one.")
                continue
            item = owed[0]
            if item.pk in digests:
                self._again(row, digests[item.pk])
                continue
            case = cases.get(item.pk)
            subject = Subject(row, item, case, self._policies[case.version] if case else None, digest_of(row))
            self._place(subject, busy)

    def _read_policies(self, versions: set[int]) -> None:
        missing = versions - self._policies.keys()
        self._policies |= {version.pk: policy_of(version) for version in PolicyVersion.objects.filter(pk__in=missing)}

    def _again(self, row: OpeningRow, known: str) -> None:
        if known != digest_of(row):
            says = "says something else than when it was first loaded. What was brought in is never edited: change it in the program."
            self._complain(row, "number", says)

    def _place(self, subject: Subject, busy: "_Busy") -> None:
        row = subject.row
        self.found.new.append(subject)
        if not any(row.done):
            return
        if subject.item.open_amount == 0:
            self.found.warnings.append(Problem(row.line, self._column("number"), "is settled: what was done about it is left out."))
            self.found.new[-1] = Subject(OpeningRow(row.invoice, line=row.line), subject.item, subject.case, subject.policy, subject.digest)
            return
        for name, says in _against(subject, busy, self.found.agencies):
            self._complain(row, name, says)
        if row.planned:
            self._plans[row.planned.label].append(subject)

    def look_at_plans(self) -> None:
        """Judge each plan by all its rows together."""
        labels = list(self._plans)
        taken = set(Agreement.objects.filter(creditor_id=self.creditor.pk, label__in=labels).values_list("label", flat=True))
        taken |= set(Invoice.objects.filter(creditor_id=self.creditor.pk, number__in=labels).values_list("number", flat=True))
        for label, subjects in self._plans.items():
            plan, says = _plan(label, subjects, self.on)
            if label in taken:
                says = f"{label!r} is the number of an agreement or invoice in the books. Give the plan another one."
            if says:
                self._complain(subjects[0].row, "plan" if label in taken or not plan else "plan_rates", says)
            elif plan:
                self.found.plans.append(plan)

    def _complain(self, row: OpeningRow, name: str, says: str) -> None:
        self.found.problems.append(Problem(row.line, self._column(name), says))

    def _column(self, name: str) -> str:
        return self.profile.columns.get(name, name)


def _against(subject: Subject, busy: "_Busy", agencies: Mapping[str, Agency]) -> Iterator[tuple[str, str]]:
    """What cannot be about one row: field and reason."""
    row, item, case = subject.row, subject.item, subject.case
    if (row.step or row.planned or row.agency) and case is None:
        yield "step" if row.step else "plan", "No policy is assigned. Assign one to the company, the customer or the invoice first."
        return
    if row.step and subject.policy and not subject.position:
        known = [step.key for step in subject.policy.steps]
        yield (
            "step",
            f"{row.step.key!r} is no step of the policy {subject.policy.name}{guess(row.step.key, known)} Its steps: {', '.join(known)}.",
        )
    if row.step and subject.policy and subject.position:
        yield from _against_earlier(row.step, subject.policy, subject.position)
    if case and case.state == CaseState.CLOSED:
        yield "number", f"is closed here ({case.reason}); nothing goes on about it."
    if row.step and item.pk in busy.stepped:
        yield "step", "has taken steps here already; what another system did before cannot be put under them."
    if row.promised and item.pk in busy.promised:
        yield "promised_by", "A promise for it is running here already."
    if row.promised and row.promised.amount and row.promised.amount > item.open_amount:
        owed = Money(item.open_amount, item.currency)
        yield "promised_amount", f"{row.promised.amount} is more than the {owed} that is open."
    if row.planned and item.pk in busy.agreed:
        yield "plan", "stands on an agreement here already."
    if row.planned and row.agency:
        yield "plan", "is with the agency; what it collects is on no plan of ours."
    if row.agency and row.agency.agency not in agencies:
        known_agencies = ", ".join(slug for slug in agencies if slug) or "none yet"
        yield "agency", f"{row.agency.agency!r} is no agency of the company. Known: {known_agencies}."


def _against_earlier(step: LastStep, policy: Policy, position: int) -> Iterator[tuple[str, str]]:
    """Steps before the last one stand before it in the policy, each once."""
    places = [policy.position_of(key) for key, _on, _channel in step.earlier]
    for (key, _on, _channel), place in zip(step.earlier, places, strict=True):
        if not place:
            known = [one.key for one in policy.steps]
            yield "earlier_steps", f"{key!r} is no step of the policy {policy.name}{guess(key, known)} Its steps: {', '.join(known)}."
            return
    if places != sorted(set(places)) or (places and places[-1] >= position):
        yield "earlier_steps", f"The steps must be in the order of the policy, each once, and before {step.key}."


def _plan(label: str, subjects: Sequence[Subject], on: date) -> tuple[Plan | None, str]:
    """The agreement that rows of one number make together, or why they make none."""
    said = [subject.row.planned for subject in subjects if subject.row.planned]
    rates = {planned.rates for planned in said if planned.rates}
    if len({(subject.item.customer, subject.item.currency) for subject in subjects}) > 1:
        return None, f"{label!r} stands at rows of several customers or currencies. A plan is of one customer and in one currency."
    if len(rates) != 1:
        why = "names no rates" if not rates else "has other rates in another row"
        return None, f"{label!r} {why}. Give its rates in one row, or the same in all."
    plan = Plan(label, tuple(subjects), next(iter(rates)), _made_on(said, on))
    owed = sum((subject.item.open_amount for subject in subjects), Decimal(0))
    agreed = sum((amount for _, amount in plan.rates), Decimal(0))
    code = subjects[0].item.currency
    if owed != agreed:
        return plan, f"The rates of {label} come to {Money(agreed, code)}, open is {Money(owed, code)}. They must add up to it."
    return plan, ""


def _made_on(said: Sequence[Planned], on: date) -> date:
    return min((planned.made_on for planned in said if planned.made_on), default=on)


@dataclass(frozen=True, slots=True)
class _Busy:
    """Items of which our own books know something that the file would contradict."""

    stepped: frozenset[int]
    promised: frozenset[int]
    agreed: frozenset[int]

    @classmethod
    def among(cls, items: Sequence[int], on: date) -> "_Busy":
        return cls(
            frozenset(StepTaken.objects.filter(case__item__in=items).values_list("case__item", flat=True)),
            frozenset(PromisedItem.objects.filter(item__in=items, is_standing=True).values_list("item", flat=True)),
            frozenset(AgreedItem.objects.filter(item__in=items, agreement__ended_on=None).values_list("item", flat=True)),
        )


_OF_A_CASE = ("item_id", "pk", "version_id", "state", "reason", "episode", "round")
_OF_AN_ITEM = ("invoice__number", "pk", "customer_id", "invoice_id", "currency", "due_on", "open_amount")


def _items(creditor: Creditor, numbers: Sequence[str]) -> dict[str, list[Owed]]:
    found: dict[str, list[Owed]] = defaultdict(list)
    rows = Item.objects.filter(creditor_id=creditor.pk, invoice__number__in=numbers).order_by("pk")
    for row in rows.values_list(*_OF_AN_ITEM):
        found[row[0]].append(Owed(*row))
    return found


def _agencies(creditor: Creditor) -> dict[str, Agency]:
    known = list(Agency.objects.filter(creditor_id=creditor.pk, is_law_firm=False).order_by("pk"))
    active = [agency for agency in known if agency.is_active]
    return {agency.slug: agency for agency in known} | ({"": active[0]} if active else {})
