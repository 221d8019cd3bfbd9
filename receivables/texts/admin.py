from django.contrib import admin

from receivables.db.admin import LookOnly
from receivables.texts.models import CompanyText


@admin.register(CompanyText)
class CompanyTextAdmin(LookOnly):
    """Versions of companies' texts; they are written on the staff's pages."""

    list_display = ("__str__", "creditor", "published_by", "published_at")
    list_filter = ("creditor", "place")
    list_select_related = ("creditor", "published_by")
    ordering = ("-pk",)
