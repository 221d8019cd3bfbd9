"""What the paper of a claim sheet says: frozen facts, from the sheet. Pure. A draft for who files the claim, no pleading."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from dunning.epu import Claim, Party, Sheet, Span
from dunning.epu_files import COURT, DIVISION, regime_words
from receivables.core.money import round_to_unit

EPU_COURT = {"name": f"{COURT}, {DIVISION}", "street": "", "postcode": "", "city": "Lublin", "country": "PL"}


def claim_sheet(says: Mapping[str, Any], sheet: Sheet, *, case: int, court: Mapping[str, str], currency: str) -> dict[str, Any]:
    """The facts of the paper, from the head that all papers share. `court` is its addressee; the fee is EPU's, none elsewhere."""
    return {
        **says,
        "court_case": case,
        "court": dict(court),
        "registers": {"creditor": _registers(sheet.creditor), "debtor": _registers(sheet.debtor)},
        "filing_on": sheet.filing_on.isoformat(),
        "rows": [_row(claim, currency) for claim in sheet.claims],
        "spans": [_span(claim, span, currency) for claim in sheet.claims for span in claim.spans],
        "regime": ", ".join(dict.fromkeys(regime_words(claim.regime) for claim in sheet.claims if claim.regime)),
        "evidence": [
            {"number": str(one.number), "name": one.proof.name, "on": one.proof.on.isoformat(), "fact": one.proof.fact}
            for one in sheet.evidence
        ],
        "attempt": sheet.attempt,
        "principal": _text(sheet.principal, currency),
        "compensation": _text(sheet.compensation, currency),
        "interest": _text(sheet.interest, currency),
        "asks": _text(sheet.value, currency),
        "fees": _text(sheet.fee.to_pay, currency),
        "is_epu": currency == "PLN" and court.get("name") == EPU_COURT["name"],
    }  # fmt: skip


def _registers(party: Party) -> dict[str, Any]:
    """Numbers in registers and the day of the newest check. Of a PESEL only that one is held: the paper is kept and may be looked at."""
    checked = party.checked_on.isoformat() if party.checked_on else None
    return {"krs": party.krs, "regon": party.regon, "has_pesel": bool(party.is_person and party.pesel), "checked_on": checked}


def _row(claim: Claim, currency: str) -> dict[str, Any]:
    return {
        "number": str(claim.number),
        "what": str(claim.kind),
        "label": claim.label,
        "amount": _text(claim.value, currency),
        "due_on": claim.due_on.isoformat(),
        "became_on": claim.became_due_on.isoformat(),
        "evidence": ", ".join(map(str, claim.evidence)),
    }


def _span(claim: Claim, span: Span, currency: str) -> dict[str, Any]:
    return {
        "number": str(claim.number),
        "label": claim.label,
        "first_on": span.first_on.isoformat(),
        "last_on": span.last_on.isoformat() if span.last_on else None,
        "principal": _text(span.principal, currency),
        "rate_percent": None if span.percent is None else str(span.percent),
        "amount": _text(span.amount, currency),
    }


def _text(amount: Decimal, currency: str) -> str:
    return str(round_to_unit(amount, currency))
