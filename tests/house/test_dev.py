"""dev.py on machines that lack something, in a copy of its own, and what its locks must be."""

import os
import re
import shutil
import subprocess
import sys
import venv

import pytest

from tests.servers import ROOT

LOCKS = ["requirements.lock", "requirements-local.lock", "requirements-dev.lock"]


@pytest.fixture
def checkout(tmp_path):
    """Only what dev.py needs before it has made an environment."""
    for name in ("dev.py", *LOCKS):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def dev(checkout, *arguments: str, python: str = sys.executable, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PATH": "/nowhere"} | variables  # neither uv nor apt-get
    return subprocess.run([python, "dev.py", *arguments], cwd=checkout, env=environment, capture_output=True, text=True)


def test_without_a_command_it_explains_itself(checkout):
    done = dev(checkout)
    assert done.returncode == 0
    for command in ("up", "test", "setup", "translate", "lock"):
        assert f"python3 dev.py {command}" in done.stdout


def test_an_unknown_command_is_code_2(checkout):
    assert dev(checkout, "dance").returncode == 2


def test_a_python_without_pip_gets_one_line_that_helps(checkout, tmp_path):
    bare = tmp_path / "bare"
    venv.create(bare, with_pip=False)
    done = dev(checkout, "setup", python=str(bare / "bin" / "python"))
    assert done.returncode == 2
    assert done.stderr == "This Python has no pip. Run as root: apt-get install -y python3-pip python3-venv\n"
    assert not (checkout / ".venv").exists()


def test_an_environment_that_fits_its_lock_is_left_alone(checkout):
    python = checkout / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    stamp = run_in(checkout, "import dev; print(dev.stamp(dev.DEV), end='')")
    (checkout / ".venv" / "installed-from").write_text(stamp)
    assert dev(checkout, "setup").returncode == 0  # and it found no uv to do anything with
    (checkout / LOCKS[2]).write_text("# another lock\n")
    assert dev(checkout, "setup", PYTHONPATH=str(no_pip(checkout))).returncode == 2


def no_pip(checkout):
    """A folder on whose path `import pip` fails."""
    folder = checkout / "no-pip"
    folder.mkdir()
    (folder / "pip.py").write_text("raise ImportError\n")
    return folder


def run_in(checkout, script: str) -> str:
    return subprocess.run([sys.executable, "-c", script], cwd=checkout, capture_output=True, text=True, check=True).stdout


def pins(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ \\]+)", (ROOT / name).read_text(), re.MULTILINE))


def test_a_larger_lock_pins_the_same_so_no_environment_has_to_shrink():
    production, local, development = map(pins, LOCKS)
    assert production.items() < local.items() < development.items()


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_hashes_and_no_address(name):
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "--index" not in text
    assert text.count("--hash=sha256:") >= len(pins(name))
