"""Fuzz one reader for as long as one likes: `.venv/bin/python -m tests.fuzz ksef [options of libFuzzer]`; needs `pip install atheris`.

Coverage leads it; a finding is written as a file `crash-…`, to be added to the hostile files of the unit tests.
"""

import sys
import tempfile
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Run a target until something is found, or a limit of libFuzzer (-max_total_time=60) ends it."""
    try:
        import atheris  # noqa: PLC0415 - no part of the locked tools: it comes for few Pythons
    except ImportError:
        print("Install atheris first: .venv/bin/python -m pip install atheris")
        return 2
    with atheris.instrument_imports(include=["invoices", "receivables"]):
        from tests.fuzz.targets import TARGETS  # noqa: PLC0415 - instrumented while it is imported
    if not arguments or arguments[0] not in TARGETS:
        print(f"Name a target: {', '.join(TARGETS)}.")
        return 2
    target = TARGETS[arguments[0]]
    with tempfile.TemporaryDirectory() as corpus:
        for n, seed in enumerate(target.seeds):
            (Path(corpus) / str(n)).write_bytes(seed)
        atheris.Setup([sys.argv[0], *arguments[1:], corpus], target.run)
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
