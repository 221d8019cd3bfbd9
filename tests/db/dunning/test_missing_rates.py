"""A customer is set aside for a rate that nobody knows; an approved rate lets the next run act."""

from typing import Any

import pytest
from django.test import override_settings

from dunning.actions import post_claimable
from dunning.claimable import claimable_or_why_not
from dunning.facts import facts_for, rules_of
from dunning.models import NoticeClaim
from invoices.states import ClaimKind, Kind
from receivables.countries.rates import MissingRate
from receivables.rates.actions import approve_rate
from receivables.rates.models import InterestRate
from tests.builders import make_user
from tests.db.dunning.firm import Recorder, day, make_firm
from tests.db.dunning.test_claims import CLAIMING
from tests.db.rates.world import NOW, a_mid, a_rate, approved, entered
from tests.db.test_commands import run
from tests.unit.rates.answers import LATE, archive

LATE_DUE = 150  # 28 September 2026; NBP's reference rate is shipped through 25 August
pytestmark = pytest.mark.django_db


def test_set_aside_for_a_missing_rate_the_customer_is_dunned_once_it_is_approved(recorder: Recorder) -> None:
    firm = make_firm(CLAIMING, recorder)
    item = firm.owes(firm.customer(kind=Kind.CONSUMER), "1000.00", due=LATE_DUE)
    late = LATE_DUE + 10
    (problem,) = firm.run(late).problems
    assert "kc_delay" in problem["error"] and firm.arrived(item) == []
    rate = entered(a_rate("3.75", "2026-03-05", "2026-10-31", source="NBP, RPP of 2026-10-08"))
    assert len(firm.run(late).problems) == 1  # entered is not approved
    approve_rate(rate, by=make_user(), on=day(late), now=NOW)
    assert firm.run(late).problems == []
    assert firm.arrived(item) == ["first"]
    interest = NoticeClaim.objects.get(taken__case__item=item, kind="interest")
    assert [period["rate_percent"] for period in interest.detail["periods"]] == ["9.25"]
    assert interest.detail["periods"][0]["last_on"] == str(day(late))


def test_a_confirmed_rate_does_it_too(recorder: Recorder, tmp_path: Any) -> None:
    firm = make_firm(CLAIMING, recorder)
    firm.owes(firm.customer(kind=Kind.CONSUMER), "1000.00", due=LATE_DUE)
    assert len(firm.run(LATE_DUE + 10).problems) == 1
    path = tmp_path / "archive.xml"
    path.write_bytes(archive(*LATE))
    with override_settings(CLOCK=NOW):
        assert run("update_rates", "--file", path, "--as-of", "2026-11-28")[0] == 0
    assert not InterestRate.objects.exists()
    assert firm.run(LATE_DUE + 10).problems == []


def test_a_mid_rate_lets_compensation_be_claimed(recorder: Recorder) -> None:
    firm = make_firm(CLAIMING, recorder)
    firm.owes(amount="1000.00", due=140)  # 18 September 2026, by the mid rate of August
    (problem,) = firm.run(150).problems
    assert "2026-08" in problem["error"]
    approved(a_mid())
    assert firm.run(150).problems == []
    assert str(NoticeClaim.objects.get(kind="compensation").amount) == "170.0000"


def test_facts_and_rules_carry_the_rates_that_are_known_now(recorder: Recorder) -> None:
    firm = make_firm(CLAIMING, recorder)
    item = firm.owes()
    approved(a_rate())
    for rules in (rules_of(firm.creditor), facts_for(firm.creditor, [item.customer_id], on=day(10)).rules):
        assert str(rules.rates.table("PL", "nbp_reference").on(NOW.date()).percent) == "3.50"


def test_a_euro_rate_that_one_invoice_lacks_keeps_nothing_of_another_back(recorder: Recorder) -> None:
    firm = make_firm(CLAIMING, recorder)
    known = firm.owes(amount="1000.00")
    lacking = firm.owes(known.customer, "1000.00", due=LATE_DUE)
    on = day(LATE_DUE + 1)
    new, problems = claimable_or_why_not(known.customer, on=on)
    assert {(claim.kind, claim.invoice.pk) for claim in new} == {
        (ClaimKind.INTEREST, known.invoice_id), (ClaimKind.COMPENSATION, known.invoice_id), (ClaimKind.INTEREST, lacking.invoice_id),
    }  # fmt: skip
    assert [problem.facts["month"] for problem in problems] == ["2026-08"]
    posted = post_claimable(known.customer, kinds=[ClaimKind.COMPENSATION], on=on)
    assert [claim.invoice_id for claim in posted] == [known.invoice_id]
    with pytest.raises(MissingRate, match="2026-08"):
        post_claimable(known.customer, kinds=[ClaimKind.COMPENSATION], on=on)
