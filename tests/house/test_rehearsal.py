"""The compose file played without an engine: its commands, its environment, its secrets, its health checks, on this machine.

What an engine would add and this cannot show: the packages and file ownership of the image, and the networks.
"""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import yaml

from receivables import embedded
from receivables.embedded.binaries import postgres_folder
from receivables.embedded.places import SUPERUSER
from tests.house.processes import free_port, run, start, wait_until, without_servers
from tests.servers import ROOT

SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
HOLD = """
import pathlib, sys
from receivables import embedded
embedded.hold(embedded.Places(pathlib.Path(sys.argv[1])), fsync=False)
print("ready", flush=True)
sys.stdin.read()
"""

pytestmark = [pytest.mark.rehearsal, pytest.mark.own_servers]


@pytest.fixture
def places(data):
    """Servers as empty as those of the images: neither our roles nor our database."""
    holder = start("-c", HOLD, str(data), environment=without_servers())
    assert holder.stdout
    assert holder.stdout.readline() == "ready\n"
    places = embedded.Places(data)
    with psycopg.connect(host=str(places.sockets), user=SUPERUSER, dbname="postgres", autocommit=True) as connection:
        for statement in ("DROP DATABASE receivables", "DROP ROLE receivables", "DROP ROLE receivables_owner"):
            connection.execute(statement)
    return places


@pytest.fixture
def secrets(tmp_path, places):
    """Made by the script of the documentation; then the addresses of the containers become those of this machine."""
    folder = tmp_path / "secrets"
    subprocess.run(["sh", "docker/make-secrets", str(folder)], cwd=ROOT, check=True, capture_output=True)
    for name in ("database_url", "owner_database_url", "replay_database_url"):
        rewrite(folder / name, lambda url: re.sub(r"@db:5432/", f"@/{places.sockets}/", url))
    rewrite(folder / "broker_url", lambda _: places.broker_url())
    return folder


def rewrite(path: Path, change) -> None:
    path.chmod(0o600)
    path.write_text(change(path.read_text()))


def environment(service: str, secrets: Path, port: int, data: Path) -> dict[str, str]:
    """As compose would make it with .env.example as .env; and the image's own variables."""
    given = {name: interpolated(value).replace("/run/secrets", str(secrets)) for name, value in SERVICES[service]["environment"].items()}
    return without_servers(**given, DATA_DIR=str(data / "app"), BIND=f"127.0.0.1:{port}")


def interpolated(value: str) -> str:
    """${NAME:-default} and ${NAME:?reason}."""
    example = dict(re.findall(r"^([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    return re.sub(r"\$\{(\w+):[-?]([^}]*)\}", lambda found: example.get(found[1]) or found[2], value)


def is_well(service: str, variables: dict[str, str]) -> bool:
    kind, python, *words = SERVICES[service]["healthcheck"]["test"]
    assert (kind, python) == ("CMD", "python")
    return run(*words, environment=variables).returncode == 0


def test_the_commands_of_the_compose_file_work_together(places, secrets):
    psql = os.environ | {"PATH": f"{postgres_folder()}:{os.environ['PATH']}", "PGHOST": str(places.sockets), "SECRETS": str(secrets)}
    subprocess.run(["sh", "docker/make-roles"], cwd=ROOT, env=psql, check=True)

    port = free_port()
    variables = {name: environment(name, secrets, port, places.data) for name in ("migrate", "web", "worker", "beat")}
    entry = ["-m", "receivables.serve"]
    migrated = run(*entry, *SERVICES["migrate"]["command"], environment=variables["migrate"])
    assert migrated.returncode == 0, migrated.stderr

    plays_scenarios_apart(variables["worker"], secrets)
    parts = {name: start(*entry, *SERVICES[name]["command"], environment=variables[name]) for name in ("web", "worker", "beat")}
    for name in parts:
        wait_until(lambda name=name: is_well(name, variables[name]), f"{name} to be healthy")
        assert parts[name].poll() is None
    for name, part in parts.items():
        part.send_signal(signal.SIGTERM)
        grace = int(SERVICES[name].get("stop_grace_period", "10s").rstrip("s"))
        assert part.wait(grace) == 0, name
    assert not is_well("web", variables["web"])


def plays_scenarios_apart(variables: dict[str, str], secrets: Path):
    """The role of the worker plays a story in a scratch database, and may not enter the program's."""
    url = (secrets / "replay_database_url").read_text()
    as_replay = variables | {"DATABASE_URL_FILE": "", "OWNER_DATABASE_URL_FILE": "", "DATABASE_URL": url, "OWNER_DATABASE_URL": url}
    played = run("-m", "manage", "replay", "tests/stories/p-a-dry-run-lists-parallel-messages.yaml", environment=as_replay)
    assert played.returncode == 0, played.stderr
    inside = url.replace("/postgres", "/receivables")
    refused = run("-m", "manage", "migrate", "--check", environment=as_replay | {"DATABASE_URL": inside, "OWNER_DATABASE_URL": inside})
    assert refused.returncode and "permission denied for database" in refused.stderr


def test_the_entry_command_without_a_part_explains_itself():
    done = subprocess.run([sys.executable, "-m", "receivables.serve"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert "web, worker, beat or migrate" in done.stderr


def test_the_secrets_are_made_once(tmp_path):
    command = ["sh", "docker/make-secrets", str(tmp_path / "secrets")]
    first = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    before = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    second = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert first.stdout.count("written:") == len(before)
    assert second.stdout == ""
    assert {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()} == before
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0
