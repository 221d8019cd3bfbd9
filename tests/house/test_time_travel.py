"""What locks sending, tried on real servers: a restart and a crash do not; a promotion and a restore to a point in time do."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from receivables.embedded import Places
from receivables.embedded.identity import identity_for
from receivables.embedded.places import APPLICATION, DATABASE, OWNER, SUPERUSER
from receivables.embedded.postgres import Postgres
from receivables.messaging.mode import _IDENTITY
from tests.house.processes import wait_until


@contextmanager
def running(places: Places) -> Iterator[Postgres]:
    server = Postgres(places, fsync=False)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def ask(places: Places, question: str, role: str = APPLICATION) -> str:
    """Whoever asks has no rights but to connect, as the program has."""
    with psycopg.connect(host=str(places.sockets), user=role, dbname=DATABASE, autocommit=True) as connection:
        row = connection.execute(question).fetchone()
    return str(row[0]) if row else ""


def copied(source: Places, target: Places, signal: str) -> None:
    """A base backup of a running server, which recovers as the signal file says."""
    identity = identity_for(target)
    identity.own(identity.data)
    identity.data.chmod(0o700)
    words = ["-h", str(source.sockets), "-U", SUPERUSER, "-D", str(identity.data), "--wal-method=stream", "--checkpoint=fast", "--no-sync"]
    subprocess.run(identity.command("pg_basebackup", *words), check=True, capture_output=True, text=True, **identity.options())
    settings = identity.data / "postgresql.auto.conf"
    settings.write_text(settings.read_text() + "restore_command = 'false'\n")
    (identity.data / signal).touch()
    if identity.user:
        for path in (identity.data / signal, settings):
            subprocess.run(["chown", str(identity.user.pw_uid), str(path)], check=True)


@pytest.fixture
def first(data: Path) -> Places:
    """A cluster with the table that goes into the identity."""
    places = Places(data / "first")
    with running(places), psycopg.connect(host=str(places.sockets), user=OWNER, dbname=DATABASE) as connection:
        connection.execute("CREATE TABLE messaging_dispatch (id int)")
    return places


def test_a_restart_and_a_crash_keep_the_identity(first: Places) -> None:
    with running(first) as server:
        before = ask(first, _IDENTITY)
        assert server.process
        server.process.kill()
        server.process.wait()
    with running(first):
        after_crash = ask(first, _IDENTITY)
    with running(first):
        assert [after_crash, ask(first, _IDENTITY)] == [before, before]


def test_a_promoted_standby_and_a_restored_backup_have_others(first: Places, data: Path) -> None:
    standby, restored = Places(data / "standby"), Places(data / "restored")
    with running(first):
        before = ask(first, _IDENTITY)
        copied(first, standby, "standby.signal")
        copied(first, restored, "recovery.signal")
    with running(standby):
        assert ask(standby, _IDENTITY) == f"{before.rpartition('/')[0]}/standby"
        assert ask(standby, "SELECT pg_promote()", SUPERUSER) == "True"
        promoted = ask(standby, _IDENTITY)
    with running(restored):
        wait_until(lambda: ask(restored, "SELECT pg_is_in_recovery()") == "False", "the recovery to end")
        recovered = ask(restored, _IDENTITY)
    assert {place.rpartition("/")[2] for place in (before, promoted, recovered)} == {"00000001", "00000002"}
    assert before not in (promoted, recovered)


def test_a_restored_dump_has_another(first: Places) -> None:
    """The same database, the same name: but the tables were made anew."""
    with running(first):
        before = ask(first, _IDENTITY)
        with psycopg.connect(host=str(first.sockets), user=OWNER, dbname=DATABASE, autocommit=True) as connection:
            connection.execute("DROP TABLE messaging_dispatch")
            connection.execute("CREATE TABLE messaging_dispatch (id int)")
        assert ask(first, _IDENTITY) != before
