"""What the services have in common: kinds, parties and what was paid."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from invoices.intake.elements import compact
from invoices.intake.parsed import ZERO, Asked, Paid, Party, Question
from invoices.intake.services.fields import Fields
from invoices.states import DocumentKind, Kind

TRANSFERS = frozenset({"", "transfer", "przelew", "prz", "split_payment"})
METHODS: Mapping[str, str] = {
    "cash": "cash", "gotowka": "cash", "gotówka": "cash", "gtk": "cash", "card": "card", "karta": "card", "payment_card": "card",
    "kar": "card", "cod": "cash_on_delivery", "delivery": "cash_on_delivery", "pobranie": "cash_on_delivery", "compensation": "netting",
}  # fmt: skip


def by_sign(kind: DocumentKind, to_pay: Decimal) -> DocumentKind:
    """A correction says the difference: downwards it is a credit note."""
    return DocumentKind.CREDIT_NOTE if to_pay < 0 and kind.is_claim else kind


def kind_of(fields: Fields, name: str, kinds: Mapping[str, DocumentKind], *, left_out: Mapping[str, str]) -> DocumentKind:
    """The kind of document. What is no sale on credit, or of an unknown kind, is refused in words."""
    said = fields.text(name)
    if said in left_out:
        fields.complain(name, left_out[said])
    elif said not in kinds:
        fields.complain(name, f"{said[:40]!r} is no kind of document that is read. Known: {', '.join(kind for kind in kinds if kind)}.")
    return kinds.get(said, DocumentKind.INVOICE)


def buyer(fields: Fields, *, tax_id: str | tuple[str, ...], country: str = "", **names: tuple[str, ...]) -> Party:
    """The buyer; `names` are fields by what they say. Who has a tax number is a business; of others nobody says."""
    said: dict[str, Any] = {what: fields.first(*where, longest=_LONGEST.get(what, 200)) for what, where in names.items()}
    number = compact(fields.first(*((tax_id,) if isinstance(tax_id, str) else tax_id), longest=40))
    land = fields.text(country).upper() if country else "PL"
    land = land if len(land) == 2 else "PL"
    return Party(tax_id=number, country=land, kind=Kind.BUSINESS if number else Kind.UNKNOWN, **said)


_LONGEST = {"number": 60, "postcode": 20, "city": 100, "phone": 40}


def paid(amount: Decimal, to_pay: Decimal, on: date | None) -> tuple[Paid, ...]:
    """What was paid, never more than what is asked: the rest is for the bank statement to tell."""
    part = min(amount, to_pay)
    return (Paid(part, on),) if part > ZERO else ()


def method(said: str) -> tuple[str, tuple[Asked, ...]]:
    """Our word for how it is to be paid; a question where that is no transfer."""
    word = said.casefold()
    if word in TRANSFERS:
        return "transfer", ()
    ours = METHODS.get(word, word)[:40]
    return ours, (Asked(Question.OTHER_METHOD, "payment method", ours),)
