"""The campaign: files come in, two planners plan, four deliverers send, debtors pay, and all of them are killed over and over."""

import argparse
import os
import random
import signal
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import redis
from django.db import connections

from receivables import faults
from receivables.embedded import postgres
from tests.faults.arena import Arena
from tests.faults.books import A_FILE, make_firm
from tests.faults.counting import Verdict, count
from tests.faults.crew import Crew
from tests.faults.wakers import Wakers
from tests.faults.workers import CALL_SECONDS, TIMING, Work

ROLES = (
    "planner",
    "planner",
    "deliverer",
    "deliverer",
    "deliverer",
    "deliverer",
    "reaper",
    "feeder",
    "debtor",
    "approver",
    "reporter",
    "warden",
)
LONG_AWAY = 20.0  # seconds without PostgreSQL after which its supervisor's log is shown


@dataclass(frozen=True, slots=True)
class Plan:
    """How hard it is to be."""

    cases: int = 5000
    kills: int = 200
    quota: int = 5
    restarts: int = 6
    flushes: int = 6
    longest: int = 1200  # seconds, after which what is lacking is a breach
    pause: float = 1.5  # seconds between two files
    formal_every: int = 40  # of so many customers one gets a paper and one goes to the agency
    most_waiting: int = 300
    a_file: int = A_FILE  # invoices in each file
    kill_servers: bool = False
    celery_kills: int = 0
    migrations_of: str = ""  # only those of this app are killed, the rest comes from a file
    points: tuple[str, ...] = ()  # only these kill; empty: all
    migrations_whole: bool = False  # the schema comes from a file, or is migrated in peace


