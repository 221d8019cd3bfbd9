"""A day of an account: judged, sent and accepted as the run and its deliveries do it. Pure.

Here every channel accepts but those of an `Outage`; people and the agency do at once, or never, what waits for them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from dunning.agencies.choice import Tried
from dunning.decide import Look, Rules
from dunning.grouping import Group, judge, room_left
from dunning.policy import MUST_PRECEDE, Channel
from dunning.simulation.account import ZERO, Account, Lying
from dunning.states import Waits
from receivables.core.money import Money

LATER = frozenset({Waits.CLOSED_HOURS, Waits.CAPPED})
"""Reasons that keep what was approved back only for a while: it needs no second approval."""


@dataclass(frozen=True, slots=True)
class Line:
    """An item in a message: its own step, and the principal stated."""

    case: int
    label: str
    step: str
    position: int
    principal: Money


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that went, a call that was made or a hand-over. `asks` is the principal less credit netted."""

    on: date
    customer: int
    step: str
    channel: Channel
    lines: tuple[Line, ...]
    principal: Money
    asks: Money
    approval: bool = False  # a person released it
    is_parallel: bool = False  # went along with another one


@dataclass(frozen=True, slots=True)
class People:
    """What is done at once, or else never: `approve` what is planned, make `calls` that reach somebody, send the agency's `receipt`."""

    approve: bool = True
    receipt: bool = True
    calls: bool = True


WILLING = People()
UNWILLING = People(approve=False)
NOBODY = People(approve=False, receipt=False, calls=False)


@dataclass(frozen=True, slots=True)
class Outage:
    """Channels that take no main message: `busy` ones may take it later, so the next run plans it anew; `refusing` ones will not."""

    busy: frozenset[Channel] = frozenset()
    refusing: frozenset[Channel] = frozenset()


NONE_OUT = Outage()


def advance(account: Account, rules: Rules, *, on: date, people: People = WILLING, out: Outage = NONE_OUT) -> list[Sent]:
    """Run a day and answer what waits; returns what was sent. A second time for a day adds nothing unless something has happened."""
    account.begin(on, rules.bank_wait)
    if not account.standing:
        return []
    result = judge(account.facts(), rules, on=on)
    waiting = [group for group in result.groups if group.approval]
    account.move_on(result.looks, {look.item.case for group in waiting for look in group.looks})
    sent = _send(account, [group for group in result.groups if not group.approval], rules, people, out, on=on)
    return sent + _send_approved(account, waiting, rules, people, out, on=on)


def _send(account: Account, groups: Iterable[Group], rules: Rules, people: People, out: Outage, *, on: date) -> list[Sent]:
    leaving = list(groups)
    for group in leaving:
        _release(account, group, on=on)
    return _accept_all(account, leaving, rules, people, out, on=on)


def _accept_all(account: Account, leaving: Iterable[Group], rules: Rules, people: People, out: Outage, *, on: date) -> list[Sent]:
    """All messages have left, now each is accepted: what goes along finds the room that they have left. Calls come after."""
    ordered = sorted(_leaving(account, leaving, out, on=on), key=lambda group: group.channel is Channel.CALL)
    return [sent for group in ordered for sent in _accept(account, group, rules, people, on=on)]


def _leaving(account: Account, groups: Iterable[Group], out: Outage, *, on: date) -> list[Group]:
    """Those whose channel takes them. What is refused counts as never planned, what is left lying does so from the next run on."""
    taken = []
    for group in groups:
        lying = Lying(on, group.key, group.channel, group.currency, group.credit, tuple(look.item.case for look in group.looks))
        if group.channel in out.refusing:
            account.lift(lying)
        elif group.channel in out.busy:
            account.leave(lying)
        else:
            taken.append(group)
    return taken


def _send_approved(account: Account, waiting: Iterable[Group], rules: Rules, people: People, out: Outage, *, on: date) -> list[Sent]:
    if not people.approve:
        return []
    approved = [group for planned in waiting if (group := _approved(account, planned, rules, on=on)) is not None]
    return _accept_all(account, approved, rules, people, out, on=on)


