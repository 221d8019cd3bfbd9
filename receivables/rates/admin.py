"""Rates to enter and to approve. The same person never does both; nothing that was entered is changed or deleted."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Coalesce
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from receivables import clock
from receivables.accounts.models import User
from receivables.core.errors import DomainError
from receivables.countries.rates import shipped
from receivables.db.admin import LookOnly
from receivables.rates.actions import approve_rate, check, enter_mid, enter_rate, refuse_rate
from receivables.rates.models import DayRate, InterestRate, MidRate
from receivables.rates.words import ZONE

WHO = ("author", "entered_at", "approver", "approved_at", "refuser", "refused_at", "superseded_at")


class EnteredForm(ModelForm):
    """Says at once what the verb would refuse."""

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not self.errors:
            row = self._meta.model(**said)
            try:
                check(row, on=clock.today(ZONE))
            except DomainError as refusal:
                raise ValidationError(str(refusal)) from refusal
        return said


class EnteredAdmin(admin.ModelAdmin):
    """Enter a rate; approve or refuse those that others, or `update_rates`, have entered."""

    form = EnteredForm
    actions = ("approve", "refuse")
    list_filter = ("country",)
    list_select_related = ("author", "approver")
    list_per_page = 50
    readonly_fields = WHO
    change_list_template = "admin/rates/change_list.html"

    ordering = (Coalesce("approved_at", "refused_at").desc(nulls_first=True), "-pk")  # what waits comes first

    @admin.display(description=gettext_lazy("state"))
    def stands(self, row: Any) -> str:
        """What has become of it."""
        return str(row.state)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [name for name in super().get_fields(request, obj) if obj or name not in WHO]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        enter = enter_mid if isinstance(obj, MidRate) else enter_rate
        enter(obj, by=_person(request), on=clock.today(ZONE), now=clock.now())

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {**(extra_context or {}), "shipped": self.shipped()})

    def shipped(self) -> list[dict[str, Any]]:
        """The newest of the rows that the package brings along, to look at."""
        raise NotImplementedError

    @admin.action(description=gettext_lazy("Approve the selected rates"), permissions=["approve"])
    def approve(self, request: HttpRequest, rows: models.QuerySet[Any]) -> None:
        def deed(row: Any) -> None:
            approve_rate(row, by=_person(request), on=clock.today(ZONE), now=clock.now())

        self._each(request, rows, deed, gettext_lazy("%(row)s is approved."))

    @admin.action(description=gettext_lazy("Refuse the selected rates"), permissions=["approve"])
    def refuse(self, request: HttpRequest, rows: models.QuerySet[Any]) -> None:
        def deed(row: Any) -> None:
            refuse_rate(row, by=_person(request), now=clock.now())

        self._each(request, rows, deed, gettext_lazy("%(row)s is refused."))

    def has_approve_permission(self, request: HttpRequest) -> bool:
        """Whoever may change rates may decide on those of others."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def _each(self, request: HttpRequest, rows: models.QuerySet[Any], deed: Any, done: Any) -> None:
        """Each by itself, the oldest first: one that is refused does not hold up the others."""
        for row in rows.order_by("pk"):
            try:
                deed(row)
            except DomainError as refusal:
                self.message_user(request, f"{row}: {refusal}", messages.ERROR)
            else:
                self.message_user(request, done % {"row": row}, messages.SUCCESS)


@admin.register(InterestRate)
class InterestRateAdmin(EnteredAdmin):
    """Reference rates and those that nothing derives."""

    list_display = ("regime", "country", "valid_from", "known_until", "rate_percent", "stands", "author", "approver", "source")
    fields = ("country", "regime", "valid_from", "known_until", "rate_percent", "source", "reason", *WHO)

    def shipped(self) -> list[dict[str, Any]]:
        tables = sorted(shipped().tables.items())
        return [
            {
                "name": f"{country} {regime}",
                "rate": rate.percent,
                "unit": "%",
                "first": rate.valid_from,
                "last": rate.known_until,
                "source": rate.source,
            }
            for (country, regime), table in tables
            for rate in table.rates[-1:]
        ]


@admin.register(MidRate)
class MidRateAdmin(EnteredAdmin):
    """What one euro cost at the ends of months."""

    list_display = ("month", "country", "rate_on", "price", "table_number", "stands", "author", "approver", "source")
    fields = ("country", "rate_on", "price", "table_number", "source", "reason", *WHO)

    def shipped(self) -> list[dict[str, Any]]:
        mids = sorted(shipped().mids.items(), reverse=True)[:12]
        return [
            {
                "name": f"{country} {month}",
                "rate": mid.price,
                "unit": "",
                "first": mid.on,
                "last": None,
                "source": f"{mid.table}, {mid.source}",
            }
            for (country, month), mid in mids
        ]


@admin.register(DayRate)
class DayRateAdmin(LookOnly):
    """What other currencies cost on days that bookings need."""

    list_display = ("on", "currency", "price", "table_on", "table_number", "source", "at")
    list_filter = ("currency",)


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise ValidationError(_("Sign in first."))
    return request.user
