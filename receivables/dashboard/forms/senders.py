"""Who a company's mails come from."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*", re.IGNORECASE)


class SenderForm(forms.Form):
    name = forms.CharField(label=_("Sender's name"), max_length=100, help_text=_("A team or a person: Anna Nowak, Accounts, Firm Ltd."))
    address = forms.EmailField(
        label=_("Sender's address"), required=False, help_text=_("Under a domain of your firm. Empty: the address of this installation.")
    )
    reply_to = forms.EmailField(
        label=_("Address for answers"),
        required=False,
        help_text=_("A mailbox that somebody reads. Empty: the company's e-mail for replies."),
    )
    selectors = forms.CharField(
        label=_("DKIM selectors"), required=False, max_length=300, help_text=_("As your mail server names them, separated by spaces.")
    )
    signing_domain = forms.CharField(
        label=_("Signing domain"), required=False, max_length=200, help_text=_("Only where it is not the domain of the sender's address.")
    )
    signature = forms.CharField(
        label=_("Signature"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Stands above the company's name at the foot of each message of the ladder."),
    )

    def clean_selectors(self) -> list[str]:
        """One by one."""
        given = [part for part in re.split(r"[\s,;]+", self.cleaned_data["selectors"]) if part]
        if any(not _LABEL.fullmatch(part) or len(part) > 63 for part in given):
            raise forms.ValidationError(_("A selector has letters, digits, hyphens and dots, such as mail or s1."))
        return given

    def clean_signing_domain(self) -> str:
        """A domain or nothing."""
        domain: str = self.cleaned_data["signing_domain"].strip()
        if domain and not _LABEL.fullmatch(domain):
            raise forms.ValidationError(_("Write a domain, such as firm.example."))
        return domain
