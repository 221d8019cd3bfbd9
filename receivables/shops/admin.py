"""Shops to set up, and what they told to look at."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy

from receivables.audit.actions import record
from receivables.audit.admin import acting
from receivables.db.admin import LookOnly
from receivables.shops.forms import ShopForm
from receivables.shops.models import Shop, ShopCall


@admin.register(Shop)
class ShopAdmin(admin.ModelAdmin):
    """Set up, switched off, never deleted."""

    form = ShopForm
    list_display = ("name", "creditor", "kind", "is_on", "heard_until", "last_problem")
    list_filter = ("creditor", "kind")
    list_select_related = ("creditor",)
    readonly_fields = ("calls_at", "heard_until", "last_problem")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Orders and buyers that are known belong to its company, under its prefix."""
        return (*self.readonly_fields, *(("creditor", "kind", "prefix") if obj else ()))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("address for its webhooks"))
    def calls_at(self, shop: Shop) -> str:
        """Below the address of this installation."""
        return reverse("shops:called", args=[shop.key]) if shop.pk else ""

    def save_model(self, request: HttpRequest, obj: Shop, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        told = [name for name in form.changed_data if not name.startswith("new_")]
        renewed = [name for name in form.changed_data if name.startswith("new_")]
        record(obj.creditor, "shop_set_up", obj, by=acting(request), fields=told, secrets=renewed)


@admin.register(ShopCall)
class ShopCallAdmin(LookOnly):
    """What came, and what became of it."""

    list_display = ("shop", "topic", "delivery", "came_at", "state", "result")
    list_filter = ("state", "shop")
    list_select_related = ("shop",)
    exclude = ("body",)
    ordering = ("-pk",)
