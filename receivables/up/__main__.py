"""Started by `python3 dev.py up`, with the environment in place."""

import argparse
import contextlib
import fcntl
import http.client
import importlib
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from receivables import embedded
from receivables.checks import is_loopback
from receivables.embedded.holding import let_go
from receivables.embedded.identity import die_with_parent
from receivables.embedded.problems import disk_full
from receivables.up import children, machine

READY_SECONDS = 60
BEGAN = time.time()
stopping = threading.Event()


def main() -> int:
    """0 after Ctrl-C; 2 with a sentence when it could not start."""
    options = _options()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "receivables.settings")
    os.environ.setdefault("BASE_URL", f"http://{options.host}:{options.port}")
    os.environ["BIND"] = f"{options.host}:{options.port}"
    os.environ.setdefault("WEB_PROCESSES", "1")  # four threads; it starts faster
    try:
        up(options)
    except KeyboardInterrupt:
        let_go(settings.PLACES)
        return 0
    except (embedded.Problem, ImproperlyConfigured) as problem:
        print(problem, file=sys.stderr)
        return 2
    except OSError as error:
        if not disk_full(error):
            raise
        print(
            f"The disk is full: {error.filename or settings.DATA_DIR} could not be written. Free some space and try again.", file=sys.stderr
        )
        return 2
    return 0


def up(options: argparse.Namespace) -> None:
    """Everything, in order, until somebody stops it. What can be refused is refused before anything starts."""
    refuse_host(options.host)
    refuse_taken_port(options.host, options.port)
    with only_one():
        if warning := machine.make_ready():
            print(warning)
        embedded.hold(settings.PLACES, settings.PRIVATE_SERVERS)
        say("database and broker answer", options)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: stopping.set())  # so that stopping is not itself interrupted
        with children.Children(settings.DATA_DIR / "log") as parts:
            web = parts.start("web")  # loads while the database is made ready
            prepare(options)
            say("database ready", options)
            wait_until_ready(options, web)
            parts.start("worker")
            parts.start("beat")
            welcome(options)
            while True:
                pause(0.5)
                parts.keep_up()


def refuse_host(host: str) -> None:
    """Without HTTPS only this machine may reach it."""
    if not settings.HTTPS and not is_loopback(host):
        raise embedded.Problem(
            f"--host {host} would show the program to others without HTTPS. Set up HTTPS (README, Production), or leave --host out."
        )


def refuse_taken_port(host: str, port: int) -> None:
    """Raises `Problem` when somebody listens there, or this user may not."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise embedded.Problem(
                f"Port {port} on {host} cannot be used: {error.strerror}. Stop the program that uses it, or choose another: "
                f"python3 dev.py up --port {port + 1}"
            ) from error


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """One `up` per DATA_DIR, for there may be one beat only."""
    settings.PLACES.run.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (settings.PLACES.run / "up.lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise embedded.Problem(
                f"It is already running on {settings.DATA_DIR}. Stop that one, or set DATA_DIR to another folder."
            ) from None
        yield


def prepare(options: argparse.Namespace) -> None:
    """Migrate and seed, in one process of its own."""
    command = [sys.executable, "-m", "manage", "prepare"]
    if wants_demo(options):
        command.append("--demo")
    process = subprocess.Popen(command, start_new_session=True, preexec_fn=die_with_parent(signal.SIGTERM))
    try:
        while process.poll() is None:
            pause(0.05)
    finally:
        process.terminate()
        process.wait()
    if process.returncode:
        raise embedded.Problem("The database could not be made ready; the reason stands above.")


def wait_until_ready(options: argparse.Namespace, web: children.Child) -> None:
    """Until /healthz answers 200. Raises `Problem` when the web process ends before, or does not answer in time."""
    deadline = time.monotonic() + READY_SECONDS
    while not answers(options.host, options.port):
        pause(0.05)
        if web.ended():
            raise embedded.Problem(f"The web process did not start: {web.last_words()}")
        if time.monotonic() > deadline:
            raise embedded.Problem(f"The web process did not answer within {READY_SECONDS} s: {web.last_words()}")


def pause(seconds: float) -> None:
    """Wait. Raises `KeyboardInterrupt` when somebody stops us: Ctrl-C, SIGTERM, or the terminal is closed."""
    if stopping.wait(seconds):
        print("\nStopping …", flush=True)
        raise KeyboardInterrupt


def answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": settings.ALLOWED_HOSTS[0].lstrip(".")})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def welcome(options: argparse.Namespace) -> None:
    """Where it is, and who may come in."""
    say("ready", options)
    print(f"\n  {settings.BASE_URL}/\n")
    for name, password, role in demo_logins() if wants_demo(options) else []:
        print(f"  {name:12} {password:24} {role}")
    print(f"\nNothing leaves this machine: messages are captured. Logs: {settings.DATA_DIR / 'log'}. Ctrl-C stops everything.", flush=True)


def wants_demo(options: argparse.Namespace) -> bool:
    """The demo only goes into a private database."""
    return bool(options.demo) and "postgres" in settings.PRIVATE_SERVERS


def demo_logins() -> list[tuple[str, str, str]]:
    """As (user name, password, role)."""
    if not importlib.util.find_spec("receivables.demo"):
        return []
    return list(importlib.import_module("receivables.demo").LOGINS)


def say(line: str, options: argparse.Namespace) -> None:
    print(f"{time.time() - options.since:6.1f} s  {line}", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py up", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--no-demo", dest="demo", action="store_false", help="leave an empty database empty")
    parser.add_argument("--since", type=float, default=BEGAN, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
