"""Tokens and webhooks to set up: made here, shown once, revoked. Events to look at, and to send again."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from receivables import clock
from receivables.api.actions import add_endpoint, end_endpoint, make_token, revoke_token, send_again
from receivables.api.forms import EndpointForm, TokenForm
from receivables.api.models import ApiToken, WebhookEndpoint, WebhookEvent
from receivables.audit.admin import acting
from receivables.core.errors import Refused
from receivables.db.admin import LookOnly


class ForSuperusers(LookOnly):
    """Whoever may look does not thereby act."""

    def has_act_permission(self, request: HttpRequest) -> bool:
        """For the actions below a list."""
        return bool(request.user.is_superuser)


class MadeOnce(ForSuperusers):
    """Made by its action, then only looked at; what ends it is an action too."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing belongs to it."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The audit chain has it."""


@admin.register(ApiToken)
class ApiTokenAdmin(MadeOnce):
    """Who may ask."""

    form = TokenForm
    list_display = ("name", "creditor", "handle", "made_at", "used_at", "revoked_at")
    list_filter = ("creditor",)
    list_select_related = ("creditor",)
    exclude = ("digest",)
    actions = ("revoke",)
    ordering = ("-pk",)

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        row, token = make_token(obj.creditor, name=obj.name, scopes=obj.scopes, now=clock.now(), by=acting(request))
        obj.pk = row.pk
        messages.warning(request, _("Copy the token now, it is shown only once: %(token)s") % {"token": token})

    @admin.action(description=gettext_lazy("Revoke the tokens chosen"), permissions=["act"])
    def revoke(self, request: HttpRequest, rows: QuerySet[ApiToken]) -> None:
        """From the next request on."""
        _each(request, rows, lambda row: revoke_token(row, now=clock.now(), by=acting(request)))


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(MadeOnce):
    """Who is told."""

    form = EndpointForm
    list_display = ("name", "creditor", "url", "made_at", "ended_at")
    list_filter = ("creditor",)
    list_select_related = ("creditor",)
    exclude = ("secret",)
    actions = ("switch_off",)
    ordering = ("-pk",)

    def save_model(self, request: HttpRequest, obj: WebhookEndpoint, form: Any, change: bool) -> None:
        row, secret = add_endpoint(obj.creditor, name=obj.name, url=obj.url, types=obj.types, now=clock.now(), by=acting(request))
        obj.pk = row.pk
        messages.warning(request, _("Copy the secret that signs now, it is shown only once: %(secret)s") % {"secret": secret})

    @admin.action(description=gettext_lazy("Switch the webhooks chosen off"), permissions=["act"])
    def switch_off(self, request: HttpRequest, rows: QuerySet[WebhookEndpoint]) -> None:
        """They are told nothing any more."""
        _each(request, rows, lambda row: end_endpoint(row, now=clock.now(), by=acting(request)))


@admin.register(WebhookEvent)
class WebhookEventAdmin(ForSuperusers):
    """What is on its way, what was taken, and what was given up."""

    list_display = ("event", "endpoint", "state", "attempts", "not_before", "last_result", "settled_at")
    list_filter = ("state", "creditor")
    list_select_related = ("endpoint",)
    exclude = ("claim",)
    actions = ("again",)
    ordering = ("-pk",)

    @admin.action(description=gettext_lazy("Send the events chosen again"), permissions=["act"])
    def again(self, request: HttpRequest, rows: QuerySet[WebhookEvent]) -> None:
        """With the same ids."""
        count = send_again(list(rows.values_list("pk", flat=True)), now=clock.now(), by=acting(request))
        messages.success(request, _("Events that are sent again: %(n)d.") % {"n": count})


def _each(request: HttpRequest, rows: QuerySet[Any], deed: Any) -> None:
    for row in rows:
        try:
            deed(row)
        except Refused as refusal:
            messages.error(request, f"{row}: {refusal}")
