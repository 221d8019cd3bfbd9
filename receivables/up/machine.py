"""What WeasyPrint needs of the machine: shared libraries and at least one font. Without a font it does not fail, it crashes.

`python -m receivables.up.machine` prints the missing Debian packages; in a process of its own, because the loader looks only once.
"""

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

from receivables.embedded import Problem

# Debian package → shared libraries it brings, by themselves or through its dependencies.
LIBRARIES = {
    "libpango-1.0-0": ["libpango-1.0.so.0", "libgobject-2.0.so.0", "libharfbuzz.so.0", "libfontconfig.so.1"],
    "libpangoft2-1.0-0": ["libpangoft2-1.0.so.0"],
    "libharfbuzz-subset0": ["libharfbuzz-subset.so.0"],
}
FONTS = "fonts-liberation"
WANTED = "libharfbuzz-subset0"  # without it letters are right, but take four times as long
FONT_FOLDERS = ["/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts"]


def missing_packages() -> list[str]:
    """In this process, as of its start."""
    missing = [package for package, libraries in LIBRARIES.items() if not all(map(_loads, libraries))]
    return missing if has_font() else [*missing, FONTS]


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def has_font() -> bool:
    folders = [Path(folder).expanduser() for folder in FONT_FOLDERS]
    return any(file.suffix in (".ttf", ".otf") for folder in folders for file in folder.rglob("*"))


def make_ready() -> str:
    """Install what is missing, where we may. Returns a warning, or "". Raises `Problem` where letters could not be printed."""
    missing = _asked()
    if not missing:
        return ""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _install(missing)
        missing = _asked()
    line = f"apt-get install -y {' '.join(missing)}"
    if set(missing) - {WANTED}:
        raise Problem(f"Letters cannot be printed: system libraries or fonts are missing. Run as root: {line}")
    return f"PDF letters are slow on this machine; as root: {line}" if missing else ""


def _asked() -> list[str]:
    done = subprocess.run([sys.executable, "-m", __name__], capture_output=True, text=True, check=True)
    return done.stdout.split()


def _install(packages: list[str]) -> None:
    """Best effort; the caller looks again. The package lists of a fresh machine are empty or old, so a first failure asks for them."""
    print(f"          installing {' '.join(packages)} …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    if subprocess.run(install, env=environment, capture_output=True).returncode:
        subprocess.run(["apt-get", "update", "-qq"], env=environment, capture_output=True)
        subprocess.run(install, env=environment, capture_output=True)


if __name__ == "__main__":
    print(*missing_packages())
