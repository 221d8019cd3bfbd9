"""Nobody is reminded whose money a courier may have: while a payout has no report, and while a report has no money."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from dunning.models import Task
from dunning.states import TaskKind
from invoices.actions.bank import set_aside
from invoices.actions.settlements import await_settlements, discard_report, import_settlement
from invoices.models import BankAccount, BankLine, BankStatement, Invoice, Item, PayoutPartner, StatementFile
from tests.builders import make_user
from tests.db.dunning.firm import PLAIN, Firm, Recorder, day, make_firm

pytestmark = pytest.mark.django_db


@pytest.fixture
def firm(recorder: Recorder) -> Firm:
    return make_firm(PLAIN, recorder)


@pytest.fixture
def partner(firm: Firm) -> PayoutPartner:
    return PayoutPartner.objects.create(
        creditor=firm.creditor, slug="kurier", name="Kurier", kind="courier", payer="kurier", methods=["cod"], profile="settlement-pl"
    )


def ordered(firm: Firm) -> Item:
    """An item that the courier is to be paid for, one day late on day 1."""
    item = firm.owes()
    Invoice.objects.filter(pk=item.invoice_id).update(payment_method="cod", order_number="1001")
    return item


def paid_out(firm: Firm) -> BankLine:
    """A payout of the courier, on day 1, which no report explains."""
    account = BankAccount.objects.create(creditor=firm.creditor, number="PL1")
    file = StatementFile.objects.create(creditor=firm.creditor, name="x", sha256="x", content=b"x", at=firm.noon(1))
    statement = BankStatement.objects.create(creditor=firm.creditor, account=account, file=file, entries=1)
    line = BankLine.objects.create(
        creditor=firm.creditor, account=account, statement=statement, key="k", booked_on=day(1), amount=90, currency="PLN",
        counterparty="KURIER Express", title="pobrania",
    )  # fmt: skip
    assert await_settlements(firm.creditor) == 1
    return line


def test_a_payout_without_its_report_holds_the_orders_it_may_pay(firm: Firm, partner: PayoutPartner, recorder: Recorder) -> None:
    ordered(firm)
    line = paid_out(firm)
    firm.run(2)
    assert recorder.taken == []
    set_aside(line, reason="Zwrot opłaty", by=make_user(creditor=firm.creditor))
    firm.run(3)
    assert len(recorder.taken) == 1


def test_an_order_that_a_report_calls_paid_is_left_alone_before_its_money_comes(
    firm: Firm, partner: PayoutPartner, recorder: Recorder
) -> None:
    ordered(firm)
    data = "Numer zamówienia;Kwota;Prowizja\n1001;100,00;2,00\n".encode()
    told = import_settlement(partner, name="r.csv", data=data)
    assert told.state == "awaits_money" and told.report is not None
    firm.run(2)
    assert recorder.taken == []
    discard_report(told.report, reason="Zły plik", by=make_user(creditor=firm.creditor))
    firm.run(3)
    assert len(recorder.taken) == 1


def test_a_call_for_what_a_payout_may_pay_is_taken_back(
    recorder: Recorder, django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[list[object]]]
) -> None:
    firm = make_firm("name: Calls\nsteps: [{key: call, after_due: 1, channel: [call]}]", recorder)
    PayoutPartner.objects.create(
        creditor=firm.creditor, slug="kurier", name="Kurier", kind="courier", payer="kurier", methods=["cod"], profile="settlement-pl"
    )
    ordered(firm), firm.owes()
    firm.run(1)
    calls = Task.objects.filter(kind=TaskKind.CALL, closed_on=None)
    assert calls.count() == 2
    with django_capture_on_commit_callbacks(execute=True):
        paid_out(firm)
    assert calls.count() == 1
