"""The database's schema: is it there, who may change what, and speaking as its owner."""

import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.apps import AppConfig, apps
from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model
from psycopg import sql


def why_not_ready() -> str:
    """What `manage.py migrate` has to do before the program can work, in words; empty when it is ready. Two cheap queries."""
    if closed := closed_tables():
        return f"{len(closed)} tables are closed to role {connection.settings_dict['USER']}, first {closed[0]}"
    if missing := unapplied_migrations():
        return f"{len(missing)} migrations are missing, first {missing[0]}"
    return ""


def closed_tables() -> list[str]:
    """Tables that our role may not read: `migrate` was interrupted before it gave the rights."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            " AND NOT has_table_privilege(format('%I.%I', schemaname, tablename), 'SELECT') ORDER BY tablename"
        )
        return [name for (name,) in cursor.fetchall()]


def unapplied_migrations() -> list[str]:
    """As "app.name", one cheap query: names on disk against names in the table, without loading any migration."""
    applied = {f"{label}.{name}" for label, name in MigrationRecorder(connection).applied_migrations()}
    return [name for name in all_migrations() if name not in applied]


def all_migrations() -> list[str]:
    """The migrations on disk, as "app.name"."""
    return [f"{config.label}.{name}" for config in apps.get_app_configs() for name in _migrations(config)]


def _migrations(config: AppConfig) -> list[str]:
    folder = Path(config.path) / "migrations"
    return sorted(module.name for module in pkgutil.iter_modules([str(folder)]) if not module.name.startswith(("_", "~")))


@contextmanager
def as_owner() -> Iterator[None]:
    """Inside, the default connection logs in as the owner role (OWNER_DATABASE_URL), to the same database. No transaction may be open."""
    application = connection.settings_dict
    owner = {key: settings.OWNER_DATABASE[key] for key in ("USER", "PASSWORD", "HOST", "PORT")}
    connection.close()
    connection.settings_dict = {**application, **owner}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict = application


def append_only_models() -> list[type[Model]]:
    """Those that say so in a class attribute."""
    return [model for model in apps.get_models() if getattr(model, "append_only", False)]


def grant_rights(role: str) -> None:
    """Let the application role read and write everything, but only add to what is append-only. Run as the owner; safe to repeat.

    Tables that are not made yet get theirs later: `migrate APP` stops half-way on purpose.
    """
    there = set(connection.introspection.table_names())
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in (
            "GRANT USAGE ON SCHEMA public TO {role}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        ):
            cursor.execute(sql.SQL(statement).format(role=sql.Identifier(role)))
        for model in [model for model in append_only_models() if model._meta.db_table in there]:
            cursor.execute(_only_add(model._meta.db_table, role))
            if "customer_id" in {field.column for field in model._meta.concrete_fields}:
                cursor.execute(_may_move(model._meta.db_table, role))


def _only_add(table: str, role: str) -> sql.Composed:
    statement = sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}")
    return statement.format(table=sql.Identifier(table), role=sql.Identifier(role))


def _may_move(table: str, role: str) -> sql.Composed:
    """Whom a row is about may change, when customers are merged or split; the trigger lets it pass for no other reason."""
    statement = sql.SQL("GRANT UPDATE (customer_id) ON {table} TO {role}")
    return statement.format(table=sql.Identifier(table), role=sql.Identifier(role))
