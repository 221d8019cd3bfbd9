"""For all tests. The servers come from tests/settings.py."""

import os
from collections.abc import Iterator

import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

NO_TRUNCATE = "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgname LIKE '%\\_no\\_truncate'"
END_OTHERS = """
    WITH others AS MATERIALIZED (
        SELECT pid, left(query, 200) AS last_query FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
    )
    SELECT last_query FROM others WHERE pg_terminate_backend(pid, 5000)
"""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The database of pytest-django with the triggers against TRUNCATE at rest, so that tests that really commit can empty it.

    All other triggers stay on. At the end no session of a thread or child of some test may keep the database from being dropped.
    """
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(NO_TRUNCATE)
        for table, trigger in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
    yield
    with django_db_blocker.unblock():
        for query in end_other_sessions():
            print(f"A test left a session in the test database; its last query: {query}")


def end_other_sessions() -> list[str]:
    """End every other session in the database of the tests; what each asked last."""
    with connection.cursor() as cursor:
        cursor.execute(END_OTHERS)
        return [query for (query,) in cursor.fetchall()]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests marked `long` run with `dev.py test --long` only."""
    if os.environ.get("LONG"):
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="takes long: python3 dev.py test --long"))
