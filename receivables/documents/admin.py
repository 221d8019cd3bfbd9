from django.contrib import admin

from receivables.db.admin import LookOnly
from receivables.documents.models import Document


@admin.register(Document)
class DocumentAdmin(LookOnly):
    """Papers that were made; their bytes are shown on the staff's pages."""

    list_display = ("number", "name", "kind", "creditor", "created_at")
    list_filter = ("creditor", "kind")
    list_select_related = ("creditor",)
    search_fields = ("=number", "name")
    ordering = ("-pk",)
    exclude = ("content", "facts")
