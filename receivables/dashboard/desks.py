"""Where tables are taken in: one desk for each kind of table."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from dunning.actions.opening import import_opening
from invoices.actions.imports import FileReport, import_customers, import_file
from receivables.dashboard.views.common import to


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one kind of table is taken in. `screen` and `up` are addresses below "dashboard:"."""

    table: str  # a key of SHEETS
    screen: str
    up: str
    up_label: str | Promise
    heading: str | Promise
    after: str  # where a file that was taken in leads
    take: Callable[..., FileReport]
    tells: bool = False  # how far it is, so that a page can

    @property
    def url(self) -> str:
        """The desk itself."""
        return to(self.screen)

    @property
    def up_url(self) -> str:
        """The page above it."""
        return to(self.up)


INVOICES = Desk(
    "invoices", "intake", "invoices", gettext_lazy("Invoices"), gettext_lazy("Import invoices"), "invoices", import_file, tells=True
)
CUSTOMERS = Desk(
    "customers",
    "customers_import",
    "customers",
    gettext_lazy("Customers"),
    gettext_lazy("Import customers"),
    "first_contact",
    import_customers,
)


OPENING = Desk(
    "opening", "opening_import", "first_contact", gettext_lazy("First contact"), gettext_lazy("Import the first day"),
    "first_contact", import_opening, tells=True,
)  # fmt: skip


DESKS = {desk.table: desk for desk in (INVOICES, CUSTOMERS, OPENING)}
