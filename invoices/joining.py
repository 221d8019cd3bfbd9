"""What becomes of each row that names a customer when two turn out to be one, or one to be two. Pure.

Every foreign key to a customer stands here, in whichever app; a test fails for one that does not. Nothing is left to chance: a new kind
of row says whether it moves, and by which items it belongs to one side.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from receivables.core.sentences import gettext_noop

Sentence = tuple[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Place:
    """A foreign key to a customer.

    `items`: lookups to the items that a row is about; it belongs to a side when they all do. Without any it is the customer's own.
    `once`: fields of which a customer has each combination once, while `standing` is empty: the survivor's own row is kept then.
    """

    moves: bool = True
    items: tuple[str, ...] = ()
    once: tuple[str, ...] | None = None
    standing: str = ""
    needs: str = ""  # a field without which a row stays
    why: str = ""  # it stays


PLACES: dict[str, Place] = {
    "invoices.Customer.parent": Place(),
    "invoices.Customer.payer": Place(),
    "invoices.Customer.letters_to": Place(),
    "invoices.Customer.merged_into": Place(),
    "invoices.CustomerMove.source": Place(moves=False, why="it is the record of the move"),
    "invoices.CustomerMove.target": Place(moves=False, why="it is the record of the move"),
    "invoices.Contact.customer": Place(),  # but for doubles, see `actions.moving`
    "invoices.Invoice.customer": Place(items=("items", "entries__item")),
    "invoices.Item.customer": Place(items=("pk",)),
    "invoices.Payment.customer": Place(items=("entries__item", "claim_entries__claim__invoice__items", "credit_entries__entries__item")),
    "invoices.CreditEntry.customer": Place(),  # goes with its payment or credit note, see `actions.moving`
    "invoices.Prepayment.customer": Place(),  # the same
    "invoices.Claim.customer": Place(items=("invoice__items",)),
    "invoices.SparedCustomer.customer": Place(once=(), standing="ended_on"),
    "invoices.ContractRate.customer": Place(items=("invoice__items",), needs="invoice"),
    "invoices.SisterMoney.customer": Place(items=("items",)),
    "invoices.Relief.customer": Place(items=("item",)),
    "dunning.Promise.customer": Place(items=("lines__item",)),
    "dunning.Agreement.customer": Place(items=("lines__item",)),
    "dunning.AcceptedOffer.customer": Place(items=("lines__item",)),
    "dunning.TermsAsked.customer": Place(),
    "dunning.Assignment.customer": Place(moves=False, why="new invoices of the survivor have the survivor's own policy"),
    "dunning.Case.customer": Place(items=("item", "rate__agreement__lines__item")),
    "dunning.Hold.customer": Place(items=("item",)),
    "dunning.Notice.customer": Place(items=("taken__case__item", "taken__case__rate__agreement__lines__item")),
    "dunning.Task.customer": Place(items=("cases__item",), once=("kind", "step", "about"), standing="closed_on"),
    "dunning.Placement.customer": Place(items=("items__item",)),
    "dunning.CallMade.customer": Place(items=("task__cases__item",)),
    "dunning.Complaint.customer": Place(items=("invoice__items",)),
    "dunning.AwaitedCredit.customer": Place(items=("item",)),
    "dunning.Courtesy.customer": Place(),
    "dunning.LimitationEvent.customer": Place(items=("invoice__items",)),
    "dunning.OpeningItem.customer": Place(items=("item",)),
    "dunning.NonPayment.customer": Place(items=("invoice__items",)),
    "dunning.LedgerDifference.customer": Place(items=("item",)),
    "dunning.RegisterWarning.customer": Place(items=("items__item",)),
    "dunning.RegisterEntry.customer": Place(items=("items__item",)),
    "dunning.Reply.customer": Place(items=("cases__item",)),
    "dunning.WarningSign.customer": Place(once=("kind", "about")),
    "dunning.StopFact.customer": Place(once=("kind",), standing="ended_on"),
    "dunning.Withdrawal.customer": Place(),
    "dunning.Written.customer": Place(),
    "dunning.StatementSent.customer": Place(once=("currency", "to_on")),
    "dunning.BalanceRequest.customer": Place(once=("campaign", "currency")),
    "dunning.PaperTerms.customer": Place(moves=False, why="what was agreed about papers was agreed with the survivor as it is"),
    "dunning.CourtCase.customer": Place(items=("items__item",)),
    "dunning.Mediation.customer": Place(items=("items__item",)),
    "dunning.DebtSale.customer": Place(items=("items__item",)),
    "credit.InsuranceNotice.customer": Place(items=("item",)),
    "credit.CreditLimit.customer": Place(moves=False, why="a limit was set for the survivor as it is; set it anew if it changes"),
    "credit.CreditOverride.customer": Place(once=(), standing="ended_on"),
    "credit.CreditStanding.customer": Place(moves=False, why="it is worked out anew for both"),
    "credit.CreditChange.customer": Place(moves=False, why="it is the history of a state that was this customer's"),
    "shops.ShopBuyer.customer": Place(),
    "portal.PortalSession.customer": Place(moves=False, why="the sessions of both end"),
}


@dataclass(frozen=True, slots=True)
class Tie:
    """Two rows that a third ties together: they belong to the same customer, always."""

    model: str
    left: tuple[str, str]  # model, and the lookup to its id
    right: tuple[str, str]
    standing: Mapping[str, object] = field(default_factory=dict)
    name: str = ""  # lookup to what people call it
    says: str = ""


_STANDS = {"is_reversal": False, "reversal": None}
TIES = (
    Tie(
        "invoices.AllocationEntry", ("invoices.Payment", "payment"), ("invoices.Item", "item"), _STANDS, "payment__reference",
        gettext_noop("Payment %(name)s settles invoices of both sides. Take it back or allocate it anew first."),
    ),
    Tie(
        "invoices.AllocationEntry", ("invoices.Invoice", "credit_note"), ("invoices.Item", "item"), _STANDS, "credit_note__number",
        gettext_noop("Credit note %(name)s settles invoices of both sides. Take it back first."),
    ),
    Tie(
        "invoices.AllocationEntry", ("invoices.Payment", "allowance__payment"), ("invoices.Item", "item"), _STANDS, "item__label",
        gettext_noop("What was borne of %(name)s goes with a payment of the other side. Take that back first."),
    ),
    Tie(
        "invoices.AllocationEntry", ("invoices.Payment", "exchange__payment"), ("invoices.Item", "item"), _STANDS, "item__label",
        gettext_noop("%(name)s is settled in another currency by a payment of the other side. Take that back first."),
    ),
    Tie(
        "invoices.ClaimEntry", ("invoices.Payment", "payment"), ("invoices.Claim", "claim"), _STANDS, "payment__reference",
        gettext_noop("Payment %(name)s settles claims of both sides. Take it back first."),
    ),
    Tie(
        "invoices.Invoice", ("invoices.Invoice", "corrects"), ("invoices.Invoice", "pk"), {}, "number",
        gettext_noop("%(name)s corrects an invoice of the other side. Let both go together."),
    ),
    Tie(
        "dunning.PromisedItem", ("dunning.Promise", "promise"), ("invoices.Item", "item"), {"is_standing": True}, "item__label",
        gettext_noop("A promise covers %(name)s and invoices of the other side. It has to end first."),
    ),
    Tie(
        "dunning.AgreedItem", ("dunning.Agreement", "agreement"), ("invoices.Item", "item"), {"agreement__ended_on": None}, "item__label",
        gettext_noop("An agreement covers %(name)s and invoices of the other side. It has to end first."),
    ),
    Tie(
        "dunning.AcceptedItem", ("dunning.AcceptedOffer", "offer"), ("invoices.Item", "item"), {"is_standing": True}, "item__label",
        gettext_noop("An offer that was accepted covers %(name)s and invoices of the other side. It has to end first."),
    ),
    Tie(
        "dunning.CourtItem", ("dunning.CourtCase", "case"), ("invoices.Item", "item"), {"is_standing": True}, "item__label",
        gettext_noop("A court case claims %(name)s and invoices of the other side. Let both go together, or end it first."),
    ),
    Tie(
        "dunning.MediatedItem", ("dunning.Mediation", "mediation"), ("invoices.Item", "item"), {"mediation__ended_on": None}, "item__label",
        gettext_noop("A mediation is about %(name)s and invoices of the other side. It has to end first."),
    ),
    Tie(
        "dunning.Case", ("dunning.Notice", "in_flight__notice"), ("dunning.Case", "pk"), {}, "item__label",
        gettext_noop("A message about %(name)s and invoices of the other side is on its way. Wait until its outcome is known."),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Side:
    """What of a customer decides whether it may be the same as another."""

    name: str
    creditor: int
    kind: str
    tax_id: str = ""
    pesel: bytes = b""
    is_merged: bool = False
    is_placed: bool = False  # something of it is at an agency or in court
    has_contract_rate: bool = False  # contract interest is agreed for all its invoices


def against_merge(source: Side, target: Side) -> list[Sentence]:
    """Why the two cannot be one, each reason in words with its facts; empty where they may be."""
    found: list[Sentence] = []
    names = {"source": source.name, "target": target.name}
    if source.creditor != target.creditor:
        return [(gettext_noop("Customers of two companies are never merged."), {})]
    for side in (source, target):
        if side.is_merged:
            found.append((gettext_noop("%(name)s was merged already. Open the customer that it was merged into."), {"name": side.name}))
        if side.is_placed:
            found.append(
                (
                    gettext_noop("Debts of %(name)s are with an agency or in court, under this name. Call them back first."),
                    {"name": side.name},
                )
            )
        if side.has_contract_rate:
            found.append(
                (
                    gettext_noop(
                        "Contract interest is agreed with %(name)s for all invoices, and would hold for the other's too. Agree it for the"
                        " invoices that it is about, and end it for the customer, first."
                    ),
                    {"name": side.name},
                )
            )
    if source.kind != target.kind:
        found.append(
            (gettext_noop("%(source)s and %(target)s are of different kinds in law. If one is wrong, change its kind first."), names)
        )
    if source.tax_id and target.tax_id and bare(source.tax_id) != bare(target.tax_id):
        found.append((gettext_noop("%(source)s and %(target)s have different tax numbers: they are two firms."), names))
    if source.pesel and target.pesel and source.pesel != target.pesel:
        found.append((gettext_noop("%(source)s and %(target)s have different PESEL numbers: they are two persons."), names))
    return found


def lacks_proof(source: Side, target: Side) -> bool:
    """Whether only one of them has a tax number: a person has to say that they are the same."""
    return bool(source.tax_id) != bool(target.tax_id)


def bare(tax_id: str) -> str:
    """A NIP is the same with PL before it, with hyphens and without."""
    plain = "".join(sign for sign in tax_id.upper() if sign.isalnum())
    return plain.removeprefix("PL") if plain[2:].isdecimal() else plain


SAME_TAX_ID = gettext_noop("the same tax number")
SAME_EMAIL = gettext_noop("the same e-mail address")
SAME_PHONE = gettext_noop("the same phone")
SAME_PLACE = gettext_noop("the same name at the same address")
SCORES = {SAME_TAX_ID: 60, SAME_EMAIL: 30, SAME_PHONE: 20, SAME_PLACE: 40}
"""How much each reason says, of 100. A phone is shared by neighbours and offices, so it is the weakest."""


def score_of(reasons: Sequence[str]) -> int:
    """How likely two customers are one, of 100."""
    return min(sum(SCORES[reason] for reason in reasons), 100)
