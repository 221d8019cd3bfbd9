"""Events of Debitura: which are signed, and what follows from each."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dunning.agencies.debitura import (
    TOLERANCE,
    Event,
    Means,
    UnreadableEvent,
    is_secret,
    is_signed,
    meaning,
    read_event,
    with_case,
)  # fmt: skip

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
SECRET = "dGhpc2lzYWJhc2U2NGVuY29kZWRzZWNyZXQ="  # of their own example
BODY = b'{"id": "e1", "event": "case.updated", "timestamp": "2026-11-28T12:00:00Z", "data": {"caseId": "c1", "reference": "Q8OAXF3W"}}'


def signed(body: bytes = BODY, *, at: datetime = NOW, secret: str = SECRET) -> str:
    """As their documentation says: hexadecimal HMAC-SHA256 over "SECONDS.BODY", keyed by the decoded secret."""
    second = int(at.timestamp())
    return f"t={second},v1={hmac.new(base64.b64decode(secret), f'{second}.'.encode() + body, hashlib.sha256).hexdigest()}"


def ok(body: bytes = BODY, signature: str | None = None, secret: str = SECRET) -> bool:
    return is_signed(body, signature=signed() if signature is None else signature, secret=secret, now=NOW)


def test_a_signed_body_is_believed_and_one_with_a_changed_byte_is_not() -> None:
    assert ok()
    assert not any(ok(BODY[:at] + bytes([BODY[at] ^ 1]) + BODY[at + 1 :]) for at in range(len(BODY)))
    assert not ok(BODY + b"\n")


@pytest.mark.parametrize(
    ("seconds", "believed"),
    [(0, True), (-TOLERANCE, True), (TOLERANCE, True), (-TOLERANCE - 1, False), (TOLERANCE + 1, False)],
)
def test_an_old_signature_or_one_of_the_future_is_none(seconds: int, believed: bool) -> None:
    assert ok(signature=signed(at=NOW + timedelta(seconds=seconds))) is believed


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "v1=00",
        signed().upper(),
        signed() + ",v1=00",
        "sha256=" + signed().split("v1=")[1],
        signed().replace("t=", "t=0", 1),
        "t=ż,v1=ż",
    ],
    ids=["none", "no time", "capitals", "two", "the older form", "another time", "no ASCII"],
)
def test_what_is_written_otherwise_is_no_signature(signature: str) -> None:
    assert not ok(signature=signature)


@pytest.mark.parametrize("secret", ["", "None", "c2VjcmV0", "not base64!"])
def test_another_secret_or_none_believes_nothing(secret: str) -> None:
    assert not ok(secret=secret)
    assert is_secret(SECRET) and not is_secret("") and not is_secret("not base64!")


def test_an_event_is_read_and_filled_up_with_its_case() -> None:
    event = read_event(BODY)
    assert (event.id, event.kind, event.case_id, event.reference, event.lacks_state) == ("e1", "case.updated", "c1", "Q8OAXF3W", True)
    whole = with_case(
        event, {"id": "other", "lifecycle": "Closed", "closeCode": "Paid", "creditorReference": "ours", "reference": "Q8OAXF3W"}
    )
    assert (whole.case_id, whole.lifecycle, whole.close_code, whole.creditor_reference, whole.lacks_state) == (
        "c1",
        "Closed",
        "Paid",
        "ours",
        False,
    )
    said = {
        "id": "e2",
        "event": "payment.created",
        "data": {"caseId": "c1", "creditorReference": "ours", "amount": 1000.10, "currency": "EUR"},
    }
    money = read_event(json.dumps(said).encode())
    assert (money.amount, money.currency, money.lacks_state) == ("1000.1", "EUR", False)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"id": "e1", "event": "x", "data": []}', b'{"id": null, "event": "x", "data": {}}', b"\xff"]
)
def test_what_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableEvent):
        read_event(body)


@pytest.mark.parametrize(
    ("says", "means"),
    [
        ({"kind": "case.created"}, Means.NOTHING),
        ({"kind": "case.updated", "lifecycle": "Active"}, Means.RECEIVED),
        ({"kind": "case.updated", "lifecycle": "Pending Verification"}, Means.IN_PROGRESS),
        ({"kind": "case.updated", "lifecycle": "Paused"}, Means.IN_PROGRESS),
        ({"kind": "case.updated", "lifecycle": "Merged"}, Means.ASK),
        ({"kind": "case.updated"}, Means.ASK),
        ({"kind": "case.closed", "lifecycle": "Closed", "close_code": "Paid"}, Means.PAID),
        ({"kind": "case.closed", "lifecycle": "Closed", "close_code": "Case never started"}, Means.REJECTED),
        ({"kind": "case.closed", "lifecycle": "Closed", "close_code": "Pre-Legal Exhausted – No Payment"}, Means.RETURNED),
        ({"kind": "case.closed", "lifecycle": "Closed", "close_code": "Debtor Untraceable"}, Means.RETURNED),
        ({"kind": "case.closed", "lifecycle": "Closed", "close_code": "Debtor Insolvent/Bankrupt"}, Means.ASK),
        ({"kind": "case.closed", "lifecycle": "Closed", "close_code": "Disputed – Legal Action Declined by Client"}, Means.ASK),
        ({"kind": "case.closed", "lifecycle": "Closed", "close_code": "Statute of Limitations Expired"}, Means.ASK),
        ({"kind": "case.closed", "lifecycle": "Closed", "close_code": "Other"}, Means.ASK),
        ({"kind": "case.closed", "lifecycle": "Closed"}, Means.ASK),
        ({"kind": "payment.created"}, Means.ASK),
        ({"kind": "payment.deleted"}, Means.ASK),
        ({"kind": "chat.created"}, Means.ASK),
        ({"kind": "case.of_tomorrow"}, Means.ASK),
    ],
    ids=str,
)
def test_what_follows_from_an_event(says: dict[str, Any], means: Means) -> None:
    assert meaning(Event("e1", **says)) is means
