"""The index of a pack: what is claimed, what it holds, what happened, what is not there. Pure: facts of the paper `evidence`."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from dunning.evidence.pack import Placed
from dunning.papers import ZERO, Facts, Line
from invoices.states import ClaimKind
from receivables.core.archives import sha256_of
from receivables.core.money import round_to_unit

_SUMS = {ClaimKind.INTEREST: "interest", ClaimKind.COMPENSATION: "compensation", ClaimKind.FEE: "fees"}


def index_facts(
    says: Facts,
    lines: Sequence[Line],
    claims: Sequence[dict[str, Any]],
    exhibits: Sequence[Placed],
    events: Sequence[dict[str, Any]],
    missing: Iterable[tuple[str, str]],
    *,
    digest: str,
) -> Facts:
    """What the index says, in the currency of `says`. The sum is worked out from the very lines it shows; what is disputed stays in it and
    is told beside. `missing` pairs a word of the papers with what it is about."""
    currency = says["currency"]
    principal = sum((line.open for line in lines), ZERO)
    sums = {kind: sum((Decimal(claim["amount"]) for claim in claims if claim["kind"] == kind), ZERO) for kind in _SUMS}
    return {
        **says,
        "items": [_line(line, currency) for line in lines],
        "claims": list(claims),
        "principal": _text(principal, currency),
        **{name: _text(sums[kind], currency) for kind, name in _SUMS.items()},
        "disputed": _text(sum((line.disputed for line in lines), ZERO), currency),
        "asks": _text(principal + sum(sums.values(), ZERO), currency),
        "exhibits": [_exhibit(one) for one in exhibits],
        "events": [dict(event) for event in events],
        "missing": [{"what": what, "of": of} for what, of in missing],
        "digest": digest,
    }


def _line(line: Line, currency: str) -> Facts:
    return {
        "label": line.label,
        "issued_on": line.issued_on.isoformat(),
        "due_on": line.due_on.isoformat(),
        "amount": _text(line.amount, currency),
        "open": _text(line.open, currency),
        "disputed": _text(line.disputed, currency),
    }


def _exhibit(one: Placed) -> Facts:
    shown = one.exhibit
    return {
        "number": one.number,
        "path": one.path,
        "what": shown.what,
        "title": shown.title,
        "on": shown.on.isoformat(),
        "sha256": sha256_of(shown.content),
    }


def event_facts(on: date, what: str, label: str, detail: str, amount: Decimal | None, currency: str) -> Facts:
    """An entry of the timeline in plain values."""
    return {
        "on": on.isoformat(), "what": what, "label": label, "detail": detail, "amount": None if amount is None else _text(amount, currency)
    }  # fmt: skip


def _text(amount: Decimal, currency: str) -> str:
    return str(round_to_unit(amount, currency))
