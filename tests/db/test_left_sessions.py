"""A session that a test leaves open must not keep the database of the tests from being dropped."""

import pytest
from django.db import connection
from psycopg import OperationalError

from tests.conftest import end_other_sessions

pytestmark = pytest.mark.django_db(transaction=True)


def test_other_sessions_end_and_our_own_goes_on() -> None:
    left = connection.copy()
    left.cursor().execute("SELECT 'left by a test'")
    try:
        assert end_other_sessions() == ["SELECT 'left by a test'"]
        with pytest.raises(OperationalError):
            left.connection.execute("SELECT 1")
    finally:
        left.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
