"""A system of its own for a campaign: really live, on private servers in a scratch folder, its mail going to a sink on loopback.

`take` must come before anything of Django is imported: it makes the environment from which the settings are read.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from receivables import embedded
from receivables.embedded import binaries, postgres
from receivables.embedded.holding import let_go
from receivables.embedded.identity import die_with_parent, identity_for
from receivables.embedded.places import APPLICATION, DATABASE, OWNER, SUPERUSER
from receivables.faults import MARKER

ROOT = Path(__file__).resolve().parents[2]
NOT_OURS = ("DATABASE_URL", "OWNER_DATABASE_URL", "BROKER_URL", "SECRET_KEY", "FIELD_KEYS", "CLOCK", "FAULT")
HOST = "faults.example.com"
SMS_HABITS = ("429", "500", "503, taken", "reset, taken", "reset, not taken", "time-out, taken", "200, unreadable, taken")
"""How the SMS provider answers now and then; the rest of the time it takes the message and says so."""
EVIDENCE = """
CREATE SCHEMA evidence;
CREATE TABLE evidence.handed (message bigint NOT NULL, attempt int NOT NULL);
CREATE TABLE evidence.switched (is_halted boolean NOT NULL);
CREATE FUNCTION evidence.note_handed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
    $$ BEGIN INSERT INTO evidence.handed VALUES (NEW.id, NEW.attempts); RETURN NULL; END $$;
CREATE FUNCTION evidence.note_switched() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
    $$ BEGIN INSERT INTO evidence.switched VALUES (NEW.is_halted); RETURN NULL; END $$;
CREATE TRIGGER evidence_handed AFTER UPDATE OF state ON messaging_message FOR EACH ROW
    WHEN (NEW.state = 'handed' AND OLD.state <> 'handed') EXECUTE FUNCTION evidence.note_handed();
CREATE TRIGGER evidence_switched AFTER UPDATE OF is_halted ON messaging_dispatch FOR EACH ROW
    WHEN (NEW.is_halted <> OLD.is_halted) EXECUTE FUNCTION evidence.note_switched();
