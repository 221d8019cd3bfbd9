"""A company's rules for the ladder, to set up. Policies, cases and runs have screens and verbs of their own."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from dunning.models import LadderRules
from receivables.audit.admin import Audited


@admin.register(LadderRules)
class LadderRulesAdmin(Audited):
    """One row a company, made when it begins: calendar, cap, age of bank data, who releases what."""

    list_display = (
        "creditor",
        "calendar",
        "contact_hours",
        "bank_freshness_days",
        "cap_messages",
        "cap_days",
        "run_cap",
        "four_eyes",
        "first_run_waits",
        "legal_waits",
        "formal_needs_delivery",
        "most_enclosed",
    )
    list_select_related = ("creditor",)
    readonly_fields = ("creditor", "bank_seen_until")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
