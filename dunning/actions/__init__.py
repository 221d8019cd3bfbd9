"""The verbs of the process. Each judges under lock, writes, audits, and raises `Refused` with a sentence where it may not be."""

from dunning.actions.acknowledging import note_signed
from dunning.actions.agencies import accept, agency_paid, collect_of, recall, recall_placement
from dunning.actions.agencies_on_file import Rate, add_agency_paper, save_agency
from dunning.actions.agency_reports import (
    book_commission,
    collect,
    collect_by_hand,
    commission_due,
    note_agency_promise,
    note_status,
    take_back_commission,
)
from dunning.actions.agreements import agree, defer, next_label
from dunning.actions.answers import approve, approve_all, reject, restated
from dunning.actions.awaited import await_credit, call_off_awaited
from dunning.actions.call_outcomes import Disputed, Promised, finish_call, note_call
from dunning.actions.calls import call_done
from dunning.actions.campaigns import (
    Answered,
    answer_balance,
    check_campaign,
    close_campaign,
    open_campaign,
    open_requests,
    remind_silent,
    send_campaigns,
)
from dunning.actions.caps import cap_ladder
from dunning.actions.cases import enter, follow_books, wake
from dunning.actions.claims import change_kind, post_claimable, rerun_claims
from dunning.actions.clocks import follow_clocks
from dunning.actions.company_papers import make_payment_policy, payment_policy, policies_made
from dunning.actions.complaints import answer_complaint, record_complaint
from dunning.actions.contacts import change_contact
from dunning.actions.contracts import AgreementPaper, AssignmentPaper, Contract, OrderPaper, Party, contract_facts, make_contract
from dunning.actions.court import Reached, history_of, prepare_case, reach_stage, take_back_stage
from dunning.actions.court_papers import claim_sheets, make_claim_sheet
from dunning.actions.courtesy import give_answer, set_courtesy
from dunning.actions.debt_sales import Buyer, Terms, sale_papers, sell_debt, take_back_sale
from dunning.actions.demands import Deliver, DemandWish, demand, look_at_demand, why_left_out
from dunning.actions.disputes import decide_dispute, open_dispute
from dunning.actions.drafts import attach_scenario, detach_scenario, discard_draft, publish_draft, retire, save_draft
from dunning.actions.edits import Edit, block, drop_item, lower, raise_by_one, skip_for_good
from dunning.actions.evidence import PACK, Gathered, evidence_of, make_evidence, packs_of
from dunning.actions.first_contact import Seen, release_first_contact
from dunning.actions.holds import hold, release_hold
from dunning.actions.limitation_events import end_event, note_event, take_back_event
from dunning.actions.mediations import begin_mediation, fail_mediation, settle_mediation
from dunning.actions.merging import merge_customers, plan_merge, split_customer, undo_move
from dunning.actions.moves import move_cases
from dunning.actions.offers import MOST_ASKED, TermsWish, Told, accept_offer, ask_terms, set_offers, told_by_letter, waiting_terms
from dunning.actions.outcomes import Result, outcome
from dunning.actions.papers import KEPT_BY_HAND, MADE_BY_HAND, PaperWish, make_paper, paper_facts, papers_by_hand
from dunning.actions.placements import close_placement, receive, reject_placement, return_uncollected
from dunning.actions.policies import assign, bank_seen, begin, publish
from dunning.actions.promises import promise
from dunning.actions.proposing import approve_hand_over, propose_hand_over, refuse_hand_over
from dunning.actions.rates import end_agreement
from dunning.actions.reasons import record_reason
from dunning.actions.registers import record_entry, record_update, record_warning, take_back_warning
from dunning.actions.rehearsals import ask_rehearsal, play_asked
from dunning.actions.replies import assign_reply, correct_reply, handle_reply, record_reply
from dunning.actions.results import start_episode
from dunning.actions.rules import set_rules
from dunning.actions.runs import dry_run, plan_and_release, start_run
from dunning.actions.segments import delete_segment, move_segment, save_segment
from dunning.actions.signs import dismiss_sign, find_signs, note_sign
from dunning.actions.sisters import pass_on_to_sister, receive_for_sister, take_back_sister
from dunning.actions.statements import Schedule, due_pairs, period_due, send_statements, set_paper_terms, set_schedule
from dunning.actions.stops import Representative, end_stop, propose_stop_end, record_stop, refuse_stop_end
from dunning.actions.tasks import close_task
from dunning.actions.telling import tell_agencies, tell_all_agencies, tell_of
from dunning.actions.undoing import undo
from dunning.actions.unknown import Decision, decide_unknown
from dunning.actions.withdrawals import also_told, withdraw_letter
from dunning.actions.written import send_again, write

