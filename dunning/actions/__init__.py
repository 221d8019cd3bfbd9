"""The verbs of the process. Each judges under lock, writes, audits, and raises `Refused` with a sentence where it may not be."""

from dunning.actions.agencies import accept, agency_paid, recall
from dunning.actions.agreements import agree
from dunning.actions.answers import approve, approve_all, reject, restated
from dunning.actions.calls import call_done
from dunning.actions.cases import enter, follow_books, wake
from dunning.actions.contacts import change_contact
from dunning.actions.edits import Edit, block, drop_item, lower, raise_by_one, skip_for_good
from dunning.actions.holds import hold, release_hold
from dunning.actions.outcomes import Result, outcome
from dunning.actions.policies import assign, bank_seen, begin, publish
from dunning.actions.promises import promise
from dunning.actions.rates import end_agreement
from dunning.actions.results import start_episode
from dunning.actions.runs import dry_run, plan_and_release, start_run
from dunning.actions.tasks import close_task

__all__ = [
    "Edit",
    "Result",
    "accept",
    "agency_paid",
    "agree",
    "approve",
    "approve_all",
    "assign",
    "bank_seen",
    "begin",
    "block",
    "call_done",
    "change_contact",
    "close_task",
    "drop_item",
    "dry_run",
    "end_agreement",
    "enter",
    "follow_books",
    "hold",
    "lower",
    "outcome",
    "plan_and_release",
    "promise",
    "publish",
    "raise_by_one",
    "recall",
    "reject",
    "release_hold",
    "restated",
    "skip_for_good",
    "start_episode",
    "start_run",
    "wake",
]
