"""Policy files that must be refused. Three lines on top of each say how: the line complained about, the key, and what is allowed."""

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "broken"


@dataclass(frozen=True, slots=True)
class Broken:
    """One file with what its complaint has to say."""

    name: str
    text: str
    line: int
    key: str
    allowed: str


def broken_policies() -> list[Broken]:
    """All of them, by name."""
    return [_broken(path) for path in sorted(FOLDER.glob("*.yaml"))]


def _broken(path: Path) -> Broken:
    text = path.read_text(encoding="utf-8")
    line, key, allowed = (_said(top, what) for top, what in zip(text.split("\n", 3)[:3], ("line", "key", "allowed"), strict=True))
    return Broken(path.stem, text, int(line), key, allowed)


def _said(top: str, what: str) -> str:
    prefix = f"# {what}: "
    if not top.startswith(prefix):
        raise ValueError(f"{top!r} does not begin with {prefix!r}")
    return top.removeprefix(prefix)
