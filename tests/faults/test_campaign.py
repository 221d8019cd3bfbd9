"""The short setting of `dev.py faults`, in every run of the suite: each point kills once, a hundred payments race, the switch is thrown."""

import os
import subprocess
import sys

import pytest
from django.db import connection

from receivables.db.scratch import scratch_database
from receivables.embedded import binaries
from tests.servers import ROOT

pytestmark = pytest.mark.own_servers
LONGEST = 900  # seconds; it takes about one minute on a free machine


@pytest.fixture(scope="module")
def schema(django_db_blocker: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the migrations make, as the suite has it already; on a server of another version the campaign migrates by itself."""
    file = tmp_path_factory.mktemp("faults") / "schema.sql"
    with django_db_blocker.unblock(), scratch_database() as scratch:  # type: ignore[attr-defined]
        scratch.reset()
        said = subprocess.run([binaries.postgres_folder() / "pg_dump", "--version"], capture_output=True, text=True, check=True).stdout
        if f" {connection.pg_version // 10_000}." not in said:
            return []
        place = connection.settings_dict
        where = {"PGHOST": place["HOST"], "PGPORT": place["PORT"], "PGUSER": place["USER"], "PGPASSWORD": place["PASSWORD"]}
        command = [binaries.postgres_folder() / "pg_dump", "--no-owner", "--no-privileges", "--file", file, scratch.name]
        subprocess.run(command, env=os.environ | {name: str(value) for name, value in where.items() if value}, check=True)
    return ["--schema", str(file)]


def test_nothing_doubles_gets_lost_or_reaches_the_paid_when_everything_dies(schema: list[str]) -> None:
    command = [sys.executable, "-m", "tests.faults", "--only", "quick", "--no-fsync", *schema]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LONGEST)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
