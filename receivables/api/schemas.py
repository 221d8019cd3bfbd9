"""What is sent and told: amounts are strings, currencies three letters, days ISO dates, ids our own numbers."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from ninja import Schema
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema

AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,4})?", re.ASCII)
PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f]*$"  # one line of text


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("Control characters are not taken")
    return text


def _amount(given: Any) -> Decimal:
    if not isinstance(given, str) or not AMOUNT.fullmatch(given):
        raise ValueError('An amount is a string such as "1230.00"')
    return Decimal(given)


Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
Amount = Annotated[
    Decimal, BeforeValidator(_amount), WithJsonSchema({"type": "string", "pattern": f"^{AMOUNT.pattern}$", "examples": ["1230.00"]})
]
Told = Annotated[str, Field(pattern=r"^-?[0-9]+(\.[0-9]+)?$", examples=["1230.00"])]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["PLN"])]


Word = Annotated[str, Field(max_length=40, pattern=PRINTABLE), AfterValidator(_printable)]
Code = Annotated[str, Field(max_length=8, pattern=PRINTABLE), AfterValidator(_printable)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", examples=["PL"])]
Short = Annotated[str, Field(max_length=20, pattern=PRINTABLE), AfterValidator(_printable)]
Key = Annotated[str, Field(min_length=1, max_length=60, pattern=PRINTABLE), AfterValidator(_printable)]
Number = Annotated[str, Field(min_length=1, max_length=100, pattern=PRINTABLE), AfterValidator(_printable)]
Reference = Annotated[str, Field(max_length=100, pattern=PRINTABLE), AfterValidator(_printable)]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=PRINTABLE), AfterValidator(_printable)]
City = Annotated[str, Field(max_length=100, pattern=PRINTABLE), AfterValidator(_printable)]
Line = Annotated[str, Field(max_length=200, pattern=PRINTABLE), AfterValidator(_printable)]
Title = Annotated[str, Field(max_length=400, pattern=PRINTABLE), AfterValidator(_printable)]


class Sent(Schema):
    """A body: what it does not know is refused, not passed over."""

    model_config = ConfigDict(extra="forbid")


class Defects(Schema):
    """One place that is wrong."""

    place: str
    reason: str


class ProblemTold(Schema):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Defects] = []
    merged_into: int | None = None


class Instalment(Sent):
    """A part of an invoice that is due on a day of its own."""

    due_on: date
    amount: Amount
