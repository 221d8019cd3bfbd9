"""What the pages of claims show: the ledger with its working, what could be posted, what differs, what letters got wrong."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from dunning.claimable import Difference, WrongDemand, claimable_or_why_not, differences, wrong_demands
from dunning.models import NoticeClaim
from invoices.actions import NewClaim
from invoices.balances import open_claims_of
from invoices.models import Claim, ClaimEntry, ContractRate, Customer, Invoice, SparedCustomer
from invoices.states import ClaimKind
from receivables.core.errors import DomainError
from receivables.dashboard.queries.rates import problem_words
from receivables.dashboard.templatetags.look import amount as shown_amount
from receivables.dashboard.words import claim_words

ZERO = Decimal(0)
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Period:
    """A row of the day table: these days bear this rate on this principal."""

    first_on: date
    last_on: date
    days: int
    principal: Decimal
    rate_percent: Decimal
    amount: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class Working:
    """How a figure was worked out: the periods of interest, or a formula in words."""

    periods: tuple[Period, ...] = ()
    formula: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A claim that could be posted, with its working."""

    new: NewClaim
    what: str
    working: Working


@dataclass(frozen=True, slots=True)
class ClaimsPage:
    """The ledger of a customer, and the terms on which claims are made."""

    open: Mapping[str, Decimal]  # by currency
    posted: list[Any]  # claims with figures
    proposals: list[Proposal]
    problems: list[str]  # why figures could not be worked out
    differences: list[Difference]
    wrong: list[WrongDemand]
    rates: list[ContractRate]
    spared: SparedCustomer | None


@dataclass(frozen=True, slots=True)
class ClaimPage:
    """One claim with its entries, its working, and the letters that stated it."""

    claim: Any
    entries: list[ClaimEntry]
    working: Working
    said: list[NoticeClaim]


def claims_page(customer: Customer, *, on: date) -> ClaimsPage:
    """Everything as it stands that day. A fixed number of queries."""
    rates = ContractRate.objects.filter(customer=customer).select_related("invoice", "by").order_by("-since", "-pk")
    new, problems = claimable_or_why_not(customer, on=on)
    return ClaimsPage(
        open=open_claims_of([customer.pk]).get(customer.pk, {}),
        posted=posted_claims(customer),
        proposals=proposals_of(new),
        differences=_unless(differences, customer, problems, on=on),
        wrong=_unless(wrong_demands, customer, problems, on=on),
        problems=problem_words(problems),
        rates=list(rates),
        spared=SparedCustomer.objects.standing(on=on).filter(customer=customer).select_related("by").first(),
    )


def _unless(find: Callable[..., list[Found]], customer: Customer, problems: list[DomainError], *, on: date) -> list[Found]:
    """What is found, or nothing and one more problem."""
    try:
        return find(customer, on=on)
    except DomainError as problem:
        problems.append(problem)
        return []


def posted_claims(customer: Customer, invoice: Invoice | None = None) -> list[Any]:
    """The posted claims of a customer or one invoice with their figures, newest first."""
    rows = Claim.objects.filter(customer=customer, **({"invoice": invoice} if invoice else {}))
    return list(rows.with_figures().select_related("invoice", "item").order_by("-pk"))


def proposals_of(claims: Iterable[NewClaim]) -> list[Proposal]:
    """The same with what they are in words, and their working."""
    return [Proposal(new, claim_words(new.kind, new.first_on, new.last_on, new.step), working_of(new.kind, new.working)) for new in claims]


def totals_of(claims: Sequence[NewClaim]) -> dict[str, Decimal]:
    """By kind what could be posted in all."""
    return {kind.value: sum((new.amount for new in claims if new.kind is kind), ZERO) for kind in ClaimKind}


def claim_page(claim: Any) -> ClaimPage:
    """One claim, which comes with its figures. A fixed number of queries."""
    entries = list(ClaimEntry.objects.filter(claim=claim).select_related("payment", "by", "reverses").order_by("pk"))
    posting = next((entry for entry in reversed(entries) if entry.type == ClaimEntry.Type.POSTED and not entry.is_reversal), None)
    said = NoticeClaim.objects.filter(invoice=claim.invoice_id, kind=claim.kind).select_related("notice__message", "taken")
    if claim.item_id:
        said = said.filter(taken__case__item=claim.item_id)
    if claim.step:
        said = said.filter(taken__step=claim.step)
    working = working_of(ClaimKind(claim.kind), posting.working if posting else {})
    return ClaimPage(claim, entries, working, list(said.order_by("pk")[:50]))


def working_of(kind: ClaimKind, told: Mapping[str, Any]) -> Working:
    """The working that a posting keeps, as a page shows it."""
    if kind is ClaimKind.INTEREST:
        return Working(
            tuple(_period(row) for row in told.get("periods", ())), _("principal × rate × days / 365, each period rounded half up")
        )
    if kind is ClaimKind.COMPENSATION and told.get("euro"):
        rate_on = date.fromisoformat(told["rate_on"])
        words = {
            "euro": shown_amount(Decimal(told["euro"]), "EUR"),
            "rate": told["rate"],
            "table": told["table"],
            "day": f"{rate_on:%d.%m.%Y}",
        }
        return Working(formula=_("%(euro)s × %(rate)s (NBP, %(day)s, table %(table)s)") % words, source=told.get("source", ""))
    if told.get("percent"):
        return Working(formula=_("%(percent)s %% of %(principal)s") % {"percent": told["percent"], "principal": told.get("principal", "")})
    return Working(formula=_("a fixed fee") if kind is ClaimKind.FEE else "")


def _period(row: Mapping[str, Any]) -> Period:
    return Period(
        date.fromisoformat(row["first_on"]),
        date.fromisoformat(row["last_on"]),
        int(row["days"]),
        Decimal(row["principal"]),
        Decimal(row["rate_percent"]),
        Decimal(row["amount"]),
        row["source"],
    )