@dataclass
class Campaign:
    arena: Arena
    plan: Plan
    seed: int
    schema: Path | None = None
    chance: random.Random = field(init=False)
    done: dict[str, int] = field(default_factory=lambda: {"postgres": 0, "flushes": 0, "valkey": 0})

    away_since: float = 0.0  # PostgreSQL does not answer; 0: it does
    longest_away: float = 0.0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def run(self) -> Verdict:
        began = time.monotonic()
        migrations = self._migrate()
        make_firm()
        connections.close_all()
        self.arena.keep_evidence()
        plan, files = self.plan, -(-self.plan.cases // self.plan.a_file)
        work = Work(self.arena, self.seed, files, plan.pause, plan.formal_every, plan.most_waiting, plan.a_file)
        crew = Crew(work, ROLES, self.plan.quota, self.chance)
        crew.points = plan.points or crew.points
        crew.deaths["F22"] = migrations
        broker = Wakers(self.arena, self.plan.celery_kills, self.chance)
        print(f"  ready after {time.monotonic() - began:.0f} s, {migrations} migrations killed", flush=True)
        try:
            self._storm(crew, broker)
            print(f"  enough after {time.monotonic() - began:.0f} s, {self._kills(crew)} kills, {self._fed()} cases", flush=True)
            self._drain(crew)
            print(f"  at rest after {time.monotonic() - began:.0f} s", flush=True)
        finally:
            broker.end()
            crew.dismiss()
        self.arena.wait_for_postgres()
        verdict = count(self.arena)
        self._report_on(crew, broker, verdict)
        return verdict

    def _migrate(self) -> int:
        """The schema is made by migrations that die on their way, each later than the last; the one after them finishes."""
        if self.plan.migrations_whole:
            self.arena.make_schema(self.schema)
            return 0
        if self.plan.migrations_of:
            return self._migrate_a_part(self.plan.migrations_of)
        killed = 0
        while killed < self.plan.quota:
            code = self.arena.migrate(f"F22:#{self.chance.randint(20, 500 // self.plan.quota)}")
            if code == 0:
                raise SystemExit("The migrations ended before they were killed often enough.")
            killed += code == -signal.SIGKILL
            if code != -signal.SIGKILL:
                raise SystemExit(f"A migration that followed a killed one failed with code {code}.")
        if code := self.arena.migrate():
            raise SystemExit(f"The migrations cannot be finished any more (code {code}).")
        if self.schema:
            self.arena.keep_schema(self.schema)
        return killed

    def _migrate_a_part(self, app: str) -> int:
        """The migrations of one app, killed and finished; then the whole schema comes from the file."""
        codes = self.arena.migrate("F22:#60", app), self.arena.migrate("", app)
        if codes != (-signal.SIGKILL, 0):
            raise SystemExit(f"The migrations of {app} ended with {codes}.")
        self.arena.clear_schema()
        self.arena.make_schema(self.schema)
        return 1

    def _storm(self, crew: Crew, broker: Wakers) -> None:
        """Until every point has its kills, all files are in and the servers have had their share."""
        began = last = told = time.monotonic()
        while not (self._is_enough(crew) and broker.is_done):
            crew.muster()
            now = time.monotonic()
            if now - began > self.plan.longest:
                print("  time is up", flush=True)
                return
            if now - last > 0.5:
                last = now
                self._watch()
                self._strike(crew)
                broker.tend()
            if now - told > 30:
                told = now
                self._tell(crew, now - began)
            time.sleep(0.02)

    def _watch(self) -> None:
        """How long PostgreSQL is away each time; what its supervisor says, where that is long."""
        now = time.monotonic()
        if postgres.is_ready(self.arena.places):
            self.away_since = 0.0
            return
        self.away_since = self.away_since or now
        was_long, self.longest_away = self.longest_away > LONG_AWAY, max(self.longest_away, now - self.away_since)
        if self.longest_away > LONG_AWAY and not was_long:
            said = self.arena.places.supervisor_log.read_text(errors="replace").splitlines()[-40:]
            print(f"  PostgreSQL has been away for {LONG_AWAY:.0f} s:", *said, sep="\n    ", flush=True)

    def _tell(self, crew: Crew, seconds: float) -> None:
        print(f"  {seconds:5.0f} s  {self._kills(crew)} kills, {self._fed()} cases, still wanted at {crew.lacking()}", flush=True)

    def _is_enough(self, crew: Crew) -> bool:
        servers = self.done["postgres"] >= self.plan.restarts and self.done["flushes"] >= self.plan.flushes
        return not crew.lacking() and self._kills(crew) >= self.plan.kills and servers and self._fed() >= self.plan.cases

    def _kills(self, crew: Crew) -> int:
        """Of workers, and of servers where those are among the killed."""
        servers = self.done["postgres"] + self.done["valkey"] if self.plan.kill_servers else 0
        return sum(crew.deaths.values()) - crew.deaths["by themselves"] + servers

    def _fed(self) -> int:
        try:
            with self.arena.superuser() as server:
                return int(server.execute("SELECT count(*) FROM invoices_item").fetchone()[0])
        except Exception:
            return 0

    def _strike(self, crew: Crew) -> None:
        """Each half second: perhaps a kill, seldom a restart of the database or a flush of the broker."""
        so_far = self._progress()
        if (self._kills(crew) < self.plan.kills * so_far and self.chance.random() < 0.6) or (crew.lacking() and self.chance.random() < 0.2):
            crew.kill_somebody()
        if self.done["postgres"] < self.plan.restarts * so_far and self.chance.random() < 0.05:
            number = signal.SIGKILL if self.plan.kill_servers and self.done["postgres"] % 2 else signal.SIGQUIT
            self.done["postgres"] += self.arena.stop_postgres(number)
        if self.done["flushes"] < self.plan.flushes * so_far and self.chance.random() < 0.05:
            self.done["flushes"] += self._at_broker("FLUSHALL")
        if self.plan.kill_servers and self.chance.random() < 0.04:
            self.done["valkey"] += self._kill_broker()

    def _progress(self) -> float:
        """How much of the campaign is over, by the cases that have come in: kills, restarts and flushes keep step with them."""
        return min(1.0, 0.1 + self._fed() / self.plan.cases)

    def _at_broker(self, command: str) -> bool:
        try:
            self._broker().execute_command(command)
        except redis.RedisError:
            return False
        return True

    def _kill_broker(self) -> bool:
        try:
            os.kill(int(self._broker().info("server")["process_id"]), signal.SIGKILL)
        except (redis.RedisError, ProcessLookupError):
            return False
        return True

    def _broker(self) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(self.arena.places.valkey_socket))

    def _drain(self, crew: Crew) -> None:
        """No more deaths: whatever is on its way comes to its end, leases over and what was refused tried again."""
        (self.arena.data / "enough").touch()
        crew.disarm()
        deadline = time.monotonic() + self.plan.longest
        quiet_since = time.monotonic()
        while time.monotonic() < deadline and time.monotonic() - quiet_since < 3:
            crew.muster()
            self._watch()
            if self._under_way():
                quiet_since = time.monotonic()
            time.sleep(0.2)

    def _under_way(self) -> int:
        try:
            with self.arena.superuser() as server:
                return int(server.execute(UNDER_WAY).fetchone()[0])
        except Exception:
            return 1

    def _report_on(self, crew: Crew, broker: Wakers, verdict: Verdict) -> None:
        noted = faults_noted(self.arena)
        for name, point in faults.POINTS.items():
            number = crew.deaths[name]
            is_here = point.exists and point.in_campaign and (not self.plan.points or name in self.plan.points)
            print(f"  {name:4} {number:4}  {point.dies}{'' if is_here else '  (not here)'}")
            if is_here and number < self.plan.quota and not (name == "F22" and self.plan.migrations_whole):
                verdict.breaches.append(f"{name} was killed only {number} times")
            if noted.get(name, 0) != number:
                verdict.breaches.append(f"{name}: {number} deaths seen, {noted.get(name, 0)} noted by those who died")
        print(
            f"  random kills {crew.deaths['random']}, PostgreSQL stopped at once {self.done['postgres']}, Valkey killed {self.done['valkey']}, "
            f"FLUSHALL {self.done['flushes']}, workers that ended by themselves {crew.deaths['by themselves']}"
        )
        verdict.breaches += self._left_undone(crew, broker)
        verdict.figures["kills"] = self._kills(crew)
        verdict.figures["kills of Celery workers, all processes at once"] = broker.killed
        verdict.figures["cases"] = self._fed()
        verdict.figures["longest time PostgreSQL was away, in s"] = round(self.longest_away)
        verdict.expect_none("unexpected errors of workers", unexpected(self.arena))

    def _left_undone(self, crew: Crew, broker: Wakers) -> list[str]:
        """What the time did not suffice for: then nothing is proved by the rest."""
        plan, done = self.plan, self.done
        wanted = {
            "kills": (self._kills(crew), plan.kills),
            "stops of PostgreSQL": (done["postgres"], plan.restarts),
            "flushes of the broker": (done["flushes"], plan.flushes),
            "kills of Celery's worker": (broker.killed, plan.celery_kills),
            "cases": (self._fed(), plan.cases),
        }
        return [f"time ran out after {number} of {least} {what}" for what, (number, least) in wanted.items() if number < least]


