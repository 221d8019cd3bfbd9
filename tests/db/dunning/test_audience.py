"""Whom a policy is for: nobody else is sent to it, whichever way, and what no law allows is not published."""

import pytest

from dunning import actions
from dunning.models import Case, Policy, PolicyVersion
from invoices.models import Customer
from invoices.states import Kind
from receivables.core.errors import PolicyError, Refused
from tests.builders import make_customer
from tests.db.dunning.firm import PLAIN, Firm, day

FIRMS = PLAIN.replace("name: Plain", "name: Firms\naudience: [business, public]")
CONSUMERS = "Firms is for businesses and public bodies; .* belongs, or may belong, to the consumers"


def published(firm: Firm, text: str = FIRMS) -> Policy:
    return actions.publish(firm.creditor, text, now=firm.noon(0)).policy


def drafted(firm: Firm, text: str) -> PolicyVersion:
    return actions.save_draft(firm.creditor, text, now=firm.noon(0))


def test_a_fee_is_not_published_for_consumers_and_the_line_is_named(firm: Firm) -> None:
    draft = drafted(firm, PLAIN.replace("after_due: 1,", 'after_due: 1, fee: "10.00",'))
    with pytest.raises(PolicyError, match=r"line 3: steps\[1\].fee may not be asked of consumers"):
        actions.publish_draft(draft.policy, now=firm.noon(1))
    draft.refresh_from_db()
    assert draft.state == PolicyVersion.State.DRAFT


def test_not_even_a_reason_publishes_what_is_unlawful(firm: Firm) -> None:
    draft = drafted(firm, PLAIN.replace("channel: [sms]", "channel: [agency]"))
    with pytest.raises(PolicyError, match="approval is missing"):
        actions.publish_draft(draft.policy, now=firm.noon(1), reason="we want it all the same")


def test_a_fee_with_its_basis_is_published_for_firms(firm: Firm) -> None:
    text = FIRMS.replace("steps:", 'fee_basis: "§ 7"\nsteps:').replace("after_due: 1,", 'after_due: 1, fee: "10.00",')
    version = actions.publish_draft(drafted(firm, text).policy, now=firm.noon(1))
    assert version.state == PolicyVersion.State.PUBLISHED


@pytest.mark.parametrize("kind", [Kind.CONSUMER, Kind.UNKNOWN])
def test_a_customer_outside_the_audience_is_not_assigned(firm: Firm, kind: Kind) -> None:
    policy, customer = published(firm), firm.customer(kind=kind)
    with pytest.raises(Refused, match=CONSUMERS):
        actions.assign(firm.creditor, policy, customer=customer, on=day(0))
    item = firm.owes(customer)
    with pytest.raises(Refused, match=CONSUMERS):
        actions.assign(firm.creditor, policy, invoice=item.invoice)
    actions.assign(firm.creditor, policy, customer=firm.customer(kind=Kind.PUBLIC))


def test_a_kind_and_the_default_are_looked_at_too(firm: Firm) -> None:
    policy = published(firm)
    with pytest.raises(Refused, match="that kind of customer"):
        actions.assign(firm.creditor, policy, kind="unknown")
    with pytest.raises(Refused, match="whose kind has no policy of its own"):
        actions.assign(firm.creditor, policy)
    plain = Policy.objects.get(creditor=firm.creditor, name="Plain")
    for kind in ("consumer", "unknown"):
        actions.assign(firm.creditor, plain, kind=kind)
    actions.assign(firm.creditor, policy)


def test_a_rule_has_to_ask_for_the_kind(firm: Firm) -> None:
    policy = published(firm)
    with pytest.raises(Refused, match="whom the rule may choose"):
        actions.save_segment(firm.creditor, name="late", policy=policy, conditions={"late_invoices": {"at_least": 3}})
    conditions = {"kind": ["business"], "late_invoices": {"at_least": 3}}
    actions.save_segment(firm.creditor, name="late", policy=policy, conditions=conditions)


def test_a_new_version_may_not_leave_out_who_is_under_it(firm: Firm) -> None:
    policy = published(firm, FIRMS.replace("audience: [business, public]\n", ""))
    actions.assign(firm.creditor, policy, customer=firm.customer(kind=Kind.CONSUMER))
    drafted(firm, FIRMS)
    with pytest.raises(Refused, match="a customer under it belongs"):
        actions.publish_draft(policy, now=firm.noon(1))


def test_running_items_of_others_are_not_moved_to_it(firm: Firm) -> None:
    consumer = make_customer(firm.creditor, kind=Kind.CONSUMER)
    firm.owes(consumer)
    source = Case.objects.get(customer=consumer).version
    target = published(firm).versions.get()
    with pytest.raises(Refused, match="one of the customers on them"):
        actions.move_cases(source, target, expected=1, on=day(0))


def test_a_firm_that_turns_out_a_consumer_is_asked_no_fee(firm: Firm) -> None:
    text = FIRMS.replace("steps:", 'fee_basis: "§ 7"\nsteps:').replace("after_due: 1,", 'after_due: 1, fee: "10.00",')
    policy = published(firm, text)
    customer = firm.customer()
    actions.assign(firm.creditor, policy, customer=customer)
    Customer.objects.filter(pk=customer.pk).update(kind=Kind.CONSUMER)
    firm.owes(Customer.objects.get(pk=customer.pk))
    run = firm.run(1)
    assert [notice.fees for notice in run.notices.all()] == [0]
