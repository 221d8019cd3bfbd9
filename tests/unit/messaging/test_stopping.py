"""Which mails may be stopped by one press: only those that demand nothing."""

from datetime import date
from typing import Any

import pytest

from receivables.messaging.stopping import is_friendly

TODAY = date(2026, 5, 4)
SOON: dict[str, Any] = {"is_overdue": False, "items": [{"due_on": "2026-05-04"}, {"due_on": "2026-05-09"}]}


@pytest.mark.parametrize(
    ("template", "facts", "friendly"),
    [
        ("reminder", SOON, True),
        ("courtesy_thanks", {}, True),
        pytest.param("reminder", {**SOON, "items": [{"due_on": "2026-05-03"}]}, False, id="its day has passed since it was planned"),
        pytest.param("reminder", {**SOON, "is_overdue": True}, False, id="a reminder after the day"),
        pytest.param("reminder", {"items": SOON["items"]}, False, id="does not say"),
        pytest.param("reminder", {"is_overdue": False, "items": []}, False, id="about nothing"),
        *[(name, SOON, False) for name in ("overdue", "demand", "handover", "portal_code", "written", "written_friendly")],
        *[(f"courtesy_{name}", SOON, False) for name in ("promise_noted", "dispute_received", "agreement_begun")],
    ],
)
def test_only_what_demands_nothing_is_friendly(template: str, facts: dict[str, Any], friendly: bool) -> None:
    assert is_friendly(template, facts, on=TODAY) is friendly
