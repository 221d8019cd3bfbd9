"""Every file of the collection at every door that takes files: refused in words, without another error, within 512 MB."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.hostile_doors import DOORS
from tests.unit.hostile_files import FILES, GOOD

ROOT = Path(__file__).resolve().parents[2]
OWN = {
    "mt940": "statement",
    "camt": "statement",
    "ofx": "statement",
    "bank csv": "statement",
    "ksef": "invoice",
    "ubl": "invoice",
    "jpk": "invoice",
}


def test_there_are_two_hundred_at_least_and_no_two_alike() -> None:
    assert len(set(FILES.values())) == len(FILES) >= 200


@pytest.mark.parametrize("door", DOORS)
def test_each_is_refused_with_a_sentence(door: str) -> None:
    taken, mute = [], {}
    for name, data in FILES.items():
        reasons = DOORS[door](data)
        if not reasons:
            taken.append(name)
        elif odd := [reason for reason in reasons if not reason.endswith((".", "…")) or "root:" in reason or len(reason) > 800]:
            mute[name] = odd
    assert (taken, mute) == ([], {})


@pytest.mark.parametrize("kind", GOOD)
def test_what_they_were_made_of_is_good(kind: str) -> None:
    assert DOORS[OWN.get(kind, kind)](GOOD[kind]) == []


def test_all_of_them_stay_within_512_mb() -> None:
    """The biggest of them, in a process of its own; what the program itself needs is part of it."""
    script = (
        "import django; django.setup()\n"
        "from pathlib import Path; from tests.unit.hostile_doors import DOORS; from tests.unit.hostile_files import FILES\n"
        "for data in sorted(FILES.values(), key=len)[-12:]:\n"
        "    for door in DOORS.values(): assert door(data)\n"
        "print(Path('/proc/self/status').read_text().partition('VmHWM:')[2].split()[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
    )  # fmt: skip
    assert int(done.stdout) < 512 * 1024  # KiB
