from django.contrib import admin

from receivables.db.admin import LookOnly, LookOnlyInline
from receivables.messaging.models import Attempt, Brake, DeliveryEvent, Fence, Message, ProviderEvent, Suppression


class AttemptInline(LookOnlyInline):
    model = Attempt


class DeliveryEventInline(LookOnlyInline):
    model = DeliveryEvent


@admin.register(Message)
class MessageAdmin(LookOnly):
    """The outbox. What a message says is shown on the staff's pages, where a portal code is not."""

    list_display = ("pk", "creditor", "channel", "state", "reason", "created_at", "settled_at")
    list_filter = ("creditor", "channel", "state")
    list_select_related = ("creditor",)
    search_fields = ("=message_id", "=recipient")
    ordering = ("-pk",)
    exclude = ("facts", "text", "html", "token")
    inlines = (AttemptInline, DeliveryEventInline)


@admin.register(Suppression)
class SuppressionAdmin(LookOnly):
    """Addresses that are not used any more."""

    list_display = ("creditor", "channel", "address", "reason", "since")
    list_filter = ("creditor", "channel")
    list_select_related = ("creditor",)
    search_fields = ("=address",)


@admin.register(ProviderEvent)
class ProviderEventAdmin(LookOnly):
    """What providers reported, and what became of it. The bytes as they came are not shown: they hold addresses."""

    list_display = ("pk", "source", "kind", "outcome", "result", "received_at", "applied_at")
    list_filter = ("source", "kind", "outcome")
    search_fields = ("=key", "=mail_id", "=reference")
    ordering = ("-pk",)
    exclude = ("body",)


@admin.register(Brake)
class BrakeAdmin(LookOnly):
    """What stopped messages of a company by a channel, and who let them go again. Released on the page of sending."""

    list_display = ("pk", "kind", "creditor", "channel", "since", "released_at", "release_reason")
    list_filter = ("kind", "creditor", "channel")
    list_select_related = ("creditor",)
    ordering = ("-pk",)


@admin.register(Fence)
class FenceAdmin(LookOnly):
    """When a restored database was confirmed, and what it had forgotten."""

    list_display = ("at", "by", "reason", "has_journal", "forgotten")
    list_select_related = ("by",)
    ordering = ("-pk",)
