"""What could be claimed of a customer beside the principal, and what posted claims and letters should have said by what is known now."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from dunning.claimed import counting, debtor_of, entries_of, waived_of
from dunning.claims import DAY, interest_through, not_compensated, told_compensation, told_interest
from dunning.decide import ItemFacts, Rules
from dunning.facts import policy_of, rules_of
from dunning.happened import happened_to
from dunning.limitation import Happened, Standing, barred_from, standing
from dunning.models import Notice, NoticeClaim
from dunning.policy import Policy
from dunning.termsets import AllTerms, taken_back_by_a_rerun
from invoices.actions import NewClaim
from invoices.models import Claim, ClaimEntry, Customer, Dispute, Invoice, Item
from invoices.states import ClaimKind, InvoiceState
from receivables.core.calendar import next_working_day
from receivables.core.errors import DomainError
from receivables.countries.law import pack_of
from receivables.countries.regimes import NoInterest
from receivables.countries.words import Debtor, Sale

NO_POLICY = Policy(name="-", steps=())
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Figure:
    """What a claim comes to, and how it was worked out, in plain values."""

    amount: Decimal
    working: dict[str, Any] = field(default_factory=dict)


NOTHING = Figure(ZERO)


@dataclass(frozen=True, slots=True)
class Difference:
    """A posted claim that should be another figure by what is known now."""

    claim: Claim
    booked: Decimal
    right: Figure


@dataclass(frozen=True, slots=True)
class WrongDemand:
    """A letter that demanded more than was owed, by what is known now."""

    said: NoticeClaim
    amount: Decimal  # said
    right: Decimal


@dataclass(slots=True)
class Known:
    """The items of one customer as claims see them. Every figure is of the day asked for, with all that is booked by now."""

    customer: Customer
    rules: Rules
    on: date
    items: dict[int, Item]
    facts: dict[int, ItemFacts]

    @classmethod
    def of(cls, customer: Customer, *, on: date) -> "Known":
        """Read what claims need of all items of a customer: a fixed number of queries."""
        rules, debtor = rules_of(customer.creditor), debtor_of(customer)
        items = {item.pk: item for item in Item.objects.filter(customer=customer).select_related("invoice").order_by("due_on", "pk")}
        entries, waived = entries_of(items), waived_of(items, rules.calendar)
        terms = AllTerms.of(customer.creditor_id, [customer.pk], on=on)
        disputed = dict(Dispute.objects.filter(item__in=items, resolved_on=None).values_list("item", "amount"))
        facts = {
            item.pk: ItemFacts(
                case=0, label=item.label, invoice=item.invoice_id, due_on=next_working_day(rules.calendar, item.due_on),
                currency=item.currency, open=item.open_amount, disputed=min(disputed.get(item.pk, ZERO), item.amount), version=0,
                policy=NO_POLICY, debtor=debtor, amount=item.amount, invoice_amount=item.invoice.gross,
                entries=tuple(entries.get(item.pk, ())), waived=waived.get(item.pk, ()), terms=terms.of_item(item),
            )
            for item in items.values()
        }  # fmt: skip
        return cls(customer, rules, on, items, facts)

    def interest(self, item: int, *, first_on: date, last_on: date, disputed: Decimal | None = None) -> Figure:
        """Interest on an item for these days. `disputed` stands in for what is disputed now."""
        facts = self.facts[item]
        if self.items[item].invoice.state == InvoiceState.CANCELLED:
            return NOTHING
        if disputed is not None:
            facts = replace(facts, disputed=disputed)
        first_on = max(first_on, facts.due_on + DAY)
        found = interest_through(facts, country=self.rules.country, rates=self.rules.rates, first_on=first_on, last_on=last_on)
        return Figure(found.total, {**told_interest(found, facts.debtor), "disputed": str(facts.disputed)})

    def lawful_interest(self, item: int, *, first_on: date, last_on: date, disputed: Decimal) -> Figure:
        """The same of what was demanded before: nothing where no interest is known against such a debtor."""
        try:
            return self.interest(item, first_on=first_on, last_on=last_on, disputed=disputed)
        except NoInterest:
            return NOTHING

    def compensation(self, invoice: Invoice) -> Figure:
        """What the law gives for an invoice, by its full amount and the day its first item fell due; nothing of consumers."""
        first = next((facts for facts in self.facts.values() if facts.invoice == invoice.pk), None)
        if first is None or invoice.state == InvoiceState.CANCELLED:
            return NOTHING
        pack = pack_of(self.rules.country, on=self.on)
        found = pack.compensation(first.debtor, invoice.gross, invoice.currency, due_on=first.due_on, rates=self.rules.rates)
        return Figure(found.amount, told_compensation(found, first, first.due_on)) if found else NOTHING

    def is_compensated(self, item: int) -> bool:
        """Whether the firm itself claims compensation on the item's invoice."""
        return not not_compensated(self.facts[item], on=self.on)[0]

    def was_late(self, item: int) -> bool:
        """Whether something of it was open after its due date."""
        facts = self.facts[item]
        in_time = sum((entry.signed for entry in facts.entries if entry.on <= facts.due_on), ZERO)
        return facts.due_on < self.on and in_time < facts.amount

    def barred(self) -> set[int]:
        """The items that may no longer be demanded, and with them what is claimed beside them (III CZP 42/04). One query."""
        happened = happened_to({item.invoice_id for item in self.items.values()})
        since = {pk: self._barred_from(pk, happened.get(item.invoice_id, ())) for pk, item in self.items.items()}
        return {pk for pk, day in since.items() if day is not None and self.on >= day}

    def limitation(self, item: int, happened: Sequence[Happened]) -> Standing:
        """Where the limitation of an item stands, by its stated due date."""
        pack, row = pack_of(self.rules.country, on=self.on), self.items[item]
        return standing(pack, self.facts[item].debtor, Sale(row.invoice.sale), due_on=row.due_on, happened=happened)

    def _barred_from(self, item: int, happened: Sequence[Happened]) -> date | None:
        facts, pack = self.facts[item], pack_of(self.rules.country, on=self.on)
        return barred_from(pack, facts.debtor, Sale(self.items[item].invoice.sale), due_on=facts.due_on, happened=happened)


