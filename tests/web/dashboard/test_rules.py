"""The rules of the ladder on the screens: read by all, changed by a manager after a look."""

import re
from decimal import Decimal
from typing import Any

import pytest

from dunning.models import LadderRules
from receivables.audit.actions import record
from receivables.audit.models import Entry
from tests.web.dashboard.test_deeds import post, said
from tests.web.dashboard.test_facts import page
from tests.web.dashboard.world import World

RULES = {"calendar": "country", "run_at": "08:00", "tolerance": "", "bank_freshness_days": "", "cap_messages": "", "cap_days": "",
         "cap_per_person": "on", "four_eyes": "on", "legal_waits": "on", "handover_needs_terms": "on", "handover_notice_days": "7",
         "handover_needs_call": "on", "register": "Biuro Przykładowe S.A., Gdańsk", "reason": "Drobne kwoty"}  # fmt: skip


def rules(world: World) -> LadderRules:
    return LadderRules.objects.get(creditor=world.ours.creditor)


def seal_in(answer: Any) -> str:
    found = re.search(r'name="looked_at" value="(\w+)"', answer.content.decode())
    return found[1] if found else ""


def test_a_change_is_looked_at_before_it_is_saved(world: World) -> None:
    client = world.client("manager")
    look = post(client, "rules_change", **{**RULES, "tolerance": "1 000,00"})
    shown = look.content.decode()
    assert look.status_code == 200 and rules(world).tolerance == 0
    for words in (
        "An item with less than PLN\xa01,000.00 to pay waits",
        "before: No item is too small",
        "would be held back",
        "instead of",
    ):
        assert words in shown
    done = post(client, "rules_change", **{**RULES, "tolerance": "1 000,00"}, looked_at=seal_in(look))
    assert done.status_code == 302 and "next run" in said(done)
    assert rules(world).tolerance == Decimal(1000)
    entry = Entry.objects.get(creditor=world.ours.creditor, verb="rules_set")
    assert (entry.actor, entry.facts["reason"]) == (world.people["manager"], "Drobne kwoty")
    told = page(world, "rules", role="viewer")
    for words in ("less than PLN\xa01,000.00", "before: No item is too small", "manager", "Drobne kwoty"):
        assert words in told
    assert not LadderRules.objects.filter(creditor=world.theirs.creditor, tolerance__gt=0).exists()


def test_other_values_than_were_looked_at_are_looked_at_again(world: World) -> None:
    client = world.client("manager")
    look = post(client, "rules_change", **{**RULES, "tolerance": "10"})
    again = post(client, "rules_change", **{**RULES, "tolerance": "900"}, looked_at=seal_in(look))
    assert again.status_code == 200 and rules(world).tolerance == 0
    assert seal_in(again) not in ("", seal_in(look))


def test_rules_as_they_stand_change_nothing(world: World) -> None:
    look = post(world.client("manager"), "rules_change", **RULES)
    assert "these are the rules as they stand" in look.content.decode() and not seal_in(look)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"cap_messages": "3"}, "needs both numbers"),
        ({"cap_messages": "0", "cap_days": "7"}, "greater than or equal to 1"),
        ({"tolerance": "-5"}, "greater than or equal"),
        ({"calendar": "moon"}, "valid choice"),
        ({"reason": ""}, "required"),
        ({"hours_sms": "07:00-17:00"}, "within 09:00-19:00"),
        ({"hours_sms": "noon"}, "such as 09:00-17:00"),
        ({"hours_sms": "10:00-16:00", "calendar": "none"}, "days alone"),
    ],
)
def test_rules_that_cannot_be_are_refused(world: World, values: dict[str, str], words: str) -> None:
    answer = post(world.client("manager"), "rules_change", **{**RULES, **values})
    assert answer.status_code == 422 and words in answer.content.decode()


def test_the_history_tells_a_change_in_the_admin_too(world: World) -> None:
    record(world.ours.creditor, "change_ladderrules", rules(world), by=world.people["both"], changed=["four_eyes", "cap_days"])
    told = page(world, "rules")
    assert "in the set-up" in told and "both" in told and "Four eyes" in told and "Limit of messages" in told


def test_own_contact_hours_are_set_by_channel(world: World) -> None:
    client = world.client("manager")
    values = {**RULES, "hours_sms": "10:00 – 15:00"}
    look = post(client, "rules_change", **values)
    assert "SMS 10:00–15:00" in look.content.decode()
    assert post(client, "rules_change", **values, looked_at=seal_in(look)).status_code == 302
    assert rules(world).contact_hours == {"sms": "10:00-15:00"}
    assert "e-mail 08:00–20:00, SMS 10:00–15:00" in page(world, "rules")
    assert 'value="10:00-15:00"' in page(world, "rules_change", role="manager")