UNDER_WAY = """
    SELECT (SELECT count(*) FROM messaging_message WHERE state IN ('claimed', 'handed') OR (state = 'planned' AND not_before <= now()))
        + (SELECT count(*) FROM dunning_case WHERE state = 'running' AND look_again_on <= current_date)
        + (SELECT count(*) FROM dunning_notice WHERE state = 'proposed')
"""


def faults_noted(arena: Arena) -> dict[str, int]:
    """What those who died wrote down in FAULT_LOG before it."""
    found: dict[str, int] = {}
    for line in arena.kills.read_text().splitlines() if arena.kills.exists() else ():
        found[line.split()[0]] = found.get(line.split()[0], 0) + 1
    return found


def unexpected(arena: Arena) -> list[str]:
    """What the log of the workers calls unexpected, with the last line of its traceback."""
    text = arena.log.read_text(errors="replace") if arena.log.exists() else ""
    parts = text.split("UNEXPECTED ")[1:]
    return [
        next((line for line in reversed(part.splitlines()) if ": " in line and not line.startswith((" ", "20"))), part[:200])
        for part in parts
    ]


def run(arena: Arena, options: argparse.Namespace) -> Verdict:
    plan = Plan(
        cases=options.cases or 5000,
        kills=options.kills or 200,
        quota=options.quota,
        celery_kills=options.celery,
        migrations_whole=options.whole,
        longest=options.longest,
    )
    if options.nightly:
        plan = replace(plan, cases=20_000, kills=2_000, quota=40, restarts=20, flushes=20, longest=7200)
    print(f"  seed {options.seed}, {plan}")
    print(f"  lease {TIMING.lease.total_seconds():.0f} s, longest call {CALL_SECONDS:.0f} s, the reaper looks every 0.5 s", flush=True)
    return Campaign(arena, plan, options.seed, options.schema).run()
