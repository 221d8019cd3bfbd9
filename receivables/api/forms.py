"""What the admin asks for a new token or webhook."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from receivables.api.actions.endpoints import reach
from receivables.api.models import ApiToken, EventType, Scope, WebhookEndpoint
from receivables.outside import NotAllowed, allowed_url


def _several(choices: type[Scope] | type[EventType], *, label: Any, first: str) -> forms.MultipleChoiceField:
    """Any of these, as boxes to tick; at least one."""
    return forms.MultipleChoiceField(choices=choices.choices, label=label, initial=[first], widget=forms.CheckboxSelectMultiple)


class TokenForm(forms.ModelForm):
    """Whose it is, and what it may do."""

    scopes = _several(Scope, label=_lazy("may"), first=Scope.CREDIT_READ)

    class Meta:
        model = ApiToken
        fields = ("creditor", "name", "scopes")


class EndpointForm(forms.ModelForm):
    """Where it is, and what it is told; what its text alone tells is refused here, where it leads is judged with every event."""

    types = _several(EventType, label=_lazy("is told"), first=EventType.CREDIT_CHANGED)

    class Meta:
        model = WebhookEndpoint
        fields = ("creditor", "name", "url", "types")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        try:
            allowed_url(given.get("url", ""), reach=reach())
        except NotAllowed as refusal:
            self.add_error("url", str(refusal))
        mine = WebhookEndpoint.objects.filter(creditor=given.get("creditor"), url=given.get("url"), ended_at=None)
        if mine.exists():
            self.add_error("url", _("This address is told already. Switch that webhook off first."))
        return given
