"""The rules R1 to R15 of the ladder with a real firm: what they do to rows, messages and tasks. Each test bears its rule's number.

What the pure core decides alone stands in tests/unit/dunning/test_rules.py. Day 0 is the due date.
"""

from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from dunning.actions import accept, agree, approve, bank_seen, cap_ladder, hold, outcome, recall, release_hold
from dunning.actions.outcomes import Result
from dunning.explain import explain_invoice
from dunning.models import Case, Notice, PlannedLine, StepResult, StepTaken
from dunning.states import NoticeState, TaskKind, Waits
from invoices.actions import record_payment, reverse_payment
from invoices.models import AllocationEntry
from receivables.audit.actions import verify
from receivables.audit.models import Entry
from receivables.core.errors import Refused
from receivables.messaging.models import Message
from receivables.messaging.outgoing import Later
from tests.builders import make_user, parts, pay
from tests.db.dunning.firm import APPROVED, PLAIN, Firm, Recorder, day, make_firm

pytestmark = pytest.mark.django_db


def ladder(*keys: str, steps: str = "") -> str:
    """The plain ladder with policy keys of its own, or other steps."""
    plain = PLAIN.split("steps:\n")[1]
    return "\n".join(["name: Plain", *keys, "steps:", steps or plain])


def standing(firm: Firm) -> list[tuple[object, ...]]:
    """Where every case stands: what a commit changes."""
    return list(
        Case.objects.filter(creditor=firm.creditor).order_by("pk").values_list("position", "step", "completed_on", "in_flight", "round")
    )


# -- R1: proposal, answer, commit; what stands in a proposal is locked


def test_r01_a_proposal_changes_nothing_but_the_plan_and_may_be_made_again(recorder: Recorder) -> None:
    firm = make_firm(APPROVED, recorder)
    item = firm.owes()
    before = standing(firm)
    firm.run(1)
    first = firm.waiting()
    firm.run(1)
    assert standing(firm) == before and recorder.taken == []
    assert firm.planned() == [("first", [item.label])]
    first[0].refresh_from_db()
    assert first[0].state == NoticeState.SUPERSEDED, "deleted and rebuilt at will"


def test_r01_an_item_stands_in_one_proposal_only(recorder: Recorder) -> None:
    firm = make_firm(APPROVED, recorder)
    firm.owes()
    for number in (1, 2, 3):
        firm.run(number)
    waiting = PlannedLine.objects.filter(notice__state=NoticeState.PROPOSED)
    assert waiting.count() == 1
    with pytest.raises(Refused, match="no longer waits"):
        approve(Notice.objects.order_by("pk").first(), on=day(3), now=firm.noon(3))


def test_r01_the_same_step_cannot_be_taken_by_two_runs(firm: Firm) -> None:
    firm.owes()
    firm.plan(1)
    line = StepTaken.objects.get()
    with pytest.raises(DatabaseError), transaction.atomic():
        StepTaken.objects.create(
            notice=line.notice, case=line.case, episode=line.episode, step=line.step, position=1, round=line.round,
            principal=line.principal, on=day(1),
        )  # fmt: skip


# -- R2: the ladder moves when a channel has taken the message, not before, and once


def test_r02_a_step_counts_when_the_channel_has_taken_its_message(firm: Firm, recorder: Recorder) -> None:
    item = firm.owes()
    firm.plan(1)
    assert (firm.case(item).step, firm.case(item).position) == ("", 0)
    firm.deliver(1)
    assert (firm.case(item).step, firm.case(item).completed_on) == ("first", day(1))


def test_r02_what_a_channel_did_not_take_leaves_the_ladder_where_it_was(firm: Firm, recorder: Recorder) -> None:
    recorder.answer = lambda outgoing: Later("the server is busy")
    item = firm.owes()
    firm.run(1)
    assert (firm.case(item).step, recorder.taken) == ("", [])


def test_r02_to_commit_twice_is_to_send_once(firm: Firm, recorder: Recorder) -> None:
    firm.owes()
    firm.run(1)
    firm.deliver(1)
    firm.run(1)
    assert len(recorder.taken) == 1 and sum(firm.completed().values()) == 1


# -- R3: quiet days


