"""How companies and users are set up. Registered in `receivables.audit.admin`, so that each change is audited."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from receivables.accounts.models import Creditor, Membership, User


class MembershipInline(admin.TabularInline):
    """Who may do what there."""

    model = Membership
    extra = 0
    autocomplete_fields = ("user",)


class CreditorAdmin(admin.ModelAdmin):
    """Companies are made and changed here, never deleted: their books stay."""

    list_display = ("name", "slug", "country", "currency", "allocation", "allocation_order")
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}
    inlines = (MembershipInline,)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Creditor | None = None) -> Any:
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Creditor | None = None) -> Any:
        return ("slug", "currency") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Creditor | None = None) -> bool:
        return False


class UserAdmin(DjangoUserAdmin):
    """Staff. Somebody who leaves is deactivated, not deleted: what they did keeps its author."""

    list_display = ("username", "first_name", "last_name", "is_active", "is_superuser", "is_demo")
    readonly_fields = ("is_demo", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email", "language")}),
        (_("Access"), {"fields": ("is_active", "is_staff", "is_superuser", "is_demo")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False
