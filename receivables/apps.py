"""The project itself as an app: home of the commands and checks that belong to no part of it."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created

from receivables.celery import app as celery_app

__all__ = ["ReceivablesConfig", "celery_app"]  # tasks need the Celery application wherever Django runs


class ReceivablesConfig(AppConfig):
    name = "receivables"
    label = "receivables"
    verbose_name = "receivables"

    def ready(self) -> None:
        """Registers the checks, and what each connection to the database begins with."""
        from receivables import checks  # noqa: F401 - they look at models and settings, so not before this
        from receivables.db.connecting import without_compiling

        connection_created.connect(without_compiling, dispatch_uid="receivables")
