"""`python3 dev.py bench [--size 10k] [WORKLOAD ...]`: one line of JSON for each workload.

W1, W3, unclaimed, opening, statements and booking run in a scratch database that is thrown away; interest and matching need none, dispatch
and letters have servers of their own; their size is the number of messages (`--size 1k dispatch`).
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks import dispatch, interest, letters, matching

ON_A_SERVER = ("W1", "W3")
WORKLOADS = (*ON_A_SERVER, "unclaimed", "opening", "statements", "booking", "interest", "matching", "dispatch", "letters")


def main(arguments: list[str]) -> int:
    """Start servers, make the data once, measure each workload on it. Exit code 2 for arguments that make no sense."""
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__)
    parser.add_argument("--size", default="10k", type=number_of, help="due items, such as 500, 10k or 100k")
    parser.add_argument("workloads", nargs="*", default=list(ON_A_SERVER), metavar="WORKLOAD", help=", ".join(WORKLOADS))
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.workloads if name not in WORKLOADS]:
        parser.error(f"there is no workload {unknown[0]}; choose from {', '.join(WORKLOADS)}")
    for result in _results(options.size, options.workloads):
        print(json.dumps(result), flush=True)
    return 0


def _results(size: int, workloads: Sequence[str]) -> Iterator[dict[str, Any]]:
    on_a_server = [name for name in workloads if name in ON_A_SERVER]
    if on_a_server or {"unclaimed", "opening", "statements", "booking"} & set(workloads):
        _start()
        from benchmarks import booking, ladder, opening, statements, unclaimed  # noqa: PLC0415 - they need the settings

        if on_a_server:
            yield from ladder.measure(size, on_a_server)
        if "unclaimed" in workloads:
            yield from unclaimed.measure(size)
        if "opening" in workloads:
            yield from opening.measure(size)
        if "statements" in workloads:
            yield from statements.measure(size)
        if "booking" in workloads:
            yield from booking.measure(size)
    if "interest" in workloads:
        yield interest.measure(size)
    if "matching" in workloads:
        yield matching.measure()
    if "dispatch" in workloads:
        yield from dispatch.measure(size)
    if "letters" in workloads:
        yield from letters.measure(size)


def number_of(text: str) -> int:
    """500, 10k, 1m. Raises ValueError for anything else."""
    factor = {"k": 1000, "m": 1_000_000}.get(text[-1:].lower(), 1)
    number = int(text[:-1] if factor > 1 else text) * factor
    if number < 1:
        raise ValueError(text)
    return number


def _start() -> None:
    import django  # noqa: PLC0415

    from tests import servers  # noqa: PLC0415

    servers.take()
    os.environ["DJANGO_SETTINGS_MODULE"] = "receivables.settings"
    django.setup()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
