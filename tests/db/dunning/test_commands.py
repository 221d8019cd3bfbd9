"""run_dunning and explain as an operator meets them, in the shapes that issue 2 gives."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from dunning.actions import approve, hold
from dunning.models import Run
from receivables.messaging import mode
from receivables.messaging.actions import go_live
from tests.builders import make_creditor, make_user, parts
from tests.db.dunning.firm import APPROVED, Firm, Recorder, day, make_firm
from tests.db.dunning.test_runs import digests

pytestmark = pytest.mark.django_db

STEP = {"step", "channel", "planned", "released", "sent", "waiting"}


def told(*arguments: Any) -> Any:
    """What a command prints as JSON."""
    out = StringIO()
    call_command(*map(str, arguments), "--json", stdout=out)
    return json.loads(out.getvalue())


def words(*arguments: Any) -> str:
    out = StringIO()
    call_command(*map(str, arguments), stdout=out)
    return out.getvalue()


def test_a_run_is_reported_in_the_shape_of_the_issue(firm: Firm) -> None:
    held, _, _ = firm.owes(), firm.owes(), firm.owes()
    hold(held, on=day(0))
    firm.noon(1)
    report = told("run_dunning", "--on", day(1))
    assert report == {
        "on": "2026-05-02",
        "run": Run.objects.get().pk,
        "steps": [{"step": "first", "channel": "email", "planned": 2, "released": 2, "sent": 2, "waiting": 0}],
        "waiting": {"held": 1},
        "problems": [],
    }


def test_what_waits_for_approval_and_what_failed_is_counted(recorder: Recorder) -> None:
    firm = make_firm(APPROVED, recorder)
    firm.owes()
    firm.noon(1)
    (step,) = told("run_dunning", "--on", day(1))["steps"]
    assert step == {"step": "first", "channel": "email", "planned": 1, "released": 0, "sent": 0, "waiting": 1}


def test_a_second_run_of_the_day_reports_nothing(firm: Firm) -> None:
    firm.owes()
    firm.noon(1)
    told("run_dunning", "--on", day(1))
    again = told("run_dunning", "--on", day(1))
    assert (again["steps"], again["problems"]) == ([], [])


def test_a_dry_run_has_the_same_shape_no_number_and_leaves_no_trace(firm: Firm) -> None:
    firm.owes()
    firm.noon(1)
    before = digests()
    report = told("run_dunning", "--on", day(1), "--dry-run")
    assert digests() == before
    assert set(report) == {"on", "run", "steps", "waiting", "problems"} and report["run"] is None
    assert [set(step) for step in report["steps"]] == [STEP]
    assert report["steps"][0] == {"step": "first", "channel": "email", "planned": 1, "released": 0, "sent": 0, "waiting": 0}


def test_without_a_day_it_is_today_where_the_company_is(firm: Firm) -> None:
    firm.owes()
    firm.noon(1)
    assert told("run_dunning")["on"] == "2026-05-02"


def test_in_words(firm: Firm) -> None:
    held = firm.owes()
    firm.owes()
    hold(held, on=day(0))
    firm.noon(1)
    text = words("run_dunning")
    assert "first by email: 1 planned, 1 released, 1 sent, 0 for approval" in text and "1 items wait: held" in text
    assert "nothing to send" in words("run_dunning")


def test_an_earlier_day_is_refused_in_a_sentence(firm: Firm) -> None:
    firm.owes()
    firm.run(5)
    for more in ([], ["--dry-run"]):
        with pytest.raises(CommandError, match="go back in time"):
            call_command("run_dunning", "--on", str(day(4)), *more, stdout=StringIO())


def test_an_unknown_company_or_none_at_all_is_refused(firm: Firm) -> None:
    with pytest.raises(CommandError, match="no company 'nobody'"):
        call_command("run_dunning", "--creditor", "nobody")


def test_one_company_alone(firm: Firm, recorder: Recorder) -> None:
    other = make_firm(recorder=recorder)
    mine, theirs = firm.owes(), other.owes()
    firm.noon(1)
    told("run_dunning", "--creditor", firm.creditor.slug)
    assert (firm.arrived(mine), other.arrived(theirs)) == (["first"], [])


def test_all_companies_in_one_report(firm: Firm, recorder: Recorder) -> None:
    other = make_firm(recorder=recorder)
    firm.owes()
    other.owes()
    firm.noon(1)
    assert [step["sent"] for step in told("run_dunning")["steps"]] == [1, 1]


def test_a_company_whose_run_is_refused_does_not_stop_the_others(firm: Firm, recorder: Recorder) -> None:
    other = make_firm(recorder=recorder)
    first, second = sorted([firm, other], key=lambda one: one.creditor.slug)
    first.run(5)
    item = second.owes()
    with pytest.raises(CommandError, match="go back in time"):
        call_command("run_dunning", "--on", str(day(1)), stdout=StringIO())
    assert second.arrived(item) == ["first"]


@pytest.fixture
def live(settings: Any, tmp_path: Path) -> None:
    settings.LIVE_HOST, settings.HTTPS, settings.DATA_DIR = mode.hostname(), True, tmp_path
    settings.BASE_URL, settings.DEFAULT_FROM_EMAIL = "https://pay.example.com", "pay@example.com"
    settings.CLOCK = None
    go_live(by=make_user(is_superuser=True))


def test_live_another_day_can_only_be_shown(firm: Firm, live: None) -> None:
    firm.owes()
    with pytest.raises(CommandError, match="live"):
        call_command("run_dunning", "--on", str(day(1)))
    assert Run.objects.count() == 0
    assert told("run_dunning", "--on", day(1), "--dry-run")["steps"][0]["planned"] == 1


# -- explain

ORDER = [
    "with_agency", "on_plan", "held", "disputed", "promised", "unconfirmed", "ladder_ended", "too_early",
    "bank_stale", "below_minimum", "no_address", "unmatched_money", "approval", "closed_hours", "capped",
]  # fmt: skip


def test_an_invoice_is_explained_in_the_shape_of_the_issue(firm: Firm) -> None:
    item = firm.owes(number="F/1")
    firm.noon(0)
    hold(item, on=day(0), until=day(3))
    report = told("explain", "F/1", "--on", day(1))
    assert set(report) == {"invoice", "on", "items"} and (report["invoice"], report["on"]) == ("F/1", "2026-05-02")
    (one,) = report["items"]
    assert set(one) == {"item", "step", "state", "waits", "next", "gates"}
    assert (one["item"], one["step"], one["state"], one["waits"], one["next"]) == ("F/1", None, "running", "held", "2026-05-05")
    assert all(set(gate) == {"gate", "passed", "value", "text"} for gate in one["gates"])
    assert [gate["gate"] for gate in one["gates"]] == ORDER
    assert [gate["gate"] for gate in one["gates"] if not gate["passed"]] == ["held"]
    assert one["gates"][2]["value"] == "2026-05-04" and "2026-05-04" in one["gates"][2]["text"]


def test_gates_that_are_judged_only_once_the_step_is_open_are_left_out_before(firm: Firm) -> None:
    firm.owes(number="F/1")
    (one,) = told("explain", "F/1", "--on", day(0))["items"]
    assert [gate["gate"] for gate in one["gates"]] == ORDER[: ORDER.index("too_early") + 1]
    assert (one["waits"], one["next"]) == ("too_early", "2026-05-02")


def test_every_instalment_is_explained_and_a_closed_one_has_no_gates(firm: Firm) -> None:
    from invoices.actions import issue_invoice, record_payment  # noqa: PLC0415

    customer = firm.customer()
    from decimal import Decimal  # noqa: PLC0415

    schedule = parts("60.00", "40.00", first_due=day(0))
    invoice = issue_invoice(customer, number="F/9", gross=Decimal("100.00"), issued_on=day(-30), instalments=schedule)
    record_payment(customer, amount=Decimal("60.00"), booked_on=day(0), invoices=[invoice])
    first, second = told("explain", "F/9", "--on", day(1))["items"]
    assert (first["item"], first["state"], first["waits"], first["gates"]) == ("F/9#1", "closed", None, [])
    assert (second["item"], second["state"], second["waits"]) == ("F/9#2", "running", "too_early")


def test_an_invoice_that_is_issued_later_than_the_day_asked_for_is_said_to_be_so(firm: Firm) -> None:
    firm.owes(number="F/1", issued_on=day(-3))
    (one,) = told("explain", "F/1", "--on", day(-9))["items"]
    assert one["state"] == "running"
    assert "Closed" not in words("explain", "F/1", "--on", day(-9))


def test_explaining_writes_nothing(firm: Firm) -> None:
    firm.owes(number="F/1")
    firm.run(1)
    before = digests()
    told("explain", "F/1", "--on", day(30))
    words("explain", "F/1")
    assert digests() == before


def test_an_unknown_invoice_or_one_of_several_companies_is_refused(firm: Firm, recorder: Recorder) -> None:
    with pytest.raises(CommandError, match="no invoice 'F/1'") as refused:
        call_command("explain", "F/1")
    assert refused.value.returncode == 2
    other = make_firm(recorder=recorder)
    firm.owes(number="F/1")
    other.owes(number="F/1")
    with pytest.raises(CommandError, match="--creditor"):
        call_command("explain", "F/1")
    assert told("explain", "F/1", "--creditor", other.creditor.slug, "--on", day(0))["items"][0]["waits"] == "too_early"


def test_without_a_policy_it_says_so(db: None) -> None:
    creditor = make_creditor(country="FR")
    from tests.builders import make_customer, make_invoice  # noqa: PLC0415

    make_invoice(make_customer(creditor), number="F/1")
    (one,) = told("explain", "F/1")["items"]
    assert (one["waits"], one["gates"]) == ("no_policy", [])


def test_explained_and_done_agree(recorder: Recorder) -> None:
    """What explain calls due goes with the next run; what it calls waiting does not."""
    firm = make_firm(APPROVED, recorder)
    items = [firm.owes(), firm.owes()]
    firm.run(1)
    approve(firm.waiting()[0], on=day(1), now=firm.noon(1))
    firm.deliver(1)
    labels = [told("explain", item.invoice.number, "--on", day(5))["items"][0]["waits"] for item in items]
    assert labels == [None, "approval"]
    firm.run(5)
    assert [firm.arrived(item) for item in items] == [["first", "second"], []]
