"""`python3 dev.py faults [--only campaign|handover|races|flips|embedded|copy] [--kills 200] [--seed N] [--nightly]`: does anything double or get lost?

Always on private servers in a scratch folder of its own. Exit code 1 where anything doubled, got lost or went to somebody who had paid.
"""

import argparse
import importlib
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.faults import arena

PARTS = ("campaign", "handover", "races", "flips", "embedded", "copy")
ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str]) -> int:
    """Each part is a process of its own, for each is a system of its own."""
    options = options_of(arguments)
    if options.only:
        return play(options)
    with tempfile.TemporaryDirectory() as folder:
        more = [f"--seed={options.seed}", f"--schema={folder}/schema.sql", *arguments]
        return max(subprocess.run([sys.executable, "-m", "tests.faults", "--only", part, *more], cwd=ROOT).returncode for part in PARTS)


def play(options: argparse.Namespace) -> int:
    """Make the arena, load the program in it, play one part, and say what came of it."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))
    began = time.monotonic()
    print(f"{options.only}:", flush=True)
    bad = {"refused": 0.01, "unanswered": 0.01} if options.only in ("campaign", "handover", "embedded", "quick") else {}
    with arena.take(seed=options.seed, fsync=not options.no_fsync, **bad) as place:
        import django  # noqa: PLC0415 - the settings are read now

        django.setup()
        part = importlib.import_module(f"tests.faults.{options.only}")
        verdict = part.run(place, options)
        if options.keep_log and place.log.exists():
            options.keep_log.write_text(place.log.read_text(errors="replace"))
    for name, number in verdict.figures.items():
        print(f"  {number:7,}  {name}")
    for breach in verdict.breaches:
        print(f"  BREACH  {breach}")
    for line in verdict.evidence:
        print(f"  EVIDENCE  {line}")
    print(f"{options.only}: {'FAILED' if verdict.breaches else 'ok'} in {time.monotonic() - began:.0f} s, seed {options.seed}", flush=True)
    return 1 if verdict.breaches else 0


def options_of(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py faults", description=__doc__)
    parser.add_argument("--only", choices=(*PARTS, "quick"))
    parser.add_argument("--kills", type=int, default=0, help="of the campaign 200, embedded 60")
    parser.add_argument("--quota", type=int, default=5, help="kills of each point")
    parser.add_argument("--cases", type=int, default=0, help="of the campaign 5,000, embedded 1,000")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--nightly", action="store_true", help="2,000 kills, 40 of each point, 20,000 races")
    parser.add_argument(
        "--no-fsync", action="store_true", help="faster, and still safe against kills: only a power cut would lose anything"
    )
    parser.add_argument("--celery", type=int, default=4, help="kills of Celery's worker, with all its processes")
    parser.add_argument("--races", type=int, default=0)
    parser.add_argument("--flips", type=int, default=200)
    parser.add_argument("--due", type=int, default=0, help="messages due in the copied database")
    parser.add_argument("--longest", type=int, default=1200, help="seconds of the campaign, after which what is lacking is a breach")
    parser.add_argument("--whole", action="store_true", help="kill no migration")
    parser.add_argument("--schema", type=Path, help="take the schema from this file instead of migrating")
    parser.add_argument("--keep-log", type=Path, help="copy what the workers said to this file")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
