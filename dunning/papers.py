"""What the papers beside the ladder's letters say: frozen facts, worked out from plain values. Pure; PRODUCT.md section 5, LAW.md A2 to A8.

Each function gives the facts that `receivables.documents.letters` sets, and refuses a paper that may not be made. Amounts are decimals in
the paper's one currency; sums are worked out here, from the very lines that the paper shows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from dunning.registers import Missing, RegisterStanding
from invoices.states import ClaimKind, Kind
from receivables.core.errors import Refused, gettext_noop
from receivables.core.money import round_to_unit
from receivables.countries.periods import months_after
from receivables.countries.registers import Register

ZERO = Decimal(0)
_DAY = timedelta(days=1)

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """A document on a paper. `open` is without what is disputed; `paid_on` None while something is open."""

    label: str
    issued_on: date
    due_on: date
    amount: Decimal
    open: Decimal
    disputed: Decimal = ZERO
    paid_on: date | None = None


@dataclass(frozen=True, slots=True)
class Movement:
    """A line of a statement: what raised (above zero) or lowered the account. `what` is one of the `line_…` words of the papers."""

    on: date
    label: str
    what: str
    amount: Decimal
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Instalment:
    """A rate of an agreement."""

    label: str
    due_on: date
    amount: Decimal


def head(firm: Mapping[str, Any], buyer: Mapping[str, Any], *, on: date, currency: str, portal_url: str, salutation: str = "") -> Facts:
    """What every paper says. The salutation is the one chosen for the reader; the neutral one where none was, never a guess."""
    none = _text(ZERO, currency)
    return {
        "creditor": dict(firm),
        "customer": dict(buyer),
        "reference": buyer["number"],
        "salutation": salutation,
        "on": on.isoformat(),
        "currency": currency,
        "portal_url": portal_url,
        "items": [],
        "claims": [],
        **dict.fromkeys(("principal", "credit", "interest", "compensation", "fees", "disputed", "asks"), none),
    }


def demand(says: Facts, lines: Sequence[Line], claims: Sequence[Mapping[str, Any]], *, deadline_on: date, credit: Decimal = ZERO) -> Facts:
    """A call for payment of documents that are overdue. Raises `Refused` where nothing is to be demanded."""
    on, currency = date.fromisoformat(says["on"]), says["currency"]
    principal = sum((line.open for line in lines), ZERO)
    sums = _claimed(claims)
    asks = principal + sum(sums.values(), ZERO) - credit
    if asks <= 0 or any(line.due_on >= on for line in lines):
        raise Refused(gettext_noop("There is nothing overdue to demand."))
    return {
        **says,
        "step": "demand",
        "document": "demand",
        "is_overdue": True,
        "deadline_on": deadline_on.isoformat(),
        "items": [{**_line(line, currency), "days_late": (on - line.due_on).days} for line in lines],
        "claims": [dict(claim) for claim in claims],
        "principal": _text(principal, currency),
        "credit": _text(credit, currency),
        **{name: _text(amount, currency) for name, amount in sums.items()},
        "asks": _text(asks, currency),
    }


def final_demand(demanded: Facts, *, earlier: Iterable[tuple[str, date]], proofs: Sequence[str]) -> Facts:
    """The last call before a court, from the facts of a demand: which calls went before, and what will be named as proof."""
    calls = [{"number": number, "on": on.isoformat()} for number, on in earlier]
    return {**demanded, "document": "final_demand", "earlier": calls, "proofs": list(proofs)}


def register_warning(demanded: Facts, register: Register, standing: RegisterStanding, *, name: str, due_on: date) -> Facts:
    """A demand that warns of an entry with a bureau (`name`: its name and seat), from the facts of a demand.

    `due_on` is the latest of its documents, moved to a working day. Raises `Refused` where no entry could follow however long one waits:
    below the threshold, too old, in a currency without threshold, or while the bureau is not named.
    """
    if not name.strip():
        raise Refused(gettext_noop("Name the bureau and its seat: without them the warning does not count."))
    if barred := [what for what in standing.missing if what in _NEVER]:
        raise Refused(_NEVER[barred[0]])
    sent_on = date.fromisoformat(demanded["on"])
    entry_on = max(due_on + (register.overdue_days + 1) * _DAY, months_after(sent_on, register.warning_months) + _DAY)
    return {
        **demanded,
        "document": "register_warning",
        "register": name.strip(),
        "entry_on": entry_on.isoformat(),
        "threshold": str(register.threshold),
        "is_protected": Kind(demanded["customer"]["kind"]).is_protected,
    }


_NEVER = {
    Missing.SUM: gettext_noop("What is overdue is below the sum from which the law allows an entry, so there is nothing to warn of."),
    Missing.AGE: gettext_noop("Part of the debt fell due too long ago to be entered. Warn of the rest alone."),
    Missing.CURRENCY: gettext_noop("The register has no threshold for this currency, so no entry can follow."),
}


def interest_note(says: Facts, lines: Sequence[Line], claims: Sequence[Mapping[str, Any]], *, deadline_on: date) -> Facts:
    """Late interest on documents that were paid late or are unpaid. The principal is not demanded by it. Raises `Refused` for none."""
    return _note(says, lines, claims, ClaimKind.INTEREST, deadline_on=deadline_on)


def compensation_note(says: Facts, lines: Sequence[Line], claims: Sequence[Mapping[str, Any]], *, deadline_on: date) -> Facts:
    """Flat compensation for documents that were paid late. Never to a consumer: the act knows commercial transactions alone."""
    _refuse_consumer(says, gettext_noop("A consumer owes no compensation for recovery costs. No such note can be made."))
    return _note(says, lines, claims, ClaimKind.COMPENSATION, deadline_on=deadline_on)


def _note(says: Facts, lines: Sequence[Line], claims: Sequence[Mapping[str, Any]], kind: ClaimKind, *, deadline_on: date) -> Facts:
    currency, own = says["currency"], [dict(claim) for claim in claims if claim["kind"] == kind]
    total = sum((Decimal(claim["amount"]) for claim in own), ZERO)
    if total <= 0:
        raise Refused(gettext_noop("Nothing of this kind is owed, so there is no note to make."))
    labels = {claim["label"] for claim in own} | {claim["label"].rpartition("#")[0] for claim in own}
    shown = [line for line in lines if line.label in labels or line.label.rpartition("#")[0] in labels]
    principal = sum((line.open for line in shown), ZERO)
    return {
        **says,
        "deadline_on": deadline_on.isoformat(),
        "items": [_line(line, currency) for line in shown],
        "claims": own,
        str(kind): _text(total, currency),
        "principal": _text(principal, currency),
        "runs_further": principal > 0,
        "asks": _text(total, currency),
    }


def balance_confirmation(
    says: Facts, lines: Sequence[Line], credited_by: Sequence[tuple[str, date, Decimal]], *, as_of_on: date, deadline_on: date
) -> Facts:
    """The balance of a day, to be confirmed. Not of consumers, who keep no books, and without what is disputed."""
    _refuse_consumer(says, gettext_noop("A consumer keeps no books, so there is no balance to confirm. Send a statement instead."))
    currency = says["currency"]
    charged = [{**_line(line, currency), "debit": _text(line.open, currency)} for line in lines if line.open > 0]
    credited = [
        {"label": label, "issued_on": on.isoformat(), "credited": _text(amount, currency)}
        for label, on, amount in credited_by
        if amount > 0
    ]
    balance = sum((line.open for line in lines), ZERO) - sum((amount for _, _, amount in credited_by), ZERO)
    if not charged and not credited:
        raise Refused(gettext_noop("Nothing is open on that day, so there is no balance to confirm."))
    return {
        **says,
        "as_of_on": as_of_on.isoformat(),
        "deadline_on": deadline_on.isoformat(),
        "items": [{"due_on": None, "debit": None, "credited": None, **item} for item in (*charged, *credited)],
        "balance": _text(abs(balance), currency),
        "is_ours": balance >= 0,
    }


def statement(
    says: Facts,
    movements: Iterable[Movement],
    *,
    from_on: date,
    to_on: date,
    overdue: Decimal,
    disputed: Decimal = ZERO,
    barred: Decimal = ZERO,
) -> Facts:
    """All that moved an account in a period, with the balance after each line. Movements before it make the opening balance.

    `barred` is what of the balance limitation forbids to demand: it is told and not asked for.
    """
    if to_on < from_on:
        raise Refused(gettext_noop("The first day of a statement does not lie after its last."))
    currency = says["currency"]
    known = sorted((move for move in movements if move.on <= to_on), key=lambda move: move.on)
    balance = opening = sum((move.amount for move in known if move.on < from_on), ZERO)
    lines = []
    for move in known:
        if move.on >= from_on:
            balance += move.amount
            lines.append(_movement(move, balance, currency))
    return {
        **says,
        "from_on": from_on.isoformat(),
        "to_on": to_on.isoformat(),
        "opening": _text(opening, currency),
        "lines": lines,
        "closing": _text(balance, currency),
        "overdue": _text(overdue, currency),
        "disputed": _text(disputed, currency),
        "barred": _text(barred, currency),
        "asks": _text(max(balance - barred, ZERO), currency),
    }


def agreement(
    says: Facts,
    lines: Sequence[Line],
    sums: Mapping[str, Decimal],
    rates: Sequence[Instalment],
    *,
    label: str,
    waives_interest: bool,
) -> Facts:
    """Instalments over a debt that the debtor acknowledges. Raises `Refused` where the rates are not the debt."""
    owed = _owed(says, lines, sums)
    if sum((rate.amount for rate in rates), ZERO) != Decimal(owed["asks"]):
        raise Refused(gettext_noop("The instalments do not add up to the debt that is acknowledged."))
    currency = says["currency"]
    return {
        **owed,
        "reference": label,
        "waives_interest": waives_interest,
        "rates": [{"label": rate.label, "due_on": rate.due_on.isoformat(), "amount": _text(rate.amount, currency)} for rate in rates],
    }


def assignment(
    says: Facts,
    lines: Sequence[Line],
    sums: Mapping[str, Decimal],
    *,
    assignee: Mapping[str, Any],
    price: Decimal,
    price_due_on: date,
    passes_on: date,
    proofs: Sequence[str],
) -> Facts:
    """A contract that assigns claims. What is disputed is left out, and so is compensation since 2020 (act of 8 March 2013, art. 10(4))."""
    if sums.get("compensation"):
        raise Refused(gettext_noop("Compensation for recovery costs cannot be assigned. Leave it out."))
    if any(line.disputed for line in lines):
        raise Refused(gettext_noop("The contract states that the claims are undisputed. Leave the disputed documents out."))
    return {
        **_owed(says, lines, sums),
        "assignee": dict(assignee),
        "price": _text(price, says["currency"]),
        "price_due_on": price_due_on.isoformat(),
        "passes_on": passes_on.isoformat(),
        "proofs": list(proofs),
    }


def assignment_notice(assigned: Facts) -> Facts:
    """What the debtor is told of an assignment, from its facts: from now on the new creditor is paid. The price is not told."""
    kept = {name: value for name, value in assigned.items() if name not in ("price", "price_due_on", "proofs", "assignee")}
    return {**kept, "payee": assigned["assignee"]}


def agency_order(
    says: Facts,
    lines: Sequence[Line],
    sums: Mapping[str, Decimal],
    *,
    agency: Mapping[str, Any],
    percent: Decimal,
    charges_debtor: bool,
    allows_register: bool,
    contact_person: str,
    proofs: Sequence[str],
) -> Facts:
    """An order to an agency to collect claims, on its terms."""
    return {
        **_owed(says, lines, sums),
        "agency": dict(agency),
        "percent": str(percent),
        "charges_debtor": charges_debtor,
        "allows_register": allows_register,
        "contact_person": contact_person,
        "proofs": list(proofs),
    }


def withdrawal(says: Facts, *, number: str, of: date, reason: str, recalled: Sequence[str] = ()) -> Facts:
    """A letter taken back, with an apology: its number and day, why, and who else is told."""
    if not reason.strip():
        raise Refused(gettext_noop("Say why the letter is withdrawn: its reader is told."))
    return {**says, "withdrawn": {"number": number, "on": of.isoformat()}, "reason": reason.strip(), "recalled": list(recalled)}


def _owed(says: Facts, lines: Sequence[Line], sums: Mapping[str, Decimal]) -> Facts:
    """Principal by document, what is claimed beside it by kind, and the sum of all."""
    currency = says["currency"]
    principal = sum((line.open for line in lines), ZERO)
    asks = principal + sum(sums.values(), ZERO)
    if asks <= 0:
        raise Refused(gettext_noop("Nothing is owed, so there is no such paper to make."))
    return {
        **says,
        "items": [_line(line, currency) for line in lines],
        "principal": _text(principal, currency),
        **{name: _text(amount, currency) for name, amount in sums.items()},
        "asks": _text(asks, currency),
    }


def _claimed(claims: Sequence[Mapping[str, Any]]) -> dict[str, Decimal]:
    names = {ClaimKind.INTEREST: "interest", ClaimKind.COMPENSATION: "compensation", ClaimKind.FEE: "fees"}
    return {name: sum((Decimal(claim["amount"]) for claim in claims if claim["kind"] == kind), ZERO) for kind, name in names.items()}


def _line(line: Line, currency: str) -> Facts:
    return {
        "label": line.label,
        "issued_on": line.issued_on.isoformat(),
        "due_on": line.due_on.isoformat(),
        "amount": _text(line.amount, currency),
        "open": _text(line.open, currency),
        "disputed": _text(line.disputed, currency),
        "paid_on": line.paid_on.isoformat() if line.paid_on else None,
    }


def _movement(move: Movement, balance: Decimal, currency: str) -> Facts:
    return {
        "on": move.on.isoformat(),
        "label": move.label,
        "what": move.what,
        "due_on": move.due_on.isoformat() if move.due_on else None,
        "debit": _text(move.amount, currency) if move.amount > 0 else None,
        "credited": _text(-move.amount, currency) if move.amount <= 0 else None,
        "balance": _text(balance, currency),
    }


def _refuse_consumer(says: Facts, why: str) -> None:
    if Kind(says["customer"]["kind"]).is_protected:  # who is not known to be a firm is one
        raise Refused(why)


def _text(amount: Decimal, currency: str) -> str:
    return str(round_to_unit(amount, currency))
