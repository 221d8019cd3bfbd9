"""Our own papers and messages keep the rules that a check of papers goes by."""

from pathlib import Path

import pytest

from receivables.countries.law import PACKS
from receivables.countries.words import Debtor

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"
TEXTS = sorted(path for room in ("documents", "messages") for path in (TEMPLATES / room).rglob("*") if path.suffix in (".html", ".txt"))


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_no_template_says_what_a_paper_may_not_say(path: Path) -> None:
    faults = PACKS["PL"].paper_rules().faults(path.read_text(encoding="utf-8"), Debtor.BUSINESS)
    assert [(rule.key, words) for rule, words in faults] == []


def test_there_are_templates() -> None:
    assert len(TEXTS) > 20
