#!/usr/bin/env python3
"""Everything a fresh checkout needs, with the standard library only (Python 3.11 to 3.13).

python3 dev.py up [--port 8000] [--host 127.0.0.1]   the program with private servers and demo data
python3 dev.py test [--long] [pytest arguments]      linters, types, contracts and the whole suite
python3 dev.py bench [--size 10k] [W1 W3 interest]   how fast the day's run and late interest are, each against a floor
python3 dev.py faults [--only races] [--nightly]     kill everything over and over: does a message double, get lost, reach the paid?
python3 dev.py setup                                 only the environment; then: .venv/bin/python manage.py …
python3 dev.py translate                             compile changed translations (all the others do it too)
python3 dev.py lock [--upgrade]                      recompile the three lock files
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
TOOLS = ROOT / ".tools"
STAMP = VENV / "installed-from"
UV_PIN = "uv==0.13.9"
PACKAGES = "python3-pip python3-venv"

PRODUCTION, LOCAL, DEV = "requirements.lock", "requirements-local.lock", "requirements-dev.lock"
EXTRAS = {DEV: ["embedded", "dev"], LOCAL: ["embedded"], PRODUCTION: []}
BEGAN = time.time()


class Stop(Exception):
    """One plain sentence for the person at the terminal; the exit code is 2."""


def main(arguments: list[str]) -> int:
    """Run one of the commands above; `up` and `test` replace this process."""
    os.chdir(ROOT)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # without its cache every process would start two seconds later
    command, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    commands = {"up": up, "test": test, "bench": bench, "faults": faults, "setup": setup, "translate": translate, "lock": lock}
    if command not in commands:
        print((__doc__ or "").strip())
        return 0 if command in ("help", "--help", "-h") else 2
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        raise Stop(f"Python {sys.version.split()[0]} does not fit: use Python 3.11, 3.12 or 3.13, for example python3.13 dev.py {command}.")
    return commands[command](rest)


def up(arguments: list[str]) -> int:
    """Environment, then everything else in `receivables.up`."""
    environment(LOCAL)
    return become("receivables.up", ["--since", f"{BEGAN:.1f}", *arguments])


def test(arguments: list[str]) -> int:
    """Environment with the tools, then the stages in `tests.run`."""
    environment(DEV)
    return become("tests.run", arguments)


def bench(arguments: list[str]) -> int:
    """Environment with the tools, then the workloads in `benchmarks`."""
    environment(DEV)
    return become("benchmarks", arguments)


def faults(arguments: list[str]) -> int:
    """Environment with the tools, then the campaign in `tests.faults`, on private servers of its own."""
    environment(DEV)
    return become("tests.faults", arguments)


def setup(_arguments: list[str]) -> int:
    """The environment and nothing else; no server starts, no schema is made."""
    environment(LOCAL)
    say("Ready. Next: .venv/bin/python manage.py migrate")
    return 0


def become(module: str, arguments: list[str]) -> int:
    """Go on as the environment's own Python, by its full path: console scripts fail in deep folders."""
    sys.stdout.flush()
    os.execv(PYTHON, [str(PYTHON), "-m", module, *arguments])


def environment(lock_name: str) -> None:
    """Make .venv hold what the lock says. Instant when the stamp still fits; development tools are never taken away again."""
    stamps = {name: stamp(name) for name in EXTRAS}
    installed = STAMP.read_text() if STAMP.exists() and PYTHON.exists() else ""
    if installed not in (stamps[DEV], stamps[lock_name]):
        has_tools = (VENV / "bin" / "ruff").exists()
        install(DEV if has_tools else lock_name, fresh=not same_python(installed))
    translate([])


def stamp(lock_name: str) -> str:
    """What STAMP says when .venv was installed from this lock by this Python."""
    digest = hashlib.sha256((ROOT / lock_name).read_bytes()).hexdigest()
    return f"{lock_name} {digest} {sys.version.split()[0]}\n"


def same_python(installed: str) -> bool:
    return PYTHON.exists() and (not installed or installed.split()[-1] == sys.version.split()[0])


