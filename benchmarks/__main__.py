"""`python3 dev.py bench [--size 10k] [WORKLOAD ...]`: one line of JSON for each workload, in a scratch database that is thrown away."""

import argparse
import json
import os
import sys

WORKLOADS = ("W1", "W3")


def main(arguments: list[str]) -> int:
    """Start servers, make the data once, measure each workload on it. Exit code 2 for arguments that make no sense."""
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__)
    parser.add_argument("--size", default="10k", type=number_of, help="due items, such as 500, 10k or 100k")
    parser.add_argument("workloads", nargs="*", default=list(WORKLOADS), metavar="WORKLOAD", help=", ".join(WORKLOADS))
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.workloads if name not in WORKLOADS]:
        parser.error(f"there is no workload {unknown[0]}; choose from {', '.join(WORKLOADS)}")
    _start()
    from benchmarks.ladder import measure  # noqa: PLC0415 - it needs the settings

    for result in measure(options.size, options.workloads):
        print(json.dumps(result), flush=True)
    return 0


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
