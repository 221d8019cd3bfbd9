"""The audit chain to look at, and set-up whose changes go into it."""

from typing import Any

from django.contrib import admin
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse

from receivables.accounts.admin import CreditorAdmin, UserAdmin
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.audit.models import Entry
from receivables.db.admin import LookOnly


class Audited(admin.ModelAdmin):
    """Each change is one entry on the chain of the company it concerns: the names of the fields, never what stands in them."""

    @transaction.atomic
    def changeform_view(self, request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponse:
        return super().changeform_view(request, *arguments, **options)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        fields = [*form.changed_data, *(formset.prefix for formset in formsets if formset.has_changed())]
        verb = f"{'change' if change else 'make'}_{form.instance._meta.model_name}"
        record(company_of(form.instance), verb, form.instance, by=acting(request), changed=fields)


def company_of(row: models.Model) -> Creditor | None:
    """The company whose chain a change belongs on; none is the installation's."""
    return row if isinstance(row, Creditor) else getattr(row, "creditor", None)


def acting(request: HttpRequest) -> User | None:
    """Who asks; nobody where nobody is signed in."""
    return request.user if isinstance(request.user, User) else None


@admin.register(Creditor)
class AuditedCreditorAdmin(Audited, CreditorAdmin):
    """Companies."""


@admin.register(User)
class AuditedUserAdmin(Audited, UserAdmin):
    """Staff."""


@admin.register(Entry)
class EntryAdmin(LookOnly):
    """Business events, newest first."""

    list_display = ("creditor", "sequence", "at", "actor", "verb", "subject")
    list_filter = ("creditor", "verb")
    list_select_related = ("creditor", "actor")
    search_fields = ("=subject",)
    ordering = ("-pk",)
    exclude = ("digest",)
