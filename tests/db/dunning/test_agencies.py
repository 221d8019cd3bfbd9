"""The ladder hands over to an agency whose terms fit, after what the company asks for; what is told later goes the same way."""

from typing import Any

import pytest

from dunning.actions import accept, call_done, tell_agencies
from dunning.models import Agency, LadderRules, Placement, Task
from receivables.messaging.models import Message
from tests.builders import pay
from tests.db.dunning.firm import DUE, Firm, Recorder, day, make_firm

pytestmark = pytest.mark.django_db

LADDER = """\
name: Formal
steps:
  - {key: call, after_due: 1, channel: [call]}
  - {key: demand, after_due: 2, channel: [email], document: demand}
  - {key: handoff, after_due: 4, channel: [agency]}
"""
STRICT = {"handover_needs_terms": True, "handover_notice_days": 7, "handover_needs_call": True}
ON_FILE = {"contract_on": DUE, "cost_terms_on": DUE, "data_role": "processor", "data_role_on": DUE}


def agency(firm: Firm, slug: str = "fast", **fields: Any) -> Agency:
    return Agency.objects.create(creditor=firm.creditor, slug=slug, name=slug.title(), **fields)


def called(on: int, firm: Firm, *, reached: bool) -> None:
    call_done(Task.objects.get(kind="call", closed_on=None), reached=reached, now=firm.noon(on))


def test_a_hand_over_waits_for_all_that_the_company_asks(recorder: Recorder) -> None:
    firm = make_firm(LADDER, recorder, **STRICT)
    poor, good = agency(firm, "poor", **ON_FILE, min_amount=1000), agency(firm, "good")
    item = firm.owes()
    firm.run(1)
    called(1, firm, reached=True)
    firm.run(2)
    firm.run(5)
    assert (firm.case(item).step, firm.case(item).waits) == ("demand", "not_announced")
    firm.run(9)
    assert firm.case(item).waits == "no_agency"
    Agency.objects.filter(pk=good.pk).update(**ON_FILE)
    firm.run(10)
    placement = Placement.objects.get()
    assert (placement.agency, placement.state, placement.sent_on) == (good, "sent", day(10))
    assert (placement.goes_by.recipient, placement.goes_by.facts["agency"]["slug"]) == ("good", "good")
    assert placement.case_key == placement.goes_by.key
    assert poor.placements.count() == 0


def test_without_a_call_a_hand_over_waits(recorder: Recorder) -> None:
    firm = make_firm(LADDER.replace("channel: [call]", "channel: [sms]"), recorder, handover_needs_call=True)
    item = firm.owes()
    for on in (1, 2, 6):
        firm.run(on)
    assert firm.case(item).waits == "not_called"
    LadderRules.objects.update(handover_needs_call=False)
    firm.run(7)
    assert Placement.objects.get().agency is None


def test_the_agency_is_told_of_a_payment_once_and_of_the_end(recorder: Recorder) -> None:
    firm = make_firm("name: P\nsteps: [{key: handoff, after_due: 1, channel: [agency]}]", recorder)
    agency(firm)
    item = firm.owes()
    firm.run(1)
    accept(item.customer, on=day(2))
    assert tell_agencies(firm.creditor, on=day(2), now=firm.noon(2)) == 0
    pay(item.customer, "40.00", item, booked_on=day(3))
    assert tell_agencies(firm.creditor, on=day(3), now=firm.noon(3)) == 1
    assert tell_agencies(firm.creditor, on=day(3), now=firm.noon(3)) == 0
    said = Message.objects.get(purpose="placement")
    assert (said.recipient, said.facts["action"], said.facts["asks"], said.facts["paid_total"]) == ("fast", "payment", "60.00", "40.00")
    pay(item.customer, "60.00", item, booked_on=day(4))
    assert tell_agencies(firm.creditor, on=day(4), now=firm.noon(4)) == 1
    placement = Placement.objects.get()
    assert (placement.state, placement.end) == ("closed", "settled")
    assert not placement.items.filter(is_standing=True).exists()
