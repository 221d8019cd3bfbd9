"""Short words for what is known, so that a test says only what matters. The due date is day 0; `day(3)` is three days later."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from dunning.decide import CustomerFacts, ItemFacts, Look, Rules, look_at, next_day
from dunning.grouping import Judgement, judge
from dunning.policy import Channel, Policy, Step
from dunning.states import Waits
from receivables.core.calendar import EveryDay

DUE = date(2026, 5, 1)  # a Friday
EMAIL, SMS, LETTER, CALL, AGENCY = Channel.EMAIL, Channel.SMS, Channel.LETTER, Channel.CALL, Channel.AGENCY
EVERYBODY = frozenset(Channel)


class Week:
    """Sundays are no contact days; Saturdays are contact days, but no working days."""

    def is_contact_day(self, day: date) -> bool:
        return day.weekday() != 6

    def is_working_day(self, day: date) -> bool:
        return day.weekday() < 5


def day(number: int) -> date:
    """So many days after the due date."""
    return DUE + timedelta(days=number)


def step(key: str, after_due: int, *channels: Channel, **others: Any) -> Step:
    return Step(key=key, after_due=after_due, channels=channels or (EMAIL,), **others)


def policy(*steps: Step, **others: Any) -> Policy:
    return Policy(name="P", steps=steps, **others)


LADDER = policy(
    step("reminder", -3, until=0),
    step("overdue", 4),
    step("second", 10, SMS, EMAIL, after_previous=5),
    step("demand", 21, LETTER, after_previous=7, deadline_days=7),
    step("last", 30, LETTER),
)


def item(*, case: int = 1, amount: str = "100.00", due: int = 0, **others: Any) -> ItemFacts:
    """An item of 100.00 PLN due on day 0, on the first step of `LADDER`."""
    values: dict[str, Any] = {
        "case": case,
        "label": f"I{case}",
        "invoice": case,
        "due_on": day(due),
        "currency": "PLN",
        "open": Decimal(amount),
        "disputed": Decimal(0),
        "version": 1,
        "policy": LADDER,
    }
    return ItemFacts(**{**values, **others})


def customer(
    *items: ItemFacts, reach: Iterable[Channel] = EVERYBODY, credit: Mapping[str, str] | None = None, **others: Any
) -> CustomerFacts:
    amounts = {currency: Decimal(amount) for currency, amount in (credit or {}).items()}
    return CustomerFacts(customer=1, items=items, reach=frozenset(reach), credit=amounts, **others)


def rules(**others: Any) -> Rules:
    return Rules(calendar=others.pop("calendar", EveryDay()), **others)


def look(known: ItemFacts, *, on: int, **others: Any) -> Look:
    """The item alone, looked at on that day after the due date."""
    return look_at(known, customer(known), rules(**others), on=day(on))


def judged(*items: ItemFacts, on: int, only: Iterable[int] | None = None, **others: Any) -> Judgement:
    """All items of a customer. Rules are given by name, everything else is known of the customer."""
    names = ("calendar", "tolerance", "bank_freshness_days", "bank_seen_until", "cap_messages", "cap_days")
    given = {name: others.pop(name) for name in names if name in others}
    return judge(customer(*items, **others), rules(**given), on=day(on), only=None if only is None else set(only))


def waits(known: Judgement) -> list[Waits | None]:
    """What each item waits for, in the order given."""
    return [one.waits for one in known.looks]


def said(known: Judgement) -> list[tuple[str, str, list[str]]]:
    """The messages: step, channel and items."""
    return [(group.step.key, str(group.channel), [one.item.label for one in group.looks]) for group in known.groups]


def following(known: Judgement, *, on: int, **others: Any) -> list[date | None]:
    """`next` of each item."""
    return [next_day(one, rules(**others), on=day(on)) for one in known.looks]
