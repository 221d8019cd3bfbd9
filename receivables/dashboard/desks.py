"""Where files are taken in: one desk for each kind of table, and one for what the bank wrote."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from dunning.actions.opening import import_opening
from invoices.actions.bank.together import take_statements
from invoices.actions.imports import FileReport, import_customers, import_file, profile_named
from receivables.accounts.models import Creditor
from receivables.dashboard.views.common import to

TAKEN = gettext_lazy("The file is in the books: %(new)d new, %(changed)d changed, %(unchanged)d unchanged.")


def counts_of(report: FileReport) -> dict[str, int]:
    """The figures of `TAKEN`."""
    return {"new": report.new, "changed": report.changed, "unchanged": report.unchanged}


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one kind of file is taken in. `screen` and `up` are addresses below "dashboard:".

    shape: what `take` needs as its `profile`, of the name that a kept file was given and its company.
    """

    table: str  # a key of SHEETS, or STATEMENTS
    screen: str
    up: str
    up_label: str | Promise
    heading: str | Promise
    after: str  # where a file that was taken in leads
    take: Callable[..., FileReport]
    shape: Callable[[str, Creditor], Any]
    told: str | Promise = TAKEN
    is_money: bool = False  # once it is in, what waits is matched

    @property
    def url(self) -> str:
        """The desk itself."""
        return to(self.screen)

    @property
    def up_url(self) -> str:
        """The page above it."""
        return to(self.up)


def _of_table(table: str) -> dict[str, Any]:
    return {"table": table, "shape": partial(profile_named, table=table)}


INVOICES = Desk(
    screen="intake", up="invoices", up_label=gettext_lazy("Invoices"), heading=gettext_lazy("Import invoices"), after="invoices",
    take=import_file, **_of_table("invoices"),
)  # fmt: skip
CUSTOMERS = Desk(
    screen="customers_import", up="customers", up_label=gettext_lazy("Customers"), heading=gettext_lazy("Import customers"),
    after="first_contact", take=import_customers, **_of_table("customers"),
)  # fmt: skip
OPENING = Desk(
    screen="opening_import", up="first_contact", up_label=gettext_lazy("First contact"), heading=gettext_lazy("Import the first day"),
    after="first_contact", take=import_opening, **_of_table("opening"),
)  # fmt: skip
STATEMENTS = Desk(
    "statements", screen="bank_import", up="bank", up_label=gettext_lazy("Bank"), heading=gettext_lazy("Bring in statements"), after="bank",
    take=take_statements, shape=lambda account, _creditor: account,
    told=gettext_lazy("The statements are in the books: %(new)d new lines, %(unchanged)d known. What is certain is being matched."),
    is_money=True,
)  # fmt: skip
TABLES = {desk.table: desk for desk in (INVOICES, CUSTOMERS, OPENING)}
DESKS = {**TABLES, STATEMENTS.table: STATEMENTS}
