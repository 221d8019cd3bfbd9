"""What providers report: stored first, applied once, only forward, and only about messages that they had."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, transaction

from receivables.messaging import returns
from receivables.messaging.delivery import deliver
from receivables.messaging.mode import standing_in
from receivables.messaging.models import DeliveryEvent, Message, ProviderEvent, Suppression
from receivables.messaging.outgoing import Accepted, Unknown
from receivables.messaging.returns import Kind, Report, apply_waiting, take
from receivables.messaging.tasks import apply_returns
from tests.db.messaging.conftest import MINUTE, NOW, Recorder, planned, states

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def sent(answer: Any = None, **fields: Any) -> Message:
    """A message that a real channel had."""
    [message] = planned(**fields)
    channel = Recorder(answer=answer or Accepted())
    with standing_in({message.channel: channel}):
        deliver(now=NOW, only=[message.pk])
    message.refresh_from_db()
    return message


def says(kind: Kind, message: Message | None = None, **fields: Any) -> Report:
    key = message.key if message else ""
    return Report(**{"source": "dsn", "event_id": "", "key": key, "kind": kind, "at": NOW + MINUTE, **fields})


def told(*reports: Report, raw: bytes = b"raw", at: Any = NOW + MINUTE) -> returns.Taken:
    return take(reports, raw=raw, now=at)


def outcomes() -> list[str]:
    return list(ProviderEvent.objects.order_by("pk").values_list("outcome", flat=True))


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (Kind.DELIVERED, "delivered"),
        (Kind.SOFT_BOUNCED, "soft_bounced"),
        (Kind.HARD_BOUNCED, "hard_bounced"),
        (Kind.FAILED, "failed"),
        (Kind.COMPLAINED, "delivered"),
        (Kind.DEFERRED, "accepted"),
    ],
)
def test_a_report_moves_an_accepted_message(kind: Kind, state: str) -> None:
    message = sent()
    told(says(kind, message, detail="5.1.1 no such user"))
    assert states([message]) == [state]
    event = ProviderEvent.objects.get()
    assert bytes(event.body) == b"raw" and event.applied_at == NOW + MINUTE
    assert (event.message, event.outcome) == (message, "noted" if kind is Kind.DEFERRED else "moved")
    assert DeliveryEvent.objects.filter(message=message, source="dsn").exists()


@pytest.mark.parametrize(
    ("kind", "state"),
    [(Kind.DELIVERED, "delivered"), (Kind.SOFT_BOUNCED, "soft_bounced"), (Kind.HARD_BOUNCED, "hard_bounced"), (Kind.FAILED, "failed")],
)
def test_a_report_ends_what_nobody_knew(kind: Kind, state: str, news: list[frozenset[int]]) -> None:
    message = sent(Unknown("time out"))
    news.clear()
    told(says(kind, message))
    assert states([message]) == [state]
    assert set(news) == {frozenset({message.pk})}


def test_the_same_report_twice_changes_nothing(news: list[frozenset[int]]) -> None:
    message = sent()
    news.clear()
    assert told(says(Kind.DELIVERED, message)) == returns.Taken(new=1)
    assert told(says(Kind.DELIVERED, message)) == returns.Taken(again=1)
    assert told(says(Kind.DELIVERED, message), says(Kind.DELIVERED, message)) == returns.Taken(again=2)
    assert (len(news), DeliveryEvent.objects.count(), ProviderEvent.objects.count()) == (1, 1, 1)


def test_an_older_report_that_comes_late_is_noted_only(news: list[frozenset[int]]) -> None:
    message = sent()
    told(says(Kind.HARD_BOUNCED, message))
    news.clear()
    told(says(Kind.DELIVERED, message), says(Kind.SOFT_BOUNCED, message))
    assert states([message]) == ["hard_bounced"] and news == []
    assert outcomes() == ["moved", "noted", "noted"]
    assert set(DeliveryEvent.objects.values_list("kind", flat=True)) == {"hard_bounced", "delivered", "soft_bounced"}


def test_a_message_is_found_by_its_message_id() -> None:
    message = sent()
    told(says(Kind.DELIVERED, message_id=message.message_id.strip("<>")))
    assert states([message]) == ["delivered"]


def test_a_message_is_found_by_the_reference_of_its_provider() -> None:
    message = sent(Accepted(reference="ESP-1"))
    told(says(Kind.DELIVERED, reference="ESP-1"))
    assert states([message]) == ["delivered"]


def test_a_reference_of_another_channel_finds_nothing() -> None:
    message = sent(Accepted(reference="1"), channel="sms", recipient="+48500600700")
    told(says(Kind.DELIVERED, reference="1"))
    assert states([message]) == ["accepted"] and outcomes() == [""]


def test_a_key_with_a_reference_that_the_provider_never_gave_is_refused() -> None:
    message = sent(Accepted(reference="SMS1"), channel="sms", recipient="+48500600700")
    told(says(Kind.FAILED, message, source="smsapi", reference="SMS2"))
    assert states([message]) == ["accepted"] and outcomes() == ["refused"]
    told(says(Kind.FAILED, message, source="smsapi", reference="SMS1"))
    assert states([message]) == ["failed"]


def test_a_key_whose_answer_was_lost_is_enough() -> None:
    message = sent(Unknown("time out"), channel="sms", recipient="+48500600700")
    told(says(Kind.DELIVERED, message, source="smsapi", reference="SMS7"))
    assert states([message]) == ["delivered"]


def test_a_report_that_overtakes_the_answer_waits_for_it() -> None:
    [message] = planned()

    def answer(outgoing: Any) -> Accepted:
        told(says(Kind.DELIVERED, message))
        assert states([message]) == ["handed"]
        return Accepted()

    with standing_in({"email": Recorder(answer=answer)}):
        deliver(now=NOW)
    assert states([message]) == ["accepted"]
    assert apply_waiting(now=NOW + 2 * MINUTE) == 1
    assert states([message]) == ["delivered"]


def test_an_unknown_name_is_kept_for_a_day_and_then_closed() -> None:
    told(says(Kind.DELIVERED, key="key-of-nobody"))
    assert ProviderEvent.objects.get().applied_at is None
    assert apply_waiting(now=NOW + MINUTE) == 0  # it was tried a moment ago
    assert apply_waiting(now=NOW + 23 * HOUR) == 0
    assert apply_waiting(now=NOW + 25 * HOUR) == 1
    event = ProviderEvent.objects.get()
    assert (event.outcome, event.message) == ("given_up", None)
    assert "No message of ours" in event.result


def test_an_unknown_name_finds_its_message_within_the_day() -> None:
    told(says(Kind.DELIVERED, key="key-yet-to-come"))
    message = sent(key="key-yet-to-come")
    assert apply_waiting(now=NOW + 2 * HOUR) == 1
    assert states([message]) == ["delivered"]


@pytest.mark.parametrize(
    ("source", "why"),
    [("smsapi", "speak for the channel"), ("twilio", "speak for the channel"), ("somebody", "speak for the channel")],
)
def test_a_source_of_another_channel_is_refused(source: str, why: str) -> None:
    message = sent()
    told(says(Kind.HARD_BOUNCED, message, source=source))
    event = ProviderEvent.objects.get()
    assert (event.outcome, event.message) == ("refused", None) and why in event.result
    assert states([message]) == ["accepted"] and not Suppression.objects.exists() and not DeliveryEvent.objects.exists()


def test_what_never_left_cannot_have_arrived() -> None:
    [message] = planned()
    told(says(Kind.DELIVERED, message))
    assert states([message]) == ["planned"] and outcomes() == ["refused"]


def test_what_only_the_mailbox_had_cannot_have_arrived() -> None:
    [message] = planned()
    deliver(now=NOW, only=[message.pk])  # quarantine: the mailbox takes it
    told(says(Kind.DELIVERED, message))
    assert states([message]) == ["accepted"] and outcomes() == ["refused"]


def test_a_key_and_the_message_id_of_another_are_refused() -> None:
    message, other = sent(), sent()
    told(says(Kind.HARD_BOUNCED, message, message_id=other.message_id))
    assert states([message, other]) == ["accepted", "accepted"] and outcomes() == ["refused"]


def test_what_was_stored_and_not_applied_is_found_by_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a kill between the two: the row is there, nothing of it has happened."""
    message = sent()
    monkeypatch.setattr(returns, "_try", lambda *_, **__: False)
    told(says(Kind.DELIVERED, message))
    assert states([message]) == ["accepted"]
    monkeypatch.undo()
    apply_returns()
    apply_returns()
    assert states([message]) == ["delivered"] and DeliveryEvent.objects.count() == 1


