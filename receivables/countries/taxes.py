"""Tax relief on bad debts: the days that a creditor's books must not miss."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class TaxRelief:
    """When output VAT on an unpaid invoice may be cut. `month` is the period of day 90, if still unpaid when its return is filed."""

    day_90: date
    window_until: date  # the last day of the last period in which the cut may be made
    needs_proof: bool  # of a consumer, or of one who pays no VAT: a title, an entry in a register, or bankruptcy
    fields: tuple[str, ...]  # of the return's file, for the seller
    source: str

    @property
    def month(self) -> date:
        """The first day of the month in which day 90 passes."""
        return self.day_90.replace(day=1)

    def reversed_in(self, paid_on: date) -> date:
        """The first day of the month in which a later payment takes the cut back, as far as paid."""
        return paid_on.replace(day=1)