def test_r03_quiet_days_hold_across_channels_items_and_levels(recorder: Recorder) -> None:
    firm = make_firm(ladder("quiet_days: 14"), recorder)
    customer = firm.customer()
    one, other = firm.owes(customer), firm.owes(customer, due=3)
    firm.run(1)
    for number in range(2, 15):
        firm.run(number)
    assert (firm.arrived(one), firm.arrived(other)) == (["first"], []), "neither the second step by SMS nor a new debt"
    firm.run(15)
    assert (firm.arrived(one), firm.arrived(other)) == (["first", "second"], []), "the higher one first"
    firm.run(29)
    assert firm.arrived(one) == ["first", "second", "third"]


def test_r03_what_waits_says_capped_and_the_day_and_is_looked_at_on_that_day(recorder: Recorder) -> None:
    firm = make_firm(ladder("quiet_days: 14"), recorder)
    item = firm.owes()
    firm.run(1)
    firm.run(5)
    (told,) = explain_invoice(item.invoice, on=day(5))
    assert (told.waits, told.next) == (Waits.CAPPED, day(15))
    assert "2026-05-16" in next(gate.text for gate in told.gates if gate.gate == Waits.CAPPED)
    assert firm.case(item).look_again_on == day(15)


def test_r03_a_message_that_never_left_starts_no_quiet_days(recorder: Recorder) -> None:
    firm = make_firm(ladder("quiet_days: 14"), recorder)
    item = firm.owes()
    recorder.answer = lambda outgoing: Later("the server is busy")
    firm.run(1)
    recorder.answer = Recorder().answer
    firm.run(2)
    assert firm.arrived(item) == ["first"]


def test_r03_other_customers_and_other_policies_are_not_kept_quiet(recorder: Recorder) -> None:
    firm = make_firm(ladder("quiet_days: 14"), recorder)
    one, other = firm.owes(), firm.owes(due=1)
    firm.run(1)
    firm.run(2)
    assert (firm.arrived(one), firm.arrived(other)) == (["first"], ["first"])


# -- R4: grace and arrears


def test_r04_an_item_paid_within_its_grace_is_never_told(recorder: Recorder) -> None:
    firm = make_firm(ladder("grace_days: 3"), recorder)
    paid, late = firm.owes(), firm.owes()
    for number in (1, 2, 3):
        firm.run(number)
    assert recorder.taken == []
    pay(paid.customer, "100.00", paid, booked_on=day(3))
    firm.run(4)
    assert (firm.arrived(paid), firm.arrived(late)) == ([], ["first"])
    firm.run(5)
    assert firm.arrived(late) == ["first", "second"], "the day of the second step has not moved"


def test_r04_a_customer_is_told_of_all_when_its_worst_item_is_old_enough(recorder: Recorder) -> None:
    firm = make_firm(ladder("min_arrears_days: 7"), recorder)
    customer = firm.customer()
    worst, young = firm.owes(customer), firm.owes(customer, due=5)
    firm.run(6)
    assert recorder.taken == [] and firm.case(worst).look_again_on == day(7)
    firm.run(7)
    assert (firm.arrived(worst), firm.arrived(young), len(recorder.taken)) == (["first"], ["first"], 1)


# -- R5: the step is stored, and rises by one a commit


def test_r05_the_step_is_stored_with_the_item_and_rises_by_one_a_commit(firm: Firm) -> None:
    item = firm.owes()
    positions = []
    for number in (60, 61, 62):
        firm.run(number)
        positions.append(firm.case(item).position)
    assert positions == [1, 2, 3] and firm.arrived(item) == ["first", "second", "third"]


def test_r05_items_in_one_letter_rise_each_by_one_of_their_own(firm: Firm) -> None:
    customer = firm.customer()
    old = firm.owes(customer)
    firm.run(1)
    firm.run(5)
    new = firm.owes(customer, due=3)
    firm.run(9)
    assert (firm.case(old).position, firm.case(new).position) == (3, 1)
    assert Notice.objects.filter(on=day(9)).count() == 1


# -- R6: optional and required steps in a late run

GENTLE = """\
  - {key: first, after_due: 1, channel: [email]}
  - {key: nudge, after_due: 4, channel: [sms], required: false}
  - {key: demand, after_due: 9, channel: [letter], document: demand}
"""


def test_r06_a_late_run_leaves_out_the_optional_step_and_says_so(recorder: Recorder) -> None:
    firm = make_firm(ladder(steps=GENTLE), recorder)
    late, timely = firm.owes(), firm.owes()
    firm.run(1)
    hold(late.customer, on=day(2), until=day(9))
    firm.run(4)
    firm.run(10)
    assert (firm.arrived(timely), firm.arrived(late)) == (["first", "nudge", "demand"], ["first", "demand"])
    assert (firm.case(late).skipped, firm.case(timely).skipped) == (["nudge"], [])


