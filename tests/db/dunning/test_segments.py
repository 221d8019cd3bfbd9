"""Which policy an item falls under, what says so, and that it is judged once, when the item enters."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from dunning import actions
from dunning.choosing import Chosen, PolicyChoice
from dunning.facts import facts_for
from dunning.models import Case, Policy, PolicyVersion, Segment
from dunning.policy import Channel
from dunning.profiles import Profiles
from dunning.segments import CustomerProfile, InvoiceProfile, Profile
from invoices import actions as books
from invoices.models import Customer, Item
from invoices.states import Kind
from tests.builders import credit, make_creditor, pay
from tests.db.dunning.firm import PLAIN, Firm, day

By = Case.ChosenBy


def policy(firm: Firm, name: str) -> Policy:
    """A further published policy."""
    return actions.publish(firm.creditor, PLAIN.replace("Plain", name), now=firm.noon(-60)).policy


def segment(firm: Firm, name: str, chosen: Policy | None = None, **conditions: Any) -> Segment:
    """A rule behind those there are, for a policy of its own name unless one is given."""
    position = firm.creditor.segments.count() + 1
    return Segment.objects.create(
        creditor=firm.creditor, position=position, name=name, conditions=conditions, policy=chosen or policy(firm, name)
    )


def fell_under(item: Item) -> tuple[str, str, str]:
    """Policy, what chose it, and by which rule."""
    case = Case.objects.select_related("version__policy").get(item=item)
    return case.version.policy.name, case.chosen_by, case.chosen_rule


def profile(customer: Customer, item: Item | None = None, on: int = 0) -> Profile:
    return Profiles.about([customer.pk], on=day(on)).of(customer.pk, item.invoice if item else None)


# -- what beats what


def test_without_rules_the_default_applies_and_says_so(firm: Firm) -> None:
    assert fell_under(firm.owes()) == ("Plain", By.DEFAULT, "")


def test_invoice_beats_customer_beats_segment_beats_kind_beats_default(firm: Firm) -> None:
    item = firm.owes()
    choice = lambda: PolicyChoice.among([item], on=day(0)).chosen_for(item)  # noqa: E731
    found = [choice()]
    actions.assign(firm.creditor, policy(firm, "of the kind"), kind=Kind.BUSINESS)
    found.append(choice())
    segment(firm, "everybody")
    found.append(choice())
    actions.assign(firm.creditor, policy(firm, "of the customer"), customer=item.customer)
    found.append(choice())
    actions.assign(firm.creditor, policy(firm, "of the invoice"), invoice=item.invoice)
    found.append(choice())
    assert [(chosen.by, chosen.rule) for chosen in found if chosen] == [
        (By.DEFAULT, ""), (By.KIND, ""), (By.SEGMENT, "everybody"), (By.CUSTOMER, ""), (By.INVOICE, ""),
    ]  # fmt: skip
    assert len({chosen.version for chosen in found if chosen}) == 5


def test_the_first_rule_that_applies_is_stored_with_the_case(firm: Firm) -> None:
    segment(firm, "public bodies", kind=["public"])
    segment(firm, "large", amount={"at_least": "1000"})
    segment(firm, "business", kind=["business"])
    assert fell_under(firm.owes(amount="1000")) == ("large", By.SEGMENT, "large")
    assert fell_under(firm.owes(amount="999.99")) == ("business", By.SEGMENT, "business")
    assert fell_under(firm.owes(firm.customer(kind=Kind.CONSUMER))) == ("Plain", By.DEFAULT, "")


def test_a_rule_at_rest_or_without_a_published_policy_is_passed_over(firm: Firm) -> None:
    resting = segment(firm, "resting")
    Segment.objects.filter(pk=resting.pk).update(is_active=False)
    segment(firm, "unpublished", Policy.objects.create(creditor=firm.creditor, name="Nothing yet"))
    assert fell_under(firm.owes()) == ("Plain", By.DEFAULT, "")


def test_rules_of_another_company_do_not_count(firm: Firm) -> None:
    other = make_creditor()
    version = actions.publish(other, PLAIN, now=firm.noon(-60))
    Segment.objects.create(creditor=other, position=1, name="theirs", policy=version.policy)
    assert fell_under(firm.owes()) == ("Plain", By.DEFAULT, "")


def test_what_chose_the_policy_stays_whatever_changes_later(firm: Firm) -> None:
    item = firm.owes()
    segment(firm, "everybody")
    actions.enter([item.customer_id], on=day(1))
    actions.follow_books(customers=[item.customer_id], on=day(1))
    assert fell_under(item) == ("Plain", By.DEFAULT, "")
    chosen = PolicyChoice.among([item], on=day(1)).chosen_for(item)
    assert chosen == Chosen(PolicyVersion.objects.get(policy__name="everybody").pk, By.SEGMENT, "everybody")


def test_soft_for_the_first_slip_and_firm_for_who_is_always_late(firm: Firm) -> None:
    segment(firm, "firm", late_invoices={"at_least": "3"})
    segment(firm, "soft", late_invoices={"at_most": "0"}, relation_days={"at_least": "365"})
    good, bad = firm.customer(), firm.customer()
    pay(good, "100.00", firm.owes(good, due=-400), booked_on=day(-401))
    for n in range(3):
        firm.owes(bad, due=-300 + n)
    assert fell_under(firm.owes(good, issued_on=day(0), due=14))[0] == "soft"
    assert fell_under(firm.owes(bad, issued_on=day(0), due=14))[0] == "firm"


def test_the_number_of_queries_does_not_grow_with_the_items(firm: Firm) -> None:
    segment(firm, "large", amount={"at_least": "1000"})
    costs = []
    for _ in range(2):
        items = list(Item.objects.filter(pk__in=[firm.owes().pk for _ in range(1 + 4 * len(costs))]).select_related("customer", "invoice"))
        with CaptureQueriesContext(connection) as queries:
            choice = PolicyChoice.among(items, on=day(0))
            assert all(choice.chosen_for(item) for item in items)
        costs.append(len(queries))
    assert costs == [8, 8]


# -- what is known


def test_of_a_new_customer_little_is_known(firm: Firm) -> None:
    customer = firm.customer()
    assert profile(customer) == Profile(
        CustomerProfile(kind="business", country="PL", language="pl", balance=Decimal(0), turnover=Decimal(0)), InvoiceProfile()
    )


def test_the_record_and_the_invoice_are_read(firm: Firm) -> None:
    customer = firm.customer(language="en", country="DE", tags=["vip"], is_insured=True)
    item = firm.owes(customer, source="shop", payment_method="card", is_subscription=True)
    known = profile(customer, item)
    assert (known.customer.country, known.customer.language, known.customer.tags, known.customer.insured) == ("DE", "en", {"vip"}, True)
    assert known.invoice == InvoiceProfile("shop", Decimal(100), "card", True)


def test_balance_turnover_and_purchases_are_in_the_companys_currency(firm: Firm) -> None:
    customer = firm.customer()
    old = firm.owes(customer, "1000.00", due=-500)
    pay(customer, "400.00", old, booked_on=day(-400))
    firm.owes(customer, "300.00")
    credit(customer, "50.00", issued_on=day(-1))
    known = profile(customer).customer
    assert (known.balance, known.turnover, known.purchases, known.relation_days) == (Decimal(900), Decimal(250), 1, 530)


def test_where_another_currency_is_involved_the_sum_is_not_known(firm: Firm) -> None:
    customer = firm.customer()
    item = firm.owes(customer, currency="EUR")
    known = profile(customer, item)
    assert (known.customer.balance, known.customer.turnover, known.invoice.amount, known.customer.purchases) == (None, None, None, 1)


@pytest.mark.parametrize(
    ("due", "paid", "late"),
    [(-30, -30, 0), (-30, -29, 1), (-27, -24, 0), (-27, -23, 1)],
    ids=["on the day", "the day after", "Holy Saturday, paid on Tuesday after Easter", "the day after that"],
)
def test_late_begins_the_day_after_the_due_date_which_moves_over_days_off(firm: Firm, due: int, paid: int, late: int) -> None:
    customer = firm.customer()
    pay(customer, "100.00", firm.owes(customer, due=due), booked_on=day(paid))
    assert profile(customer).customer.late_invoices == late


def test_the_invoice_that_is_judged_is_no_earlier_late_one(firm: Firm) -> None:
    customer = firm.customer()
    first, second = firm.owes(customer, due=-20), firm.owes(customer, due=-10)
    assert profile(customer, first).customer.late_invoices == 1
    assert profile(customer).customer.late_invoices == 2
    books.write_off(second, on=day(0), reason="small")
    assert profile(customer).customer.late_invoices == 1


def test_a_rating_needs_three_payments(firm: Firm) -> None:
    customer = firm.customer()
    for n, days in enumerate((0, 30, -1)):
        assert profile(customer).customer.rating is None
        due = -300 + 10 * n
        pay(customer, "100.00", firm.owes(customer, due=due), booked_on=day(due + days))
    assert profile(customer).customer.rating == Decimal(200) / 3


# -- channels


def preferred(customer: Customer) -> Channel | None:
    return facts_for(customer.creditor, [customer.pk], on=day(0)).customers[customer.pk].preferred


def test_the_contacts_wish_counts_before_the_customers(firm: Firm) -> None:
    customer = firm.customer(preferred_channel="letter")
    assert preferred(customer) is Channel.LETTER
    customer.contacts.update(preferred_channel="sms")
    assert preferred(customer) is Channel.SMS
    assert preferred(firm.customer()) is None


def test_a_run_uses_the_preferred_channel_and_never_one_objected_to(firm: Firm) -> None:
    several = actions.publish(firm.creditor, PLAIN.replace("channel: [email]}", "channel: [email, sms]}"), now=firm.noon(-60))
    wishes, objects = firm.customer(preferred_channel="sms"), firm.customer(preferred_channel="sms")
    books.object_to(objects.contacts.get(), channel="sms", on=day(-5))
    firm.owes(wishes), firm.owes(objects)
    run = firm.run(1)
    assert several.number == 2
    assert dict(run.notices.values_list("customer", "channel")) == {wishes.pk: "sms", objects.pk: "email"}


# -- what the database keeps


def test_two_rules_cannot_have_one_place_or_one_name(firm: Firm) -> None:
    first, second = segment(firm, "first"), segment(firm, "second")
    with transaction.atomic():  # judged at the end, so that two may change places
        Segment.objects.filter(pk=first.pk).update(position=2)
        Segment.objects.filter(pk=second.pk).update(position=1)
    for values in ({"position": 2}, {"name": "first"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Segment.objects.filter(pk=second.pk).update(**values)
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_case_has_a_rule_only_from_a_segment(firm: Firm) -> None:
    item = firm.owes()
    with pytest.raises(IntegrityError, match="case_rule_only_of_a_segment"), transaction.atomic():
        Case.objects.filter(item=item).update(chosen_rule="x")
