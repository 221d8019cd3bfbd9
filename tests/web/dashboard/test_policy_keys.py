"""The optional keys of a policy as staff see them: in sentences, beside its steps, and on the ladder of a capped invoice."""

from datetime import date

import pytest
from django.urls import reverse

from dunning.actions import cap_ladder, publish
from dunning.policy_text import parse_policy
from receivables.core.calendar import EveryDay
from receivables.dashboard.queries.policies import steps_of
from tests.web.dashboard.world import NOW, TODAY, World

pytestmark = pytest.mark.django_db

ALL_KEYS = """\
grouping: branch
quiet_days: 14
grace_days: 3
min_arrears_days: 5
max_step: demand
steps:
  - {key: first, after_due: 1, channel: [email]}
  - {key: nudge, after_due: 5, channel: [sms], minimum_percent: "10", required: false}
  - {key: demand, after_due: 9, channel: [letter], document: demand}
  - {key: handoff, after_due: 40, channel: [agency]}
"""


def test_the_keys_of_a_policy_are_told_in_sentences(world: World) -> None:
    company = world.ours
    publish(company.creditor, f'name: "{company.policy.name}"\n{ALL_KEYS}', now=NOW)
    page = world.client("manager").get(reverse("dashboard:policy", args=[company.policy.pk])).content.decode()
    for words in (
        "One message per branch", "at least 14 days between two messages", "nothing in the first 3 days after the due date",
        "oldest debt is 5 days late", "no step above", "from 10\N{NO-BREAK SPACE}% of all that is open", "left out when it is late",
    ):  # fmt: skip
        assert words.casefold() in page.casefold(), words


def test_the_days_of_the_steps_heed_grace_arrears_quiet_days_and_the_highest_step() -> None:
    due = date(2026, 5, 1)
    days = [(line.key, (line.on - due).days) for line in steps_of(parse_policy(f"name: P\n{ALL_KEYS}"), due_on=due, calendar=EveryDay())]
    assert days == [("first", 5), ("nudge", 19), ("demand", 33)]


def test_a_capped_invoice_says_which_steps_will_not_come(world: World) -> None:
    invoice = world.ours.invoice
    step = parse_policy(invoice.items.get().case.version.text).steps[0].key
    cap_ladder(invoice, step=step, on=TODAY)
    page = world.client("manager").get(reverse("dashboard:invoice", args=[invoice.pk])).content.decode()
    assert "above the highest step" in page
