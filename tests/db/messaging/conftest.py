"""A purpose with a guard and a renderer of its own, and channels that remember: the process itself is tested elsewhere."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.dispatch import Signal

from receivables.accounts.models import Creditor
from receivables.messaging.models import Dispatch, Message
from receivables.messaging.outbox import NewMessage, plan
from receivables.messaging.outgoing import Accepted, Outcome, Outgoing
from receivables.messaging.protocols import GUARDS, RENDERERS, Rendered, Verdict
from receivables.messaging.signals import delivery_changed

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

_numbers = count(1)


@dataclass
class Recorder:
    """A channel that keeps what it is given and answers as it is told, at once or by the message."""

    answer: Outcome | Callable[[Outgoing], Outcome] = field(default_factory=Accepted)
    takes_key: bool = False
    batch: int = 10
    sent: list[Outgoing] = field(default_factory=list)

    def send(self, outgoing: Outgoing) -> Outcome:
        self.sent.append(outgoing)
        return self.answer(outgoing) if callable(self.answer) else self.answer


@dataclass
class Words:
    """A renderer that counts, and raises what it is told to."""

    rendered: list[int] = field(default_factory=list)
    raises: dict[str, Exception] = field(default_factory=dict)

    def render(self, message: Message) -> Rendered:
        self.rendered.append(message.pk)
        if message.key in self.raises:
            raise self.raises[message.key]
        return Rendered(f"Subject\r\nof {message.key}", f"Text of {message.key}.", f"<p>{message.key}</p>")


@dataclass
class Judge:
    """A guard that refuses by key, or does what it is told at the moment of judging."""

    refuses: dict[str, Verdict] = field(default_factory=dict)
    raises: dict[str, Exception] = field(default_factory=dict)
    then: Callable[[], None] = lambda: None

    def judge(self, messages: Sequence[Message], *, now: datetime) -> Mapping[int, Verdict]:
        self.then()
        for message in messages:
            if message.key in self.raises:
                raise self.raises[message.key]
        return {message.pk: self.refuses[message.key] for message in messages if message.key in self.refuses}


@pytest.fixture
def words() -> Iterator[Words]:
    renderer = Words()
    with RENDERERS.using({"dunning": renderer}):
        yield renderer


@pytest.fixture
def judge() -> Iterator[Judge]:
    guard = Judge()
    with GUARDS.using({"dunning": guard}):
        yield guard


@pytest.fixture(autouse=True)
def outbox(words: Words, judge: Judge, settings: Any, tmp_path: Any) -> None:
    """Every test here has both, and a mailbox of its own."""
    settings.DATA_DIR = tmp_path


@pytest.fixture
def news() -> Iterator[list[frozenset[int]]]:
    """What `delivery_changed` told, in order."""
    told: list[frozenset[int]] = []

    def hear(signal: Signal, sender: Any, *, message_ids: frozenset[int], now: datetime, **_: Any) -> None:
        told.append(message_ids)

    delivery_changed.connect(hear)
    yield told
    delivery_changed.disconnect(hear)


def make_creditor() -> Creditor:
    number = next(_numbers)
    return Creditor.objects.create(slug=f"firm-{number}", name=f"Firma {number}", email=f"office@firm{number}.example.com")


def new_message(creditor: Creditor, **fields: Any) -> NewMessage:
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "key": f"key-{number}",
        "purpose": "dunning",
        "channel": "email",
        "recipient": f"kunde{number}@example.com",
        "recipient_name": "Jan Żółć",
        "language": "pl",
        "template": "overdue",
        "facts": {"amount": "100.00"},
        "not_before": NOW,
    }
    return NewMessage(creditor=creditor, **{**defaults, **fields})


def planned(number: int = 1, creditor: Creditor | None = None, **fields: Any) -> list[Message]:
    """Messages in the outbox, oldest first."""
    creditor = creditor or make_creditor()
    ids = plan([new_message(creditor, **fields) for _ in range(number)], now=NOW)
    return list(Message.objects.filter(pk__in=ids.values()).order_by("pk"))


def states(messages: Sequence[Message]) -> list[str]:
    """The states as the database has them now."""
    found = dict(Message.objects.filter(pk__in=[message.pk for message in messages]).values_list("pk", "state"))
    return [found[message.pk] for message in messages]


def in_quarantine() -> None:
    """The row of dispatch, which emptying the tables takes away."""
    Dispatch.objects.update_or_create(pk=1, defaults={"mode": "quarantine", "is_halted": False, "database_identity": "", "reason": ""})
