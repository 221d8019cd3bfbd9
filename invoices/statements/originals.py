"""What a statement says of money that was exchanged on its way: the original amount, its currency and the rate, as text among references.

CAMT: AmtDtls/InstdAmt or TxAmt with CcyXchg. MT940: /OCMT/EUR1000,00/ and /EXCH/4,25/ (SWIFT, field 86).
"""

import re
from collections.abc import Mapping
from decimal import Decimal

from invoices.exchange import Original

AMOUNTS = frozenset({"original", "rate"})
"""References that are no keys."""
_OCMT = re.compile(r"/OCMT/\s*([A-Z]{3})\s*([0-9]{1,12}(?:,[0-9]{0,3})?)")
_EXCH = re.compile(r"/EXCH/\s*([0-9]{1,8}(?:,[0-9]{0,8})?)")
_CODES = re.compile(r"\s*/(?:OCMT|EXCH|CHGS)/[^/]*/?")
_ORIGINAL = re.compile(r"([A-Z]{3}) ([0-9]{1,15}(?:\.[0-9]{1,5})?)")


def told(amount: Decimal | None, currency: str, rate: str = "") -> dict[str, str]:
    """The references that say it; none without an amount."""
    if amount is None or not amount or not currency:
        return {}
    return {"original": f"{currency} {amount:f}", **({"rate": rate} if rate else {})}


def told_in(text: str) -> dict[str, str]:
    """The same of the code words of MT940."""
    found = _OCMT.search(text)
    if found is None:
        return {}
    rate = _EXCH.search(text)
    return told(Decimal(found[2].replace(",", ".").rstrip(".")), found[1], rate[1].replace(",", ".").rstrip(".") if rate else "")


def without(title: str) -> str:
    """A title without those code words: the number before them ends there."""
    return _CODES.sub(" ; ", title)


def original_of(references: Mapping[str, str]) -> Original | None:
    """The original amount that references say; None where they say none that can be read."""
    found = _ORIGINAL.fullmatch(references.get("original", ""))
    if found is None or not Decimal(found[2]):
        return None
    rate = references.get("rate", "")
    return Original(Decimal(found[2]), found[1], Decimal(rate) if re.fullmatch(r"[0-9]{1,8}(\.[0-9]{1,10})?", rate) else None)
