"""What the admin asks for a new token or webhook."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from receivables.api.actions.endpoints import reach
from receivables.api.models import ApiToken, WebhookEndpoint
from receivables.outside import NotAllowed, allowed_url


class TokenForm(forms.ModelForm):
    """Whose it is."""

    class Meta:
        model = ApiToken
        fields = ("creditor", "name")


class EndpointForm(forms.ModelForm):
    """Where it is; what its text alone tells is refused here, where it leads is judged with every event."""

    class Meta:
        model = WebhookEndpoint
        fields = ("creditor", "name", "url")

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
