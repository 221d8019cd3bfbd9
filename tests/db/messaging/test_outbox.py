"""Planning and withdrawing."""

from typing import Any

import pytest

from receivables.messaging.delivery import deliver
from receivables.messaging.mode import standing_in
from receivables.messaging.models import Message
from receivables.messaging.outbox import facts_digest, message_id_of, plan, withdraw
from tests.db.messaging.conftest import NOW, Recorder, make_creditor, new_message, planned, states

pytestmark = pytest.mark.django_db


def test_planned_twice_is_planned_once() -> None:
    creditor = make_creditor()
    messages = [new_message(creditor, key=key) for key in ("a", "b")]
    first = plan(messages, now=NOW)
    again = plan([*messages, new_message(creditor, key="c")], now=NOW)
    assert {key: again[key] for key in ("a", "b")} == first
    assert Message.objects.count() == 3


def test_the_first_words_stay_when_a_key_comes_again_with_others() -> None:
    creditor = make_creditor()
    plan([new_message(creditor, key="a", facts={"amount": "1.00"})], now=NOW)
    plan([new_message(creditor, key="a", facts={"amount": "2.00"})], now=NOW)
    assert Message.objects.get(key="a").facts == {"amount": "1.00"}


def test_planning_many_costs_three_statements_whatever_the_number(django_assert_num_queries: Any) -> None:
    creditor = make_creditor()
    messages = [new_message(creditor) for _ in range(300)]
    with django_assert_num_queries(5):  # what is there, the ids, COPY; a savepoint around
        plan(messages, now=NOW)


def test_the_digest_does_not_depend_on_the_order_of_the_facts() -> None:
    assert facts_digest({"a": 1, "b": ["ż"]}) == facts_digest({"b": ["ż"], "a": 1})
    assert facts_digest({"a": 1}) != facts_digest({"a": "1"})
    with pytest.raises(ValueError, match="JSON"):
        facts_digest({"a": float("nan")})


@pytest.mark.parametrize(
    ("base_url", "key", "expected"),
    [
        ("https://pay.example.com", "abc.1-x", "<abc.1-x@pay.example.com>"),
        ("http://127.0.0.1:8000", "abc", "<abc@firma.example.org>"),
        ("http://localhost:8000", "abc", "<abc@firma.example.org>"),
        ("https://pay.example.com", "a\r\nBcc: x@y", "<73c40ef0d8bb3dfaa35ad3cbb3ddbb6b3ac2d0ff@pay.example.com>"),
    ],
)
def test_the_message_id_comes_from_the_key(settings: Any, base_url: str, key: str, expected: str) -> None:
    settings.BASE_URL = base_url
    creditor = make_creditor()
    creditor.email = "office@firma.example.org"
    found = message_id_of(key, creditor)
    assert found == message_id_of(key, creditor)
    assert found == expected or ("\r" in key and len(found) == 40 + 2 + len("@pay.example.com") and "\r" not in found)


def test_a_recipients_name_is_one_line() -> None:
    [message] = planned(recipient_name="Eve\r\nBcc: all@example.com \u202egnp.exe =?utf-8?q?x?=" + "x" * 300)
    assert message.recipient_name.startswith("Eve Bcc: all@example.com gnp.exe = ?utf-8?q?x?=")
    assert len(message.recipient_name) == 200


def test_withdrawn_is_what_was_not_handed_over_yet(news: list[frozenset[int]]) -> None:
    gone, waiting = planned(), planned()
    with standing_in({"email": Recorder()}):
        deliver(now=NOW, only=[gone[0].pk])
    news.clear()
    ids = [gone[0].pk, waiting[0].pk]
    assert withdraw(ids, reason="paid", now=NOW) == {waiting[0].pk}
    assert withdraw(ids, reason="paid", now=NOW) == frozenset()
    assert states([*gone, *waiting]) == ["accepted", "withdrawn"]
    assert Message.objects.get(pk=waiting[0].pk).reason == "paid"
    assert news == [frozenset({waiting[0].pk})]


def test_a_withdrawn_message_is_never_sent() -> None:
    [message] = planned()
    withdraw([message.pk], reason="paid", now=NOW)
    channel = Recorder()
    with standing_in({"email": channel}):
        assert deliver(now=NOW).total == 0
    assert channel.sent == []
