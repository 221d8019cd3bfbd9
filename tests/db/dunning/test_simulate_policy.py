"""A policy over the past, as an operator asks for it; and that asking changes nothing."""

import json
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dunning.actions import agree, hold, promise, release_hold
from dunning.facts import rules_of
from dunning.history import past_of
from invoices import actions as books
from invoices.states import Outcome
from receivables.accounts.models import Creditor
from tests.builders import credit, dispute, make_creditor, make_customer, make_invoice, pay
from tests.db.dunning.firm import DUE, PLAIN, Firm, Recorder, day, make_firm

pytestmark = pytest.mark.django_db

DRAFT = """\
name: Draft
steps:
  - {key: mail, after_due: 1, channel: [email]}
  - {key: text, after_due: 3, channel: [sms], also: [email]}
  - {key: paper, after_due: 5, channel: [letter], approval: true}
"""


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    path = tmp_path / "draft.yaml"
    path.write_text(DRAFT, encoding="utf-8")
    return path


def told(*arguments: Any, first: int = 0, last: int = 30) -> Any:
    out = StringIO()
    days = ("--from", str(day(first)), "--to", str(day(last)))
    call_command("simulate_policy", *map(str, arguments), *days, "--json", stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())


def counts(report: Any, number: int = 0) -> dict[tuple[str, str], int]:
    return {(one["step"], one["channel"]): one["n"] for one in report["policies"][number]["messages"]}


def test_the_report_has_the_shape_of_the_issue(firm: Firm, draft: Path) -> None:
    firm.owes()
    assert told(draft, "--letter-cost", "4.50", "--sms-cost", "0.07") == {
        "from": "2026-05-01",
        "to": "2026-05-31",
        "policies": [
            {
                "name": "Draft",
                "messages": [
                    {"step": "mail", "channel": "email", "n": 1, "cost": "0.00"},
                    {"step": "text", "channel": "email", "n": 1, "cost": "0.00"},
                    {"step": "text", "channel": "sms", "n": 1, "cost": "0.07"},
                    {"step": "paper", "channel": "letter", "n": 1, "cost": "4.50"},
                ],
                "customers": 1,
            }
        ],
    }


def test_a_second_policy_is_told_beside_the_first(firm: Firm, draft: Path, tmp_path: Path) -> None:
    firm.owes()
    other = tmp_path / "other.yaml"
    other.write_text(PLAIN, encoding="utf-8")
    report = told(draft, other)
    assert [policy["name"] for policy in report["policies"]] == ["Draft", "Plain"]
    assert counts(report, 1) == {("first", "email"): 1, ("second", "sms"): 1, ("third", "email"): 1}


def test_it_may_name_who_would_have_been_hit(firm: Firm, draft: Path) -> None:
    item = firm.owes()
    (policy,) = told(draft, "--list")["policies"]
    assert policy["hit"] == [{"customer": item.customer.number, "n": 4}]


def test_without_approvals_what_needs_a_person_never_goes(firm: Firm, draft: Path) -> None:
    firm.owes()
    assert ("paper", "letter") not in counts(told(draft, "--no-approvals"))


def test_money_counts_from_the_day_on_which_the_bank_had_it(firm: Firm, draft: Path) -> None:
    item = firm.owes()
    pay(item.customer, "100.00", item, booked_on=day(3))
    assert counts(told(draft)) == {("mail", "email"): 1}


def test_a_chargeback_opens_the_item_again_at_its_step(firm: Firm, draft: Path) -> None:
    item = firm.owes()
    payment = pay(item.customer, "100.00", item, booked_on=day(2))
    books.reverse_payment(payment, on=day(20))
    assert sum(counts(told(draft, last=19)).values()) == 1
    assert ("text", "sms") in counts(told(draft))


def test_open_credit_keeps_back_and_what_is_matched_is_credit_no_more(firm: Firm, draft: Path) -> None:
    item = firm.owes()
    payment = pay(item.customer, "100.00", unmatched=True, booked_on=day(0))
    assert counts(told(draft)) == {}
    books.allocate(payment, [item], on=day(9), amount=item.amount / 2)
    assert counts(told(draft, last=8)) == {}  # the money was there
    books.reverse_payment(payment, on=day(12))
    assert sum(counts(told(draft)).values()) == 4


def test_a_credit_note_that_was_taken_back_counted_as_long_as_its_entries(firm: Firm, draft: Path) -> None:
    item = firm.owes()
    note = credit(item.customer, "100.00", item, issued_on=day(0))
    books.reverse_credit_note(note, on=day(10))
    assert counts(told(draft, last=9)) == {}
    assert sum(counts(told(draft)).values()) == 4


def test_disputes_and_holds_are_over_when_they_were(firm: Firm, draft: Path) -> None:
    disputed, held = firm.owes(), firm.owes()
    dispute(disputed, on=day(0))
    books.resolve_dispute(disputed, outcome=Outcome.REJECTED, on=day(10))
    hold(held, on=day(0))
    firm.noon(12)
    release_hold(held, on=day(12))
    assert counts(told(draft, last=9)) == {}
    assert counts(told(draft, last=10)) == {("mail", "email"): 1}
    assert counts(told(draft, last=11))["mail", "email"] == 1
    assert counts(told(draft, last=12))["mail", "email"] == 2