def test_r06_the_formal_demand_is_never_left_out(recorder: Recorder) -> None:
    firm = make_firm(ladder(steps=GENTLE + "  - {key: last, after_due: 20, channel: [email]}\n"), recorder)
    item = firm.owes()
    for number in (300, 301, 302):
        firm.run(number)
    assert firm.arrived(item) == ["first", "demand", "last"]


def test_r06_without_the_key_every_step_is_made_up_for(firm: Firm) -> None:
    item = firm.owes()
    for number in (300, 301, 302):
        firm.run(number)
    assert firm.arrived(item) == ["first", "second", "third"] and firm.case(item).skipped == []


# -- R7: minimum as an amount and as a share


def test_r07_a_step_below_its_share_waits_until_enough_is_due(recorder: Recorder) -> None:
    steps = '  - {key: first, after_due: 1, channel: [email], minimum_percent: "10"}\n'
    firm = make_firm(ladder(steps=steps), recorder)
    customer = firm.customer()
    small, large = firm.owes(customer, "99.00"), firm.owes(customer, "900.00", due=20)
    firm.run(1)
    (told,) = explain_invoice(small.invoice, on=day(1))
    assert (told.waits, recorder.taken) == (Waits.BELOW_MINIMUM, [])
    assert "99.00 PLN" in next(gate.text for gate in told.gates if gate.gate == Waits.BELOW_MINIMUM)
    pay(customer, "100.00", large, booked_on=day(2))
    firm.run(2)
    assert firm.arrived(small) == ["first"]


def test_r07_each_currency_has_its_own_minimum(recorder: Recorder) -> None:
    steps = '  - {key: first, after_due: 1, channel: [email], minimum: "50.00"}\n'
    firm = make_firm(ladder('minimums: {EUR: "10.00"}', steps=steps), recorder)
    zloty, euro = firm.owes(amount="40.00"), firm.owes(amount="40.00", currency="EUR")
    firm.run(1)
    assert (firm.arrived(zloty), firm.arrived(euro)) == ([], ["first"])


# -- R8: blocks have reason, author and end, and lift themselves


def test_r08_a_hold_bears_reason_author_and_end_and_is_on_the_audit_chain(firm: Firm) -> None:
    boss, item = make_user("boss"), firm.owes()
    row = hold(item, on=day(0), until=day(3), reason="the delivery is being looked into", by=boss)
    assert (row.reason, row.author, row.since, row.until) == ("the delivery is being looked into", boss, day(0), day(3))
    entry = Entry.objects.get(creditor=firm.creditor, verb="held")
    assert (entry.actor, entry.facts["until"]) == (boss, day(3).isoformat())


@pytest.mark.parametrize("whole_customer", [False, True], ids=["an item", "a customer"])
def test_r08_what_was_held_comes_back_by_itself_on_the_day_after(firm: Firm, whole_customer: bool) -> None:
    item = firm.owes()
    hold(item.customer if whole_customer else item, on=day(0), until=day(3), reason="asked for")
    for number in (1, 2, 3):
        firm.run(number)
    assert firm.arrived(item) == [] and firm.case(item).look_again_on == day(4)
    firm.run(4)
    assert firm.arrived(item) == ["first"]


def test_r08_a_hold_without_an_end_lasts_until_a_person_releases_it(firm: Firm) -> None:
    item, boss = firm.owes(), make_user("boss")
    hold(item, on=day(0))
    firm.run(300)
    assert firm.arrived(item) == []
    release_hold(item, on=day(300), by=boss)
    firm.run(300)
    assert firm.arrived(item) == ["first"]


# -- R9: credit first


def test_r09_credit_is_offset_first_and_what_it_covers_goes_to_a_person(firm: Firm, recorder: Recorder) -> None:
    part, whole = firm.owes(), firm.owes()
    pay(part.customer, "40.00", unmatched=True, booked_on=day(0))
    pay(whole.customer, "100.00", unmatched=True, booked_on=day(0))
    firm.run(1)
    (notice,) = Notice.objects.filter(state=NoticeState.RELEASED)
    assert (notice.customer, notice.principal, notice.credit, notice.asks) == (
        part.customer, Decimal("100.00"), Decimal("40.00"), Decimal("60.00"),
    )  # fmt: skip
    assert firm.tasks() == [(whole.customer.number, TaskKind.MATCH_PAYMENT)]


