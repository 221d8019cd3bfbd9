import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dunning.policy import Policy
from dunning.policy_text import parse_policy
from dunning.replay import Result, play
from receivables.core.errors import PolicyError
from receivables.db.scratch import Scratch, scratch_database

LARGEST = 1_000_000  # bytes; a scenario is a page of text


class Command(BaseCommand):
    help = "Play scenarios against the real code in a scratch database, and say where one differs. See docs/policies.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--policy", type=Path, metavar="FILE", help="stands in for the default policy of each scenario")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit code 1 where any scenario fails, 2 where a file cannot be read."""
        policy = _policy(options["policy"]) if options["policy"] else None
        with scratch_database() as scratch:
            results = [(path, self._played(path, scratch, policy, quiet=options["json"])) for path in options["files"]]
        passed = sum(result.passed for _, result in results)
        if options["json"]:
            told = {"scenarios": [_plain(path, result) for path, result in results], "passed": passed, "failed": len(results) - passed}
            self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2))
        else:
            self.stdout.write(f"{passed} passed, {len(results) - passed} failed")
        if passed < len(results):
            raise SystemExit(1)

    def _played(self, path: Path, scratch: Scratch, policy: Policy | None, *, quiet: bool) -> Result:
        result = play(_text(path), scratch, policy=policy)
        if not quiet:
            self.stdout.write(f"{'ok  ' if result.passed else 'FAIL'} {path.name}: {result.scenario}")
            for difference in result.differences:
                self.stdout.write(f"       {difference}")
        return result


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise CommandError(f"{path} is larger than {LARGEST} bytes; that is no scenario.", returncode=2)
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise CommandError(f"{path} cannot be read: {reason}.", returncode=2) from error


def _policy(path: Path) -> Policy:
    try:
        return parse_policy(_text(path))
    except PolicyError as error:
        raise CommandError(f"{path}: {error}", returncode=2) from error


def _plain(path: Path, result: Result) -> dict[str, Any]:
    return {"file": str(path), "scenario": result.scenario, "passed": result.passed, "differences": list(result.differences)}
