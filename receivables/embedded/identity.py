"""PostgreSQL refuses to run as root. Who runs it then, and where, without a new user and without opening anybody's folders.

An ordinary user runs it as is. Root runs it in a user namespace, where it is somebody else but files stay root's. Where namespaces
are forbidden (typical inside a container), user nobody runs it, from a copy in a readable place when the checkout is closed to others.
"""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from receivables.embedded import binaries
from receivables.embedded.places import Places

NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_libc = ctypes.CDLL(None)


@dataclass(frozen=True, slots=True)
class Identity:
    """How to run a PostgreSQL program: `prefix` before the command, or as another user."""

    folder: Path  # of the programs
    data: Path  # of the cluster
    prefix: Sequence[str] = ()
    user: pwd.struct_passwd | None = None

    def command(self, program: str, *arguments: str) -> list[str]:
        return [*self.prefix, str(self.folder / program), *arguments]

    def options(self) -> dict[str, Any]:
        """For `subprocess`."""
        if self.user is None:
            return {}
        return {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": [], "cwd": "/"}

    def own(self, folder: Path) -> None:
        """Make a folder only this identity can enter."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.user is not None:
            os.chown(folder, self.user.pw_uid, self.user.pw_gid)


def identity_for(places: Places) -> Identity:
    """Choose by what this machine allows. Raises `Problem` where there is no PostgreSQL."""
    folder = binaries.postgres_folder()
    if os.geteuid() != 0:
        return Identity(folder, places.postgres)
    if namespaces_allowed():
        return Identity(folder, places.postgres, prefix=NAMESPACE)
    return _nobody(places, folder)


def namespaces_allowed() -> bool:
    try:
        return subprocess.run([*NAMESPACE, "true"], capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def _nobody(places: Places, folder: Path) -> Identity:
    nobody = pwd.getpwnam("nobody")
    home = places.data if _can_enter(places.data, nobody) else Path(f"/var/lib/receivables-{places.digest}")
    home.mkdir(mode=0o755, parents=True, exist_ok=True)
    if not _can_enter(folder, nobody):
        folder = _copied(folder, home)
    return Identity(folder, home / "postgres", user=nobody)


def _can_enter(folder: Path, user: pwd.struct_passwd) -> bool:
    entered = subprocess.run(["/usr/bin/test", "-x", str(folder)], user=user.pw_uid, group=user.pw_gid, extra_groups=[], cwd="/")
    return entered.returncode == 0


def _copied(folder: Path, home: Path) -> Path:
    """The wheel's package and the libraries beside it, copied once per installed version."""
    package = folder.parent.parent
    version = int(package.stat().st_mtime)
    target = home / f"programs-{version}"
    if not target.exists():
        unfinished = home / "programs.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        for source in (package, package.with_name(f"{package.name}.libs")):
            shutil.copytree(source, unfinished / source.name, symlinks=True)
        unfinished.rename(target)
    return target / package.name / "pginstall" / "bin"


def die_with_parent(number: signal.Signals) -> Callable[[], None]:
    """For `preexec_fn`: the kernel sends the child this signal when its parent ends, however it ends."""
    return partial(_ask_kernel, number, os.getpid())


def _ask_kernel(number: signal.Signals, parent: int) -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, int(number))
    if os.getppid() != parent:  # it ended before we asked
        os.kill(os.getpid(), number)
