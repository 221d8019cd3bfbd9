"""The verbs of the process. Each judges under lock, writes, audits, and raises `Refused` with a sentence where it may not be."""

from dunning.actions.agencies import accept, agency_paid, recall
from dunning.actions.agreements import agree
from dunning.actions.answers import approve, approve_all, reject, restated
from dunning.actions.calls import call_done
from dunning.actions.caps import cap_ladder
from dunning.actions.cases import enter, follow_books, wake
from dunning.actions.contacts import change_contact
from dunning.actions.holds import hold, release_hold
from dunning.actions.outcomes import Result, outcome
from dunning.actions.policies import assign, bank_seen, begin, publish
from dunning.actions.promises import promise
from dunning.actions.rates import end_agreement
from dunning.actions.results import start_episode
from dunning.actions.runs import dry_run, plan_and_release, start_run
from dunning.actions.tasks import close_task

__all__ = [
    "Result",
    "accept",
    "agency_paid",
    "agree",
    "approve",
    "approve_all",
    "assign",
    "bank_seen",
    "begin",
    "call_done",
    "cap_ladder",
    "change_contact",
    "close_task",
    "dry_run",
    "end_agreement",
    "enter",
    "follow_books",
    "hold",
    "outcome",
    "plan_and_release",
    "promise",
    "publish",
    "recall",
    "reject",
    "release_hold",
    "restated",
    "start_episode",
    "start_run",
    "wake",
]
