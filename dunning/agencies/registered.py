"""What public registers said of a debtor. Whoever asks registers puts a look-up here; nothing is asked anew for a package or a claim."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from invoices.models import Customer
from receivables.core.registry import Registry


@dataclass(frozen=True, slots=True)
class Registered:
    """Numbers in registers, and the newest day as of which one answered; empty and none where nobody asked."""

    regon: str = ""
    krs: str = ""
    checked_on: date | None = None


LookUp = Callable[[Customer, datetime], Registered]
LOOK_UPS: Registry[LookUp] = Registry("look-up of registers")


def registered(customer: Customer, *, before: datetime) -> Registered:
    """What stands with the customer, filled up from the answers that were kept by that moment."""
    answers = [LOOK_UPS.get(name)(customer, before) for name in LOOK_UPS.names()]
    return Registered(
        customer.regon or next((answer.regon for answer in answers if answer.regon), ""),
        customer.krs or next((answer.krs for answer in answers if answer.krs), ""),
        max((answer.checked_on for answer in answers if answer.checked_on), default=None),
    )
