"""A migration that is killed: all of it stands, or nothing, so that `migrate` can always be run again."""

from typing import Any

import pytest
from django.db import connection, migrations, models
from django.db.migrations.executor import MigrationExecutor

from receivables.db.tables import CreateTables
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


def test_tables_that_name_each_other_are_made_and_dropped_in_one_operation() -> None:
    """The first names the second before that is there."""

    def table(name: str, other: str) -> migrations.CreateModel:
        reference = models.ForeignKey(f"accounts.{other}", models.PROTECT, null=True, related_name="+")
        return migrations.CreateModel(name, [("id", models.AutoField(primary_key=True)), ("other", reference)])

    both = CreateTables([table("Made", "Answered"), table("Answered", "Made")])
    before = MigrationExecutor(connection).loader.project_state()
    after = before.clone()
    both.state_forwards("accounts", after)
    with connection.schema_editor() as editor:
        both.database_forwards("accounts", editor, before, after)
    made = {"accounts_made", "accounts_answered"}
    assert made <= set(connection.introspection.table_names())
    keys = connection.introspection.get_relations(connection.cursor(), "accounts_made")
    assert keys["other_id"][:2] == ("id", "accounts_answered")
    with connection.schema_editor() as editor:
        both.database_backwards("accounts", editor, after, before)
    assert not made & set(connection.introspection.table_names())
