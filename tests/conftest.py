"""For all tests. The servers come from tests/settings.py."""

import os

import psycopg
import pytest
from django.db import connection
from django.db.backends.postgresql.creation import DatabaseCreation
from pytest_django.plugin import DjangoDbBlocker

from receivables.db import scratch

NO_TRUNCATE = "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgname LIKE '%\\_no\\_truncate'"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The database of pytest-django with the triggers against TRUNCATE at rest, so that tests that really commit can empty it.

    All other triggers stay on. At the end it is dropped whoever is connected: a thread or child of some test may have left a session.
    """
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(NO_TRUNCATE)
        for table, trigger in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")


SWEEP_AFTER = 150
"""Tests. Each takes its rows back, and the dead ones stay in the tables: after thousands of tests every query reads past them."""
_tests_since_sweep = 0


def pytest_runtest_logfinish() -> None:
    """Between two tests, now and then."""
    global _tests_since_sweep
    _tests_since_sweep += 1
    if _tests_since_sweep >= SWEEP_AFTER and connection.connection is not None:
        _tests_since_sweep = 0
        scratch.sweep(connection.settings_dict["NAME"])


def _drop(self: DatabaseCreation, name: str, verbosity: int) -> None:
    """As Django does, but not stopped by a session that is still there."""
    with self._nodb_cursor() as cursor:
        server: psycopg.Connection = cursor.connection
        scratch.drop(server, name)


DatabaseCreation._destroy_test_db = _drop  # type: ignore[method-assign]


def _cloned(self: DatabaseCreation, verbosity: int, autoclobber: bool, keepdb: bool = False) -> str:
    """A copy of the empty migrated database that replays start from: it is made once for all workers, and kept while no migration changes."""
    name: str = self._get_test_db_name()
    scratch.clone(name)
    return name


DatabaseCreation._create_test_db = _cloned  # type: ignore[method-assign]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests marked `long` run with `dev.py test --long` only."""
    if os.environ.get("LONG"):
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="takes long: python3 dev.py test --long"))
