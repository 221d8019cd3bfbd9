"""How many days the law of a country gives for what a fact about a customer asks of us. Calendar days; plain Python."""

from collections.abc import Mapping
from datetime import date, timedelta

from receivables.core.calendar import Calendar

CLAIM_DAYS = {"PL": 30}  # Prawo upadłościowe art. 51(1)(4), since 2016-01-01: 30 days from the notice in the register (KRZ)
CONSUMER_ANSWER_DAYS = {"PL": 14}  # ustawa o prawach konsumenta art. 7a(1), since 2023-01-01; no answer means that we accept
OWN_ANSWER_DAYS = 14  # our own promise where no law sets a day: to a consumer elsewhere
OTHERS_ANSWER_DAYS = 30  # and to whoever is no consumer
ALERT_DAYS = (7, 12)  # of a complaint without an answer
LOOK_DAYS: Mapping[str, int] = {"restructuring": 30, "death": 30, "struck_off": 30, "represented": 7}
"""Our own clocks: read the list of claims, find the heirs, find who answers for the firm, write to the representative."""

_DAY = timedelta(days=1)


def stop_due(country: str, kind: str, since: date) -> date:
    """The last day for what a stop fact of that kind asks of us; `since` is the day of the notice in the register."""
    days = CLAIM_DAYS.get(country, 30) if kind == "bankruptcy" else LOOK_DAYS[kind]
    return since + timedelta(days=days)


def answer_due(country: str, received_on: date, *, is_consumer: bool) -> date:
    """The last day for the answer to a complaint."""
    days = CONSUMER_ANSWER_DAYS.get(country, OWN_ANSWER_DAYS) if is_consumer else OTHERS_ANSWER_DAYS
    return received_on + timedelta(days=days)


def alerts_of(received_on: date, calendar: Calendar) -> tuple[date, ...]:
    """The days on which somebody is told that a complaint waits: no working day is moved to the one before, when somebody is there."""
    return tuple(_working_day_before(received_on + timedelta(days=days), calendar) for days in ALERT_DAYS)


def _working_day_before(day: date, calendar: Calendar) -> date:
    while not calendar.is_working_day(day):
        day -= _DAY
    return day