def test_a_fault_leaves_the_report_waiting_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    broken, fine = sent(), sent()

    def fails(message: Message, *args: Any, **kwargs: Any) -> Message:
        if message.pk == broken.pk:
            raise OperationalError("lock timeout")
        return real(message, *args, **kwargs)

    real = returns.report
    monkeypatch.setattr(returns, "report", fails)
    told(says(Kind.DELIVERED, broken), says(Kind.DELIVERED, fine))
    assert states([broken, fine]) == ["accepted", "delivered"]
    monkeypatch.undo()
    assert apply_waiting(now=NOW + HOUR) == 1
    assert states([broken]) == ["delivered"]


def test_a_complaint_stops_the_address_at_once() -> None:
    message = sent()
    told(says(Kind.COMPLAINED, message))
    assert Suppression.objects.get().address == message.recipient
    assert set(DeliveryEvent.objects.values_list("kind", flat=True)) == {"delivered", "complained"}


def test_odd_names_are_stored_and_name_nobody() -> None:
    odd = says(Kind.DELIVERED, key="x" * 500, message_id="\x00" * 300, reference="\ud800", detail="a\x00b" * 300, event_id="e" * 500)
    told(odd, raw=b"\xff\x00" * 50_000)
    told(odd)
    event = ProviderEvent.objects.get()
    assert (event.key, event.mail_id, event.reference, len(event.body)) == ("", "", "", 16_384)


def test_what_was_reported_is_never_edited_and_closed_once() -> None:
    message = sent()
    told(says(Kind.DELIVERED, message), says(Kind.DELIVERED, key="nobody"))
    done, waiting = ProviderEvent.objects.order_by("pk")
    rows = ProviderEvent.objects
    for change in ({"result": "other"}, {"kind": "failed"}, {"applied_at": None, "outcome": ""}):
        with pytest.raises(DatabaseError, match="stays as it came"), transaction.atomic():
            rows.filter(pk=done.pk).update(**change)
    with pytest.raises(DatabaseError, match="stays as it came"), transaction.atomic():
        rows.filter(pk=waiting.pk).update(key=message.key)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        done.delete()


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("provider_event_taken_once", {"event_id": "E1"}),
        ("provider_event_body_is_bounded", {"body": b"x" * 16_385}),
        ("applied_event_has_an_outcome", {"applied_at": NOW}),
        ("applied_event_has_an_outcome", {"outcome": "moved"}),
    ],
)
def test_the_database_keeps_what_is_promised_of_events(name: str, values: dict[str, Any]) -> None:
    told(says(Kind.DELIVERED, key="nobody", event_id="E1"))
    row = ProviderEvent.objects.get()
    row.pk, row._state.adding, row.event_id = None, True, "E2"
    for field, value in values.items():
        setattr(row, field, value)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        row.save()
