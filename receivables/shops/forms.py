"""A shop as an admin sets it up: its secrets are written, never shown."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from receivables.outside import NotAllowed, Reach, allowed_url
from receivables.shops.models import Shop


class ShopForm(forms.ModelForm):
    """An empty secret stays as it is."""

    new_secret = forms.CharField(
        label=gettext_lazy("Secret that signs webhooks"), required=False, max_length=200, strip=True, widget=forms.PasswordInput,
        help_text=gettext_lazy("Empty: it stays as it is."),
    )  # fmt: skip
    new_access = forms.CharField(
        label=gettext_lazy("Key to ask with"), required=False, max_length=300, strip=True, widget=forms.PasswordInput,
        help_text=gettext_lazy("WooCommerce: consumer key, a colon, consumer secret. Shopify: the access token. Empty: it stays as it is."),
    )  # fmt: skip

    class Meta:
        model = Shop
        fields = ("creditor", "kind", "name", "prefix", "address", "statuses", "methods", "days", "tax_id_keys", "is_on")

    def clean_address(self) -> str:
        """Only what may be asked."""
        address = str(self.cleaned_data["address"]).strip()
        try:
            if address:
                allowed_url(address, reach=Reach.PUBLIC)
        except NotAllowed as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return address

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not (given.get("new_secret") or self.instance.pk):
            self.add_error("new_secret", _("Copy the secret from the shop: without it nothing that comes is believed."))
        if given.get("address") and not given.get("new_access") and (not self.instance.access or "address" in self.changed_data):
            self.add_error("new_access", _("Give the key as well: it is never sent to another address than it was given for."))
        if given.get("new_secret"):
            self.instance.secret = given["new_secret"]
        if given.get("new_access"):
            self.instance.access = given["new_access"]
        return given
