"""Agreement with the ledger of record: what may be paid there is held with a task, nothing is booked, a wrong list is refused."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dunning.actions import release_hold
from dunning.actions.reconciling import ReconciliationReport, reconcile
from dunning.explain import explain_customer
from dunning.models import Hold, LedgerDifference, Reconciliation, Task
from invoices.intake.profile import builtin_profiles
from invoices.models import AllocationEntry, Item, Payment
from receivables.accounts.models import Membership, Role, User
from receivables.audit.models import Entry
from tests.builders import make_creditor, make_customer, make_item, pay
from tests.db.dunning.firm import Firm, day
from tests.db.test_commands import run
from tests.workbooks import workbook

pytestmark = pytest.mark.django_db
HEADER = "Invoice number,Open amount,Due"


def listed(firm: Firm, *lines: str, on: int = 3, as_of: int = 2, **options: Any) -> ReconciliationReport:
    firm.noon(on)
    head = HEADER + (",Company" if any(line.count(",") > 2 for line in lines) else "")
    data = "\n".join([head, *lines]).encode()
    given = {"name": "l.csv", "profile": builtin_profiles()["open-items"], "as_of": day(as_of), "on": day(on), **options}
    return reconcile(firm.creditor, data=data, **given)


def line(item: Item, amount: str | None = None, due: str = "") -> str:
    return f"{item.invoice.number},{amount or item.open_amount:.2f},{due}" if amount is None else f"{item.invoice.number},{amount},{due}"


@pytest.fixture
def items(firm: Firm) -> list[Item]:
    return [firm.owes(amount="100.00") for _ in range(4)]


def figures(report: ReconciliationReport) -> tuple[int, list[tuple[str, str]], int, int]:
    assert not report.problems
    return report.agree, [(one.number, str(one.kind)) for one in report.found], report.held, report.freed


def test_what_is_missing_or_lower_there_is_held_with_a_task_and_nothing_is_booked(firm: Firm, items: list[Item]) -> None:
    same, lower, missing, higher = items
    report = listed(firm, line(same), line(lower, "40.00"), line(higher, "120.00"), "X/9,5.00,")
    assert report.agree == 1
    kinds = {one.number: str(one.kind) for one in report.found}
    assert kinds == {
        lower.invoice.number: "other_amount", missing.invoice.number: "only_here", higher.invoice.number: "other_amount",
        "X/9": "only_there",
    }  # fmt: skip
    assert (report.held, report.freed) == (2, 0)
    assert set(Hold.objects.values_list("item", flat=True)) == {lower.pk, missing.pk}
    assert explain_customer(missing.customer, on=day(3))[missing.pk].waits == "held"
    assert {(task.kind, task.about) for task in Task.objects.all()} == {
        ("reconcile", f"item:{lower.pk}"),
        ("reconcile", f"item:{missing.pk}"),
    }
    assert not Payment.objects.exists() and not AllocationEntry.objects.exists()
    assert Reconciliation.objects.values_list("lines", "agree", "differ", "held").get() == (4, 1, 4, 2)
    assert Entry.objects.filter(verb="reconciled").count() == 1


def test_the_same_list_again_holds_nothing_twice(firm: Firm, items: list[Item]) -> None:
    lines = [line(item) for item in items[:3]]
    assert listed(firm, *lines).held == 1
    assert listed(firm, *lines, on=4).held == 0
    assert (Hold.objects.count(), Task.objects.count(), LedgerDifference.objects.count()) == (1, 1, 2)
    assert LedgerDifference.objects.exclude(hold=None).count() == 2


def test_what_agrees_again_is_freed_by_itself(firm: Firm, items: list[Item]) -> None:
    lines = [line(item) for item in items]
    listed(firm, *lines[:3])
    assert (report := listed(firm, *lines, on=4)).freed == 1 and report.held == 0
    assert Hold.objects.get().released_on == day(4)
    assert Task.objects.values_list("closed_on", "result").get() == (day(4), "The ledger of record agrees again.")
    assert listed(firm, *lines[:3], on=5).held == 1


def test_what_a_person_released_stays_so_until_the_difference_is_another(firm: Firm, items: list[Item]) -> None:
    lines = [line(item) for item in items[:3]]
    listed(firm, *lines)
    release_hold(items[3], on=day(4))
    assert listed(firm, *lines, on=4).held == 0
    assert listed(firm, *lines, line(items[3], "10.00"), on=5).held == 1


def test_the_books_are_compared_as_of_the_day_of_the_list(firm: Firm, items: list[Item]) -> None:
    pay(items[0].customer, "100.00", items[0], booked_on=day(3))
    lines = [line(item, "100.00") for item in items]
    assert figures(listed(firm, *lines, as_of=2))[0] == 4
    assert [one.number for one in listed(firm, *lines, as_of=3).found] == [items[0].invoice.number]


def test_an_item_paid_since_is_not_held(firm: Firm, items: list[Item]) -> None:
    pay(items[3].customer, "100.00", items[3], booked_on=day(3))
    assert figures(listed(firm, *[line(item) for item in items[:3]]))[2] == 0


def test_lists_that_look_wrong_are_refused_unless_confirmed(firm: Firm, items: list[Item]) -> None:
    lines = [line(item) for item in items]
    listed(firm, *lines)
    for options, says in (
        ({"lines": lines[:1]}, "under half"),
        ({"lines": lines, "as_of": 1}, "it is older"),
        ({"lines": [f"{one},Other GmbH" for one in lines]}, "not of"),
        ({"lines": [f"Z/{n},1.00," for n in range(4)]}, "Few or none of its numbers"),
    ):
        said = {name: value for name, value in options.items() if name != "lines"}
        report = listed(firm, *options["lines"], on=4, **said)  # type: ignore[misc, arg-type]
        assert (report.refused, Reconciliation.objects.count(), Hold.objects.count()) == (1, 1, 0)
        assert any(says in objection for objection in report.objections), report.objections
    report = listed(firm, lines[0], on=4, confirmed=True)
    assert (report.refused, report.held, Reconciliation.objects.latest("pk").is_confirmed) == (0, 3, True)


def test_an_empty_list_holds_nothing_unless_confirmed(firm: Firm, items: list[Item]) -> None:
    assert "has no open line, and 4 items" in listed(firm).objections[0]
    assert not Hold.objects.exists()
    assert listed(firm, confirmed=True).held == 4


def test_the_list_of_another_company_of_the_house_is_recognised_and_no_figure_is_told(firm: Firm, items: list[Item]) -> None:
    other = make_creditor()
    theirs = [make_item(make_customer(other), "5.00", issued_on=day(-20), due_on=day(0)) for _ in range(3)]
    lines = [f"{item.invoice.number},5.00," for item in theirs]
    unknown = listed(firm, "Z/1,5.00,").objections
    assert listed(firm, *lines).objections == unknown == (
        "Few or none of its numbers are known here. Perhaps it is the list of another company.",
    )  # fmt: skip


def test_companies_that_a_person_may_not_see_are_not_looked_at(firm: Firm, items: list[Item]) -> None:
    other = make_creditor()
    theirs = [make_item(make_customer(other), "5.00", issued_on=day(-20), due_on=day(0)) for _ in range(3)]
    lines = [line(items[0]), *(f"{item.invoice.number},5.00," for item in theirs)]
    clerk = User.objects.create_user("clerk@firm.example")
    Membership.objects.create(user=clerk, creditor=firm.creditor, role=Role.CLERK)
    assert listed(firm, *lines, by=clerk, dry_run=True).objections == ()
    assert listed(firm, *lines, dry_run=True).objections
    Membership.objects.create(user=clerk, creditor=other, role=Role.CLERK)
    assert listed(firm, *lines, by=clerk, dry_run=True).objections


@pytest.mark.parametrize(
    ("lines", "column", "says"),
    [
        pytest.param(["F/1,much,"], "Open amount", "is no amount", id="no amount"),
        pytest.param([",5.00,"], "Invoice number", "is empty", id="no number"),
        pytest.param(["F/1,5.00,2026-02-31"], "Due", "is no date", id="no day"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused(firm: Firm, lines: list[str], column: str, says: str) -> None:
    report = listed(firm, *lines)
    assert [(one.line, one.column) for one in report.problems if says in one.reason] == [(2, column)]
    assert not Reconciliation.objects.exists()


def test_a_day_to_come_is_refused_and_a_dry_run_stores_nothing(firm: Firm, items: list[Item]) -> None:
    assert "has not come yet" in listed(firm, line(items[0]), as_of=4).problems[0].reason
    assert listed(firm, line(items[0]), dry_run=True).found
    assert not Reconciliation.objects.exists() and not Hold.objects.exists()


def test_the_command_reads_a_workbook_and_says_it_as_json(firm: Firm, items: list[Item], tmp_path: Path) -> None:
    file = tmp_path / "l.xlsx"
    file.write_bytes(
        workbook(["Invoice number", "Open amount", "Due"], *[[item.invoice.number, 100, date(2026, 5, 1)] for item in items[:3]])
    )
    firm.noon(3)
    code, said = run("reconcile", file, "--profile", "open-items", "--as-of", "2026-05-03", "--json")
    told = json.loads(said)
    number = items[3].invoice.number
    assert (code, told["format"], told["agree"], told["held"]) == (0, "xlsx", 3, 1)
    assert told["only_here"] == [{"number": number, "currency": "PLN", "here": "100.00", "due_here": "2026-05-01", "holds": True}]
    code, said = run("reconcile", file, "--profile", "open-items", "--as-of", "2026-05-01")
    assert code == 1 and "it is older" in said and "--confirm" in said
