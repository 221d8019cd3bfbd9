"""Mails of the ladder that name an address to stop them, and those that never do."""

from typing import Any

import pytest

from dunning.actions import set_courtesy
from dunning.states import CourtesyKind
from receivables.messaging.channels.mime import compose
from receivables.messaging.models import Message
from receivables.messaging.stopping import stopped_by
from tests.builders import pay
from tests.db.dunning.firm import Recorder, day, make_firm

POLICY = """\
name: Friendly first
steps:
  - {key: reminder, after_due: -3, channel: [email]}
  - {key: overdue, after_due: 1, channel: [email]}
  - {key: demand, after_due: 9, channel: [email], document: demand}
  - {key: text, after_due: 15, channel: [sms]}
"""
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def served(settings: Any) -> None:
    settings.BASE_URL = "https://pay.example.com"


@pytest.fixture
def sent() -> Recorder:
    """What one customer got: a reminder, an overdue notice, a demand, an SMS, and thanks."""
    recorder = Recorder()
    firm = make_firm(POLICY, recorder)
    set_courtesy(firm.creditor, list(CourtesyKind))
    with recorder.standing_in():
        item = firm.owes()
        for number in (-3, 1, 9, 15):
            firm.run(number)
        firm.noon(16)
        pay(item.customer, 100, item, booked_on=day(16))
        firm.deliver(16)
    return recorder


def test_only_the_reminder_and_the_thanks_can_be_stopped(sent: Recorder) -> None:
    of = {Message.objects.get(key=one.key).template + "/" + one.channel: one for one in sent.taken}
    assert {name: bool(one.unsubscribe_url) for name, one in of.items()} == {
        "reminder/email": True,
        "overdue/email": False,
        "demand/email": False,
        "overdue/sms": False,
        "courtesy_thanks/email": True,
    }
    headers = {
        name: (compose(one)["List-Unsubscribe"], compose(one)["List-Unsubscribe-Post"]) for name, one in of.items() if "/email" in name
    }
    friendly = of["reminder/email"]
    assert headers["reminder/email"] == (f"<{friendly.unsubscribe_url}>", "List-Unsubscribe=One-Click")
    assert headers["demand/email"] == headers["overdue/email"] == (None, None)


def test_the_address_stands_for_its_message_and_tells_nothing(sent: Recorder) -> None:
    reminder = sent.taken[0]
    before, token, after = reminder.unsubscribe_url.rpartition("/stop/")[0], *reminder.unsubscribe_url.rpartition("/stop/")[2].split("/")
    assert (before, after) == ("https://pay.example.com", "")
    found = stopped_by(token)
    assert found is not None and found.key == reminder.key
    customer = found.facts["customer"]
    assert not [word for word in (found.recipient, customer["number"], customer["name"]) if word in token]


@pytest.mark.parametrize("base", ["http://pay.example.com", "http://127.0.0.1:8000"])
def test_without_https_there_is_none(base: str, settings: Any) -> None:
    settings.BASE_URL = base
    recorder = Recorder()
    firm = make_firm(POLICY, recorder)
    with recorder.standing_in():
        firm.owes()
        firm.run(-3)
    assert [one.unsubscribe_url for one in recorder.taken] == [""]
