from typing import Any

from django.conf import settings
from django.core.management.commands import migrate
from django.db import connection

from receivables.schema import as_owner, grant_rights


class Command(migrate.Command):
    help = f"{migrate.Command.help} Connects as the owner role (OWNER_DATABASE_URL), then gives the program's role its rights."

    def handle(self, *arguments: Any, **options: Any) -> None:
        """Where both roles are one, as in the tests, this is Django's own command."""
        application = connection.settings_dict["USER"]
        if settings.OWNER_DATABASE["USER"] == application:
            super().handle(*arguments, **options)
            return
        with as_owner():
            super().handle(*arguments, **options)
            grant_rights(application)