# -- R10: a cap


def test_r10_the_policy_s_highest_step_ends_the_ladder_and_calls_a_person(recorder: Recorder) -> None:
    firm = make_firm(ladder("max_step: second"), recorder)
    item = firm.owes()
    for number in (1, 5, 9, 10):
        firm.run(number)
    assert firm.arrived(item) == ["first", "second"]
    assert firm.tasks() == [(item.customer.number, TaskKind.REVIEW)]


def test_r10_a_person_caps_one_invoice_and_lifts_it_again(firm: Firm) -> None:
    boss, item, other = make_user("boss"), firm.owes(), firm.owes()
    assert cap_ladder(item.invoice, step="first", on=day(0), reason="a key customer", by=boss) == 1
    for number in (1, 5, 9):
        firm.run(number)
    assert (firm.arrived(item), firm.arrived(other)) == (["first"], ["first", "second", "third"])
    (told,) = explain_invoice(item.invoice, on=day(9))
    assert told.waits == Waits.LADDER_ENDED
    cap_ladder(item.invoice, step="", on=day(9), by=boss)
    firm.run(9)
    assert firm.arrived(item) == ["first", "second"]
    said = list(Entry.objects.filter(verb="ladder_capped").order_by("sequence").values_list("actor", "facts__step"))
    assert said == [(boss.pk, "first"), (boss.pk, "")]


def test_r10_a_cap_withdraws_what_lies_planned_above_it_and_ends_its_call(recorder: Recorder) -> None:
    steps = "  - {key: first, after_due: 1, channel: [email]}\n  - {key: ring, after_due: 5, channel: [call]}\n"
    firm = make_firm(ladder(steps=steps), recorder)
    planned, called = firm.owes(due=1), firm.owes()
    firm.run(1)
    firm.run(5)
    firm.plan(2 + 3)
    assert firm.tasks() == [(called.customer.number, TaskKind.CALL)]
    cap_ladder(called.invoice, step="first", on=day(5))
    assert firm.tasks() == []
    assert firm.arrived(planned) == ["first"]


def test_r10_a_step_that_the_policy_does_not_have_and_a_closed_invoice_are_refused(firm: Firm) -> None:
    item = firm.owes()
    with pytest.raises(Refused, match=r"no step 'demand'. Choose one of: first, second, third"):
        cap_ladder(item.invoice, step="demand", on=day(0))
    pay(item.customer, "100.00", item, booked_on=day(0))
    with pytest.raises(Refused, match="nothing on the ladder"):
        cap_ladder(item.invoice, step="first", on=day(0))
    assert not Entry.objects.filter(verb="ladder_capped").exists()


# -- R11: what shares a letter


@pytest.mark.parametrize(
    ("field", "column"), [("order", "order_number"), ("contract", "contract_number"), ("branch", "branch"), ("source", "source")]
)
def test_r11_equal_values_share_a_letter(recorder: Recorder, field: str, column: str) -> None:
    firm = make_firm(ladder(f"grouping: {field}"), recorder)
    customer = firm.customer()
    items = [firm.owes(customer, **{column: value}) for value in ("A", "B", "A", "")]
    firm.run(1)
    letters = [sorted(notice.taken.values_list("case__item", flat=True)) for notice in Notice.objects.order_by("pk")]
    assert sorted(letters) == [[items[0].pk, items[2].pk], [items[1].pk], [items[3].pk]]
    firm.run(1)
    assert len(recorder.taken) == 3, "the same letter is not made again"


def test_r11_the_rates_of_an_agreement_share_a_letter_of_their_own(recorder: Recorder) -> None:
    steps = "  - {key: ahead, after_due: -3, until: 0, channel: [email]}\n"
    firm = make_firm(ladder("grouping: branch", steps=steps), recorder)
    customer = firm.customer()
    item, other = firm.owes(customer, branch="A"), firm.owes(customer, due=13, branch="A")
    rates = parts("50.00", "50.00", first_due=day(10))
    agree(customer, label="U1", items=[item.invoice], rates=rates, on=day(1))
    firm.run(10)
    assert sorted(Notice.objects.values_list("shares", flat=True)) == ["A", "U1"]
    assert firm.arrived(other) == ["ahead"]


# -- R12: after a hand-over nothing goes out by itself

HANDED = """\
  - {key: first, after_due: 1, channel: [email]}
  - {key: handoff, after_due: 5, channel: [agency]}
"""


