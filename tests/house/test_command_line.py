"""`manage.py` on a database that is missing, empty, and ready; and the rights of the two roles in it."""

import json
import os
import uuid

import psycopg
import pytest
from django.conf import settings
from psycopg import sql

from receivables.embedded.places import APPLICATION
from tests.house.processes import run, start, wait_until

NOWHERE = "postgres://nobody@127.0.0.1:1/nothing"


def environment(**variables: str) -> dict[str, str]:
    return os.environ | {"DJANGO_SETTINGS_MODULE": "receivables.settings"} | variables


def server(role: str | None = None, database: str = "postgres") -> psycopg.Connection:
    """The tests' server, as the role of DATABASE_URL or another."""
    values = settings.DATABASES["default"]
    return psycopg.connect(
        host=values["HOST"], port=values["PORT"] or None, user=role or values["USER"], password=values["PASSWORD"] or None, dbname=database,
        autocommit=True,
    )  # fmt: skip


def url(role: str, database: str) -> str:
    """Of a database on the tests' server."""
    values = settings.DATABASES["default"]
    if values["HOST"].startswith("/"):
        return f"postgres://{role}@/{values['HOST']}/{database}"
    password = f":{values['PASSWORD']}" if values["PASSWORD"] else ""
    return f"postgres://{role}{password}@{values['HOST']}:{values['PORT'] or 5432}/{database}"


@pytest.fixture(scope="module")
def empty():
    """An empty database, as variables for both roles."""
    name = f"house_{uuid.uuid4().hex[:12]}"
    with server() as connection:
        roles = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        if APPLICATION not in roles:
            pytest.skip(f"this server has no role {APPLICATION}")
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    owner = settings.DATABASES["default"]["USER"]
    yield environment(DATABASE_URL=url(APPLICATION, name), OWNER_DATABASE_URL=url(owner, name))
    with server() as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def migrated(empty):
    """The same, with the schema."""
    done = run("manage.py", "migrate", "--verbosity", "0", environment=empty)
    assert done.returncode == 0, done.stderr
    return empty


def test_help_needs_no_server():
    done = run("manage.py", "migrate", "--help", environment=environment(DATABASE_URL=NOWHERE))
    assert done.returncode == 0
    assert "owner role" in done.stdout


def test_interest_needs_no_server(tmp_path):
    (tmp_path / "debts.json").write_text('{"examples": []}')
    done = run("manage.py", "interest", str(tmp_path / "debts.json"), "--json", environment=environment(DATABASE_URL=NOWHERE))
    assert (done.returncode, json.loads(done.stdout), done.stderr) == (0, {"examples": []}, "")
    (tmp_path / "debts.json").write_text('{"examples": [{"id": "A", "country": "XX"}]}')
    done = run("manage.py", "interest", str(tmp_path / "debts.json"), "--json", environment=environment(DATABASE_URL=NOWHERE))
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert done.stderr.startswith("examples, case A: country: 'XX'")


def test_interest_of_stored_rates_needs_one(tmp_path):
    done = run("manage.py", "interest", str(tmp_path / "debts.json"), "--stored", environment=environment(DATABASE_URL=NOWHERE))
    assert (done.returncode, done.stdout) == (2, "") and done.stderr.startswith("The database does not answer: ")


def test_a_database_that_does_not_answer_is_one_sentence():
    done = run("manage.py", "beat", environment=environment(DATABASE_URL=NOWHERE))
    assert done.returncode == 2
    assert done.stderr.startswith("The database does not answer: connection")
    assert len(done.stderr.splitlines()) == 1


def test_without_a_schema_a_command_says_what_to_run(empty):
    done = run("manage.py", "beat", environment=empty)
    assert done.returncode == 2
    assert done.stderr.startswith("The database is not ready: ")
    assert done.stderr.endswith("Run: manage.py migrate\n")


def test_migrate_works_as_the_owner_and_a_second_time(migrated):
    assert run("manage.py", "migrate", "--verbosity", "0", environment=migrated).returncode == 0
    assert run("manage.py", "migrate", "--check", environment=migrated).returncode == 0


def test_the_program_may_add_to_an_append_only_table_and_no_more(migrated):
    rights = rights_in(migrated, "audit_entry")
    assert rights == {"INSERT", "SELECT"}


def test_the_program_may_change_other_tables_but_owns_none(migrated):
    assert rights_in(migrated, "invoices_customer") == {"INSERT", "SELECT", "UPDATE", "DELETE"}


def test_prepare_has_nothing_to_do_on_a_ready_database(migrated):
    done = run("manage.py", "prepare", environment=migrated)
    assert (done.returncode, done.stdout) == (0, "")


def test_a_second_beat_says_so_and_ends(migrated):
    first = start("manage.py", "beat", environment=migrated)
    name = migrated["DATABASE_URL"].rpartition("/")[2]
    wait_until(lambda: advisory_locks(name), "the first beat to take its lock")
    second = run("manage.py", "beat", environment=migrated)
    assert second.returncode == 2
    assert "Another beat is already running on this database." in second.stderr
    first.terminate()
    assert first.wait(20) == 0


def test_beat_ends_when_it_loses_its_lock(migrated):
    beat = start("manage.py", "beat", environment=migrated)
    name = migrated["DATABASE_URL"].rpartition("/")[2]
    wait_until(lambda: advisory_locks(name), "beat to take its lock")
    with server() as connection:  # the owner may act as the application's role, and so end its connections
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
    assert beat.wait(30) == 2


def advisory_locks(database: str) -> int:
    with server() as connection:
        query = "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database WHERE locktype = 'advisory' AND datname = %s"
        return connection.execute(query, [database]).fetchone()[0]


def rights_in(variables: dict[str, str], table: str) -> set[str]:
    """What the application's role may do there."""
    with server(APPLICATION, variables["DATABASE_URL"].rpartition("/")[2]) as connection:
        kinds = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"]
        query = "SELECT kind FROM unnest(%s::text[]) kind WHERE has_table_privilege(%s, kind)"
        return {row[0] for row in connection.execute(query, [kinds, table])}
