"""A scratch database for a replay: cloned from an empty migrated one, thrown away afterwards."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from receivables.schema import all_migrations


class Scratch:
    """Clones on demand; the default connection of this process speaks to the clone until `close`."""

    def __init__(self) -> None:
        self.home = connection.settings_dict["NAME"]
        self.template = f"scratch_template_{_fingerprint()}"
        self.name = f"scratch_{os.getpid()}"

    def reset(self) -> None:
        """Begin anew with an empty migrated database."""
        self._leave()
        with _maintenance() as server:
            if not _exists(server, self.template):
                self._make_template(server)
            _drop(server, self.name)
            _create(server, self.name, self.template)
        _point_at(self.name)

    def close(self) -> None:
        """Throw the clone away and go back to the database this process came from."""
        self._leave()
        with _maintenance() as server:
            _drop(server, self.name)

    def _leave(self) -> None:
        connection.close()
        _point_at(self.home)

    def _make_template(self, server: psycopg.Connection) -> None:
        """Migrate under a name of its own and rename when whole, so that a half-made template is never cloned."""
        half = f"{self.name}_template"
        _drop(server, half)
        _create(server, half, "template1")
        _point_at(half)
        call_command("migrate", verbosity=0, interactive=False)
        connection.close()
        _point_at(self.home)
        try:
            server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(half), sql.Identifier(self.template)))
        except psycopg.errors.DuplicateDatabase:  # another replay was quicker
            _drop(server, half)


@contextmanager
def scratch_database() -> Iterator[Scratch]:
    """A scratch for the length of the block; the first `reset` makes it. Needs the owner's right to create databases."""
    scratch = Scratch()
    try:
        yield scratch
    finally:
        scratch.close()


def _fingerprint() -> str:
    return hashlib.sha256("\n".join(all_migrations()).encode()).hexdigest()[:12]


def _point_at(name: str) -> None:
    connection.settings_dict["NAME"] = name


@contextmanager
def _maintenance() -> Iterator[psycopg.Connection]:
    owner = settings.OWNER_DATABASE
    server = psycopg.connect(
        host=owner["HOST"] or None,
        port=owner["PORT"] or None,
        user=owner["USER"] or None,
        password=owner["PASSWORD"] or None,
        dbname="postgres",
        autocommit=True,
    )
    with server:
        yield server


def _exists(server: psycopg.Connection, name: str) -> bool:
    return server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def _drop(server: psycopg.Connection, name: str) -> None:
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _create(server: psycopg.Connection, name: str, template: str) -> None:
    server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
