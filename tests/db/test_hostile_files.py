"""Of a file that is refused nothing is stored: no row of any kind, by any of the actions that take files."""

from collections.abc import Callable
from typing import Any

import pytest

from invoices.actions.bank import import_statement
from invoices.actions.imports.customers import import_customers
from invoices.intake.csv_table import builtin_profiles
from invoices.models import BankLine, BankStatement, Customer, ImportedFile, Invoice, StatementFile
from receivables.accounts.models import Creditor
from receivables.audit.models import Entry
from tests.builders import make_creditor
from tests.unit.hostile_files import FILES, IBAN, ON

pytestmark = pytest.mark.django_db

KEPT = (BankLine, BankStatement, Customer, ImportedFile, Invoice, StatementFile)
SOME = [name for name, data in FILES.items() if len(data) < 10_000][::6]
"""Every sixth of those that are quick: the readers alone see all of them."""


def _customers(creditor: Creditor, data: bytes) -> Any:
    return import_customers(creditor, name="x", data=data, profile=builtin_profiles()["customers"], on=ON)


def _statement(creditor: Creditor, data: bytes) -> Any:
    return import_statement(creditor, name="x", data=data, on=ON)


@pytest.mark.parametrize("take", [_statement, _customers], ids=["statement", "customers"])
def test_nothing_of_them_is_stored(take: Callable[[Creditor, bytes], Any]) -> None:
    creditor = make_creditor(bank_account=IBAN)
    told = Entry.objects.count()
    for name in SOME:
        assert take(creditor, FILES[name]).problems, name
    assert [model for model in KEPT if model._default_manager.exists()] == [] and Entry.objects.count() == told


def test_a_statement_that_is_broken_off_leaves_nothing() -> None:
    creditor = make_creditor(bank_account=IBAN)
    lines = b"".join(b"2026-05-04;%d,00;PLN;x %d\n" % (n % 900 + 1, n) for n in range(5_001))

    def stop(done: int) -> None:
        assert BankLine.objects.count() == done == 5_000
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_statement(creditor, name="x", data=b"Data;Kwota;Waluta;Tytul\n" + lines, on=ON, account=IBAN, progress=stop)
    assert not any(model._default_manager.exists() for model in KEPT)