__all__ = [
    "KEPT_BY_HAND",
    "MADE_BY_HAND",
    "MOST_ASKED",
    "PACK",
    "AgreementPaper",
    "Answered",
    "AssignmentPaper",
    "Buyer",
    "Contract",
    "Decision",
    "Deliver",
    "DemandWish",
    "Disputed",
    "Edit",
    "Gathered",
    "OrderPaper",
    "PaperWish",
    "Party",
    "Promised",
    "Rate",
    "Reached",
    "Representative",
    "Result",
    "Schedule",
    "Seen",
    "Terms",
    "TermsWish",
    "Told",
    "accept",
    "accept_offer",
    "add_agency_paper",
    "agency_paid",
    "agree",
    "also_told",
    "answer_balance",
    "answer_complaint",
    "approve",
    "approve_all",
    "approve_hand_over",
    "ask_rehearsal",
    "ask_terms",
    "assign",
    "assign_reply",
    "attach_scenario",
    "await_credit",
    "bank_seen",
    "begin",
    "begin_mediation",
    "block",
    "book_commission",
    "call_done",
    "call_off_awaited",
    "cap_ladder",
    "change_contact",
    "change_kind",
    "check_campaign",
    "claim_sheets",
    "close_campaign",
    "close_placement",
    "close_task",
    "collect",
    "collect_by_hand",
    "collect_of",
    "commission_due",
    "contract_facts",
    "correct_reply",
    "decide_dispute",
    "decide_unknown",
    "defer",
    "delete_segment",
    "demand",
    "detach_scenario",
    "discard_draft",
    "dismiss_sign",
    "drop_item",
    "dry_run",
    "due_pairs",
    "end_agreement",
    "end_event",
    "end_stop",
    "enter",
    "evidence_of",
    "fail_mediation",
    "find_signs",
    "finish_call",
    "follow_books",
    "follow_clocks",
    "give_answer",
    "handle_reply",
    "history_of",
    "hold",
    "look_at_demand",
    "lower",
    "make_claim_sheet",
    "make_contract",
    "make_evidence",
    "make_paper",
    "make_payment_policy",
    "merge_customers",
    "move_cases",
    "move_segment",
    "next_label",
    "note_agency_promise",
    "note_call",
    "note_event",
    "note_sign",
    "note_signed",
    "note_status",
    "open_campaign",
    "open_dispute",
    "open_requests",
    "outcome",
    "packs_of",
    "paper_facts",
    "papers_by_hand",
    "pass_on_to_sister",
    "payment_policy",
    "period_due",
    "plan_and_release",
    "plan_merge",
    "play_asked",
    "policies_made",
    "post_claimable",
    "prepare_case",
    "promise",
    "propose_hand_over",
    "propose_stop_end",
    "publish",
    "publish_draft",
    "raise_by_one",
    "reach_stage",
    "recall",
    "recall_placement",
    "receive",
    "receive_for_sister",
    "record_complaint",
    "record_entry",
    "record_reason",
    "record_reply",
    "record_stop",
    "record_update",
    "record_warning",
    "refuse_hand_over",
    "refuse_stop_end",
    "reject",
    "reject_placement",
    "release_first_contact",
    "release_hold",
    "remind_silent",
    "rerun_claims",
    "restated",
    "retire",
    "return_uncollected",
    "sale_papers",
    "save_agency",
    "save_draft",
    "save_segment",
    "sell_debt",
    "send_again",
    "send_campaigns",
    "send_statements",
    "set_courtesy",
    "set_offers",
    "set_paper_terms",
    "set_rules",
    "set_schedule",
    "settle_mediation",
    "skip_for_good",
    "split_customer",
    "start_episode",
    "start_run",
    "take_back_commission",
    "take_back_event",
    "take_back_sale",
    "take_back_sister",
    "take_back_stage",
    "take_back_warning",
    "tell_agencies",
    "tell_all_agencies",
    "tell_of",
    "told_by_letter",
    "undo",
    "undo_move",
    "waiting_terms",
    "wake",
    "why_left_out",
    "withdraw_letter",
    "write",
]
