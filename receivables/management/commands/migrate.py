from contextlib import nullcontext
from typing import Any

from django.conf import settings
from django.core.management.commands import migrate
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from receivables import faults
from receivables.schema import as_owner, grant_rights


class WholeMigrations(MigrationExecutor):
    """What a migration changes and the note that it was applied are one transaction.

    Django writes the note of most migrations after their commit: killed in between, a migration could never be finished.
    """

    def apply_migration(self, state: Any, migration: Any, fake: bool = False, fake_initial: bool = False) -> Any:
        with transaction.atomic(using=self.connection.alias) if migration.atomic else nullcontext():
            return super().apply_migration(state, migration, fake=fake, fake_initial=fake_initial)


migrate.MigrationExecutor = WholeMigrations  # type: ignore[attr-defined]  # the command has no other place for it


class Command(migrate.Command):
    help = f"{migrate.Command.help} Connects as the owner role (OWNER_DATABASE_URL), then gives the program's role its rights."

    def handle(self, *arguments: Any, **options: Any) -> None:
        """Where both roles are one, as in the tests, this is Django's own command."""
        with connection.execute_wrapper(_mortal):
            self._migrate(*arguments, **options)

    def _migrate(self, *arguments: Any, **options: Any) -> None:
        application = connection.settings_dict["USER"]
        if settings.OWNER_DATABASE["USER"] == application:
            super().handle(*arguments, **options)
            return
        with as_owner():
            super().handle(*arguments, **options)
            grant_rights(application)


def _mortal(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
    """Each statement of a migration is a moment at which it may be interrupted."""
    faults.at("F22")
    return execute(sql, params, many, context)
