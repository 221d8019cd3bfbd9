"""Throwing a scratch database away while the server itself works in it."""

from typing import Any

import psycopg
import pytest

from receivables.db import scratch


class Server:
    """Refuses so many times, as PostgreSQL 18 does while an autovacuum is in the database."""

    def __init__(self, refusals: int) -> None:
        self.refusals, self.asked = refusals, 0

    def execute(self, _statement: Any) -> None:
        self.asked += 1
        if self.asked <= self.refusals:
            raise psycopg.errors.InsufficientPrivilege("permission denied to terminate process")


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []
    monkeypatch.setattr(scratch.time, "sleep", waited.append)
    return waited


def drop(server: Any) -> None:
    scratch.drop(server, "scratch_1")


def test_an_autovacuum_is_waited_for(waits: list[float]) -> None:
    server = Server(refusals=3)
    drop(server)
    assert server.asked == 4 and len(waits) == 3


def test_what_is_refused_for_ten_seconds_is_an_error(waits: list[float]) -> None:
    server = Server(refusals=1000)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        drop(server)
    assert 9 < sum(waits) <= 10


def test_nobody_waits_for_nothing(waits: list[float]) -> None:
    drop(Server(refusals=0))
    assert waits == []
