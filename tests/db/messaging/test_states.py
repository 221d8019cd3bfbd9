"""What the database itself refuses, whoever asks: states, words, attempts."""

from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from receivables.core.errors import IllegalMove
from receivables.core.states import check_move
from receivables.messaging.models import Attempt, DeliveryEvent, Dispatch, Message
from receivables.messaging.states import ARRIVED, ENDED, MOVES, MessageState
from tests.db.messaging.conftest import NOW, make_creditor, planned

pytestmark = pytest.mark.django_db

PAIRS = [(old, new) for old in MessageState for new in MessageState if old != new]


def in_state(state: str) -> Message:
    """A message that is in this state from the start."""
    lease = {"token": uuid4(), "lease_until": NOW} if state in ("claimed", "handed") else {}
    return Message.objects.create(
        creditor=make_creditor(),
        key=f"in {state}",
        message_id=f"<{state}@example.com>",
        purpose="dunning",
        channel="email",
        facts={},
        not_before=NOW,
        created_at=NOW,
        state=state,
        **lease,
    )


def the_database_lets(message: Message, new: str) -> bool:
    try:
        with transaction.atomic():
            Message.objects.filter(pk=message.pk).update(state=new, token=uuid4(), lease_until=NOW)
            transaction.set_rollback(True)
    except IntegrityError:
        return False
    return True


@pytest.mark.parametrize("old", list(MessageState))
def test_the_database_allows_exactly_the_moves_of_the_table(old: MessageState) -> None:
    message = in_state(old)
    allowed = {new for new in MessageState if new != old and the_database_lets(message, new)}
    assert allowed == set(MOVES[old])


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_python_judges_as_the_database_does(old: MessageState, new: MessageState) -> None:
    if new in MOVES[old]:
        check_move(MOVES, old, new)
    else:
        with pytest.raises(IllegalMove, match="cannot become"):
            check_move(MOVES, old, new)


def test_unknown_is_no_end_and_counts_as_nothing() -> None:
    assert MessageState.UNKNOWN not in ENDED | ARRIVED
    assert MessageState.PLANNED in MOVES[MessageState.UNKNOWN]  # by a person or a proof only: no code here does it


@pytest.mark.parametrize(
    "change",
    [{"recipient": "other@example.com"}, {"facts": {"amount": "1.00"}}, {"facts_digest": "0" * 64}, {"key": "k"}, {"channel": "sms"}],
)
def test_what_was_planned_cannot_be_changed(change: dict[str, object]) -> None:
    [message] = planned()
    with pytest.raises(DatabaseError, match="fixed when it is planned"), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(**change)


def test_a_claim_without_a_lease_is_refused() -> None:
    [message] = planned()
    with pytest.raises(IntegrityError, match="claim_has_a_lease"), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(state="claimed")


def test_a_window_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(IntegrityError, match="message_window_is_one"), transaction.atomic():
        planned(not_after=NOW.replace(year=2025))


def test_attempts_and_events_are_only_added() -> None:
    [message] = planned()
    attempt = Attempt.objects.create(message=message, number=1, at=NOW, outcome="later")
    event = DeliveryEvent.objects.create(message=message, kind="delivered", at=NOW, source="person")
    for row in (attempt, event):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(detail="changed")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            row.delete()
    with pytest.raises(IntegrityError, match="attempt_recorded_once"), transaction.atomic():
        Attempt.objects.create(message=message, number=1, at=NOW, outcome="later")


def test_there_is_one_dispatch_row() -> None:
    with pytest.raises(IntegrityError, match="one_dispatch_row"), transaction.atomic():
        Dispatch.objects.create(pk=2)


def test_a_key_is_used_once_for_ever() -> None:
    creditor = make_creditor()
    [message] = planned(creditor=creditor, key="the-key")
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.create(
            creditor=creditor,
            key="the-key",
            purpose="dunning",
            channel="email",
            facts={},
            not_before=NOW,
            created_at=NOW,
            message_id="<other@x>",
        )
    assert message.state == "planned"
