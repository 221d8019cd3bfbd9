"""The ladder's messages by the eight, as mails go: what stops one of them, what goes along, and what it costs."""

from collections import Counter
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dunning.actions import write
from dunning.drafting import Letter
from dunning.models import LadderRules
from dunning.policy import Channel
from invoices.actions import record_payment
from invoices.models import Item
from receivables.messaging import delivery
from receivables.messaging.delivery import Tally, deliver
from receivables.messaging.models import Message
from tests.db.dunning.firm import Firm, Recorder, day, make_firm
from tests.db.dunning.test_hand_over import ALSO

pytestmark = pytest.mark.django_db

ONE = "name: P\nsteps: [{key: a, after_due: 1, channel: [email]}, {key: b, after_due: 2, channel: [email]}]"
BATCH = 8


@pytest.fixture(autouse=True)
def like_smtp(recorder: Recorder) -> None:
    recorder.batch = BATCH


def eight(text: str, recorder: Recorder, **rules: Any) -> tuple[Firm, list[Item]]:
    """A firm with a message planned for each of eight customers."""
    firm = make_firm(text, recorder, **rules)
    items = [firm.owes() for _ in range(BATCH)]
    firm.plan(1)
    return firm, items


def without_phone(items: list[Item]) -> None:
    for item in items:
        item.customer.contacts.update(phone="")


def test_a_payment_between_claim_and_hand_over_stops_its_own_message_alone(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    firm, items = eight(ONE, recorder)
    paid, render = items[3], delivery._render

    def pay_meanwhile(*arguments: Any, **named: Any) -> Any:
        done = render(*arguments, **named)
        record_payment(paid.customer, amount=paid.open_amount, booked_on=day(1), reference="R1", invoices=[paid])
        return done

    monkeypatch.setattr(delivery, "_render", pay_meanwhile)
    assert deliver(now=firm.noon(1)) == Tally(accepted=7, withdrawn=1)
    assert [firm.arrived(item) for item in items] == [["a"] if item is not paid else [] for item in items]
    assert Message.objects.get(state="withdrawn").reason == "an item is settled or closed"
    assert len({outgoing.key for outgoing in recorder.taken}) == len(recorder.taken) == 7


@pytest.mark.parametrize(
    ("text", "has_phone", "most"),
    [
        pytest.param(ONE, True, 6.5, id="one channel"),
        pytest.param(ALSO, False, 7.0, id="a further channel that reaches nobody"),
    ],
)
def test_what_a_mail_of_a_full_batch_costs(text: str, has_phone: bool, most: float, recorder: Recorder) -> None:
    """Statements for each mail, beginning and end of transactions included; eight are what two cores bear at 50 a second."""
    firm, items = eight(text, recorder)
    if not has_phone:
        without_phone(items)
    with CaptureQueriesContext(connection) as queries:
        assert deliver(now=firm.noon(1), limit=BATCH) == Tally(accepted=BATCH)
    assert len(queries) / BATCH <= most


def test_customers_of_all_purposes_are_locked_in_one_statement_in_order(recorder: Recorder) -> None:
    """A batch that locked purpose by purpose could lock 9 and then 4, and whoever settles another one 4 and then 9."""
    firm, _ = eight(ONE, recorder)
    LadderRules.objects.filter(creditor=firm.creditor).update(undo_minutes=0)
    customer = firm.customer()
    letter = Letter(channel=Channel.EMAIL, address=customer.contacts.get().email, language="pl", subject="Dzień dobry", text="Dziękujemy.")
    write(customer, letter, form=uuid4(), now=firm.noon(1))
    recorder.batch = BATCH + 1
    with CaptureQueriesContext(connection) as queries:
        assert deliver(now=firm.noon(1), limit=BATCH + 1) == Tally(accepted=BATCH + 1)
    told = [query["sql"] for query in queries]
    handed = next(at for at, sql in enumerate(told) if sql.startswith("UPDATE") and "'handed'" in sql)
    [lock] = [sql for sql in told[:handed] if "FOR NO KEY UPDATE" in sql and 'FROM "invoices_customer"' in sql]
    assert "UNION" in lock and 'ORDER BY "invoices_customer"."id" ASC' in lock


def test_what_goes_along_is_planned_for_a_whole_batch_in_a_fixed_number_of_statements(recorder: Recorder) -> None:
    def cost(number: int) -> int:
        firm = make_firm(ALSO, recorder)
        for _ in range(number):
            firm.owes()
        firm.plan(1)
        with CaptureQueriesContext(connection) as queries:
            assert deliver(now=firm.noon(1), creditor=firm.creditor, limit=number) == Tally(accepted=number)
        assert Counter(Message.objects.filter(creditor=firm.creditor).values_list("channel", "state")) == {
            ("email", "accepted"): number,
            ("sms", "planned"): number,
        }
        return len(queries) - (number if number > 1 else 0)  # the notes of calls

    cost(2)  # the first in a process asks for what is kept afterwards
    assert cost(8) == cost(3)


def test_what_goes_along_counts_for_the_next_of_the_batch_that_shares_the_number(recorder: Recorder) -> None:
    """Three customers with one phone, and room for two messages by it: three mails go, and two of them have a text message beside them."""
    firm = make_firm(ALSO, recorder, cap_messages=2, cap_days=7, cap_per_person=True)
    for _ in range(3):
        firm.owes(firm.customer(phone="+48500999999"))
    firm.run(1)
    assert Counter(outgoing.channel for outgoing in recorder.taken) == {"email": 3, "sms": 2}


def test_nothing_of_the_day_goes_along_twice(recorder: Recorder) -> None:
    firm, items = eight(ALSO, recorder)
    firm.deliver(1)
    firm.run(1)
    assert Counter(outgoing.channel for outgoing in recorder.taken) == {"email": 8, "sms": 8}
    assert len({outgoing.key for outgoing in recorder.taken}) == 16
    assert {firm.case(item).completed_on for item in items} == {date(2026, 5, 2)}
