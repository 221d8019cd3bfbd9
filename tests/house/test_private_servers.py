"""The private PostgreSQL and Valkey: started for whoever needs them, kept, stopped, and brought back after every kind of end."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from receivables.embedded import Places, Problem, postgres
from receivables.embedded.holding import _refuse_foreign
from receivables.embedded.places import APPLICATION, DATABASE, OWNER
from receivables.embedded.postgres import _drop_stale_lock, _end_orphans, _working_in, is_ready
from tests.house.processes import kill_all, processes_of, start, wait_until, without_servers

pytestmark = pytest.mark.own_servers

HOLD = """
import sys
from pathlib import Path
from receivables import embedded
try:
    embedded.hold(embedded.Places(Path(sys.argv[1])), sys.argv[3:], fsync=False, linger=float(sys.argv[2]))
except embedded.Problem as problem:
    sys.exit(str(problem))
print("ready", flush=True)
sys.stdin.read()
"""


class Holder:
    """A command that needs the servers until it is told to end."""

    def __init__(self, data: Path, *servers: str, linger: float = 0, **variables: str) -> None:
        words = ("-c", textwrap.dedent(HOLD), str(data), str(linger), *(servers or ("postgres", "valkey")))
        self.process = start(*words, environment=without_servers(**variables))
        assert self.process.stdout
        assert self.process.stdout.readline() == "ready\n"

    def end(self) -> None:
        self.process.communicate()


def test_who_outlives_every_signal_is_named_and_nobody_waits_for_ever(tmp_path, monkeypatch):
    """A process that waits for a disk within the kernel."""
    clock, sent = [0.0], []
    monkeypatch.setattr(postgres, "_working_in", lambda data: [4_000_002, 4_000_001])
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append(number))
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(time, "sleep", lambda waited: clock.__setitem__(0, clock[0] + 1))
    with pytest.raises(Problem, match=r"4000001, 4000002.*disk"):
        _end_orphans(tmp_path)
    assert set(sent[:4]) == {signal.SIGQUIT} and sent[-1] == signal.SIGKILL
    assert clock[0] < 30


def connect(data: Path, role: str = OWNER) -> psycopg.Connection:
    return psycopg.connect(host=str(Places(data).sockets), user=role, dbname=DATABASE, autocommit=True)


def are_gone(data: Path) -> bool:
    return not processes_of(data)


def test_servers_come_are_shared_and_go_when_nobody_needs_them(data):
    first = Holder(data)
    supervisor = Places(data).supervisor_lock.read_text()
    second = Holder(data)
    first.end()
    assert is_ready(Places(data))
    assert Places(data).supervisor_lock.read_text() == supervisor
    second.end()
    wait_until(lambda: are_gone(data), "the servers to stop")


def test_servers_linger_for_the_next_command(data):
    Holder(data, linger=30).end()
    began = time.monotonic()
    Holder(data).end()
    assert time.monotonic() - began < 5
    assert is_ready(Places(data))


def test_only_the_server_that_is_needed_starts(data):
    holder = Holder(data, "valkey")
    commands = " ".join(processes_of(data).values())
    assert "valkey-server" in commands or "redis-server" in commands
    assert "postgres -D" not in commands
    assert not is_ready(Places(data))
    holder.end()


def test_the_application_may_not_make_tables_and_the_owner_may_make_databases(data):
    holder = Holder(data, "postgres")
    with connect(data, APPLICATION) as application, pytest.raises(psycopg.errors.InsufficientPrivilege):
        application.execute("CREATE TABLE t (n int)")
    with connect(data) as owner:
        owner.execute("CREATE DATABASE clone TEMPLATE receivables")
        assert owner.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (False,)
    holder.end()


def test_the_server_listens_on_no_port_and_its_files_are_closed(data):
    holder = Holder(data, "postgres")
    with connect(data) as owner:
        assert owner.execute("SHOW listen_addresses").fetchone() == ("",)
    places = Places(data)
    for folder in (places.postgres, places.run, places.sockets):
        assert folder.stat().st_mode & 0o077 == 0, folder
    holder.end()


def test_after_a_kill_of_everything_the_committed_rows_are_there(data):
    Holder(data, linger=30)
    with connect(data) as owner:
        owner.execute("CREATE TABLE kept (n int)")
        owner.execute("INSERT INTO kept VALUES (1)")
    kill_all(data)
    holder = Holder(data)
    with connect(data) as owner:
        assert owner.execute("SELECT n FROM kept").fetchall() == [(1,)]
    holder.end()


def test_a_supervisor_that_is_killed_takes_the_servers_along_and_the_next_command_brings_both_back(data):
    Holder(data, linger=30).end()
    os.kill(int(Places(data).supervisor_lock.read_text()), 9)
    wait_until(lambda: are_gone(data), "the servers to follow their supervisor")
    Holder(data).end()


def test_a_server_that_ends_unasked_is_started_again(data):
    holder = Holder(data)
    postgres = next(number for number, command in processes_of(data).items() if "postgres -D" in command)
    os.kill(postgres, 9)
    wait_until(lambda: not Path(f"/proc/{postgres}").exists(), "the killed server to be gone")
    wait_until(lambda: is_ready(Places(data)), "another server")
    holder.end()


def test_a_query_that_outlives_its_server_does_not_keep_the_next_one_away(data):
    """A busy process does not notice that its server is gone, and holds the memory without which no other starts."""
    holder = Holder(data, "postgres")
    with connect(data) as owner, ThreadPoolExecutor(1) as threads:
        busy = threads.submit(owner.execute, "DO $$ BEGIN LOOP END LOOP; END $$")
        postmaster, orphan = int((Places(data).postgres / "postmaster.pid").read_text().split()[0]), owner.info.backend_pid
        with connect(data) as other:
            query = "SELECT FROM pg_stat_activity WHERE pid = %s AND state = 'active'"
            wait_until(lambda: other.execute(query, [orphan]).fetchone() is not None, "the query to begin")
        os.kill(postmaster, signal.SIGKILL)
        wait_until(lambda: not Path(f"/proc/{postmaster}/exe").exists() and is_ready(Places(data)), "the server to come back")
        assert isinstance(busy.exception(), psycopg.OperationalError)
    assert orphan not in _working_in(Places(data).postgres)
    holder.end()


def test_a_deep_folder_gets_short_sockets(tmp_path):
    deep = tmp_path.resolve() / ("d" * 80) / ("e" * 80)
    holder = Holder(deep)
    try:
        assert len(bytes(Places(deep).sockets)) < 90
        assert is_ready(Places(deep))
        holder.end()
    finally:
        kill_all(deep)
        shutil.rmtree(Places(deep).sockets)


def test_a_lock_file_left_by_another_boot_is_dropped_and_a_live_one_is_not(tmp_path):
    lock = tmp_path / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{tmp_path}\n")
    _drop_stale_lock(tmp_path)
    assert not lock.exists()
    with subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], cwd=tmp_path, stdin=subprocess.PIPE) as server:
        lock.write_text(f"{server.pid}\n{tmp_path}\n")
        _drop_stale_lock(tmp_path)
        assert lock.exists()


def test_a_folder_open_to_others_is_refused(tmp_path):
    tmp_path.chmod(0o755)
    with pytest.raises(Problem, match="belongs to another user or is open to others"):
        _refuse_foreign(tmp_path)


def test_a_wrong_folder_of_programs_is_named(data):
    done = start_and_fail(data, RECEIVABLES_PG_BIN="/nowhere")
    assert done == "RECEIVABLES_PG_BIN: there is no program 'postgres' in /nowhere.\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another identity")
def test_where_namespaces_are_forbidden_nobody_runs_the_server(data, tmp_path):
    Holder(data, "postgres", PATH=str(tmp_path))  # no `unshare` there
    with connect(data) as owner:
        backend = owner.execute("SELECT pg_backend_pid()").fetchone()[0]
        assert Path(f"/proc/{backend}").owner() == "nobody"
    kill_all(data)
    shutil.rmtree(f"/var/lib/receivables-{Places(data).digest}")  # pytest's folders are closed to nobody


def start_and_fail(data: Path, **variables: str) -> str:
    words = ("-c", textwrap.dedent(HOLD), str(data), "0", "postgres")
    done = subprocess.run(
        [sys.executable, *words],
        cwd=Path(__file__).parents[2],
        env=without_servers(**variables),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 1
    return done.stderr
