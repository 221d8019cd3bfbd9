"""The claim in the electronic payment-order procedure (EPU): what is claimed, from when, by which proofs, and the fee. Pure; LAW.md A7.

Plain values in, a claim sheet out, with what stands against filing it. All amounts are PLN. Nothing is filed from here.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum

from receivables.core.identifiers import check, check_tax_id
from receivables.countries.periods import same_day_of_year

ZERO = Decimal(0)
_DAY = timedelta(days=1)

FEES: tuple[tuple[Decimal, Decimal], ...] = (
    (Decimal(500), Decimal(30)),
    (Decimal(1500), Decimal(30)),
    (Decimal(4000), Decimal(50)),
    (Decimal(7500), Decimal(100)),
    (Decimal(10000), Decimal(125)),
    (Decimal(15000), Decimal("187.50")),
    (Decimal(20000), Decimal(250)),
)
"""Value of the claim up to → fee, since 21 August 2019: a quarter of the fixed fees (LAW.md A7, S18)."""
ABOVE = Decimal("1.25")  # per cent of a value above the ladder (LAW.md A7)
LARGEST_FEE = Decimal(50_000)  # a quarter of 200 000: acts on court costs, art. 13 par. 2 and 19 par. 2; not in LAW.md
LARGEST_VALUE = Decimal(100_000_000)  # the portal takes no more (LAW.md A7)
YEARS = 3  # only what fell due within them before filing (LAW.md A7; art. 505(29a) KPC)


@dataclass(frozen=True, slots=True)
class Fee:
    """The court's fee: by the ladder, and as it is paid, its end rounded up to a full zloty (art. 21 of the act on court costs)."""

    ladder: Decimal

    @property
    def to_pay(self) -> Decimal:
        """In full zloty."""
        return _up(self.ladder)


def value_of(amounts: Iterable[Decimal]) -> Decimal:
    """The value of a claim: principal and compensation, without interest, rounded up to a full zloty (art. 126(1) par. 3 KPC)."""
    return _up(sum(amounts, ZERO))


def fee_of(value: Decimal) -> Fee:
    """The fee for a claim of that value, above zero. The ends of the ladder's steps belong to the lower step."""
    for most, fee in FEES:
        if value <= most:
            return Fee(fee)
    return Fee(min(value * ABOVE / 100, LARGEST_FEE))


def file_by(due_on: date) -> date:
    """The last day on which a debt of that stated due date may be filed in EPU, by the reading that is safe."""
    return same_day_of_year(due_on, YEARS)


@dataclass(frozen=True, slots=True)
class Party:
    """Who claims, or of whom. `is_person`: a natural person, known by PESEL or NIP; another by KRS or NIP.

    `checked_on`: the newest day as of which a public register answered about them.
    """

    name: str
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = "PL"
    tax_id: str = ""
    pesel: str = ""
    is_person: bool = False
    bank_account: str = ""
    regon: str = ""
    krs: str = ""
    checked_on: date | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """Days that bear interest at one rate on one principal, both included. `last_on` None: until the day of payment."""

    first_on: date
    last_on: date | None
    principal: Decimal
    percent: Decimal | None = None  # none: as the law sets it for each day to come
    amount: Decimal = ZERO
    source: str = ""


@dataclass(frozen=True, slots=True)
class Debt:
    """An open item. `effective_due_on` is moved to a working day; `spans` run through the day of filing, then until payment."""

    label: str
    issued_on: date
    due_on: date
    effective_due_on: date
    currency: str
    open: Decimal
    disputed: Decimal = ZERO
    spans: tuple[Span, ...] = ()
    regime: str = ""
    settled_interest: Decimal = ZERO  # paid or waived already
    is_barred: bool = False
    compensation: Decimal = ZERO  # of its invoice; stands on one of its items alone
    compensation_working: str = ""
    lacks_rate: bool = False  # the euro rate of its compensation is not known, so that is left out


