"""What each screen costs in queries, whatever the number of rows."""

from collections.abc import Collection

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dunning import facts
from dunning.models import Notice
from dunning.presence import Presence, presence
from dunning.states import NoticeState
from receivables.dashboard.access import RULES
from tests.builders import make_customer, make_invoice
from tests.web.dashboard.world import DAY, TODAY, World, more_of_customer, more_rows, of, walked

# The shell's share of each: session, user, companies, role, dispatch, freshness (2), what waits (2).
COSTS = {
    "today": 151,
    "preview": 90,
    "search": 10,
    "endings": 16,
    "rules": 13,
    "rules_change": 11,
    "sender": 14,
    "sender_change": 11,
    "texts": 12,
    "text": 12,
    "text_edit": 13,
    "text_restore": 12,
    "letterhead": 12,
    "letterhead_change": 12,
    "sending": 15,
    "sending_confirm": 10,
    "sending_part": 10,
    "brake_release": 11,
    "trial_end": 11,
    "sending_halt": 10,
    "sending_resume": 13,
    "tasks": 11,
    "customers": 54,
    "customer": 142,
    "customer_merge": 11,
    "customer_split": 12,
    "move_undo": 11,
    "doubles": 14,
    "customer_coming": 49,
    "customer_hold": 12,
    "customer_contact": 12,
    "customer_payment": 13,
    "customer_agency_paid": 12,
    "customer_best_date": 18,
    "agency_reports": 14,
    "agency_report_new": 11,
    "agency_record_new": 12,
    "customer_promise": 12,
    "customer_policy": 12,
    "invoice_policy": 12,
    "customer_agreement": 14,
    "customer_deferral": 12,
    "agreement_end": 12,
    "message_outcome": 12,
    "customer_write": 18,
    "contact_salutation": 15,
    "settlements": 13,
    "settlement": 14,
    "settlement_book": 13,
    "settlement_undo": 11,
    "settlement_discard": 11,
    "settlement_line": 12,
    "mapping": 10,
    "customer_papers": 14,
    "customer_packs": 15,
    "company_papers": 40,
    "agreement_paper": 20,
    "assignment_paper": 20,
    "order_paper": 20,
    "customer_demand": 54,
    "unknown_decide": 10,
    "unknown": 11,
    "message_again": 20,
    "message_withdraw": 14,
    "invoices": 14,
    "invoice": 88,
    "papers_import": 11,
    "invoice_question": 11,
    "invoice_due_dates": 12,
    "invoice_delivery": 11,
    "invoice_paper": 11,
    "invoice_cap": 14,
    "invoice_dispute": 12,
    "limitation_note": 11,
    "limitation_end": 11,
    "limitation_take_back": 11,
    "clocks": 12,
    "relief": 17,
    "registers": 19,
    "court": 13,
    "customer_court": 17,
    "court_prepare": 13,
    "court_case": 34,
    "court_stage": 12,
    "court_take_back": 11,
    "mediation_begin": 12,
    "mediation_settle": 12,
    "mediation_fail": 11,
    "debt_sell": 12,
    "debt_sale": 12,
    "debt_sale_take_back": 11,
    "insurance": 15,
    "insurance_policy": 10,
    "insurance_notify": 11,
    "insurance_take_back": 11,
    "write_off_take_back": 11,
    "register_warning": 13,
    "register_warning_take_back": 11,
    "register_entry": 22,
    "register_update": 11,
    "unclaimed": 25,
    "terms": 11,
    "invoice_vat": 11,
    "relief_take": 12,
    "relief_take_back": 11,
    "customer_stop": 11,
    "stop_end": 11,
    "courtesy": 11,
    "task_call": 22,
    "claim_settings": 13,
    "customer_claims": 42,
    "customer_spare": 11,
    "claims_post": 25,
    "claims_rerun": 42,
    "customer_kind": 11,
    "invoice_claims_post": 25,
    "claim": 13,
    "claim_waive": 11,
    "claim_reverse": 11,
    "spared_end": 11,
    "customer_rate": 11,
    "invoice_rate": 11,
    "customer_reason": 12,
    "replies": 12,
    "reply": 14,
    "reply_assign": 12,
    "reply_done": 12,
    "reasons": 12,
    "credit_check": 10,
    "customer_limit": 11,
    "customer_credit": 11,
    "customer_credit_history": 14,
    "customer_sign": 11,
    "sign_dismiss": 11,
    "customer_complaint": 13,
    "complaint": 11,
    "complaint_answer": 11,
    "invoice_awaited": 11,
    "stop_answer": 11,
    "dispute_resolve": 11,
    "invoice_write_off": 12,
    "payments": 14,
    "payment": 20,
    "bank": 24,
    "bank_import": 11,
    "bank_line": 23,
    "bank_line_sister": 11,
    "sister_pass_on": 11,
    "bank_line_aside": 11,
    "statement_release": 11,
    "bank_refunds": 25,
    "bank_join": 10,
    "collective_id": 10,
    "difference_rules": 12,
    "payment_give_back": 14,
    "credit_note_give_back": 13,
    "refund_undo": 11,
    "payment_rest": 13,
    "payment_exchange": 16,
    "payment_difference": 14,
    "payment_prepaid": 15,
    "invoice_discount": 12,
    "payment_new": 10,
    "payment_allocate": 16,
    "payment_reverse": 11,
    "intake": 12,
    "intake_progress": 10,
    "reconciliation": 12,
    "customers_import": 12,
    "opening_import": 12,
    "first_contact": 46,
    "runs": 12,
    "run_start": 91,
    "run": 24,
    "notice": 101,
    "notice_edit": 12,
    "mailbox": 11,
    "addresses": 11,
    "address_stop": 10,
    "address_again": 11,
    "message": 20,
    "post": 17,
    "post_close": 12,
    "post_batch": 14,
    "post_list": 14,
    "post_posted": 14,
    "post_numbers": 11,
    "post_cancel": 11,
    "post_take_out": 11,
    "rates": 18,
    "policies": 16,
    "policy": 16,
    "policy_publish": 15,
    "policy_diff": 12,
    "policy_import": 10,
    "policy_draft": 12,
    "policy_retire": 11,
    "policy_scenarios": 13,
    "policy_move": 13,
    "agencies": 18,
    "agency": 27,
    "agency_new": 10,
    "agency_change": 12,
    "agency_paper": 11,
    "placements": 20,
    "placement": 21,
    "customer_hand_over": 61,
    "placement_approve": 11,
    "placement_refuse": 11,
    "placement_receive": 11,
    "placement_reject": 11,
    "placement_status": 11,
    "placement_collect": 11,
    "placement_commission": 11,
    "commission_take_back": 11,
    "placement_recall": 11,
    "placement_return": 11,
    "placement_close": 11,
    "segments": 13,
    "segment_new": 11,
    "segment": 12,
    "segment_delete": 11,
    "policy_discard": 11,
}
# A download has no shell: session, user, companies, role, then the rows of one batch.
DOWNLOADS = {
    "customers_export": 48,
    "invoices_export": 9,
    "invoice_document": 6,
    "pack_document": 6,
    "paper_document": 6,
    "company_paper": 8,
    "stamp_file": 12,
    "invoice_paper_document": 6,
    "limitation_document": 6,
    "clocks_export": 7,
    "relief_export": 12,
    "registers_export": 14,
    "court_export": 8,
    "court_claim_export": 23,
    "court_document": 6,
    "insurance_export": 9,
    "register_document": 6,
    "unclaimed_export": 20,
    "terms_export": 6,
    "stop_document": 6,
    "reply_document": 7,
    "payments_export": 9,
    "policy_export": 7,
    "post_package": 10,  # with the letters for the send journal, and whether its newest line is known
    "post_merged_package": 10,
    "post_evidence": 6,
    "agencies_export": 12,
    "placements_export": 12,
    "placement_package": 6,
    "agency_document": 6,
    "message_html": 6,
    "text_document": 6,
    "letterhead_document": 7,
    "message_document": 6,
    "enclosure_document": 6,
}


