"""A copy of a live database reaches nobody: neither on another machine, nor as another database of the same server."""

import argparse
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

from django.db import connections

from receivables import embedded
from receivables.embedded.identity import identity_for
from receivables.embedded.places import SUPERUSER
from receivables.messaging import mode
from tests.faults.arena import Arena
from tests.faults.books import make_firm
from tests.faults.counting import Verdict
from tests.faults.crew import Crew
from tests.faults.journal import lines
from tests.faults.races import prepare
from tests.faults.workers import Work

DELIVERERS = ("deliverer", "deliverer", "deliverer", "deliverer")
SECONDS = 10.0
DUE = 10_000


def run(arena: Arena, options: argparse.Namespace) -> Verdict:
    arena.make_schema(options.schema)
    make_firm()
    due = len(prepare(arena, options.due or DUE))
    verdict = Verdict(figures={"messages due": due})
    _as_another_database(arena, verdict)
    _on_another_machine(arena, verdict)
    with arena.superuser() as server:
        still = server.execute("SELECT count(*) FROM messaging_message WHERE state = 'planned'").fetchone()[0]
    if still != due:
        verdict.breaches.append(f"{due - still} messages of the original are gone")
    _deliver(arena, 5.0)
    verdict.figures["connections of the original, to compare"] = _calls(arena)
    if not _calls(arena):
        verdict.breaches.append("the original reached nobody either: nothing is proved")
    return verdict


def _deliver(arena: Arena, seconds: float) -> None:
    """Four deliverers do what they can."""
    connections.close_all()
    crew = Crew(Work(arena, 0, 0), DELIVERERS, 0, random.Random(0))
    crew.is_dangerous = False
    crew.muster()
    time.sleep(seconds)
    crew.dismiss()


def _calls(arena: Arena) -> int:
    return sum(line["event"] == "connected" for line in lines(arena.mails))


def _expect_silence(arena: Arena, verdict: Verdict, what: str) -> None:
    before = _calls(arena)
    _deliver(arena, SECONDS)
    verdict.expect_none(f"connections of {what}", ["one"] * (_calls(arena) - before))


def _as_another_database(arena: Arena, verdict: Verdict) -> None:
    """CREATE DATABASE … TEMPLATE: as after a restore beside the old one."""
    with arena.superuser("postgres") as server:
        server.execute("CREATE DATABASE copied TEMPLATE receivables OWNER receivables_owner")
    settings = connections["default"].settings_dict
    home = settings["NAME"]
    settings["NAME"] = "copied"
    try:
        _expect_silence(arena, verdict, "a copy as another database")
    finally:
        connections.close_all()
        settings["NAME"] = home


def _on_another_machine(arena: Arena, verdict: Verdict) -> None:
    """pg_basebackup, started elsewhere: the database itself cannot tell, but the machine has another name than LIVE_HOST."""
    places = embedded.Places(Path(f"{arena.data}-copy"))
    settings, here = connections["default"].settings_dict, mode.hostname
    home = settings["HOST"]
    try:
        _copy_cluster(arena, places)
        embedded.hold(places, ["postgres"])
        settings["HOST"] = str(places.sockets)
        mode.hostname = lambda: "another-machine"
        _expect_silence(arena, verdict, "a copy on another machine")
    finally:
        connections.close_all()
        settings["HOST"], mode.hostname = home, here
        _end(places)


def _copy_cluster(arena: Arena, places: embedded.Places) -> None:
    places.data.mkdir(mode=0o700)
    identity = identity_for(places)
    identity.own(identity.data)
    command = identity.command("pg_basebackup", "-h", str(arena.places.sockets), "-U", SUPERUSER, "-D", str(identity.data), "-c", "fast")
    subprocess.run(command, check=True, **identity.options())


def _end(places: embedded.Places) -> None:
    """The supervisor of the copy alone: the locks of both lie in one list, so it is asked by its number."""
    try:
        os.kill(int((identity_for(places).data / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
        os.kill(int(places.supervisor_lock.read_text()), signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError, ValueError):
        pass
    shutil.rmtree(places.data, ignore_errors=True)