def _approved(account: Account, planned: Group, rules: Rules, *, on: date) -> Group | None:
    """A person releases a planned message: judged again, items left out, none added. What only waits for day or cap stays released."""
    cases = {look.item.case for look in planned.looks}
    for look in planned.looks:
        account.change(look.item.case, released_position=look.position)
    result = judge(account.facts(), rules, on=on, only=cases)
    sent = next((group for group in result.groups if not group.approval and group.position == planned.position), None)
    gone = {look.item.case for look in sent.looks} if sent else set()
    for look in result.looks:
        if look.item.case in cases - gone and look.waits not in LATER:
            account.change(look.item.case, released_position=0)
    if sent is not None:
        _release(account, sent, on=on)
    return sent


def _release(account: Account, group: Group, *, on: date) -> None:
    account.netted[group.currency] = account.netted.get(group.currency, ZERO) + group.credit
    if group.channel is not Channel.CALL:
        _tell(account, group, on=on)
    for look in group.looks:
        account.change(look.item.case, in_flight=True, proposed=False)


def _tell(account: Account, group: Group, *, on: date) -> None:
    """From now on the customer has been told so today: a message from its release on, a call once it has reached somebody."""
    account.told.add(group.key)
    if group.channel is not Channel.AGENCY:
        account.contacts.append(on)


def _accept(account: Account, group: Group, rules: Rules, people: People, *, on: date) -> list[Sent]:
    """Every item has completed its own step; the deadline named binds all of them. A hand-over waits for its receipt."""
    main = _sent(account, group, group.channel, on=on)
    match group.channel:
        case Channel.AGENCY:
            along = _along(account, group, rules, on=on)
            if people.receipt:
                receive(account, group.looks, on=on)
            return [main, *along]
        case Channel.CALL if not people.calls:
            return [main]
        case Channel.CALL:
            _tell(account, group, on=on)
            account.calls = (*account.calls, Tried(on, reached=True))
            _complete_all(account, group, on=on)
            return [main, *_along(account, group, rules, on=on)]
        case _:
            _complete_all(account, group, on=on)
            return [main, *_along(account, group, rules, on=on)]


def _complete_all(account: Account, group: Group, *, on: date) -> None:
    for look in group.looks:
        deadline = group.deadline_on or look.item.deadline_on
        _complete(account, look, on=on, deadline_on=deadline, wants_approval=False)


def receive(account: Account, looks: Iterable[Look], *, on: date) -> None:
    """The agency confirms: the step is completed, and the items are with it."""
    for look in looks:
        _complete(account, look, on=on, with_agency=True)


def _complete(account: Account, look: Look, *, on: date, **values: object) -> None:
    account.steps[look.item.case] = look.key
    if look.step is not None and look.step.document in MUST_PRECEDE["agency"]:
        values["announced_on"] = on
    account.change(look.item.case, position=look.position, completed_on=on, in_flight=False, **values)


def _along(account: Account, group: Group, rules: Rules, *, on: date) -> list[Sent]:
    """Further channels of the step, where somebody can be reached and the cap has room."""
    ways = []
    for way in group.step.also:
        room = room_left(account.facts(), rules, way, on=on)
        if way != group.channel and way in account.reach and (room is None or room > 0):
            ways.append(way)
            account.contacts.append(on)
    return [_sent(account, group, way, on=on, is_parallel=True) for way in ways]


def _sent(account: Account, group: Group, channel: Channel, *, on: date, is_parallel: bool = False) -> Sent:
    return Sent(
        on=on,
        customer=account.customer,
        step=group.step.key,
        channel=channel,
        lines=tuple(_line(look) for look in group.looks),
        principal=Money(group.principal, group.currency),
        asks=Money(group.principal - group.credit, group.currency),
        approval=group.asked_approval,
        is_parallel=is_parallel,
    )


def _line(look: Look) -> Line:
    item = look.item
    return Line(item.case, item.label, look.key, look.position, Money(item.principal, item.currency))
