"""What `manage.py` does around a command: the servers it needs are there, and the database has its schema."""

import sys
from collections.abc import Sequence

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError
from psycopg.errors import DiskFull

from receivables import embedded
from receivables.embedded.problems import disk_full
from receivables.schema import why_not_ready

# These touch no database.
NEED_NO_SERVER = {
    "help", "version", "check", "collectstatic", "compilemessages", "diffsettings", "findstatic", "makemessages", "startapp", "interest",
}  # fmt: skip
NEED_ONE_WITH = {"interest": "--stored"}  # an option that reads from the database after all
# These make the schema, or look at it.
NEED_NO_SCHEMA = {
    "migrate", "prepare", "makemigrations", "showmigrations", "sqlmigrate", "squashmigrations", "optimizemigration",
    "sqlflush", "inspectdb", "dbshell", "shell", "test",
    "replay",  # makes a scratch database of its own
}  # fmt: skip


def run(argv: Sequence[str]) -> int:
    """Run one command; what is wrong with the installation is said in a sentence, with exit code 2."""
    try:
        prepare(argv)
        execute_from_command_line(list(argv))
    except (embedded.Problem, ImproperlyConfigured, NotReady) as problem:
        print(problem, file=sys.stderr)
        return 2
    except (OperationalError, OSError) as error:
        if not is_disk_full(error):
            raise
        print(f"The disk is full; what was not finished was not kept. Free some space and try again. ({error})".strip(), file=sys.stderr)
        return 2
    return 0


def is_disk_full(error: OperationalError | OSError) -> bool:
    """The database's disk or ours."""
    return isinstance(error.__cause__, DiskFull) or (isinstance(error, OSError) and disk_full(error))


class NotReady(Exception):
    """The command cannot run yet; the sentence says what to do first."""


def prepare(argv: Sequence[str]) -> None:
    """Raises one of the errors named in `run`."""
    command = argv[1] if len(argv) > 1 else "help"
    if (
        (command in NEED_NO_SERVER and NEED_ONE_WITH.get(command) not in argv)
        or command.startswith("-")
        or not {"--help", "-h", "--version"}.isdisjoint(argv)
    ):
        return
    hold_private_servers()
    if command not in NEED_NO_SCHEMA:
        refuse_unmigrated()


def hold_private_servers() -> None:
    """Those that no variable names; nothing where all are named."""
    if settings.PRIVATE_SERVERS:
        embedded.hold(settings.PLACES, settings.PRIVATE_SERVERS)


def refuse_unmigrated() -> None:
    """Raises `NotReady` when the schema is missing, older than the program, or closed to us."""
    django.setup()
    try:
        reason = why_not_ready()
    except OperationalError as error:
        raise NotReady(f"The database does not answer: {str(error).strip().splitlines()[0]}") from error
    if reason:
        raise NotReady(f"The database is not ready: {reason}. Run: manage.py migrate")
