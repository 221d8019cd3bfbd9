"""Throwing the switches: live or quarantine, halted or not. Each waits for the hand-overs under way, and is audited."""

from receivables.messaging.actions.guests import dismiss_guest, end_trial, end_trial_when_over, name_guest
from receivables.messaging.actions.halting import halt, halt_part, release_brake, release_by_itself, resume
from receivables.messaging.actions.live import NEVER_REAL, go_live, go_quarantine, obstacles
from receivables.messaging.actions.restored import confirm_database, lock

__all__ = [
    "NEVER_REAL", "confirm_database", "dismiss_guest", "end_trial", "end_trial_when_over", "go_live", "go_quarantine", "halt", "halt_part",
    "lock", "name_guest", "obstacles", "release_brake", "release_by_itself", "resume",
]  # fmt: skip