def test_promises_and_agreements_wait_as_they_did(firm: Firm, draft: Path) -> None:
    promised, planned = firm.owes(), firm.owes()
    promise(promised.customer, amount=promised.amount, by=day(4), on=day(0))
    agree(planned.customer, label="U1", items=[planned], rates=[(day(10), Decimal(40)), (day(20), Decimal(60))], on=day(0))
    assert counts(told(draft, last=4)) == {}
    assert counts(told(draft, last=5)) == {("mail", "email"): 1}
    pay(planned.customer, "40.00", planned, booked_on=day(9))
    assert counts(told(draft, last=20))["mail", "email"] == 1
    assert counts(told(draft, last=21))["mail", "email"] == 2


def test_a_promise_that_was_kept_lets_the_rest_go_on(firm: Firm, draft: Path) -> None:
    item = firm.owes()
    promise(item.customer, amount=Decimal(40), by=day(25), on=day(0))
    pay(item.customer, "40.00", item, booked_on=day(6))
    assert counts(told(draft, last=5)) == {}
    assert counts(told(draft, last=6)) == {("mail", "email"): 1}


def test_what_is_open_on_the_first_day_begins_the_ladder_then(firm: Firm, draft: Path) -> None:
    firm.owes(due=-20)
    assert counts(told(draft, first=0, last=0)) == {("mail", "email"): 1}


def test_a_customer_without_any_contact_is_taken_to_be_reachable_unless_told_otherwise(firm: Firm, draft: Path) -> None:
    firm.owes(firm.customer(email="", phone="", street="", postcode="", city=""))
    assert sum(counts(told(draft)).values()) == 4
    assert counts(told(draft, "--known-contacts")) == {}


def test_the_companys_rules_hold_but_bank_data_count_as_complete(recorder: Recorder, draft: Path) -> None:
    firm = make_firm(recorder=recorder, calendar="country", bank_freshness_days=1)
    firm.owes()
    assert counts(told(draft, last=3)) == {}  # 1 May is a day off and a Friday: it is due on Monday, day 3
    assert counts(told(draft, last=4)) == {("mail", "email"): 1}


def rows() -> dict[str, int]:
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}


def test_nothing_is_written(firm: Firm, draft: Path) -> None:
    item = firm.owes()
    pay(item.customer, "10.00", item, booked_on=day(3))
    firm.run(1)
    before = rows()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        told(draft)
    assert rows() == before and before["audit.Entry"]
    assert any("READ ONLY" in query["sql"] for query in queries)
    assert not [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]


def test_the_past_is_read_in_a_fixed_number_of_queries(firm: Firm, django_assert_num_queries: Any) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            past_of(firm.creditor, rules_of(firm.creditor), until=day(30))
        return len(found)

    item = firm.owes()
    pay(item.customer, "10.00", item, booked_on=day(3))
    one = queries()
    for _ in range(5):
        item = firm.owes()
        pay(item.customer, "10.00", item, booked_on=day(3))
        dispute(item, "5.00", on=day(4))
        hold(item, on=day(0))
    assert queries() == one


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing.yaml"], "missing.yaml cannot be read: No such file"),
        (["{draft}", "--from", "2026-02-30"], "'2026-02-30' is no day"),
        (["{draft}", "--from", "2026-07-01", "--to", "2026-06-01"], "lies after"),
        (["{draft}", "--creditor", "nobody"], "no company 'nobody'"),
        (["{draft}", "--letter-cost", "much"], "is no amount"),
        (["{draft}", "--sms-cost", "-1.00"], "cannot be negative"),
        (["{draft}", "{draft}", "{draft}"], "or two to compare"),
        (["{broken}"], "steps"),
    ],
)
def test_what_is_wrong_is_said_plainly(firm: Firm, draft: Path, arguments: list[str], words: str) -> None:
    broken = draft.with_name("broken.yaml")
    broken.write_text("name: X\n", encoding="utf-8")
    given = [one.format(draft=draft, broken=broken) for one in arguments]
    given += [part for name in ("--from", "--to") if name not in given for part in (name, "2026-05-01")]
    with pytest.raises(CommandError, match=words) as error:
        call_command("simulate_policy", *given, stderr=StringIO())
    assert error.value.returncode == 2


def test_of_several_companies_one_is_named(firm: Firm, draft: Path) -> None:
    firm.owes()
    make_creditor()
    with pytest.raises(CommandError, match="several companies"):
        told(draft)
    assert Creditor.objects.count() == 2
    assert sum(counts(told(draft, "--creditor", firm.creditor.slug)).values()) == 4


def test_another_companys_books_stay_out_of_it(firm: Firm, draft: Path) -> None:
    firm.owes()
    other = make_customer()
    make_invoice(other, due_on=DUE)
    assert told(draft, "--creditor", firm.creditor.slug)["policies"][0]["customers"] == 1


def test_the_table_is_for_people(firm: Firm, draft: Path) -> None:
    firm.owes()
    out, err = StringIO(), StringIO()
    call_command("simulate_policy", str(draft), "--from", str(day(0)), "--to", str(day(31)), stdout=out, stderr=err)
    assert "Draft: 1 customers" in out.getvalue() and "paper" in out.getvalue()
    assert err.getvalue() == "Draft: 2026-05\nDraft: 2026-06\n"