def test_r12_while_the_agency_has_one_debt_nothing_goes_and_a_new_debt_calls_a_person(recorder: Recorder) -> None:
    firm = make_firm(ladder(steps=HANDED), recorder)
    item = firm.owes()
    firm.run(1)
    firm.run(5)
    accept(item.customer, on=day(5))
    new = firm.owes(item.customer, due=6)
    sent = len(recorder.taken)
    for number in (7, 8, 30):
        firm.run(number)
    assert len(recorder.taken) == sent and firm.arrived(new) == []
    assert firm.tasks() == [(item.customer.number, TaskKind.REVIEW)]
    assert firm.case(item).step == "handoff", "its level is frozen"
    recall(item.customer, on=day(31))
    firm.run(31)
    assert firm.arrived(new) == ["first"]


# -- R13: what is claimed besides never touches the invoice


def test_r13_a_step_with_fee_interest_and_compensation_changes_no_principal(recorder: Recorder) -> None:
    steps = '  - {key: first, after_due: 1, channel: [email], interest: true, compensation: true, fee: "40.00"}\n'
    firm = make_firm(ladder(steps=steps), recorder)
    item = firm.owes()
    firm.run(30)
    item.refresh_from_db()
    assert firm.arrived(item) == ["first"]
    assert (item.amount, item.open_amount, item.invoice.gross) == (Decimal("100.00"),) * 3
    assert StepTaken.objects.get().principal == Decimal("100.00")


# -- R14: taking back is an event of its own


def test_r14_a_bounce_takes_the_step_back_and_deletes_nothing(firm: Firm) -> None:
    item = firm.owes()
    firm.run(1)
    (notice,) = Notice.objects.all()
    taken = StepTaken.objects.get()
    outcome(notice, Result.FAILED, now=firm.noon(2))
    assert (firm.case(item).step, firm.case(item).position, firm.case(item).round) == ("", 0, 2)
    assert StepTaken.objects.get() == taken
    assert list(StepResult.objects.order_by("pk").values_list("kind", flat=True)) == ["completed", "void"]
    assert Message.objects.count() == 1
    assert Entry.objects.filter(verb="outcome_recorded").count() == 1


def test_r14_a_payment_taken_back_is_a_row_more_and_the_item_goes_on_at_its_step(firm: Firm) -> None:
    item = firm.owes()
    firm.run(1)
    payment = record_payment(item.customer, amount=Decimal("100.00"), booked_on=day(2), invoices=[item])
    reverse_payment(payment, on=day(3))
    assert AllocationEntry.objects.filter(item=item).count() == 2
    assert (firm.case(item).step, firm.case(item).wants_approval) == ("first", True)
    firm.run(5)
    assert firm.planned() == [("second", [item.label])], "a person looks before the next message"


@pytest.mark.parametrize("table", ["dunning_steptaken", "dunning_stepresult", "audit_entry"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET id = id"], ids=["delete", "change"])
def test_r14_history_can_be_neither_changed_nor_deleted(firm: Firm, table: str, statement: str) -> None:
    firm.owes()
    firm.run(1)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        assert cursor.fetchone()[0], "there is something to lose"
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))
    assert verify(firm.creditor) == []


# -- R15: fresh bank data


def test_r15_a_run_sends_nothing_until_the_bank_data_are_fresh(recorder: Recorder) -> None:
    firm = make_firm(recorder=recorder, bank_freshness_days=2)
    item = firm.owes()
    firm.run(1)
    (told,) = explain_invoice(item.invoice, on=day(1))
    assert (told.waits, recorder.taken) == (Waits.BANK_STALE, [])
    bank_seen(firm.creditor, until=day(0), on=day(2))
    firm.run(2)
    assert firm.arrived(item) == ["first"]
    firm.run(5)
    assert firm.arrived(item) == ["first"], "seen until day 0: three days old by now"
    bank_seen(firm.creditor, until=day(4), on=day(5))
    firm.run(5)
    assert firm.arrived(item) == ["first", "second"]


def test_r15_payment_data_come_before_the_message_of_the_day(recorder: Recorder) -> None:
    """What was booked between plan and hand-over is not asked for."""
    firm = make_firm(recorder=recorder)
    item = firm.owes()
    firm.plan(1)
    pay(item.customer, "100.00", item, booked_on=day(1))
    firm.deliver(1)
    assert recorder.taken == []
