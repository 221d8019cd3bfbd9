"""Who may open which address. Every address of the program is declared here; a test fails for one that is not.

A screen is wrapped by `guarded`: the visitor's company is found, the deed is asked for, and only then the view runs. Objects are fetched
through `of_company` alone, so one of another company is not found.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.core.exceptions import BadRequest, PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from receivables.accounts.models import Creditor, User
from receivables.accounts.permissions import deeds_of

Row = TypeVar("Row", bound=models.Model)
View = Callable[..., HttpResponseBase]

COMPANY = "company"  # session key: the company a person works for, of those they may see
LOOK = ("GET", "HEAD")
FORM = ("GET", "HEAD", "POST")
DO = ("POST",)


class StaffRequest(HttpRequest):
    """A request that passed `guarded`."""

    user: User
    creditor: Creditor  # the company this person works for now
    creditors: list[Creditor]  # all they may see
    deeds: frozenset[str]  # what they may do there: keys of permissions.NEEDED


@dataclass(frozen=True, slots=True)
class Rule:
    """What an address needs: a deed of `permissions.NEEDED`, and the methods it answers."""

    deed: str
    methods: tuple[str, ...] = LOOK


# The staff screens, by name below "dashboard:". Whatever changes something answers POST alone, or shows its form by GET.
RULES = {
    "today": Rule("view"),
    "preview": Rule("view"),
    "search": Rule("view"),
    "switch_company": Rule("view", DO),
    "courtesy": Rule("manage_company", FORM),
    "sender": Rule("view"),
    "sender_change": Rule("manage_company", FORM),
    "sender_check": Rule("manage_company", DO),
    "texts": Rule("view"),
    "text": Rule("view"),
    "text_edit": Rule("manage_company", FORM),
    "text_document": Rule("manage_company"),
    "text_restore": Rule("manage_company", FORM),
    "letterhead": Rule("view"),
    "letterhead_change": Rule("manage_company", FORM),
    "letterhead_document": Rule("view"),
    "endings": Rule("view"),
    "rules": Rule("view"),
    "rules_change": Rule("manage_company", FORM),
    "sending": Rule("view"),
    "sending_halt": Rule("halt_sending", FORM),
    "sending_resume": Rule("halt_sending", FORM),
    "sending_confirm": Rule("halt_sending", FORM),
    "sending_part": Rule("halt_sending", FORM),
    "brake_release": Rule("halt_sending", FORM),
    "trial_guest": Rule("halt_sending", DO),
    "trial_guest_dismiss": Rule("halt_sending", DO),
    "trial_end": Rule("halt_sending", FORM),
    "claim_settings": Rule("manage_company", FORM),
    "customer_claims": Rule("view"),
    "claims_post": Rule("change_books", FORM),
    "claims_rerun": Rule("change_books", FORM),
    "customer_kind": Rule("approve", FORM),
    "invoice_claims_post": Rule("change_books", FORM),
    "claim": Rule("view"),
    "claim_waive": Rule("approve", FORM),
    "claim_reverse": Rule("approve", FORM),
    "customer_spare": Rule("approve", FORM),
    "spared_end": Rule("approve", FORM),
    "customer_rate": Rule("change_books", FORM),
    "invoice_rate": Rule("change_books", FORM),
    "tasks": Rule("view"),
    "task_close": Rule("run", DO),
    "task_call": Rule("run", FORM),
    "customer_call": Rule("run", FORM),
    "customers": Rule("view"),
    "customers_export": Rule("view"),
    "customer": Rule("view"),
    "customer_coming": Rule("view"),
    "doubles": Rule("view"),
    "customer_merge": Rule("approve", FORM),
    "customer_split": Rule("approve", FORM),
    "move_undo": Rule("approve", FORM),
    "customer_hold": Rule("hold", FORM),
    "customer_contact": Rule("change_books", FORM),
    "customer_numbers": Rule("change_books", FORM),
    "customer_pesel": Rule("approve", FORM),
    "contact_salutation": Rule("change_books", FORM),
    "customer_write": Rule("run", FORM),
    "customer_demand": Rule("run", FORM),
    "customer_papers": Rule("run", FORM),
    "customer_paper_terms": Rule("change_books", FORM),
    "statement_schedule": Rule("manage_company", FORM),
    "campaigns": Rule("view"),
    "campaign_new": Rule("approve", FORM),
    "campaign": Rule("view"),
    "campaign_export": Rule("view"),
    "campaign_remind": Rule("run", FORM),
    "campaign_close": Rule("approve", FORM),
    "balance_answer": Rule("change_books", FORM),
    "balance_document": Rule("view"),
    "customer_packs": Rule("run", FORM),
    "pack_document": Rule("run"),
    "company_papers": Rule("manage_company", FORM),
    "company_paper": Rule("view"),
    "stamp_file": Rule("view"),
    "agreement_paper": Rule("run", FORM),
    "assignment_paper": Rule("approve", FORM),
    "order_paper": Rule("run", FORM),
    "paper_document": Rule("view"),
    "customer_court": Rule("view"),
    "court": Rule("view"),
    "court_export": Rule("view"),
    "court_case": Rule("view"),
    "court_prepare": Rule("change_books", FORM),
    "court_stage": Rule("change_books", FORM),
    "court_take_back": Rule("approve", FORM),
    "court_document": Rule("view"),
    "court_claim_export": Rule("view"),
    "court_xml": Rule("change_books", DO),
    "court_sheet": Rule("change_books", DO),
    "mediation_begin": Rule("hold", FORM),
    "mediation_settle": Rule("approve", FORM),
    "mediation_fail": Rule("hold", FORM),
    "debt_sell": Rule("approve", FORM),
    "debt_sale": Rule("view"),
    "debt_sale_take_back": Rule("approve", FORM),
    "agency_reports": Rule("view"),
    "agency_way": Rule("manage_company", FORM),
    "agency_way_try": Rule("manage_company", DO),
    "agency_report_new": Rule("change_books", FORM),
    "agency_record_new": Rule("change_books", FORM),
    "package_password": Rule("run", DO),
    "customer_best_date": Rule("view"),
    "agencies": Rule("view"),
    "agencies_export": Rule("view"),
    "agency_new": Rule("manage_company", FORM),
    "agency": Rule("view"),
    "agency_change": Rule("manage_company", FORM),
    "agency_paper": Rule("manage_company", FORM),
    "agency_document": Rule("view"),
    "placements": Rule("view"),
    "placements_export": Rule("view"),
    "placement": Rule("view"),
    "placement_package": Rule("view"),
    "customer_hand_over": Rule("run", FORM),
    "placement_approve": Rule("approve", FORM),
    "placement_refuse": Rule("run", FORM),
    "placement_receive": Rule("run", FORM),
    "placement_reject": Rule("run", FORM),
    "placement_status": Rule("run", FORM),
    "placement_collect": Rule("change_books", FORM),
    "placement_commission": Rule("change_books", FORM),
    "commission_take_back": Rule("change_books", FORM),
    "placement_recall": Rule("run", FORM),
    "placement_return": Rule("run", FORM),
    "placement_close": Rule("run", FORM),
    "customer_agency": Rule("run", DO),
    "customer_agency_paid": Rule("change_books", FORM),
    "customer_promise": Rule("hold", FORM),
    "customer_policy": Rule("manage_policies", FORM),
    "invoice_policy": Rule("manage_policies", FORM),
    "customer_agreement": Rule("hold", FORM),
    "customer_deferral": Rule("hold", FORM),
    "agreement_end": Rule("hold", FORM),
    "agreement_signed": Rule("change_books", FORM),
    "customer_stop": Rule("hold", FORM),
    "stop_end": Rule("hold", FORM),
    "stop_answer": Rule("approve", FORM),
    "stop_document": Rule("view"),
    "customer_complaint": Rule("change_books", FORM),
    "complaint": Rule("view"),
    "complaint_answer": Rule("change_books", FORM),
    "invoice_awaited": Rule("change_books", FORM),
    "awaited_call_off": Rule("change_books", DO),
    "customer_reason": Rule("change_books", FORM),
    "addresses": Rule("view"),
    "address_stop": Rule("change_books", FORM),
    "address_again": Rule("change_books", FORM),
    "reasons": Rule("view"),
    "credit_check": Rule("view"),
    "credit_check_ask": Rule("change_books", DO),
    "customer_limit": Rule("approve", FORM),
    "customer_credit": Rule("approve", FORM),
    "customer_credit_history": Rule("view"),
    "credit_end": Rule("approve", DO),
    "customer_sign": Rule("change_books", FORM),
    "sign_dismiss": Rule("change_books", FORM),
    "hold_release": Rule("hold", DO),
    "bank": Rule("view"),
    "bank_import": Rule("change_books", FORM),
    "bank_mapping": Rule("change_books", FORM),
    "bank_match": Rule("change_books", DO),
    "bank_match_stop": Rule("change_books", DO),
    "bank_arrival_seen": Rule("change_books", DO),
    "bank_line": Rule("view"),
    "settlements": Rule("change_books", FORM),
    "settlement": Rule("view"),
    "settlement_book": Rule("change_books", FORM),
    "settlement_undo": Rule("change_books", FORM),
    "settlement_discard": Rule("change_books", FORM),
    "settlement_line": Rule("change_books", FORM),
    "bank_line_book": Rule("change_books", DO),
    "bank_line_split": Rule("change_books", DO),
    "bank_line_aside": Rule("change_books", FORM),
    "bank_line_back": Rule("change_books", DO),
    "bank_line_return": Rule("change_books", DO),
    "bank_line_refund": Rule("change_books", DO),
    "bank_refunds": Rule("view"),
    "bank_join": Rule("change_books", FORM),
    "collective_id": Rule("change_books", FORM),
    "difference_rules": Rule("manage_company", FORM),
    "offer_policies": Rule("manage_company", FORM),
    "customer_offers": Rule("hold", FORM),
    "payment_give_back": Rule("change_books", FORM),
    "credit_note_give_back": Rule("change_books", FORM),
    "refund_undo": Rule("change_books", FORM),
    "payment_rest": Rule("change_books", FORM),
    "payment_exchange": Rule("change_books", FORM),
    "payment_difference": Rule("change_books", FORM),
    "payment_prepaid": Rule("change_books", FORM),
    "prepayment_end": Rule("change_books", DO),
    "invoice_discount": Rule("change_books", FORM),
    "bank_line_sister": Rule("change_books", FORM),
    "sister_pass_on": Rule("change_books", FORM),
    "sister_take_back": Rule("change_books", DO),
    "statement_release": Rule("approve", FORM),
    "customer_payment": Rule("change_books", FORM),
    "invoices": Rule("view"),
    "invoices_export": Rule("view"),
    "invoice": Rule("view"),
    "invoice_document": Rule("view"),
    "papers_import": Rule("change_books", FORM),
    "not_taken_again": Rule("change_books", DO),
    "invoice_question": Rule("change_books", FORM),
    "invoice_due_dates": Rule("change_books", FORM),
    "invoice_delivery": Rule("change_books", FORM),
    "invoice_paper": Rule("change_books", FORM),
    "invoice_paper_document": Rule("view"),
    "invoice_cap": Rule("hold", FORM),
    "invoice_dispute": Rule("change_books", FORM),
    "dispute_resolve": Rule("change_books", FORM),
    "invoice_write_off": Rule("approve", FORM),
    "write_off_take_back": Rule("approve", FORM),
    "limitation_note": Rule("change_books", FORM),
    "limitation_end": Rule("change_books", FORM),
    "limitation_take_back": Rule("change_books", FORM),
    "limitation_document": Rule("view"),
    "clocks": Rule("view"),
    "clocks_export": Rule("view"),
    "unclaimed": Rule("view"),
    "unclaimed_export": Rule("view"),
    "terms": Rule("view"),
    "terms_export": Rule("view"),
    "registers": Rule("view"),
    "registers_export": Rule("view"),
    "insurance": Rule("view"),
    "insurance_export": Rule("view"),
    "insurance_policy": Rule("manage_company", FORM),
    "insurance_notify": Rule("change_books", FORM),
    "insurance_take_back": Rule("change_books", FORM),
    "register_warning": Rule("change_books", FORM),
    "register_warning_take_back": Rule("change_books", FORM),
    "register_document": Rule("view"),
    "register_entry": Rule("approve", FORM),
    "register_update": Rule("change_books", FORM),
    "relief": Rule("view"),
    "relief_export": Rule("view"),
    "invoice_vat": Rule("change_books", FORM),
    "relief_take": Rule("change_books", FORM),
    "relief_give_back": Rule("change_books", DO),
    "relief_take_back": Rule("change_books", FORM),
    "payments": Rule("view"),
    "payments_export": Rule("view"),
    "payment": Rule("view"),
    "payment_new": Rule("change_books", LOOK),
    "payment_allocate": Rule("change_books", FORM),
    "payment_reverse": Rule("change_books", FORM),
    "reconciliation": Rule("change_books", FORM),
    "intake": Rule("change_books", FORM),
    "intake_progress": Rule("change_books", FORM),
    "mapping": Rule("change_books", FORM),
    "opening_import": Rule("change_books", FORM),
    "first_contact": Rule("view"),
    "first_contact_release": Rule("approve", DO),
    "customers_import": Rule("change_books", FORM),
    "runs": Rule("view"),
    "run_start": Rule("run", FORM),
    "run": Rule("view"),
    "run_answer": Rule("approve", DO),
    "notice": Rule("view"),
    "notice_edit": Rule("approve", FORM),
    "mailbox": Rule("view"),
    "message": Rule("view"),
    "message_outcome": Rule("run", FORM),
    "message_again": Rule("run", FORM),
    "message_withdraw": Rule("approve", FORM),
    "message_undo": Rule("run", DO),
    "unknown": Rule("view"),
    "unknown_decide": Rule("run", FORM),
    "message_html": Rule("view"),
    "message_document": Rule("view"),
    "enclosure_document": Rule("view"),
    "post": Rule("view"),
    "post_close": Rule("approve", FORM),
    "post_batch": Rule("view"),
    "post_list": Rule("view"),
    "post_package": Rule("view"),
    "post_merged_package": Rule("view"),
    "post_evidence": Rule("view"),
    "post_posted": Rule("run", FORM),
    "post_numbers": Rule("run", FORM),
    "post_cancel": Rule("approve", FORM),
    "post_take_out": Rule("run", FORM),
    "replies": Rule("view"),
    "reply": Rule("view"),
    "reply_document": Rule("view"),
    "reply_kind": Rule("hold", DO),
    "reply_done": Rule("hold", FORM),
    "reply_assign": Rule("hold", FORM),
    "rates": Rule("view"),
    "policies": Rule("view"),
    "policy": Rule("view"),
    "policy_export": Rule("view"),
    "policy_diff": Rule("view"),
    "policy_import": Rule("manage_policies", FORM),
    "policy_offer": Rule("manage_policies", DO),
    "policy_draft": Rule("manage_policies", FORM),
    "policy_discard": Rule("manage_policies", FORM),
    "policy_publish": Rule("manage_policies", FORM),
    "policy_retire": Rule("manage_policies", FORM),
    "policy_scenarios": Rule("manage_policies", FORM),
    "policy_play": Rule("manage_policies", DO),
    "scenario_detach": Rule("manage_policies", DO),
    "policy_move": Rule("manage_policies", FORM),
    "segments": Rule("view"),
    "segment_new": Rule("manage_policies", FORM),
    "segment": Rule("manage_policies", FORM),
    "segment_move": Rule("manage_policies", DO),
    "segment_delete": Rule("manage_policies", FORM),
}

# All others: addresses open to everybody, those of a signed-in person whatever the role, and parts of the program that guard themselves.
OPEN_TO_ALL = frozenset(
    {"healthz", "readyz", "set_language", "stop", "check", "check_code", "account_login", "account_signup", "account_reset_password"}
)
GUARD_THEMSELVES = frozenset({"account", "admin", "agencies", "api", "hooks", "portal", "shops"})  # by namespace, or by a name's first word


def deed_of(name: str) -> str | None:
    """What an address needs, by its full name such as "dashboard:today"; None where nobody has said."""
    space, _, own = name.rpartition(":")
    if space == "dashboard":
        return RULES[own].deed if own in RULES else None
    if name in OPEN_TO_ALL:
        return "anybody"
    part = space.partition(":")[0] or name.partition("_")[0]
    return f"judged by {part}" if part in GUARD_THEMSELVES else None


def guarded(name: str, view: View) -> View:
    """The view behind its rule. Raises KeyError when the address is imported without one."""
    rule = RULES[name]

    @require_http_methods(rule.methods)
    @wraps(view)
    def answer(request: StaffRequest, **parts: Any) -> HttpResponseBase:
        if any("\x00" in text for texts in request.GET.lists() for text in texts[1]):
            raise BadRequest("an address with a NUL")  # no column can hold it; forms refuse it themselves
        if not _enter(request):
            return render(request, "dashboard/no_company.html", status=403)
        if rule.deed not in request.deeds:
            raise PermissionDenied(f"{name} needs {rule.deed}")
        with timezone.override(ZoneInfo(request.creditor.time_zone)):
            return view(request, **parts)

    return answer


def of_company(request: StaffRequest, rows: models.QuerySet[Row]) -> models.QuerySet[Row]:
    """These rows as far as they belong to the company the person works for now, and may see."""
    return rows.filter(creditor=request.creditor, creditor__in=Creditor.objects.visible_to(request.user))


def get(request: StaffRequest, rows: models.QuerySet[Row], pk: int) -> Row:
    """One of these rows; another company's is not found (404)."""
    return get_object_or_404(of_company(request, rows), pk=pk)


def _enter(request: StaffRequest) -> bool:
    """Set the company, all companies and the deeds on the request; False for a person who belongs to none."""
    request.creditors = list(Creditor.objects.visible_to(request.user))
    chosen = request.session.get(COMPANY)
    company = next((one for one in request.creditors if one.pk == chosen), request.creditors[0] if request.creditors else None)
    if company is None:
        return False
    request.creditor, request.deeds = company, deeds_of(request.user, company)
    return True
