"""A scratch database for a replay: cloned from an empty migrated one, emptied between scenarios, thrown away afterwards."""

import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from receivables.schema import all_migrations

_TRIES, _WAIT_SECONDS = 40, 0.25  # ten seconds
_ROOMS = ("receivables", "invoices", "dunning")


class Scratch:
    """Clones on demand; the default connection of this process speaks to the clone until `close`."""

    def __init__(self) -> None:
        self.home = connection.settings_dict["NAME"]
        self.name = f"scratch_{os.getpid()}"
        self._owner: psycopg.Connection | None = None  # the owner's connection to the clone, once there is one
        self._empty: list[str] = []  # tables that are empty when migrated; the others are never written by a scenario

    def reset(self) -> None:
        """Begin anew with an empty migrated database. The first time it is cloned; then its rows go, which is ten times as fast."""
        if self._owner is None:
            self._owner = self._clone()
            self._empty = sorted(set(_tables(self._owner)) - set(_filled(self._owner, _tables(self._owner))))
            _point_at(self.name)
        else:
            _delete_rows(self._owner, _filled(self._owner, self._empty))

    def close(self) -> None:
        """Throw the clone away and go back to the database this process came from."""
        self._leave()
        if self._owner is not None:
            self._owner.close()
            self._owner = None
        with _maintenance() as server:
            drop(server, self.name)

    def _clone(self) -> psycopg.Connection:
        """What it holds is thrown away, so its commits need not wait for the disk."""
        self._leave()
        clone(self.name)
        with _maintenance() as server:
            server.execute(sql.SQL("ALTER DATABASE {} SET synchronous_commit TO off").format(sql.Identifier(self.name)))
        return _connect(self.name)

    def _leave(self) -> None:
        connection.close()
        _point_at(self.home)


@contextmanager
def scratch_database() -> Iterator[Scratch]:
    """A scratch for the length of the block; the first `reset` makes it. Needs the owner's right to create databases."""
    scratch = Scratch()
    try:
        yield scratch
    finally:
        scratch.close()


def clone(name: str) -> None:
    """Make the database `name` anew from the empty migrated one. Where there is none, one process makes that and the others wait."""
    template = f"scratch_template_{_fingerprint()}"
    with _maintenance() as server:
        server.execute("SET lock_timeout TO 0")
        server.execute("SELECT pg_advisory_lock(hashtext(%s))", [template])  # given back with the session
        if not _exists(server, template):
            _make_template(server, template)
        drop(server, name)
        _create(server, name, template)


def sweep(name: str, *, dead: int = 200) -> None:
    """Give back the room of rows that were rolled back, in the tables of that database with more than so many of them."""
    with _connect(name) as database:
        tables = database.execute("SELECT relid::regclass::text FROM pg_stat_user_tables WHERE n_dead_tup > %s", [dead]).fetchall()
        for (table,) in tables:
            database.execute(sql.SQL("VACUUM (SKIP_LOCKED) {}").format(sql.SQL(table)))


def _make_template(server: psycopg.Connection, template: str) -> None:
    """Migrate under a name of its own and rename when whole, so that a half-made template is never cloned."""
    half, home = f"{template}_half", connection.settings_dict["NAME"]
    drop(server, half)
    _create(server, half, "template1")
    connection.close()
    _point_at(half)
    try:
        call_command("migrate", verbosity=0, interactive=False)
    finally:
        connection.close()
        _point_at(home)
    server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(half), sql.Identifier(template)))


def _fingerprint() -> str:
    """Of the migrations, by what is in ours, and of the role that owns the template: no other role may copy it."""
    ours = b"".join(path.read_bytes() for room in _ROOMS for path in sorted((settings.BASE_DIR / room).rglob("migrations/*.py")))
    names = "\n".join([settings.OWNER_DATABASE["USER"], *all_migrations()])
    return hashlib.sha256(names.encode() + ours).hexdigest()[:12]


def _point_at(name: str) -> None:
    connection.settings_dict["NAME"] = name


@contextmanager
def _maintenance() -> Iterator[psycopg.Connection]:
    with _connect("postgres") as server:
        yield server


def _connect(name: str) -> psycopg.Connection:
    """As the owner, who may also empty what is append-only. Whoever left a transaction open is an error, not a wait without end."""
    owner = settings.OWNER_DATABASE
    return psycopg.connect(
        host=owner["HOST"] or None,
        port=owner["PORT"] or None,
        user=owner["USER"] or None,
        password=owner["PASSWORD"] or None,
        dbname=name,
        autocommit=True,
        options="-c lock_timeout=10s",
    )


def _tables(database: psycopg.Connection) -> list[str]:
    return [name for (name,) in database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()]


def _filled(database: psycopg.Connection, tables: Sequence[str]) -> list[str]:
    """Those that have a row."""
    looks = [sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(sql.Literal(name), sql.Identifier(name)) for name in tables]
    return [name for (name,) in database.execute(sql.SQL(" UNION ALL ").join(looks)).fetchall()]


def _delete_rows(database: psycopg.Connection, tables: Sequence[str]) -> None:
    """In one transaction, so that references are judged at its end; the triggers of append-only tables rest meanwhile."""
    with database.transaction():
        for name in tables:
            for statement in ("ALTER TABLE {} DISABLE TRIGGER USER", "DELETE FROM {}"):
                database.execute(sql.SQL(statement).format(sql.Identifier(name)))
    with database.transaction():
        for name in tables:
            database.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(sql.Identifier(name)))


def _exists(server: psycopg.Connection, name: str) -> bool:
    return server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def drop(server: psycopg.Connection, name: str) -> None:
    """Throw it away, whoever is connected. An autovacuum in it is no session that the owner may end, so that is waited for."""
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    for _ in range(_TRIES - 1):
        try:
            server.execute(statement)
        except psycopg.errors.InsufficientPrivilege:  # "permission denied to terminate process"
            time.sleep(_WAIT_SECONDS)
        else:
            return
    server.execute(statement)


def _create(server: psycopg.Connection, name: str, template: str) -> None:
    server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
