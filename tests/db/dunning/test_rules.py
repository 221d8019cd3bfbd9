"""A company's rules: changed with a reason, and tried out before anything is written."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from dunning.actions import set_rules
from dunning.models import Case, LadderRules
from dunning.rules_ahead import Effect, effect_of
from invoices.models import Item
from receivables.audit.models import Entry
from receivables.core.errors import Refused
from tests.builders import make_creditor
from tests.db.dunning.firm import Firm, day, make_firm

pytestmark = pytest.mark.django_db
LADDER = """
name: Two letters
steps:
  - {key: overdue, after_due: 3, channel: [email]}
  - {key: second, after_due: 5, channel: [email]}
"""


@pytest.fixture
def firm() -> Firm:
    return make_firm(LADDER)


def tried(firm: Firm, *, on: int, **values: Any) -> Effect:
    """The effect of these rules in place of those that stand."""
    now = LadderRules.objects.get(creditor=firm.creditor)
    then = LadderRules.objects.get(creditor=firm.creditor)
    for name, value in values.items():
        setattr(then, name, value)
    return effect_of(firm.creditor, now, then, on=day(on))


def test_changed_rules_are_kept_with_who_why_and_what_they_were(firm: Firm) -> None:
    assert set_rules(firm.creditor, {"tolerance": Decimal(20), "four_eyes": False}, on=day(0), reason="Drobne") == ["tolerance"]
    assert LadderRules.objects.get(creditor=firm.creditor).tolerance == 20
    entry = Entry.objects.get(creditor=firm.creditor, verb="rules_set")
    assert entry.facts == {"reason": "Drobne", "changed": {"tolerance": ["0.0000", "20"]}}


@pytest.mark.parametrize(
    ("values", "reason", "says"),
    [
        ({"tolerance": Decimal(20)}, " ", "Say why"),
        ({"tolerance": Decimal(0)}, "x", "Nothing has changed"),
        ({"bank_seen_until": day(1)}, "x", "No rule of the ladder: bank_seen_until"),
        ({"contact_hours": {"sms": "07:00-17:00"}}, "x", "wider than"),
    ],
)
def test_rules_that_cannot_be_set_are_refused(firm: Firm, values: dict[str, Any], reason: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        set_rules(firm.creditor, values, on=day(0), reason=reason)
    assert not Entry.objects.filter(verb="rules_set").exists()


@pytest.mark.parametrize(("values", "looked_at"), [({"tolerance": Decimal(20)}, 0), ({"four_eyes": True}, 3)])
def test_the_next_run_judges_anew_what_a_rule_concerns(firm: Firm, values: dict[str, Any], looked_at: int) -> None:
    item = firm.owes()
    firm.plan(0)
    assert firm.case(item).look_again_on == day(3)
    set_rules(firm.creditor, values, on=day(0), reason="x")
    assert firm.case(item).look_again_on == day(looked_at)


def test_a_tolerance_holds_back_what_is_below_it(firm: Firm) -> None:
    firm.owes(amount="10.00")
    firm.owes(amount="100.00")
    effect = tried(firm, on=0, tolerance=Decimal(50))
    assert (effect.held_back, effect.released, effect.customers) == (1, 0, 2)
    assert (effect.before.messages, effect.after.messages) == (4, 2)
    assert effect.parts == [("overdue", "email", 2, 1), ("second", "email", 2, 1)]


def test_steps_are_listed_as_the_ladder_goes() -> None:
    firm = make_firm("name: B\nsteps: [{key: z, after_due: 1, channel: [email]}, {key: a, after_due: 4, channel: [email]}]")
    firm.owes()
    assert [part.step for part in tried(firm, on=0).parts] == ["z", "a"]


def test_a_wider_rule_releases_what_the_old_one_held_back(firm: Firm) -> None:
    firm.owes(amount="10.00")
    set_rules(firm.creditor, {"tolerance": Decimal(50)}, on=day(0), reason="x")
    effect = tried(firm, on=0, tolerance=Decimal(5))
    assert (effect.held_back, effect.released) == (0, 1)


def test_a_cap_moves_messages_to_later_days(firm: Firm) -> None:
    customer = firm.customer()
    for due in (0, 1):
        firm.owes(customer, due=due)
    effect = tried(firm, on=0, cap_messages=1, cap_days=3)
    assert effect.later == 1 and effect.earlier == 0 and effect.held_back == 0
    assert tried(firm, on=0).later == 0


def test_days_off_move_a_step(firm: Firm) -> None:
    """Due on a Friday that is a holiday, the overdue letter would go on Monday, and under the country's calendar goes later."""
    firm.owes(due=0)
    effect = tried(firm, on=0, calendar=LadderRules.Calendar.COUNTRY)
    assert (effect.before.messages, effect.after.messages, effect.later) == (2, 2, 1)


def test_stale_bank_data_stop_everything_and_keep_their_age(firm: Firm) -> None:
    firm.owes(due=0)
    LadderRules.objects.update(bank_seen_until=day(0) - timedelta(days=5))
    assert tried(firm, on=0, bank_freshness_days=4).held_back == 1
    assert tried(firm, on=0, bank_freshness_days=6).held_back == 0


def test_what_a_person_has_to_approve_is_counted(firm: Firm) -> None:
    """Of a first run only what goes on its first day: then a person has released something under the version."""
    for due in (0, 0, 1):
        firm.owes(due=due)
    effect = tried(firm, on=0, first_run_waits=True)
    assert (effect.before.approvals, effect.after.approvals, effect.after.messages) == (0, 2, 6)


def test_steps_of_legal_weight_wait_each_time(firm: Firm) -> None:
    firm = make_firm("name: Demand\nsteps: [{key: demand, after_due: 1, channel: [letter], document: demand, deadline_days: 7}]")
    firm.owes(due=0)
    effect = tried(firm, on=0, legal_waits=True)
    assert (effect.before.approvals, effect.after.approvals) == (0, 1)


def test_trying_out_writes_nothing_and_sees_no_other_company(firm: Firm) -> None:
    item = firm.owes()
    before = Case.objects.values().get(item=item)
    tried(firm, on=0, tolerance=Decimal(50))
    assert Case.objects.values().get(item=item) == before
    other = make_creditor("other")
    rules = LadderRules(creditor=other)
    assert effect_of(other, rules, rules, on=day(0)).customers == 0


def test_no_more_customers_are_run_on_than_a_page_can_wait_for(firm: Firm) -> None:
    for _ in range(3):
        firm.owes()
    rules = LadderRules.objects.get(creditor=firm.creditor)
    effect = effect_of(firm.creditor, rules, rules, on=day(0), at_most=2)
    assert (effect.customers, effect.of_customers, effect.before.messages) == (2, 3, 4)
    assert Item.objects.count() == 3
