from typing import Any

from django.conf import settings
from django.core.management.commands import migrate
from django.db import connection

from receivables import faults
from receivables.schema import as_owner, grant_rights


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
