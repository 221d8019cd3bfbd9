"""Where the law is read in two ways, or facts are uncertain: the choices, the safer one as default. docs/law.md lists them."""

from dataclasses import dataclass
from enum import StrEnum


class FellDue(StrEnum):
    """When a claim fell due, for the month of the euro's rate (Poland, art. 10(1a)); they differ for due dates at a month's end."""

    DAY_AFTER = "day_after_due_date"
    DUE_DATE = "due_date"


@dataclass(frozen=True, slots=True)
class Readings:
    """A firm's choices, or its lawyer's."""

    fell_due: FellDue = FellDue.DAY_AFTER  # as interest begins; what both published calculators allow
    services_are_mandate: bool = False  # Poland: all services are barred after two years (art. 751 KC) instead of three (art. 118)
    caps_firms_contract_rate: bool = True  # Poland: the maximum of art. 481 par. 2(1) KC binds firms, too; off claims more
    compounds_where_law_does: bool = True  # the Netherlands, art. 6:119(2) BW; off claims less


DEFAULT = Readings()
