"""No binary fraction gets near money: the pure modules that reckon hold no float, by any way one could come in."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RECKON = (
    "receivables/core/money.py",
    "receivables/countries/**/*.py",
    "invoices/ledger.py",
    "dunning/claims.py",
    "dunning/agreements.py",
    "dunning/schedules.py",
)
FILES = sorted({path.relative_to(ROOT) for pattern in RECKON for path in ROOT.glob(pattern)})
BRING_FLOATS = {"math", "cmath", "statistics", "random", "fractions", "numpy", "time"}


def floats(source: str) -> Iterator[str]:
    """Each place where a float is written, named, asked for or brought in."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Constant(value=float() | complex()):
                yield f"line {node.lineno}: the number {node.value!r}"
            case ast.Name(id="float" | "complex") | ast.Attribute(attr="from_float" | "total_seconds" | "timestamp" | "as_integer_ratio"):
                yield f"line {node.lineno}: {ast.unparse(node)}"
            case ast.Import(names=names) if BRING_FLOATS.intersection(name.name.partition(".")[0] for name in names):
                yield f"line {node.lineno}: {ast.unparse(node)}"
            case ast.ImportFrom(module=str(module)) if module.partition(".")[0] in BRING_FLOATS:
                yield f"line {node.lineno}: {ast.unparse(node)}"


@pytest.mark.parametrize("path", FILES, ids=str)
def test_modules_that_reckon_hold_no_float(path: Path) -> None:
    assert list(floats((ROOT / path).read_text(encoding="utf-8"))) == []


def test_each_pattern_finds_its_modules() -> None:
    assert len(FILES) > 30 and all(any(ROOT.glob(pattern)) for pattern in RECKON)


@pytest.mark.parametrize(
    "source",
    ["rate = 0.05", "x = 1e3", "y = float(z)", "def f(x: float): ...", "import math", "from statistics import mean", "import math as m", "Decimal.from_float(x)"],
)  # fmt: skip
def test_a_float_is_found(source: str) -> None:
    assert list(floats(source))


@pytest.mark.parametrize("source", ["rate = Decimal('0.05')", "n = 10**3", "from datetime import time"])
def test_what_is_no_float_is_left_alone(source: str) -> None:
    assert list(floats(source)) == []
