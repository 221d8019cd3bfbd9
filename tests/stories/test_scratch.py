"""The scratch database: empty and migrated at each start, as strict as the real one, and gone afterwards."""

from collections.abc import Iterator

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, connection

from receivables.audit.actions import record, verify
from receivables.audit.models import Entry
from receivables.db.scratch import Scratch, scratch_database
from receivables.messaging.models import Dispatch
from tests.builders import make_invoice, make_item, pay


@pytest.fixture(scope="module")
def scratch(django_db_blocker: pytest.FixtureRequest) -> Iterator[Scratch]:
    with django_db_blocker.unblock(), scratch_database() as made:  # type: ignore[attr-defined]
        yield made


def a_little_of_everything() -> None:
    item = make_item()
    pay(item.customer, "30.00", item)
    make_invoice(item.customer)
    record(None, "tried", "test:1")


def filled() -> set[str]:
    """Tables that have rows."""
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in names))
        return {name for (name,) in cursor.fetchall()}


def test_each_reset_begins_with_an_empty_database(scratch: Scratch) -> None:
    scratch.reset()
    empty = filled()
    assert "invoices_item" not in empty and Dispatch.objects.get().mode == "quarantine"
    for _ in range(2):
        a_little_of_everything()
        assert {"invoices_item", "invoices_allocationentry", "audit_entry", "dunning_case"} <= filled()
        scratch.reset()
        assert filled() == empty


def test_what_is_append_only_is_so_after_a_reset_too(scratch: Scratch) -> None:
    scratch.reset()
    a_little_of_everything()
    scratch.reset()
    a_little_of_everything()
    with pytest.raises(DatabaseError, match="append-only"):
        Entry.objects.update(verb="other")
    with pytest.raises(DatabaseError, match="append-only"):
        Entry.objects.all().delete()
    assert verify(None) == []


def test_afterwards_the_clone_is_gone_and_the_process_back_where_it_was(django_db_blocker: pytest.FixtureRequest) -> None:
    home = connection.settings_dict["NAME"]
    with django_db_blocker.unblock(), scratch_database() as made:  # type: ignore[attr-defined]
        made.name += "_other"
        made.reset()
        assert connection.settings_dict["NAME"] == made.name != home
    assert connection.settings_dict["NAME"] == home
    with psycopg.connect(**server()) as database:
        assert database.execute("SELECT 1 FROM pg_database WHERE datname = %s", [made.name]).fetchone() is None


def server() -> dict[str, str]:
    owner = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    return {"dbname": "postgres"} | {name: str(settings.OWNER_DATABASE[key]) for name, key in owner.items() if settings.OWNER_DATABASE[key]}
