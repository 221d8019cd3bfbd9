"""After a restore: what this database may have forgotten is not sent again, but `unknown`, for a person to look into.

A person confirms a database whose identity has changed (`actions.confirm_database`); that compares it with the send journal once. From then
on each hand-over asks here. What was held up once is no concern of the fence any more: a person decides.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.conf import settings

from receivables.core.sentences import gettext_noop
from receivables.messaging.journal import Journal, Line
from receivables.messaging.models import Attempt, Fence, FencedMark, Message
from receivables.messaging.protocols import TRACES

BY_JOURNAL = "The send journal says that it left before the database was restored."
WENT_BACK = gettext_noop(
    "The send journal knows of messages that this database does not: it was restored. Sending will be locked; then confirm the database."
)
WITHOUT_JOURNAL = "It was due before the database was restored, and no send journal says whether it left."
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What the journal knows and the database does not. Not `is_whole`: the journal cannot speak for all that was forgotten."""

    is_whole: bool
    hand_overs: int = 0
    marks: frozenset[str] = frozenset()


def journal() -> Journal:
    """The journal that the settings name."""
    chosen = settings.SEND_JOURNAL
    return Journal(chosen or settings.DATA_DIR / "journal" / "handed.jsonl", may_make_folder=not chosen)


def compare(book: Journal, *, live_since: datetime | None) -> Forgotten:
    """Read the whole journal against the outbox.

    It speaks for all that was forgotten when it was begun before going live, or when it knows a hand-over that the database knows too:
    then it was there already at the moment to which the database went back.
    """
    begun = book.begun_at()
    if begun is None:
        return Forgotten(is_whole=False)
    is_whole, count, marks, lines = live_since is not None and begun <= live_since, 0, set[str](), book.lines()
    while some := list(islice(lines, _AT_ONCE)):
        unknown = _unknown(some)
        is_whole = is_whole or len(unknown) < len(some)
        count += len(unknown)
        marks.update(mark for line in unknown for mark in (line.key, *line.marks))
    return Forgotten(is_whole, count, frozenset(marks))


def _unknown(lines: Iterable[Line]) -> list[Line]:
    tried = dict(Message.objects.filter(key__in=[line.key for line in lines]).values_list("key", "attempts"))
    return [line for line in lines if tried.get(line.key, 0) < line.number]


def has_forgotten(book: Journal) -> bool:
    """Whether the newest hand-over of the journal is unknown here: the database went back in time, whatever it says of itself."""
    last = book.last()
    return last is not None and bool(_unknown([last])) and not FencedMark.objects.filter(mark=last.key).exists()


def fenced(messages: Sequence[Message], marks: Mapping[int, Sequence[str]], *, now: datetime) -> dict[int, str]:
    """Message id → why nobody knows whether it left. `marks` as `marks_of` gives them."""
    found: dict[int, str] = {}
    for fence in Fence.objects.order_by("pk"):
        passed = _passed(messages, fence)
        asked = [message for message in messages if message.pk not in passed]
        found |= _known_to_journal(fence, asked, marks)
        if not fence.has_journal:
            found |= dict.fromkeys(_due_by(asked, fence.at, now=now), WITHOUT_JOURNAL)
    return found


def _passed(messages: Sequence[Message], fence: Fence) -> set[int]:
    """What this fence has held up before: a person has looked into it since."""
    held_up = Attempt.objects.filter(message__in=messages, detail__in=[BY_JOURNAL, WITHOUT_JOURNAL], at__gte=fence.at)
    return set(held_up.values_list("message_id", flat=True))


def _known_to_journal(fence: Fence, messages: Sequence[Message], marks: Mapping[int, Sequence[str]]) -> dict[int, str]:
    named = {message.pk: {message.key, *marks.get(message.pk, ())} for message in messages}
    every = {mark for marks_of_one in named.values() for mark in marks_of_one}
    left = set(FencedMark.objects.filter(fence=fence, mark__in=every).values_list("mark", flat=True)) if fence.forgotten else set[str]()
    return {pk: BY_JOURNAL for pk, own in named.items() if own & left}


def _due_by(messages: Sequence[Message], moment: datetime, *, now: datetime) -> set[int]:
    """What could have been sent by then. A purpose that says nothing of it: whatever was planned by then."""
    due = set[int]()
    for purpose in {message.purpose for message in messages}:
        own = [message for message in messages if message.purpose == purpose]
        if purpose == Message.Purpose.PORTAL:
            continue  # a code is asked for anew, and a second one harms nobody
        if purpose in TRACES.names():
            due |= TRACES.get(purpose).due_by(own, moment, now=now)
        due |= {message.pk for message in own if message.created_at <= moment}
    return due


def marks_of(messages: Sequence[Message]) -> dict[int, tuple[str, ...]]:
    """Message id → the marks of what it does, beside its key."""
    found: dict[int, tuple[str, ...]] = {}
    for purpose in sorted({message.purpose for message in messages} & set(TRACES.names())):
        found |= TRACES.get(purpose).marks([message for message in messages if message.purpose == purpose])
    return found
