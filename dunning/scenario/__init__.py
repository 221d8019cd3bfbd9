"""Scenarios as text (SCENARIOS.md, section 2): what is done day by day, and what must be true then. Reading only; playing is elsewhere."""

from dunning.scenario import actions
from dunning.scenario.story import (
    ContactCap,
    Customer,
    Entry,
    Expect,
    ExpectedItem,
    ExpectedNotice,
    ExpectedTask,
    ItemValue,
    Scenario,
    Settings,
)
from dunning.scenario.text import parse_scenario

__all__ = [
    "ContactCap",
    "Customer",
    "Entry",
    "Expect",
    "ExpectedItem",
    "ExpectedNotice",
    "ExpectedTask",
    "ItemValue",
    "Scenario",
    "Settings",
    "actions",
    "parse_scenario",
]
