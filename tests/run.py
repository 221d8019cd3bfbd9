"""The stages of `python3 dev.py test [--long] [pytest arguments]`. All run, whatever fails; pytest's closing line is printed last."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from receivables.embedded import Problem
from receivables.embedded.identity import die_with_parent
from receivables.up import machine
from tests import servers

BIN = Path(sys.executable).parent
STAGES: dict[str, list[str | Path]] = {
    "ruff check": [BIN / "ruff", "check", "--quiet", "."],
    "ruff format": [BIN / "ruff", "format", "--check", "--quiet", "."],
    "types": [BIN / "mypy", "receivables", "invoices", "dunning"],
    "import contracts": [BIN / "lint-imports"],
    "templates: form": [BIN / "djangofmt", "--check", "--quiet", "templates"],
    "templates: lint": [BIN / "djangofmt", "check", "--quiet", "templates"],
    "migrations": [sys.executable, "-m", "manage", "makemigrations", "--check", "--dry-run"],
    "Dockerfile": [BIN / "hadolint", "Dockerfile"],
    "docker-compose.yml": [BIN / "check-jsonschema", "--quiet", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"],
}


def main(arguments: list[str]) -> int:
    """0 when everything is green, else 1; 2 when the machine lacks something."""
    if "--long" in arguments:
        arguments.remove("--long")
        os.environ["LONG"] = "1"
    try:
        if warning := machine.make_ready():
            print(warning)
        servers.take()
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 2
    failed = [name for name, command in STAGES.items() if not passes(name, command)]
    began = time.monotonic()
    code, closing = run_pytest(arguments)
    report("pytest", began, passed=code == 0)
    if failed:
        print(f"FAILED: {', '.join(failed)}")
    print(closing, flush=True)
    return 1 if failed or code else 0


def passes(name: str, command: list[str | Path]) -> bool:
    """Run one stage; its output is shown only when it fails."""
    began = time.monotonic()
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    report(name, began, passed=done.returncode == 0)
    if done.returncode:
        print(done.stdout)
    return done.returncode == 0


def report(name: str, began: float, *, passed: bool) -> None:
    print(f"{time.monotonic() - began:6.1f} s  {name:20} {'ok' if passed else 'FAILED'}", flush=True)


def run_pytest(arguments: list[str]) -> tuple[int, str]:
    """Its exit code and closing line, after showing all it says. The whole suite runs on two cores; what is asked for by name, on one."""
    closing = ""
    command = [sys.executable, "-m", "pytest", *(arguments or ("-n", "2"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent(signal.SIGINT)) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            closing = line.rstrip() or closing
    return process.returncode, closing


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
