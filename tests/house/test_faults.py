"""The points at which the fault campaign kills: inert unless asked for, known by name, and each where the registry says."""

import os
import re
import signal
import subprocess
import sys

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured

from receivables import faults
from receivables.checks import TAG
from tests.servers import ROOT

DIES_THREE_TIMES = "from receivables import faults\nfor n in range(1, 4): print(n, flush=True); faults.at('F9')"


def in_code() -> list[str]:
    sources = [path.read_text() for package in ("receivables", "invoices", "dunning") for path in sorted((ROOT / package).rglob("*.py"))]
    return [name for source in sources for name in re.findall(r'faults\.at\("(F\d+)"\)', source)]


def start(**variables: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("FAULT")}
    return subprocess.run([sys.executable, "-c", DIES_THREE_TIMES], env=clean | variables, cwd=ROOT, capture_output=True, text=True)


def test_points_that_exist_are_in_the_code_and_no_others():
    assert set(in_code()) == {name for name, point in faults.POINTS.items() if point.exists}


def test_no_point_is_in_two_places():
    assert len(in_code()) == len(set(in_code()))


def test_all_twenty_two_points_are_named():
    assert list(faults.POINTS) == [f"F{n}" for n in range(1, 23)]


def test_without_fault_nothing_happens():
    assert not faults.are_armed()
    done = start()
    assert (done.returncode, done.stdout) == (0, "1\n2\n3\n")


def test_the_second_passing_kills_and_is_noted(tmp_path):
    done = start(FAULT="F8:1,F9:#2", FAULT_LOG=str(tmp_path / "log"))
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, "1\n2\n")
    assert re.fullmatch(r"F9 \d+\n", (tmp_path / "log").read_text())


def test_certainty_kills_at_once():
    assert start(FAULT="F9:1").returncode == -signal.SIGKILL


@pytest.mark.parametrize("text", ["F23:0.1", "F5", "F5:", "F5:2", "F5:#0", "F5:-0.1", "F5:0.1 F9:0.1", "nonsense", "f5:0.1"])
def test_only_known_names_and_sensible_numbers_are_taken(text):
    with pytest.raises(ImproperlyConfigured):
        faults.parse(text)


def test_a_point_that_is_not_built_yet_is_not_taken():
    for name in [name for name, point in faults.POINTS.items() if not point.exists]:
        with pytest.raises(ImproperlyConfigured, match=f"no point {name}"):
            faults.parse(f"{name}:0.1")


def errors() -> list[str]:
    return [error.id.removeprefix("receivables.") for error in run_checks(tags=[TAG])]


@pytest.mark.parametrize(
    ("private", "is_marked", "expected"),
    [
        pytest.param([], True, ["E020"], id="beside servers that are named"),
        pytest.param(["postgres"], True, ["E020"], id="beside one server that is named"),
        pytest.param(["postgres", "valkey"], False, ["E021"], id="on private servers that no campaign has marked"),
        pytest.param(["postgres", "valkey"], True, [], id="in a campaign"),
    ],
)
@pytest.mark.parametrize("live", ["", "box"])
def test_faults_are_refused_outside_a_campaign(settings, monkeypatch, tmp_path, private, is_marked, expected, live):
    monkeypatch.setattr(faults, "_armed", faults.parse("F5:0.1"))
    settings.HTTPS, settings.PROXY_SSL_HEADER, settings.BASE_URL = True, "X-Forwarded-Proto", "https://r.example.com"
    settings.ALLOWED_HOSTS, settings.LIVE_HOST = ["r.example.com"], live
    settings.PRIVATE_SERVERS, settings.DATA_DIR = private, tmp_path
    if is_marked:
        (tmp_path / faults.MARKER).touch()
    assert errors() == expected
