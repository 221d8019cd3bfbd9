"""A migration that is killed: all of it stands, or nothing, so that `migrate` can always be run again."""

from typing import Any

import pytest
from django.db import connection, migrations, models
from django.db.migrations.executor import MigrationExecutor

from receivables.management.commands.migrate import WholeMigrations

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    pass


def interrupted(kind: type[MigrationExecutor], monkeypatch: pytest.MonkeyPatch) -> None:
    """Apply a migration that makes a table with a foreign key, and die as its note is to be written."""

    def die(*_: Any) -> None:
        raise Killed

    executor = kind(connection)
    monkeypatch.setattr(executor.recorder, "record_applied", die)
    owner = models.ForeignKey("accounts.creditor", models.PROTECT)
    migration = migrations.Migration("0999_made", "accounts")
    migration.operations = [migrations.CreateModel("Made", [("id", models.AutoField(primary_key=True)), ("owner", owner)])]
    with pytest.raises(Killed):
        executor.apply_migration(executor.loader.project_state(), migration)


def test_a_migration_killed_before_it_is_noted_has_changed_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted(WholeMigrations, monkeypatch)
    assert "accounts_made" not in connection.introspection.table_names()


def test_django_alone_would_leave_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted(MigrationExecutor, monkeypatch)
    assert "accounts_made" in connection.introspection.table_names()
