"""The one entry command of the image, of `dev.py up` and of a native installation: `python -m receivables.serve PART`.

PART is web, worker, beat or migrate; what follows it goes to the program behind it. The process becomes that program, so signals reach it.
`health PART` ends with 0 when that part of this machine works, for the health checks of docker-compose.yml.
"""

import http.client
import os
import socket
import subprocess
import sys
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from receivables import embedded, health
from receivables.command_line import hold_private_servers
from receivables.env import env

Command = list[str]


def web() -> Command:
    """gunicorn; a request may take 60 s. Its control socket stays off: the image is read-only."""
    return [
        "gunicorn", "receivables.wsgi:application", "--bind", settings.BIND, "--worker-class", "gthread",
        "--workers", env.str("WEB_PROCESSES", default="2"), "--threads", "4", "--timeout", "60", "--graceful-timeout", "20",
        "--no-control-socket", "--log-level", "warning",
    ]  # fmt: skip


def worker() -> Command:
    """Celery for all queues, or those given with --queues."""
    processes = env.str("WORKER_PROCESSES", default="2")
    return [
        "celery",
        "--app",
        "receivables",
        "--quiet",
        "worker",
        "--concurrency",
        processes,
        "--loglevel",
        "INFO",
        "--without-gossip",
        "--without-mingle",
    ]


def beat() -> Command:
    return ["manage", "beat"]


def migrate() -> Command:
    return ["manage", "migrate", "--no-input"]


PARTS: dict[str, Callable[[], Command]] = {"web": web, "worker": worker, "beat": beat, "migrate": migrate}


def health_of_web() -> bool:
    """It answers, whatever host names it serves."""
    host, _, port = settings.BIND.rpartition(":")
    connection = http.client.HTTPConnection("127.0.0.1" if host == "0.0.0.0" else host, int(port), timeout=5)  # noqa: S104
    name = settings.ALLOWED_HOSTS[0].lstrip(".")
    try:
        connection.request("GET", "/healthz", headers={"Host": name})
        return connection.getresponse().status == 200
    except OSError:
        return False


def health_of_worker() -> bool:
    """Celery's own ping, answered by the main process."""
    command = [sys.executable, "-m", "celery", "--app", "receivables", "--quiet", "inspect", "ping"]
    command += ["--destination", f"celery@{socket.gethostname()}", "--timeout", "10"]
    return subprocess.run(command, capture_output=True).returncode == 0


def health_of_beat() -> bool:
    return health.beat() == "ok"


HEALTH: dict[str, Callable[[], bool]] = {"web": health_of_web, "worker": health_of_worker, "beat": health_of_beat}


def main(arguments: list[str]) -> int:
    """Become the program behind a part. The private servers, where used, live as long as it does."""
    part, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "receivables.settings")
    if part == "health" and rest and rest[0] in HEALTH:
        return 0 if HEALTH[rest[0]]() else 1
    if part not in PARTS:
        print((__doc__ or "").strip(), file=sys.stderr)
        return 2
    try:
        hold_private_servers()
    except (embedded.Problem, ImproperlyConfigured) as problem:
        print(problem, file=sys.stderr)
        return 2
    module, *words = PARTS[part]()
    return os.execv(sys.executable, [sys.executable, "-m", module, *words, *rest])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