REGIMES = {
    "commercial_delay": "ustawowe za opóźnienie w transakcjach handlowych",
    "commercial_delay_public_health": "ustawowe za opóźnienie w transakcjach handlowych (podmiot publiczny leczniczy)",
    "kc_delay": "ustawowe za opóźnienie",
}
"""What the law itself sets, as the claim calls it; any other regime is a contract's."""


class ClaimKind(StrEnum):
    """What is claimed."""

    PRINCIPAL = "principal"
    COMPENSATION = "compensation"


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim with a number of its own. It fell due the day after its moved due date, as interest begins (LAW.md A2)."""

    number: int
    kind: ClaimKind
    label: str
    value: Decimal
    issued_on: date
    due_on: date
    became_due_on: date
    file_by: date
    spans: tuple[Span, ...] = ()
    regime: str = ""
    settled_interest: Decimal = ZERO
    working: str = ""
    evidence: tuple[int, ...] = ()

    @property
    def interest(self) -> Decimal:
        """Through the day of filing, less what was settled; what runs after it is claimed as a rate."""
        return max(sum((span.amount for span in self.spans), ZERO) - self.settled_interest, ZERO)


class ProofKind(StrEnum):
    """What the court calls a proof: described, never attached."""

    INVOICE = "faktura"
    CONTRACT = "umowa"
    OTHER = "inny"


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof, the fact that it shows, and the document that it is about; empty: all of them."""

    kind: ProofKind
    name: str
    on: date
    fact: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A numbered proof."""

    number: int
    proof: Proof


class Fault(StrEnum):
    """What stands against filing in EPU."""

    NOTHING = "nothing"
    CURRENCY = "currency"
    FOREIGN = "foreign"
    ADDRESS = "address"
    IDENTITY = "identity"
    KIND = "kind"
    NOT_DUE = "not_due"
    TOO_OLD = "too_old"
    BARRED = "barred"
    TOO_MUCH = "too_much"
    CREDITOR = "creditor"
    # worth a look, no bar
    OBJECTION = "objection"  # barred for a firm: it may object, and then loses nothing
    DISPUTED = "disputed"
    ATTEMPT = "attempt"
    SETTLED = "settled"
    CONTRACT = "contract"  # interest at a rate that a contract agrees
    RATE = "rate"
    SOON = "soon"

    @property
    def stops(self) -> bool:
        """Whether the claim cannot be filed so."""
        return self not in _WARNINGS


_WARNINGS = frozenset({Fault.OBJECTION, Fault.DISPUTED, Fault.ATTEMPT, Fault.SETTLED, Fault.CONTRACT, Fault.RATE, Fault.SOON})


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault, and what it is about where it is not the claim as a whole."""

    fault: Fault
    about: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that a claim in EPU says."""

    filing_on: date
    creditor: Party
    debtor: Party
    claims: tuple[Claim, ...]
    evidence: tuple[Evidence, ...]
    attempt: str  # how an agreement was tried out of court, or why not (art. 187 par. 1 pkt 3 KPC)
    value: Decimal
    fee: Fee
    findings: tuple[Finding, ...] = field(default_factory=tuple)

    @property
    def may_be_filed(self) -> bool:
        """Whether nothing stands against it that stops."""
        return not any(finding.fault.stops for finding in self.findings)

    @property
    def principal(self) -> Decimal:
        """Of all claims, without compensation."""
        return sum((claim.value for claim in self.claims if claim.kind is ClaimKind.PRINCIPAL), ZERO)

    @property
    def compensation(self) -> Decimal:
        """For recovery costs, a claim of its own for each invoice."""
        return sum((claim.value for claim in self.claims if claim.kind is ClaimKind.COMPENSATION), ZERO)

    @property
    def interest(self) -> Decimal:
        """Through the day of filing."""
        return sum((claim.interest for claim in self.claims), ZERO)


def sheet(
    creditor: Party,
    debtor: Party,
    debts: Sequence[Debt],
    proofs: Sequence[Proof],
    *,
    kind_is_known: bool,
    is_protected: bool,
    attempt: str,
    filing_on: date,
) -> Sheet:
    """The claim of a creditor against one debtor, as it would be filed on a day."""
    evidence = tuple(Evidence(number, proof) for number, proof in enumerate(proofs, start=1))
    claims = tuple(_claims(debts, evidence))
    value = value_of(claim.value for claim in claims)
    found = [
        *_about_parties(creditor, debtor, kind_is_known=kind_is_known),
        *_about_debts(debts, is_protected=is_protected, filing_on=filing_on),
        *([] if attempt.strip() else [Finding(Fault.ATTEMPT)]),
        *([Finding(Fault.TOO_MUCH)] if value > LARGEST_VALUE else []),
        *([] if value > 0 else [Finding(Fault.NOTHING)]),
    ]
    findings = tuple(sorted(found, key=lambda one: not one.fault.stops))  # what stops first; the order is kept otherwise
    return Sheet(filing_on, creditor, debtor, claims, evidence, attempt.strip(), value, fee_of(value), findings)


def _claims(debts: Sequence[Debt], evidence: Sequence[Evidence]) -> Iterator[Claim]:
    number = 0
    for debt in debts:
        named = tuple(one.number for one in evidence if one.proof.about in ("", debt.label))
        days = (debt.issued_on, debt.due_on, debt.effective_due_on + _DAY, file_by(debt.due_on))
        if debt.open > 0:
            number += 1
            yield Claim(
                number, ClaimKind.PRINCIPAL, debt.label, debt.open, *days, debt.spans, debt.regime, debt.settled_interest, evidence=named
            )
        if debt.compensation > 0:
            number += 1
            yield Claim(
                number, ClaimKind.COMPENSATION, debt.label, debt.compensation, *days, working=debt.compensation_working, evidence=named
            )


def _about_parties(creditor: Party, debtor: Party, *, kind_is_known: bool) -> Iterator[Finding]:
    if not creditor.tax_id or not check_tax_id("PL", creditor.tax_id).is_valid or not (creditor.street and creditor.city):
        yield Finding(Fault.CREDITOR)
    if debtor.country != "PL":
        yield Finding(Fault.FOREIGN)
    elif not (debtor.street and debtor.postcode and debtor.city):
        yield Finding(Fault.ADDRESS)
    if not kind_is_known:
        yield Finding(Fault.KIND)
    if not _is_identified(debtor):
        yield Finding(Fault.IDENTITY)


def _is_identified(debtor: Party) -> bool:
    """A natural person by PESEL or NIP, another by KRS or NIP: a wrong number may be fined."""
    by_tax_id = bool(debtor.tax_id) and check_tax_id("PL", debtor.tax_id).is_valid
    kind, number = ("pesel", debtor.pesel) if debtor.is_person else ("krs", debtor.krs)
    return by_tax_id or (bool(number) and check(kind, number).is_valid)


def _about_debts(debts: Sequence[Debt], *, is_protected: bool, filing_on: date) -> Iterator[Finding]:
    for debt in debts:
        if debt.currency != "PLN":
            yield Finding(Fault.CURRENCY, debt.label)
        if debt.effective_due_on >= filing_on:
            yield Finding(Fault.NOT_DUE, debt.label)
        yield from _about_age(debt, is_protected=is_protected, filing_on=filing_on)
        if debt.disputed > 0:
            yield Finding(Fault.DISPUTED, debt.label)
        if debt.settled_interest > 0:
            yield Finding(Fault.SETTLED, debt.label)
        if debt.spans and debt.regime not in REGIMES:
            yield Finding(Fault.CONTRACT, debt.label)
        if debt.lacks_rate:
            yield Finding(Fault.RATE, debt.label)


def _about_age(debt: Debt, *, is_protected: bool, filing_on: date) -> Iterator[Finding]:
    last = file_by(debt.due_on)
    if filing_on > last:
        yield Finding(Fault.TOO_OLD, debt.label)
    elif filing_on + 30 * _DAY > last:
        yield Finding(Fault.SOON, debt.label)
    if debt.is_barred:
        yield Finding(Fault.BARRED if is_protected else Fault.OBJECTION, debt.label)


def _up(amount: Decimal) -> Decimal:
    return amount.to_integral_value(ROUND_CEILING)
