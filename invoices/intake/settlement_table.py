"""Settlement reports of couriers, gateways and marketplaces: what they collected for us, order by order, and what they kept. Pure."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from invoices.intake.cells import Record
from invoices.intake.layout import Read, read
from invoices.intake.profile import ColumnProfile

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Settled:
    """One line: what a customer paid under a number, the fee kept of it, and what reaches us. Below zero it was given back to the customer.

    A line without a number and without money of a customer is a fee for the whole payout.
    """

    number: str  # of the invoice or the order; empty for a fee
    gross: Decimal
    fee: Decimal  # below zero where the partner gave one back
    currency: str
    paid_on: date | None = None
    payout: str = ""  # the partner's reference of the payout
    line: int = field(default=0, compare=False)

    @property
    def net(self) -> Decimal:
        """What of it reaches us."""
        return self.gross - self.fee


def read_settlement(data: bytes, profile: ColumnProfile, *, currency: str) -> Read[Settled]:
    """The lines of a report, in their order. A line whose gross, fee and net do not agree is a problem with its place."""
    return read(data, profile, lambda record: _settled(record, currency), key=None)


def _settled(record: Record, default_currency: str) -> Settled | None:
    currency = record.currency(default_currency)
    number = record.text("number") or record.text("order_number")
    gross, fee, net = (record.amount(name, currency, required=name == "gross") for name in ("gross", "fee", "net"))
    paid_on, payout = record.day("paid_on"), record.text("reference")
    if gross is not None:
        fee = _fee(record, gross, fee, net)
        if not number and gross:
            record.complain("number", "is empty, and the line has money of a customer. A line without a number can only be a fee.")
    if record.problems or gross is None or fee is None:
        return None
    return Settled(number, gross, fee, currency, paid_on, payout, record.line)


def _fee(record: Record, gross: Decimal, fee: Decimal | None, net: Decimal | None) -> Decimal:
    """The fee as it stands there, else what is missing from gross to net, else none."""
    if fee is None:
        return ZERO if net is None else gross - net
    if net is not None and gross - fee != net:
        record.complain("net", f"says {net}, but {gross} less a fee of {fee} is {gross - fee}.")
    return fee