"""
"""Each hand-over and each throw of the switch as a row of its own, never changed: its commit time says when that was committed."""


@dataclass
class Arena:
    """The folder, the servers in it, and the processes around them."""

    data: Path
    sinks: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def places(self) -> embedded.Places:
        return embedded.Places(self.data)

    @property
    def mails(self) -> Path:
        return self.data / "mails.jsonl"

    @property
    def texts(self) -> Path:
        return self.data / "texts.jsonl"

    @property
    def payments(self) -> Path:
        return self.data / "payments.jsonl"

    @property
    def races(self) -> Path:
        return self.data / "races.jsonl"

    @property
    def kills(self) -> Path:
        return self.data / "kills.log"

    @property
    def log(self) -> Path:
        return self.data / "workers.log"

    def sink(self, module: str, *arguments: str) -> int:
        """Start a sink, a process of its own; returns its port."""
        command = [sys.executable, "-m", module, *arguments]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent(signal.SIGTERM))
        self.sinks.append(process)
        assert process.stdout is not None
        return int(process.stdout.readline())

    def superuser(self, database: str = DATABASE) -> psycopg.Connection:
        """Sees everything, and is no part of the system under test."""
        return psycopg.connect(host=str(self.places.sockets), user=SUPERUSER, dbname=database, autocommit=True)

    def postmaster(self) -> int:
        """The process number of PostgreSQL's first process; 0 while there is none."""
        try:
            return int((identity_for(self.places).data / "postmaster.pid").read_text().split()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return 0

    def stop_postgres(self, number: signal.Signals = signal.SIGQUIT) -> bool:
        """SIGQUIT is what `pg_ctl stop -m immediate` sends; the supervisor starts it again. False while it is down already."""
        pid = self.postmaster()
        if not pid or not postgres.is_ready(self.places):
            return False
        os.kill(pid, number)
        return True

    def wait_for_postgres(self) -> None:
        deadline = time.monotonic() + 60
        while not postgres.is_ready(self.places):
            if time.monotonic() > deadline:
                raise SystemExit(f"PostgreSQL did not come back; see {self.places.supervisor_log}")
            time.sleep(0.05)

    def migrate(self, fault: str = "", *apps: str) -> int:
        """One `manage.py migrate`, which may die on its way; returns its exit code. Django must be set up."""
        from django.core.management import call_command  # noqa: PLC0415 - see `take`

        from tests.faults.forks import exit_code, fork  # noqa: PLC0415

        return exit_code(fork(lambda: call_command("migrate", *apps, verbosity=0), fault=fault))

    def keep_schema(self, file: Path) -> None:
        """Write down the schema as it is, so that others need not migrate."""
        arguments = ["--no-owner", "--no-privileges", "--file", str(file), DATABASE]
        self._run("pg_dump", *arguments)

    def load_schema(self, file: Path) -> None:
        """Make the schema from a file, whoever wrote it. The program's rights are given besides."""
        self._run("psql", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null", "--file", str(file), DATABASE)
        from receivables.schema import as_owner, grant_rights  # noqa: PLC0415 - see `take`

        with as_owner():
            grant_rights(APPLICATION)

    def make_schema(self, file: Path | None) -> None:
        """From the file, if there is one yet; else by migrating, and then the file is made."""
        if file and file.exists():
            self.load_schema(file)
            return
        if self.migrate():
            raise SystemExit("The migrations failed.")
        if file:
            self.keep_schema(file)

    def clear_schema(self) -> None:
        with self.superuser() as server:
            server.execute(f"DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION {OWNER}")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(binaries.postgres_folder() / program), "--host", str(self.places.sockets), "--username", OWNER, *arguments]
        subprocess.run(command, check=True)

    def begin(self, *, fsync: bool) -> None:
        """Start the servers; commit times are kept."""
        embedded.hold(self.places, fsync=fsync)
        with self.superuser() as server:
            server.execute("ALTER SYSTEM SET track_commit_timestamp = on")
        self.stop_postgres()
        time.sleep(0.3)
        self.wait_for_postgres()

    def keep_evidence(self) -> None:
        with self.superuser() as server:
            server.execute(EVIDENCE)

    def end(self) -> None:
        for process in self.sinks:
            process.terminate()
        let_go(self.places)
        shutil.rmtree(self.data, ignore_errors=True)


@contextmanager
def take(*, refused: float = 0.0, unanswered: float = 0.0, seed: int = 0, fsync: bool = True, live_host: str = "") -> Iterator[Arena]:
    """Make the folder and the environment, start sink and servers. All are gone afterwards."""
    data = Path(tempfile.mkdtemp(prefix="faults-"))
    arena = Arena(data)
    (data / MARKER).touch()
    try:
        more = ["--refused", str(refused), "--unanswered", str(unanswered), "--seed", str(seed), *([] if fsync else ["--no-fsync"])]
        mail = arena.sink("tests.faults.smtp_sink", str(arena.mails), *more)
        share = (refused + unanswered) / len(SMS_HABITS)
        habits = [f"--habit={habit}={share}" for habit in SMS_HABITS]
        sms = arena.sink("tests.unit.messaging.sms_server", str(arena.texts), "--seed", str(seed), *habits)
        _set_environment(arena, mail=mail, sms=sms, live_host=live_host or socket.gethostname())
        arena.begin(fsync=fsync)
        yield arena
    finally:
        arena.end()


def _set_environment(arena: Arena, *, mail: int, sms: int, live_host: str) -> None:
    """As an operator would set it for a live system, but for the mail server."""
    for name in NOT_OURS:
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "receivables.settings",
        "DATA_DIR": str(arena.data),
        "LIVE_HOST": live_host,
        "HTTPS": "on",
        "PROXY_SSL_HEADER": "X-Forwarded-Proto",
        "BASE_URL": f"https://{HOST}",
        "ALLOWED_HOSTS": HOST,
        "EMAIL_URL": f"smtp://127.0.0.1:{mail}",
        "FAULTS_SMS_URL": f"http://127.0.0.1:{sms}",
        "DEFAULT_FROM_EMAIL": f"invoices@{HOST}",
        "FAULT_LOG": str(arena.kills),
        "LOG_LEVEL": "WARNING",
    }
