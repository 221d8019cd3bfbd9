from typing import Any

from django.core.management.base import BaseCommand, CommandError

from receivables.beat import still_locked, take_lock
from receivables.celery import app


class Command(BaseCommand):
    help = "Send the scheduled wake-ups. Exactly one beat runs per database; another one says so and ends with code 2."

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        """Runs until it is stopped, or until the database connection that holds the lock is lost."""
        if not take_lock():
            raise CommandError("Another beat is already running on this database. This one ends.", returncode=2)
        app.Beat(loglevel="INFO", quiet=True).run()
        if not still_locked():
            raise CommandError("Beat lost its connection to the database, and with it the lock. Start it again.", returncode=2)