def claimable(
    customer: Customer, *, on: date, invoice: Invoice | None = None, kinds: Collection[ClaimKind] = tuple(ClaimKind)
) -> list[NewClaim]:
    """What could be posted by day `on`, each rule once: interest for the days not yet posted, compensation, fees that letters claimed.

    Raises `DomainError` where a rate that is needed is not known.
    """
    found = _Wanted.of(customer, on=on, invoice=invoice)
    return [new for kind in ClaimKind if kind in kinds for new in found.of_kind(kind)]


def claimable_or_why_not(
    customer: Customer, *, on: date, invoice: Invoice | None = None, kinds: Collection[ClaimKind] = tuple(ClaimKind)
) -> tuple[list[NewClaim], list[DomainError]]:
    """The same, and why the rest cannot be worked out: a rate that one invoice lacks keeps nothing else back."""
    found, new, problems = _Wanted.of(customer, on=on, invoice=invoice), list[NewClaim](), list[DomainError]()
    parts = [(each, part) for each in ClaimKind if each in kinds for part in found.parts(each)]
    for kind, part in parts:
        try:
            new += part.of_kind(kind)
        except DomainError as problem:
            problems.append(problem)
    return new, problems


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The items asked for, and what is posted already."""

    known: Known
    items: Sequence[Item]
    posted: Sequence[Claim]

    @classmethod
    def of(cls, customer: Customer, *, on: date, invoice: Invoice | None) -> "_Wanted":
        known = Known.of(customer, on=on)
        barred = known.barred()
        items = [item for pk, item in known.items.items() if pk not in barred and (invoice is None or item.invoice_id == invoice.pk)]
        return cls(known, items, list(Claim.objects.filter(customer=customer)))

    def parts(self, kind: ClaimKind) -> "Iterable[_Wanted]":
        """What can fail apart: each invoice where rates are needed; fees need none."""
        if kind is ClaimKind.FEE:
            return [self]
        invoices = dict.fromkeys(item.invoice_id for item in self.items)
        return [replace(self, items=[item for item in self.items if item.invoice_id == invoice]) for invoice in invoices]

    def of_kind(self, kind: ClaimKind) -> list[NewClaim]:
        reckon = {ClaimKind.INTEREST: _interest, ClaimKind.COMPENSATION: _compensation, ClaimKind.FEE: _fees}[kind]
        return reckon(self.known, self.items, self.posted)


def _interest(known: Known, items: Sequence[Item], posted: Sequence[Claim]) -> list[NewClaim]:
    last_days = {claim.item_id: claim.last_on for claim in sorted(posted, key=lambda claim: claim.last_on or date.min) if claim.last_on}
    found = []
    for item in items:
        first_on = max(known.facts[item.pk].due_on, last_days.get(item.pk) or date.min) + DAY
        figure = known.interest(item.pk, first_on=first_on, last_on=known.on)
        if figure.amount:
            last_on = date.fromisoformat(figure.working["periods"][-1]["last_on"])
            found.append(
                NewClaim(item.invoice, ClaimKind.INTEREST, figure.amount, figure.working, item, first_on=first_on, last_on=last_on)
            )
    return found


def _compensation(known: Known, items: Sequence[Item], posted: Sequence[Claim]) -> list[NewClaim]:
    done = {claim.invoice_id for claim in posted if claim.kind == ClaimKind.COMPENSATION}
    found = []
    for item in items:
        if item.invoice_id in done or not known.was_late(item.pk) or not known.is_compensated(item.pk):
            continue
        done.add(item.invoice_id)
        if (figure := known.compensation(item.invoice)).amount:
            found.append(NewClaim(item.invoice, ClaimKind.COMPENSATION, figure.amount, figure.working))
    return found


def _fees(known: Known, items: Sequence[Item], posted: Sequence[Claim]) -> list[NewClaim]:
    """A fee is owed because a letter claimed it: once per item and step."""
    done = {(claim.item_id, claim.step) for claim in posted if claim.kind == ClaimKind.FEE}
    found = []
    for said in _said(known.customer).filter(kind=ClaimKind.FEE, taken__case__item__in=items):
        item, step = known.items[said.taken.case.item_id or 0], said.taken.step
        if (item.pk, step) not in done and _fee_may_be_asked(said.notice, known.customer):
            done.add((item.pk, step))
            found.append(NewClaim(item.invoice, ClaimKind.FEE, said.amount, {**said.detail, "notice": said.notice_id}, item, step))
    return found


def _fee_may_be_asked(notice: Notice | None, customer: Customer) -> bool:
    """Never of a consumer, nor of anybody who has turned out not to be in the audience of the policy whose notice asked for it."""
    debtor = debtor_of(customer)
    return debtor is not Debtor.CONSUMER and (notice is None or policy_of(notice.version).may_meet(debtor))


def _said(customer: Customer) -> "QuerySet[NoticeClaim]":
    """What messages that count have claimed of a customer, oldest first."""
    rows = counting(NoticeClaim.objects.filter(notice__customer=customer))
    return rows.select_related("notice__version", "notice__message", "invoice", "taken__case").order_by("pk")


def differences(customer: Customer, *, on: date) -> list[Difference]:
    """The posted claims that should be another figure by what is known now: money booked late or taken back, credit, another kind.

    A claim that a person reversed stays reversed; one that the program took back may be owed again.
    """
    rows: list[Any] = list(Claim.objects.filter(customer=customer).with_figures().select_related("invoice", "item").order_by("pk"))
    back = taken_back_by_a_rerun([row.pk for row in rows if not row.posted])
    standing = [row for row in rows if row.posted or row.pk in back]
    if not standing:
        return []
    known = Known.of(customer, on=on)
    postings = {
        entry.claim_id: entry
        for entry in ClaimEntry.objects.filter(claim__in=standing, type=ClaimEntry.Type.POSTED, is_reversal=False).order_by("pk")
    }
    asked_by = Notice.objects.select_related("version").in_bulk({entry.working.get("notice", 0) for entry in postings.values()})
    found = (Difference(row, row.posted, _right(row, postings[row.pk], known, asked_by)) for row in standing)
    return [each for each in found if each.right.amount != each.booked]


def _right(claim: Claim, posting: ClaimEntry, known: Known, asked_by: Mapping[int, Notice]) -> Figure:
    match ClaimKind(claim.kind):
        case ClaimKind.INTEREST:
            # A dispute opened since takes nothing back; its end gives back what was left out because of it.
            disputed = min(Decimal(posting.working.get("disputed", "0")), known.facts[claim.item_id or 0].disputed)
            first_on, last_on = claim.first_on or date.max, claim.last_on or date.min
            return known.lawful_interest(claim.item_id or 0, first_on=first_on, last_on=last_on, disputed=disputed)
        case ClaimKind.COMPENSATION:
            return known.compensation(claim.invoice)
        case ClaimKind.FEE:
            notice = asked_by.get(posting.working.get("notice", 0))
            owed = claim.invoice.state != InvoiceState.CANCELLED and _fee_may_be_asked(notice, known.customer)
            return Figure(posting.amount, posting.working) if owed else NOTHING


def wrong_demands(customer: Customer, *, on: date) -> list[WrongDemand]:
    """The letters that demanded more than was owed, by what is known now, with what they said and what was right; oldest first."""
    rows = list(_said(customer).exclude(invoice=None))
    if not rows:
        return []
    known = Known.of(customer, on=on)
    found = (WrongDemand(said, said.amount, _right_then(said, known)) for said in rows if said.taken.case.item_id in known.items)
    return [each for each in found if each.right < each.amount]


def _right_then(said: NoticeClaim, known: Known) -> Decimal:
    """What the letter should have said on its day; what it had taken off as waived or paid is taken off here too."""
    item = said.taken.case.item_id or 0
    match ClaimKind(said.kind):
        case ClaimKind.INTEREST:
            figure = known.lawful_interest(item, first_on=date.min + timedelta(days=1), last_on=said.on, disputed=ZERO)
        case ClaimKind.COMPENSATION:
            figure = known.compensation(known.items[item].invoice)
        case ClaimKind.FEE:
            figure = Figure(said.amount) if _fee_may_be_asked(said.notice, known.customer) else NOTHING
    return max(figure.amount - Decimal(said.detail.get("settled", "0")), ZERO)