def cost(client: Client, name: str, parts: list[int]) -> int:
    connection.queries_log.clear()  # it forgets the oldest where it is full, and all screens together fill it
    with CaptureQueriesContext(connection) as queries:
        response = client.get(reverse(f"dashboard:{name}", args=parts))
        list(response.streaming_content if response.streaming else [])  # type: ignore[attr-defined]
    assert response.status_code == 200
    return len([query for query in queries if "SAVEPOINT" not in query["sql"]])


def everything_is_there(customers: Collection[int]) -> Presence:
    """The look at which kinds of facts there are, taken and then answered with all: no reader is spared, whatever the world holds."""
    return Presence(*(True for _ in presence(customers)))


@pytest.fixture
def costs(world: World, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, int], dict[str, int]]:
    """Of every screen: what it costs now at most, and what it costs with more rows of everything."""
    monkeypatch.setattr(facts, "presence", everything_is_there)
    monkeypatch.setattr(facts, "_hands_over", lambda ladders: True)
    client, mine = world.client("manager"), of(world.ours)
    names = [name for name, rule in RULES.items() if "GET" in rule.methods]
    owing = make_invoice(make_customer(world.ours.creditor), "70.00", issued_on=TODAY - 50 * DAY, due_on=TODAY - 25 * DAY)
    walked(owing, to="second", position=3)  # nothing holds it: a look at the next run asks which agency takes it
    cost(client, "post_package", [mine["post_package"]])  # writes into the send journal, which every later one reads
    before = {name: cost(client, name, [mine[name]] if name in mine else []) for name in names}
    more_rows(world.ours, 5)
    more_of_customer(world.ours, 3)
    mine["notice"] = Notice.objects.get(customer=world.ours.customer, state=NoticeState.PROPOSED).pk  # the later run planned it anew
    return before, {name: cost(client, name, [mine[name]] if name in mine else []) for name in names}


def test_a_screen_costs_no_more_than_is_known_and_does_not_grow_with_its_rows(costs: tuple[dict[str, int], dict[str, int]]) -> None:
    before, after = costs
    assert after == before
    known = COSTS | DOWNLOADS
    assert set(before) == set(known)
    assert {name: number for name, number in before.items() if number > known[name]} == {}