def install(lock_name: str, *, fresh: bool) -> None:
    """Bring .venv to the lock, hashes checked. The stamp is written last, so an interrupted run is repeated."""
    uv = find_uv()
    STAMP.unlink(missing_ok=True)
    say(f"Installing {lock_name} into .venv …")
    if fresh:
        run([uv, "venv", "--quiet", "--clear", "--no-managed-python", "--python", sys.executable, str(VENV)])
    run([uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(PYTHON), lock_name])
    STAMP.write_text(stamp(lock_name))
    say("Environment ready.")


def find_uv() -> str:
    """Path of uv: the machine's, ours in .tools, or fetched there by pip with the pinned version."""
    folder, unfinished = TOOLS / "uv", TOOLS / "unfinished"
    ours = folder / "bin" / "uv"
    if found := shutil.which("uv") or (str(ours) if ours.exists() else None):
        return found
    if not has_pip():
        install_pip()
    say(f"Fetching {UV_PIN} into .tools …")
    quiet = ["--quiet", "--disable-pip-version-check", "--root-user-action=ignore"]
    shutil.rmtree(unfinished, ignore_errors=True)
    run([sys.executable, "-m", "pip", "install", *quiet, "--target", str(unfinished), UV_PIN])
    unfinished.rename(folder)
    return str(ours)


def has_pip() -> bool:
    return subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True).returncode == 0


def install_pip() -> None:
    """Plain Debian and Ubuntu ship Python without pip: as root get it, else say the one line that does."""
    line = f"apt-get install -y {PACKAGES}"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Stop(f"This Python has no pip. Run as root: {line}")
    say(f"This Python has no pip: {line} …")
    apt = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=apt)
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES.split()]  # else it brings a compiler
    done = subprocess.run(install, env=apt, stdout=subprocess.DEVNULL)
    if done.returncode or not has_pip():
        raise Stop(f"{sys.executable} still has no pip after '{line}'. Use the system's python3: /usr/bin/python3 dev.py …")


def translate(_arguments: list[str]) -> int:
    """Compile each .po file that is newer than its .mo file. The image calls it too, with its own environment."""
    for source in ROOT.glob("locale/*/LC_MESSAGES/django.po"):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            run([str(PYTHON), "-m", "babel.messages.frontend", "--quiet", "compile", "-i", str(source), "-o", str(target)])
    return 0


def lock(arguments: list[str]) -> int:
    """Recompile the locks, largest first, so that the smaller ones pin the same. Extra arguments go to uv (--upgrade)."""
    uv = find_uv()
    for name, extras in EXTRAS.items():
        compile_lock(uv, name, extras, arguments if name == DEV else [])
    say("Locks written.")
    return 0


def compile_lock(uv: str, name: str, extras: list[str], arguments: list[str]) -> None:
    """One lock for Python 3.11 to 3.13 with hashes and without any index address."""
    command = [
        uv,
        "pip",
        "compile",
        "--quiet",
        "pyproject.toml",
        "-o",
        name,
        "--universal",
        "--generate-hashes",
        "--python-version",
        "3.11",
    ]
    command += ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"]
    command += [word for extra in extras for word in ("--extra", extra)]
    run(command + (arguments if name == DEV else ["--constraint", DEV]))


def run(command: list[str]) -> None:
    """Run a command; its own words are shown when it fails."""
    done = subprocess.run(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    if done.returncode == 0:
        return
    if "No space left on device" in done.stderr:
        raise OSError(errno.ENOSPC, "No space left on device", str(ROOT))
    print(done.stderr, file=sys.stderr)
    raise Stop(f"That did not work: {' '.join(command[:4])} … (the reason stands above).")


def say(line: str) -> None:
    print(f"{time.time() - BEGAN:6.1f} s  {line}", flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Stop as reason:
        print(reason, file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        print(
            f"The disk is full: {error.filename or ROOT} could not be written. Free some space and run the command again.", file=sys.stderr
        )
        sys.exit(2)
