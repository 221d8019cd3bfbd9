"""What is said to PostgreSQL at the beginning of each connection."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper


def without_compiling(sender: Any, *, connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Receiver of `connection_created`: no query is compiled to machine code before it runs.

    Where PostgreSQL has no statistics yet, as in the transaction of a large import, it overrates what a query costs a thousand times and
    compiles for over a second what then takes milliseconds. By a statement, since poolers refuse options with the connection.
    """
    with connection.connection.cursor() as cursor:
        cursor.execute("SET jit TO off")
