"""The verbs of the process. Each judges under lock, writes, audits, and raises `Refused` with a sentence where it may not be."""

from dunning.actions.agencies import accept, recall
from dunning.actions.answers import approve, approve_all, reject, restated
from dunning.actions.awaited import await_credit, call_off_awaited
from dunning.actions.call_outcomes import Disputed, Promised, finish_call
from dunning.actions.calls import call_done
from dunning.actions.cases import enter, follow_books, wake
from dunning.actions.clocks import follow_clocks
from dunning.actions.complaints import answer_complaint, record_complaint
from dunning.actions.contacts import change_contact
from dunning.actions.courtesy import give_answer, set_courtesy
from dunning.actions.disputes import decide_dispute, open_dispute
from dunning.actions.holds import hold, release_hold
from dunning.actions.policies import assign, bank_seen, begin, publish
from dunning.actions.reasons import record_reason
from dunning.actions.results import start_episode
from dunning.actions.runs import dry_run, plan_and_release, start_run
from dunning.actions.stops import Representative, end_stop, propose_stop_end, record_stop, refuse_stop_end
from dunning.actions.tasks import close_task

__all__ = [
    "Disputed",
    "Promised",
    "Representative",
    "accept",
    "answer_complaint",
    "approve",
    "approve_all",
    "assign",
    "await_credit",
    "bank_seen",
    "begin",
    "call_done",
    "call_off_awaited",
    "change_contact",
    "close_task",
    "decide_dispute",
    "dry_run",
    "end_stop",
    "enter",
    "finish_call",
    "follow_books",
    "follow_clocks",
    "give_answer",
    "hold",
    "open_dispute",
    "plan_and_release",
    "propose_stop_end",
    "publish",
    "recall",
    "record_complaint",
    "record_reason",
    "record_stop",
    "refuse_stop_end",
    "reject",
    "release_hold",
    "restated",
    "set_courtesy",
    "start_episode",
    "start_run",
    "wake",
]
