"""The policies that come with the program: they can be read, say what they said when written again, and are polite and lawful."""

from datetime import date

import pytest

from dunning.builtin import BY_COUNTRY, builtin_policies, offered_policies
from dunning.policy import Channel
from dunning.policy_text import parse_policy, write_policy
from receivables.core.calendar import EveryDay
from receivables.countries.rules import calendar_of
from receivables.dashboard.queries.policies import step_sentences, steps_of

POLISH = offered_policies("PL")
DUE = date(2026, 11, 7)  # a Saturday; 11 November is a day off


def test_the_five_of_poland_are_offered_under_names_of_their_own() -> None:
    names = [parse_policy(text).name for text in POLISH.values()]
    assert names == ["Standard B2B", "Gentle B2B", "Firm B2B", "Standard B2C", "Subscription"]
    assert set(builtin_policies("PL").values()) <= set(POLISH.values())
    assert set(BY_COUNTRY["PL"].values()) <= set(POLISH)


@pytest.mark.parametrize("key", POLISH)
def test_each_is_written_as_it_would_be_exported(key: str) -> None:
    assert write_policy(parse_policy(POLISH[key])) == POLISH[key]


@pytest.mark.parametrize("key", POLISH)
def test_each_begins_before_the_due_date_and_asks_a_person_before_a_demand_or_the_agency(key: str) -> None:
    steps = parse_policy(POLISH[key]).steps
    assert steps[0].after_due < 0 and steps[0].until == 0
    assert [step.after_due for step in steps] == sorted(step.after_due for step in steps)
    grave = [step for step in steps if step.document or Channel.AGENCY in step.channels]
    assert grave and all(step.approval for step in grave)
    assert all(step.deadline_days for step in grave if step.document)


def test_gentle_is_slower_than_standard_and_firm_is_faster() -> None:
    demand = {key: next(step.after_due for step in parse_policy(POLISH[key]).steps if step.key == "demand") for key in POLISH}
    assert demand["pl-b2b-firm"] < demand["pl-b2b"] < demand["pl-b2b-gentle"]
    assert Channel.AGENCY not in {way for step in parse_policy(POLISH["pl-b2b-gentle"]).steps for way in step.channels}


# -- steps as sentences


def test_the_example_days_keep_to_the_calendar() -> None:
    """Due on a Saturday, so on Monday the 9th; the reminder's day, Friday the 6th, stands; 12 November comes after a day off."""
    lines = steps_of(parse_policy(POLISH["pl-b2b"]), due_on=DUE, calendar=calendar_of("PL"))
    assert [line.on.isoformat() for line in lines] == ["2026-11-06", "2026-11-12", "2026-11-19", "2026-11-30", "2026-12-28"]


def test_a_step_waits_for_the_deadline_named_before_it() -> None:
    lines = steps_of(parse_policy(POLISH["pl-subscription"]), due_on=DUE, calendar=EveryDay())
    assert [line.on.isoformat() for line in lines] == ["2026-11-06", "2026-11-09", "2026-11-14", "2026-11-21", "2026-12-07"]


@pytest.mark.parametrize("key", POLISH)
def test_each_step_is_a_sentence_with_its_day_in_english_and_polish(key: str) -> None:
    ladder = parse_policy(POLISH[key])
    english = step_sentences(ladder, due_on=DUE, calendar=EveryDay(), language="en")
    polish = step_sentences(ladder, due_on=DUE, calendar=EveryDay(), language="pl")
    assert len(english) == len(polish) == len(ladder.steps)
    assert all(" days" in line or " day" in line for line in english)
    assert not set(english) & set(polish)


def test_a_sentence_names_the_day_the_step_and_the_channel() -> None:
    first = step_sentences(parse_policy(POLISH["pl-b2b"]), due_on=DUE, calendar=EveryDay(), language="en")[0]
    assert (
        first
        == "3 days before the due date, at the latest on the due date, e.g. Wed 2026-11-04: Reminder before the due date, by e-mail, else SMS"
    )
