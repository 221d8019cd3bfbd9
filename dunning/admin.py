"""A company's rules for the ladder, to set up. Policies, cases and runs have screens and verbs of their own."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from dunning.actions.agency_ways import set_up_way
from dunning.agencies.way_form import AgencyWayForm
from dunning.models import AcceptedOffer, AgencyCall, AgencyDelivery, AgencyReportFile, LadderRules, OfferPolicy, SuccessRate
from receivables.audit.actions import record
from receivables.audit.admin import Audited, acting
from receivables.db.admin import LookOnly


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


@admin.register(AgencyDelivery)
class AgencyDeliveryAdmin(admin.ModelAdmin):
    """How packages reach an agency. Set up, switched off, never deleted; secrets are never shown."""

    form = AgencyWayForm
    list_display = ("agency", "sends", "last_problem")
    list_select_related = ("agency",)
    readonly_fields = ("last_problem",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Secrets belong to the agency that they were given for."""
        return (*self.readonly_fields, *(("agency",) if obj else ()))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: AgencyDelivery, form: Any, change: bool) -> None:
        set_up_way(obj, form.cleaned_data["way"], changed=form.changed_data, by=acting(request))


@admin.register(SuccessRate)
class SuccessRateAdmin(admin.ModelAdmin):
    """The share that an agency recovers by the age of the debt, for the best hand-over date."""

    list_display = ("agency", "from_days", "percent")
    list_select_related = ("agency",)

    def save_model(self, request: HttpRequest, obj: SuccessRate, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        record(obj.agency.creditor, "agency_success_set", obj, by=acting(request), from_days=obj.from_days, percent=obj.percent)

    def delete_model(self, request: HttpRequest, obj: SuccessRate) -> None:
        record(obj.agency.creditor, "agency_success_deleted", obj, by=acting(request), from_days=obj.from_days)
        super().delete_model(request, obj)


@admin.register(AgencyReportFile)
class AgencyReportFileAdmin(LookOnly):
    """What came, and what became of it."""

    list_display = ("agency", "name", "source", "at", "taken", "known", "problems")
    list_filter = ("source", "agency")
    list_select_related = ("agency",)
    exclude = ("content",)
    ordering = ("-pk",)


@admin.register(AgencyCall)
class AgencyCallAdmin(LookOnly):
    """What agencies told by calls of their own, and what became of it."""

    list_display = ("agency", "kind", "event", "came_at", "state", "result")
    list_filter = ("state", "agency")
    list_select_related = ("agency",)
    exclude = ("body",)
    ordering = ("-pk",)


@admin.register(OfferPolicy)
class OfferPolicyAdmin(LookOnly):
    """What companies offer and have offered; it is set on the screen of rules."""

    list_display = ("creditor", "kind", "currency", "most_sum", "instalments", "deferral_days", "discount_percent", "credit_percent")
    list_filter = ("creditor", "kind")
    list_select_related = ("creditor",)
    ordering = ("-pk",)


@admin.register(AcceptedOffer)
class AcceptedOfferAdmin(LookOnly):
    """Which offers were accepted, how and when."""

    list_display = ("customer", "kind", "amount", "currency", "way", "accepted_on")
    list_filter = ("creditor", "kind", "way")
    list_select_related = ("customer",)
    ordering = ("-pk",)
