"""Policies as YAML 1.2 text (SCENARIOS.md, section 1): read strictly, written so that it reads back the same."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar

from dunning.policy import Channel, Fee, Grouping, Policy, Step
from receivables.core import fields
from receivables.core.errors import PolicyError
from receivables.core.fields import Place, Reader
from receivables.core.money import round_to_unit
from receivables.core.yaml12 import quoted, written
from receivables.countries.words import Debtor

DEFAULT_CURRENCY = "PLN"
MAX_STEPS = 100
MAX_NAME = 100
MAX_QUIET_DAYS = 365
MAX_BASIS = 200
AUDIENCES = (Debtor.BUSINESS, Debtor.CONSUMER, Debtor.PUBLIC)
Word = TypeVar("Word", bound=StrEnum)
_FIELDS = (
    *("name", "currency", "grouping", "minimums", "quiet_days", "grace_days", "min_arrears_days", "max_step"),
    *("audience", "fee_basis", "steps"),
)
_DAYS: dict[str, Reader[int]] = {
    "quiet_days": partial(fields.whole, lowest=1, highest=MAX_QUIET_DAYS),
    "grace_days": partial(fields.whole, lowest=0),
    "min_arrears_days": partial(fields.whole, lowest=0),
}


def parse_policy(text: str) -> Policy:
    """The policy a file says. Raises `PolicyError` naming line, key and what is allowed."""
    return policy_from(fields.place(text, error=PolicyError, what="the policy"))


def policy_from(at: Place, *, currency: str = DEFAULT_CURRENCY, name: str | None = None) -> Policy:
    """The policy written at a place of a larger text; always raises `PolicyError`.

    `currency` is that of a policy which names none, `name` that of one which takes its name from its key.
    """
    at = at.within(PolicyError)
    parts = at.parts(_FIELDS, required=("name", "steps") if name is None else ("steps",))
    own = fields.currency(parts["currency"]) if "currency" in parts else currency
    steps = _steps(parts["steps"], own)
    head: dict[str, Any] = {
        "name": _name(parts.get("name"), name),
        "currency": own,
        "grouping": Grouping(fields.one_of(Grouping)(parts["grouping"])) if "grouping" in parts else Grouping.CUSTOMER,
        "minimums": _minimums(parts["minimums"], own) if "minimums" in parts else {},
    }
    head |= {key: read(parts[key]) for key, read in _DAYS.items() if key in parts}
    if "max_step" in parts:
        head["max_step"] = fields.one_of(step.key for step in steps)(parts["max_step"])
    if "audience" in parts:
        head["audience"] = _audience(parts["audience"])
    if "fee_basis" in parts:
        head["fee_basis"] = fields.text(parts["fee_basis"], longest=MAX_BASIS)
    return _checked(head, steps, parts["steps"])


def write_policy(policy: Policy) -> str:
    """The policy as text in the order of SCENARIOS.md. `parse_policy` reads an equal one back."""
    lines = [f"name: {written(policy.name)}", f"currency: {policy.currency}", f"grouping: {policy.grouping.value}"]
    if policy.minimums:
        amounts = ", ".join(f"{code}: {_amount(amount, code)}" for code, amount in policy.minimums.items())
        lines.append(f"minimums: {{{amounts}}}")
    lines += _numbers(quiet_days=policy.quiet_days, grace_days=policy.grace_days or None, min_arrears_days=policy.min_arrears_days or None)
    if policy.max_step is not None:
        lines.append(f"max_step: {written(policy.max_step)}")
    if policy.audience:
        lines.append(f"audience: {_list(policy.audience)}")
    if policy.fee_basis is not None:
        lines.append(f"fee_basis: {written(policy.fee_basis)}")
    if not policy.steps:
        return "\n".join([*lines, "steps: []", ""])
    lines.append("steps:")
    for step in policy.steps:
        first, *others = _step_lines(step, policy.currency)
        lines += [f"  - {first}", *(f"    {line}" for line in others)]
    return "\n".join([*lines, ""])


def _name(at: Place | None, known: str | None) -> str:
    name = fields.text(at, longest=MAX_NAME) if at else None
    if at and known is not None and name != known:
        raise at.refused(f"is {name!r}, but the policy stands here under the name {known!r}; leave one of them out.")
    return name or known or ""


def _minimums(at: Place, own: str) -> dict[str, Decimal]:
    minimums = fields.amounts_by_currency(at)
    if own in minimums:
        place = at.entries()[own]
        raise place.refused(f"is for the policy's own currency, whose minimum stands in its steps. Allowed: currencies other than {own}.")
    return minimums


def _steps(at: Place, currency: str) -> tuple[Step, ...]:
    steps = at.items()
    if len(steps) > MAX_STEPS:
        raise at.refused(f"has {len(steps)} members; a ladder has at most {MAX_STEPS} steps.")
    readers = _step_readers(currency)
    return tuple(_step(step, readers) for step in steps)


def _step(at: Place, readers: Mapping[str, Reader[Any]]) -> Step:
    _refuse_penalty(at)
    parts = at.parts(readers, required=("key", "after_due", "channel"))
    values = {name: readers[name](part) for name, part in parts.items()}
    return Step(channels=values.pop("channel"), **values)


def _refuse_penalty(at: Place) -> None:
    """Art. 483 par. 1 KC: a penalty is agreed for what is not money; for money paid late one agrees interest."""
    if "penalty" in (parts := at.entries()):
        raise parts["penalty"].refused(
            "is void for money that is paid late (art. 483 KC). Allowed: interest: true, at the rate that the contract agrees "
            "(customer's page, Contract interest)."
        )


def _step_readers(currency: str) -> dict[str, Reader[Any]]:
    """In the order of SCENARIOS.md, which is that of writing and of the list of what is allowed."""
    return {
        "key": _key,
        "after_due": fields.whole,
        "until": fields.whole,
        "after_previous": fields.whole,
        "channel": _channels,
        "also": _channels,
        "document": _key,
        "interest": fields.flag,
        "compensation": fields.flag,
        "fee": _fee(currency),
        "deadline_days": fields.whole,
        "approval": fields.flag,
        "minimum": fields.amount_in(currency),
        "minimum_percent": _percent,
        "required": fields.flag,
    }


def _key(at: Place) -> str:
    """Keys and document names stand in addresses and file names: letters, digits, spaces, - _ and . alone."""
    key = fields.text(at, longest=50)
    if not re.fullmatch(r"[^\W_](?:[\w .-]*[\w-])?", key):
        raise at.refused(f"is {key!r}. Allowed: letters, digits, spaces, - _ and . beginning with a letter or digit, up to 50 characters.")
    return key


def _channels(at: Place) -> tuple[Channel, ...]:
    return _each_once(at, tuple(Channel))


def _audience(at: Place) -> tuple[Debtor, ...]:
    audience = _each_once(at, AUDIENCES)
    if not audience:
        raise at.refused(f"is empty: the policy would be for nobody. Allowed: {', '.join(AUDIENCES)}; leave it out for anybody.")
    return audience


def _each_once(at: Place, words: Collection[Word]) -> tuple[Word, ...]:
    known, named = fields.one_of(words), {word.value: word for word in words}
    found: list[Word] = []
    for item in at.items():
        word = named[known(item)]
        if word in found:
            raise item.refused(f"names {word.value} a second time; once is enough.")
        found.append(word)
    return tuple(found)


def _percent(at: Place) -> Decimal:
    """A share of a hundred, in quotes and without the sign."""
    says = fields.text(at) if fields.is_text(at) else ""
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,4})?", says) or Decimal(says) > 100:
        raise at.refused(f'must be a percentage in quotes without the sign, from "0" to "100", such as "10"; {fields.shown(at.node)}.')
    return Decimal(says)


def _fee(currency: str) -> Reader[Fee]:
    fixed = fields.amount_in(currency)

    def fee(at: Place) -> Fee:
        if not (fields.is_text(at) and "%" in fields.text(at)):
            return Fee(fixed=fixed(at))
        share = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,4})?)%", fields.text(at))
        if share is None or Decimal(share[1]) > 100:
            raise at.refused(f'must be an amount such as "10.00" or a percentage up to "100%"; here stands {fields.text(at)!r}.')
        return Fee(percent=Decimal(share[1]))

    return fee


def _checked(head: Mapping[str, Any], steps: tuple[Step, ...], at: Place) -> Policy:
    """The policy, or the complaint of its own check with the line of the field that it is about."""
    try:
        return Policy(steps=steps, **head)
    except PolicyError as complaint:
        raise PolicyError(f"line {_line(head, steps, at, str(complaint))}: {complaint}") from None


def _line(head: Mapping[str, Any], steps: tuple[Step, ...], at: Place, complaint: str) -> int:
    faulty = _first_faulty(head, steps)
    if faulty is None:
        return at.node.line
    about = re.search(r"\): (\w+)", complaint)
    return at.items()[faulty].key_line(about[1] if about else "key")


def _first_faulty(head: Mapping[str, Any], steps: tuple[Step, ...]) -> int | None:
    """The index of the step with which the ladder, built from below, stops working."""
    return next((index for index in range(len(steps)) if not _works(head, steps[: index + 1])), None)


def _works(head: Mapping[str, Any], steps: tuple[Step, ...]) -> bool:
    try:
        Policy(steps=steps, **{**head, "max_step": None})
    except PolicyError:
        return False
    return True


def _step_lines(step: Step, currency: str) -> Iterator[str]:
    """The fields that say something, in the order in which they are read."""
    yield f"key: {written(step.key)}"
    yield f"after_due: {step.after_due}"
    yield from _numbers(until=step.until, after_previous=step.after_previous)
    yield f"channel: {_list(step.channels)}"
    if step.also:
        yield f"also: {_list(step.also)}"
    if step.document is not None:
        yield f"document: {written(step.document)}"
    yield from _flags(interest=step.interest, compensation=step.compensation)
    if step.fee is not None:
        yield f"fee: {_fee_text(step.fee, currency)}"
    yield from _numbers(deadline_days=step.deadline_days)
    yield from _flags(approval=step.approval)
    if step.minimum is not None:
        yield f"minimum: {_amount(step.minimum, currency)}"
    if step.minimum_percent is not None:
        yield f"minimum_percent: {quoted(f'{step.minimum_percent:f}')}"
    if not step.required:
        yield "required: false"


def _numbers(**numbers: int | None) -> Iterator[str]:
    return (f"{key}: {number}" for key, number in numbers.items() if number is not None)


def _flags(**flags: bool) -> Iterator[str]:
    return (f"{key}: true" for key, is_set in flags.items() if is_set)


def _list(words: Iterable[StrEnum]) -> str:
    return f"[{', '.join(word.value for word in words)}]"


def _fee_text(fee: Fee, currency: str) -> str:
    if fee.percent is not None:
        return quoted(f"{fee.percent:f}%")
    return _amount(fee.fixed or Decimal(0), currency)


def _amount(amount: Decimal, currency: str) -> str:
    fitted = round_to_unit(amount, currency)
    return quoted(f"{fitted if fitted == amount else amount:f}")
