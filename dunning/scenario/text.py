"""Scenario texts to stories. What a field may say stands in one table for each action; anything else is an error with its line."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast, get_args

from dunning.policy import Channel, Policy
from dunning.policy_text import policy_from
from dunning.scenario import actions, story
from dunning.scenario.actions import Action
from receivables.core import fields
from receivables.core.errors import PolicyError, ScenarioError
from receivables.core.fields import Place, Reader, listed, made, one_of, or_null

Readers = Mapping[str, Reader[Any]]

_FIELDS = ("scenario", "source", "settings", "policy", "policies", "default_policy", "customers", "timeline")


def parse_scenario(text: str) -> story.Scenario:
    """The story of a file. Raises `ScenarioError` naming line, key and what is allowed."""
    parts = fields.place(text, error=ScenarioError, what="the scenario").parts(_FIELDS, ("scenario", "customers", "timeline"))
    settings = _settings(parts["settings"]) if "settings" in parts else story.Settings()
    policies = _policies(parts, settings.currency)
    return story.Scenario(
        title=fields.text(parts["scenario"], longest=500),
        source=fields.text(parts["source"], longest=500) if "source" in parts else None,
        settings=settings,
        policies=policies,
        default_policy=_default_policy(parts, policies),
        customers=_customers(parts["customers"], policies),
        timeline=tuple(_entry(entry) for entry in parts["timeline"].items()),
    )


# -- settings, policies, customers


def _settings(at: Place) -> story.Settings:
    return made(story.Settings, _SETTINGS, at)


def _days(at: Place) -> int:
    return fields.whole(at, lowest=0)


def _count(at: Place) -> int:
    return fields.whole(at, lowest=1)


def _cap(at: Place) -> story.ContactCap:
    return made(story.ContactCap, {"messages": _days, "days": _count}, at)


def _code(pattern: str, such_as: str) -> Reader[str]:
    def code(at: Place) -> str:
        value = fields.text(at)
        if not re.fullmatch(pattern, value):
            raise at.refused(f"is {value!r}; write a code such as {such_as}.")
        return value

    return code


_LANGUAGE = _code(r"[a-z]{2}", "pl")
_SETTINGS: Readers = {
    "country": _code(r"[A-Z]{2}", "PL"),
    "currency": fields.currency,
    "language": _LANGUAGE,
    "calendar": one_of(["none", "country"]),
    "bank_freshness_days": or_null(_days),
    "tolerance": fields.amount,
    "contact_cap": or_null(_cap),
    "allocation": one_of(["oldest_first", "unmatched"]),
}


def _policies(parts: Mapping[str, Place], currency: str) -> dict[str, Policy]:
    single, several = parts.get("policy"), parts.get("policies")
    if (single is None) == (several is None):
        raise ScenarioError("line 1: a scenario has either policy or policies (with default_policy); one of them, not both.")
    if single is not None:
        policy = _policy(single, currency)
        return {policy.name: policy}
    return {name: _policy(at, currency, name) for name, at in cast(Place, several).entries().items()}


def _policy(at: Place, currency: str, name: str | None = None) -> Policy:
    try:
        return policy_from(at, currency=currency, name=name)
    except PolicyError as faulty:
        raise ScenarioError(str(faulty)) from None


def _default_policy(parts: Mapping[str, Place], policies: Mapping[str, Policy]) -> str:
    if chosen := parts.get("default_policy"):
        return one_of(policies)(chosen)
    if len(policies) != 1:
        raise ScenarioError(f"line 1: default_policy is missing. Allowed: {', '.join(policies) or 'none, for there is no policy'}.")
    return next(iter(policies))


def _customers(at: Place, policies: Mapping[str, Policy]) -> tuple[story.Customer, ...]:
    readers = {**_CUSTOMER, "policy": one_of(policies)}
    customers: dict[str, story.Customer] = {}
    for place in at.items():
        customer = made(story.Customer, readers, place)
        if customer.ref in customers:
            raise place.refused(f"repeats the ref {customer.ref!r}; each customer has its own.")
        customers[customer.ref] = customer
    return tuple(customers.values())


_CUSTOMER: Readers = {
    "ref": fields.text,
    "kind": one_of(get_args(story.CustomerKind)),
    "email": or_null(fields.text),
    "phone": or_null(fields.text),
    "address": fields.flag,
    "policy": fields.text,
    "language": _LANGUAGE,
    "currency": fields.currency,
}


# -- the timeline


def _entry(at: Place) -> story.Entry:
    parts = at.parts(("on", "do", "expect"), ("on",))
    return story.Entry(
        on=fields.day(parts["on"]),
        actions=tuple(_action(action) for action in parts["do"].items()) if "do" in parts else (),
        expect=_expect(parts["expect"]) if "expect" in parts else None,
        line=at.node.line,
    )


def _action(at: Place) -> Action:
    """`run` alone, or one word with its fields."""
    if fields.is_text(at):
        one_of(["run"])(at)
        return actions.Run(line=at.node.line)
    parts = at.parts(_WORDS)
    if len(parts) != 1:
        raise at.refused(f"must be one action; here are {len(parts)}. Begin each with a dash of its own.")
    word, body = next(iter(parts.items()))
    return _WORDS[word](body)


def _plain(kind: type[Action], readers: Readers) -> Reader[Action]:
    """An action whose fields are read one by one."""
    return lambda at: made(kind, readers, at, line=at.node.line)


def _either(kind: type[Action], readers: Readers, *names: str) -> Reader[Action]:
    """An action that needs exactly one of two fields."""

    def read(at: Place) -> Action:
        action = made(kind, readers, at, line=at.node.line)
        if sum(getattr(action, name) is not None for name in names) != 1:
            raise at.refused(f"needs {' or '.join(names)}: exactly one of them.")
        return action

    return read


def _done(at: Place) -> Action:
    done = made(actions.Done, _DONE, at, line=at.node.line)
    is_call = done.step is not None and done.reached is not None and done.kind is None
    is_task = done.step is None and done.reached is None and done.kind is not None
    if not (is_call or is_task):
        raise at.refused("needs customer, step and reached, or customer and kind.")
    return done


def _channels(at: Place) -> Action:
    behaviours = one_of(get_args(actions.Behaviour))
    parts = at.parts([channel.value for channel in Channel])
    if not parts:
        raise at.refused("names no channel. Allowed: email, sms, letter, call, agency.")
    behaviour = {Channel(name): cast(actions.Behaviour, behaviours(part)) for name, part in parts.items()}
    return actions.Channels(behaviour, line=at.node.line)


def _contact(at: Place) -> Action:
    parts = at.parts(("customer", *_CONTACT), ("customer",))
    customer = fields.text(parts.pop("customer"))
    if not parts:
        raise at.refused("changes nothing; write email, phone or address.")
    return actions.Contact(customer, {name: _CONTACT[name](part) for name, part in parts.items()}, line=at.node.line)


def _address(at: Place) -> bool:
    return False if fields.is_null(at) else fields.flag(at)


def _publish(at: Place) -> Action:
    return actions.Publish(at.within(PolicyError), line=at.node.line)


def _instalments(at: Place) -> tuple[actions.Instalment, ...]:
    return tuple(made(actions.Instalment, {"due": fields.day, "amount": fields.amount}, item) for item in at.items())


_text, _texts, _amount, _day, _flag = fields.text, listed(fields.text), fields.amount, fields.day, fields.flag
_CONTACT: Readers = {"email": or_null(_text), "phone": or_null(_text), "address": _address}
_DONE: Readers = {"customer": _text, "step": _text, "reached": _flag, "kind": one_of(get_args(actions.TaskKind))}
_INVOICE: Readers = {
    "number": _text,
    "customer": _text,
    "amount": _amount,
    "due": _day,
    "issued": _day,
    "currency": fields.currency,
    "sale": one_of(get_args(actions.Sale)),
    "policy": _text,
    "instalments": _instalments,
    "draft": _flag,
}
_CREDIT: Readers = {
    "number": _text,
    "customer": _text,
    "amount": _amount,
    "invoice": _text,
    "currency": fields.currency,
    "draft": _flag,
}
_PAY: Readers = {
    "customer": _text,
    "amount": _amount,
    "invoices": _texts,
    "id": _text,
    "currency": fields.currency,
    "unmatched": _flag,
}
_PROMISE: Readers = {"customer": _text, "amount": _amount, "by": _day, "invoices": _texts, "currency": fields.currency}
_PLAN: Readers = {"id": _text, "customer": _text, "invoices": _texts, "instalments": _instalments}
_HOLD: Readers = {"invoice": _text, "customer": _text, "until": _day, "reason": _text}
_OUTCOME: Readers = {"customer": _text, "step": _text, "result": one_of(get_args(actions.Answer))}
_STEP_OF: Readers = {"step": _text, "customer": _text}
_WORDS: Mapping[str, Reader[Action]] = {
    "invoice": _either(actions.Invoice, _INVOICE, "due", "instalments"),
    "credit": _plain(actions.Credit, _CREDIT),
    "pay": _plain(actions.Pay, _PAY),
    "match": _plain(actions.Match, {"payment": _text, "invoices": _texts, "amount": _amount}),
    "reverse": _plain(actions.Reverse, {"payment": _text}),
    "write_off": _plain(actions.WriteOff, {"invoice": _text}),
    "cancel": _plain(actions.Cancel, {"invoice": _text}),
    "hold": _either(actions.Hold, _HOLD, "invoice", "customer"),
    "release": _either(actions.Release, {"invoice": _text, "customer": _text}, "invoice", "customer"),
    "dispute": _plain(actions.Dispute, {"invoice": _text, "amount": _amount}),
    "resolve": _plain(actions.Resolve, {"invoice": _text, "outcome": one_of(get_args(actions.Verdict))}),
    "promise": _plain(actions.Promise, _PROMISE),
    "plan": _plain(actions.Plan, _PLAN),
    "approve": _plain(actions.Approve, _STEP_OF),
    "reject": _plain(actions.Reject, _STEP_OF),
    "outcome": _plain(actions.Outcome, _OUTCOME),
    "channel": _channels,
    "contact": _contact,
    "publish": _publish,
    "assign": _either(actions.Assign, {"policy": _text, "customer": _text, "invoice": _text}, "customer", "invoice"),
    "bank": _plain(actions.Bank, {"seen_until": _day}),
    "accept": _plain(actions.Accept, {"customer": _text}),
    "recall": _plain(actions.Recall, {"customer": _text}),
    "agency_paid": _plain(actions.AgencyPaid, {"customer": _text, "amount": _amount}),
    "done": _done,
    "run": _plain(actions.Run, {"dry": _flag}),
}


# -- expectations


def _expect(at: Place) -> story.Expect:
    return made(story.Expect, _EXPECT, at, line=at.node.line)


def _notice(at: Place) -> story.ExpectedNotice:
    return made(story.ExpectedNotice, _NOTICE, at)


def _stated(at: Place) -> dict[str, Decimal]:
    return {item: fields.amount(place) for item, place in at.entries().items()}


def _items(at: Place) -> dict[str, story.ExpectedItem]:
    return {item: _item(place) for item, place in at.entries().items()}


def _item(at: Place) -> story.ExpectedItem:
    return story.ExpectedItem({name: _ITEM[name](part) for name, part in at.parts(_ITEM).items()})


def _task(at: Place) -> story.ExpectedTask:
    return made(story.ExpectedTask, _TASK, at)


def _credit(at: Place) -> dict[str, Decimal | dict[str, Decimal]]:
    return {customer: _open_credit(place) for customer, place in at.entries().items()}


def _open_credit(at: Place) -> Decimal | dict[str, Decimal]:
    """In the customer's own currency, or for each of several."""
    return fields.amount(at) if fields.is_text(at) else fields.amounts_by_currency(at)


def _channel(at: Place) -> Channel:
    return Channel(one_of(Channel)(at))


_NOTICE: Readers = {
    "customer": _text,
    "step": _text,
    "channel": _channel,
    "items": _stated,
    "asks": _amount,
    "interest": _amount,
    "compensation": _amount,
    "fees": _amount,
    "currency": fields.currency,
}
_ITEM: Readers = {
    "open": _amount,
    "step": or_null(_text),
    "state": one_of(get_args(story.ItemState)),
    "reason": or_null(one_of(get_args(story.CloseReason))),
    "next": or_null(_day),
    "waits": or_null(one_of(get_args(story.WaitReason))),
    "skipped": _texts,
}
_TASK: Readers = {"customer": _text, "kind": one_of(get_args(actions.TaskKind)), "step": _text}
_EXPECT: Readers = {
    "notices": listed(_notice),
    "planned": listed(_notice),
    "items": _items,
    "tasks": listed(_task),
    "credit": _credit,
    "refused": _flag,
}
