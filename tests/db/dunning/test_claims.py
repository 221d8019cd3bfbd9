"""What messages claim is booked once, however they fare, and never left behind by a message that did not go."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from dunning.actions import approve
from dunning.actions.limitation import close_barred
from dunning.claimed import counting
from dunning.explain import explain_invoice
from dunning.models import Case, Notice, NoticeClaim, StepResult, StepTaken
from invoices import actions as books
from invoices.books import differences
from invoices.models import Item
from invoices.states import Kind
from receivables.audit.actions import verify
from receivables.messaging.outgoing import Accepted, Failed, Outcome, Outgoing
from tests.builders import pay
from tests.db.dunning.firm import Firm, Recorder, day, make_firm
from tests.db.dunning.test_crashes import dying_at, queries_of, sampled

pytestmark = pytest.mark.django_db

CLAIMING = """\
name: Claiming
steps:
  - {key: first, after_due: 10, channel: [email], also: [sms], interest: true, compensation: true, fee: "10.00"}
  - {key: second, after_due: 20, channel: [email], fee: "10%"}
"""
APPROVED = CLAIMING.replace('fee: "10.00"}', 'fee: "10.00", approval: true}')
# Due on 1 May 2026: 10 days at 14 % on 1000.00; 40 EUR at the mid rate of 30 April 2026.
INTEREST, COMPENSATION = Decimal("3.84"), Decimal("170.36")


def owed(firm: Firm, amount: str = "1000.00", **fields: Any) -> Item:
    return firm.owes(amount=amount, **fields)


def claimed(firm: Firm) -> list[tuple[str, str, Decimal]]:
    """Step, kind and amount of what is booked and counts."""
    rows = counting(NoticeClaim.objects.filter(notice__creditor=firm.creditor)).order_by("pk")
    return [(step, kind, amount) for step, kind, amount in rows.values_list("taken__step", "kind", "amount")]


FIRST = [("first", "interest", INTEREST), ("first", "compensation", COMPENSATION), ("first", "fee", Decimal("10.00"))]


def sent(firm: Firm, step: str, channel: str = "email") -> Notice:
    return Notice.objects.filter(creditor=firm.creditor, step=step, channel=channel, message__state="accepted").order_by("-pk")[0]


def test_a_message_books_its_claims_and_says_what_they_were_worked_out_from(recorder: Recorder) -> None:
    firm = make_firm(CLAIMING, recorder)
    owed(firm)
    firm.run(10)
    notice = sent(firm, "first")
    assert (notice.interest, notice.compensation, notice.fees, notice.asks) == (INTEREST, COMPENSATION, 10, Decimal("1184.20"))
    assert claimed(firm) == FIRST
    interest, compensation, fee = NoticeClaim.objects.filter(notice=notice).order_by("pk")
    (period,) = interest.detail["periods"]
    assert (period["first_on"], period["last_on"], period["rate_percent"], period["days"]) == ("2026-05-02", "2026-05-11", "14.00", 10)
    assert "M.P. 2025 poz. 1257" in period["source"]
    assert (compensation.detail["rate_on"], compensation.detail["euro"], fee.detail) == ("2026-04-30", "40.00", {"fixed": "10.00"})
    said = notice.message.facts if notice.message else {}
    assert [line["amount"] for line in said["claims"]] == ["3.84", "170.36", "10.00"] and said["asks"] == "1184.20"


def test_a_public_medical_entity_owes_two_points_less(recorder: Recorder) -> None:
    firm = make_firm(CLAIMING, recorder)
    owed(firm, customer=firm.customer(kind=Kind.PUBLIC, is_medical_entity=True))
    firm.run(10)
    interest, compensation, _ = claimed(firm)
    assert (interest[2], compensation[2]) == (Decimal("3.29"), COMPENSATION)  # 10 days at 12 %
    detail = NoticeClaim.objects.get(kind="interest").detail
    assert (detail["regime"], detail["debtor"]) == ("commercial_delay_public_health", "public_health")


def test_a_parallel_message_says_the_same_and_books_nothing(recorder: Recorder) -> None:
    firm = make_firm(CLAIMING, recorder)
    owed(firm)
    firm.run(10)
    main, along = sent(firm, "first"), sent(firm, "first", "sms")
    assert along.main == main and along.asks == main.asks and along.message and main.message
    assert along.message.facts["claims"] == main.message.facts["claims"]
    assert claimed(firm) == FIRST


def test_later_messages_state_interest_anew_and_each_fee_once(recorder: Recorder) -> None:
    firm = make_firm(CLAIMING, recorder)
    item = owed(firm)
    firm.run(10)
    pay(item.customer, "400.00", item.invoice, booked_on=day(12))
    firm.run(20)
    notice = sent(firm, "second")
    # 12 days on 1000.00 and 8 on 600.00; 10 % of 600.00
    assert (notice.interest, notice.compensation, notice.fees) == (Decimal("6.44"), COMPENSATION, 70)
    assert [amount for _, kind, amount in claimed(firm) if kind == "fee"] == [10, 60]


@pytest.mark.parametrize("captured", [True, False])
def test_what_a_completion_taken_back_claimed_is_claimed_anew(recorder: Recorder, captured: bool) -> None:
    """A bounce after all: the newest result of the step is void, and the step is taken again in a further round."""
    firm = make_firm(CLAIMING, recorder)
    item = owed(firm)
    firm.run(10)
    taken = StepTaken.objects.get(case__item=item)
    StepResult.objects.create(taken=taken, kind=StepResult.Kind.VOID, on=day(11), captured=captured)
    Case.objects.filter(item=item).update(position=0, step="", completed_on=None, round=2, look_again_on=day(11))
    assert claimed(firm) == []
    firm.run(11)
    assert sent(firm, "first").fees == 10
    assert [(step, kind) for step, kind, _ in claimed(firm)] == [(step, kind) for step, kind, _ in FIRST]
    assert NoticeClaim.objects.filter(notice__creditor=firm.creditor).count() == 6


def test_what_the_mailbox_of_quarantine_took_was_never_claimed_once_the_firm_is_live(firm: Firm, recorder: Recorder) -> None:
    firm = make_firm(CLAIMING, recorder)
    item = owed(firm)
    firm.run(10)
    StepResult.objects.create(taken=StepTaken.objects.get(case__item=item), kind=StepResult.Kind.COMPLETED, on=day(10), captured=True)
    assert claimed(firm) == FIRST, "still in quarantine, it counts"
    Case.objects.filter(item=item).update(episode=2)
    assert claimed(firm) == []


def test_a_message_that_failed_claims_once_when_it_goes(recorder: Recorder) -> None:
    def answer(outgoing: Outgoing) -> Outcome:
        return Accepted() if outgoing.channel == "letter" else Failed("no such address", bad_address=True)

    recorder.answer = answer
    firm = make_firm(CLAIMING.replace("channel: [email], also: [sms]", "channel: [email, letter]"), recorder)
    owed(firm)
    firm.run(10)
    assert claimed(firm) == []
    firm.run(11)
    notice = sent(firm, "first", "letter")
    assert (notice.fees, notice.interest) == (10, Decimal("4.22"))
    assert [kind for _, kind, _ in claimed(firm)] == ["interest", "compensation", "fee"]


def test_an_approval_restates_the_claims_for_its_own_day(recorder: Recorder) -> None:
    firm = make_firm(APPROVED, recorder)
    owed(firm)
    firm.run(10)
    (notice,) = firm.waiting()
    assert notice.asks == Decimal("1184.20") and claimed(firm) == []
    approve(notice, on=day(11), now=firm.noon(11))
    firm.deliver(11)
    notice.refresh_from_db()
    assert (notice.interest, notice.asks) == (Decimal("4.22"), Decimal("1184.58"))
    assert len(claimed(firm)) == 3


def test_the_guard_stops_a_message_whose_interest_would_be_another_now(recorder: Recorder) -> None:
    firm = make_firm(CLAIMING, recorder)
    item = owed(firm)
    firm.plan(10)
    lying = pay(item.customer, "500.00", item.invoice, booked_on=day(2))
    books.reverse_payment(lying, on=day(5))  # the principal is what it was, but three days bear less
    firm.deliver(10)
    assert firm.reasons() == ["what it claims beside the principal has changed"] and claimed(firm) == []
    firm.run(11)
    assert sent(firm, "first").interest == Decimal("3.65")


def test_a_rate_that_is_not_known_sets_the_customer_aside_and_the_others_go_on(recorder: Recorder) -> None:
    firm = make_firm(CLAIMING, recorder)
    consumer = firm.owes(firm.customer(kind=Kind.CONSUMER), due=150)  # 28 September 2026: no reference rate is known
    business = firm.owes(due=100)
    run = firm.run(160)
    assert firm.arrived(business) == ["first"] and firm.arrived(consumer) == []
    assert [(problem["customer"], "kc_delay" in problem["error"]) for problem in run.problems] == [(consumer.customer_id, True)]
    assert "2026-09-29" in run.problems[0]["error"] and "PL" in run.problems[0]["error"]


def test_an_unknown_customer_is_treated_as_a_consumer(recorder: Recorder) -> None:
    firm = make_firm(CLAIMING, recorder)
    owed(firm, customer=firm.customer(kind=Kind.UNKNOWN))
    firm.run(10)
    assert (sent(firm, "first").interest, sent(firm, "first").compensation) == (Decimal("2.53"), 0)  # 9.25 %


def test_the_number_of_queries_does_not_depend_on_the_number_of_claims(recorder: Recorder) -> None:
    counts = []
    for number in (55, 70):
        firm = make_firm(CLAIMING, recorder)
        for _ in range(number):
            item = owed(firm)
            pay(item.customer, "1.00", item.invoice, booked_on=day(3))
        with CaptureQueriesContext(connection) as queries:
            run = firm.plan(10)
        assert run.notices.count() == number and NoticeClaim.objects.filter(notice__run=run).count() == number * 3
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_without_a_claiming_step_nothing_is_read_for_claims(firm: Firm) -> None:
    firm.owes()
    with CaptureQueriesContext(connection) as queries:
        firm.plan(1)
    assert not [query for query in queries if "noticeclaim" in query["sql"]]


@pytest.mark.django_db(transaction=True)
def test_a_death_at_any_query_of_a_claiming_day_books_each_claim_once(recorder: Recorder) -> None:
    def a_firm() -> Firm:
        firm = make_firm(CLAIMING, recorder)
        owed(firm)
        return firm

    total = queries_of(lambda: a_firm().run(10))
    for number in sampled(total, 17):
        firm = a_firm()
        with dying_at(number):
            firm.run(10)
        firm.run(10)
        assert claimed(firm) == FIRST, f"died at query {number}"
        assert list(differences()) == [] and verify(firm.creditor) == []


# -- what the database refuses


def again(row: NoticeClaim, **values: Any) -> None:
    fields = {field.attname: getattr(row, field.attname) for field in row._meta.fields if field.attname != "id"}
    with transaction.atomic():
        NoticeClaim.objects.create(**{**fields, **values})


def another_step(taken: StepTaken) -> StepTaken:
    """A second line of the same message, as a second instalment would have it."""
    same = {"notice": taken.notice, "case": taken.case, "principal": taken.principal, "on": taken.on}
    return StepTaken.objects.create(**same, episode=9, step="x", position=1, round=1)


@pytest.mark.parametrize(
    ("kind", "values", "name"),
    [
        ("fee", {}, "claim_once_per_step_taken"),
        ("compensation", {}, "claim_once_per_step_taken"),
        ("fee", {"kind": "compensation"}, "compensation_once_per_message_and_invoice"),
        ("fee", {"amount": Decimal(0)}, "claim_amount_positive"),
        ("fee", {"amount": Decimal("1.001")}, "claim_amount_fits_currency"),
    ],
)
def test_the_database_refuses_what_would_claim_twice(recorder: Recorder, kind: str, values: dict[str, Any], name: str) -> None:
    firm = make_firm(CLAIMING, recorder)
    owed(firm)
    firm.run(10)
    row = NoticeClaim.objects.get(notice__creditor=firm.creditor, kind=kind)
    if name == "compensation_once_per_message_and_invoice":
        values = {**values, "taken_id": another_step(row.taken).pk}
    with pytest.raises(IntegrityError, match=name):
        again(row, **values)


def test_what_was_claimed_is_never_changed(recorder: Recorder) -> None:
    firm = make_firm(CLAIMING, recorder)
    owed(firm)
    firm.run(10)
    rows = NoticeClaim.objects.all()
    for deed in (lambda: rows.update(amount=1), rows.delete):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            deed()


def test_a_notice_cannot_claim_less_than_nothing(firm: Firm) -> None:
    firm.owes()
    firm.run(1)
    with pytest.raises(IntegrityError, match="notice_claims_not_negative"), transaction.atomic():
        Notice.objects.update(fees=-1)


# -- limitation


def test_a_run_closes_what_a_consumer_no_longer_owes_and_nothing_reopens_it(recorder: Recorder) -> None:
    firm = make_firm(recorder=recorder)
    consumer, business = firm.customer(kind=Kind.CONSUMER), firm.customer()
    old = firm.owes(consumer, due=(date(2023, 12, 31) - day(0)).days)
    young = firm.owes(consumer, due=(date(2024, 1, 1) - day(0)).days)
    firms = firm.owes(business, due=(date(2023, 12, 31) - day(0)).days)
    firm.run(0)
    assert (firm.case(old).state, firm.case(old).reason) == ("closed", "time_barred")
    assert (firm.case(young).state, firm.case(firms).state) == ("running", "running")
    payment = pay(consumer, "40.00", old.invoice, booked_on=day(1))
    books.reverse_payment(payment, on=day(1))
    old.refresh_from_db()
    assert (old.open_amount, firm.case(old).reason) == (100, "time_barred")
    firm.run(1)
    assert firm.arrived(old) == [] and len(firm.arrived(young)) == 2
    assert list(differences()) == [] and verify(firm.creditor) == []


def test_limitation_counts_from_the_due_date_moved_to_a_working_day(recorder: Recorder) -> None:
    firm = make_firm(recorder=recorder, calendar="country")
    item = firm.owes(firm.customer(kind=Kind.CONSUMER), due=(date(2023, 12, 30) - day(0)).days)  # Saturday; Tuesday is 2 January 2024
    firm.run(0)
    assert firm.case(item).state == "running"


def test_the_sweep_is_one_query_where_nothing_is_old(firm: Firm) -> None:
    customer = firm.customer(kind=Kind.CONSUMER)
    firm.owes(customer)
    with CaptureQueriesContext(connection) as queries:
        assert close_barred(firm.creditor, [customer.pk], on=day(30)) == 0
    assert len(queries) == 1


# -- what bears on claims beside the law


def test_a_contract_rate_is_claimed_up_to_the_ceiling_and_the_cap_is_shown(recorder: Recorder) -> None:
    firm = make_firm(CLAIMING, recorder)
    item = owed(firm)
    books.agree_rate(item.customer, percent=Decimal("24"), since=day(-30), contract="7/2026", on=day(0))
    firm.run(10)
    assert sent(firm, "first").interest == Decimal("5.07"), "10 days at 18.50 %, twice the 9.25 % of art. 481 KC"
    claim = NoticeClaim.objects.get(kind="interest", notice__creditor=firm.creditor)
    assert "7/2026: contract, 24 per cent; at most 18.50" in claim.detail["periods"][0]["source"]


@pytest.mark.parametrize(
    ("terms", "says"),
    [
        ({"claims_compensation": False}, "No compensation: the company claims none."),
        ({"claims_compensation": True, "minimum_amount": Decimal("1000.01")}, "No compensation: below 1000.0100 PLN."),
        ({"claims_compensation": True, "minimum_days": 11}, "No compensation yet: fewer than 11 days late."),
    ],
)
def test_the_firms_own_rules_keep_compensation_back_and_explain_says_so(recorder: Recorder, terms: dict[str, Any], says: str) -> None:
    firm = make_firm(CLAIMING, recorder)
    item = owed(firm)
    books.set_claim_rules(firm.creditor, on=day(-1), **terms)
    with override("en"):
        assert explain_invoice(item.invoice, on=day(10))[0].notes == (says.replace("1000.0100", "1000.01"),)
    firm.run(10)
    assert (sent(firm, "first").compensation, sent(firm, "first").interest) == (0, INTEREST)


def test_a_spared_customer_is_asked_no_compensation_until_the_list_is_left(recorder: Recorder) -> None:
    firm = make_firm(CLAIMING, recorder)
    item = owed(firm)
    spared = books.spare_customer(item.customer, reason="Stały klient", on=day(0))
    firm.run(10)
    assert sent(firm, "first").compensation == 0
    with override("en"):
        assert explain_invoice(item.invoice, on=day(10))[0].notes == (
            "No compensation: the customer is on the keep-relations list (Stały klient).",
        )
    books.end_sparing(spared, on=day(15))
    firm.run(20)
    assert sent(firm, "second").compensation == COMPENSATION


def test_a_guard_stops_what_the_rules_no_longer_claim(recorder: Recorder) -> None:
    firm = make_firm(CLAIMING, recorder)
    item = owed(firm)
    firm.plan(10)
    books.agree_rate(item.customer, percent=Decimal("18"), since=day(-30), contract="7/2026", on=day(10))
    firm.deliver(10)
    assert firm.reasons() == ["what it claims beside the principal has changed"]
