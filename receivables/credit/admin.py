"""A company's rules of credit to set; states, limits and decisions to look at."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from receivables.audit.admin import Audited
from receivables.clock import today
from receivables.credit.actions import look_again_at_all
from receivables.credit.models import CreditChange, CreditLimit, CreditRules, RegisterAnswer
from receivables.db.admin import LookOnly


@admin.register(CreditRules)
class CreditRulesAdmin(Audited):
    """One row a company; without one the defaults count. A change is judged with the next follow-up, minutes later."""

    list_display = ("creditor", *CreditRules.STATES, "overdue_days", "long_overdue_days", "worst_rating")
    list_select_related = ("creditor",)

    def get_readonly_fields(self, request: HttpRequest, obj: CreditRules | None = None) -> Any:
        return ("creditor",) if obj else ()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        rules: CreditRules = form.instance
        look_again_at_all(rules.creditor, on=today(rules.creditor.time_zone))


@admin.register(CreditLimit)
class CreditLimitAdmin(LookOnly):
    """Every limit that was ever set."""

    list_display = ("customer", "kind", "amount", "currency", "valid_until", "reason", "set_on", "author")
    list_filter = ("creditor", "kind")
    list_select_related = ("customer", "author")
    ordering = ("-pk",)


@admin.register(CreditChange)
class CreditChangeAdmin(LookOnly):
    """Every change of a credit state."""

    list_display = ("customer", "before", "state", "cause", "until", "on", "author")
    list_filter = ("creditor", "state", "cause")
    list_select_related = ("customer", "author")
    ordering = ("-pk",)


@admin.register(RegisterAnswer)
class RegisterAnswerAdmin(LookOnly):
    """Every answer of a register, with its proof."""

    list_display = ("register", "country", "number", "on", "verdict", "why", "proof", "asked_at")
    list_filter = ("creditor", "register", "verdict")
    search_fields = ("=number", "=proof")
    ordering = ("-pk",)
