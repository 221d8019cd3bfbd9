"""What people choose for a demand in one click."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dunning.actions import Deliver, DemandWish
from dunning.demanding import DEMANDS
from invoices.models import Invoice
from receivables.dashboard.forms.deeds import Day
from receivables.dashboard.forms.papers import LANGUAGES

KINDS = {
    "demand": _("call for payment"),
    "final_demand": _("last call before a court"),
    "register_warning": _("notice of an intended entry in a register (BIG)"),
}
WAYS = {
    Deliver.EMAIL: _("by e-mail, with the paper attached"),
    Deliver.POST: _("by post, with the next batch of letters"),
    Deliver.SELF: _("I download it and deliver it myself today"),
}


class DemandForm(forms.Form):
    kind = forms.ChoiceField(label=_("Paper"), choices=[(kind, KINDS[kind]) for kind in DEMANDS], widget=forms.RadioSelect)
    deliver = forms.ChoiceField(label=_("How it goes"), choices=list(WAYS.items()), widget=forms.RadioSelect)
    currency = forms.ChoiceField(label=_("Currency"))
    language = forms.ChoiceField(label=_("Language"), choices=[("", _("the recipient's")), *LANGUAGES], required=False)
    deadline_on = Day(label=_("Pay by"), required=False, help_text=_("Empty: as the policy says, else in 7 days. A day off moves on."))

    def __init__(self, *args: Any, currencies: Sequence[str], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["currency"].choices = [(code, code) for code in currencies]  # type: ignore[attr-defined]
        if len(currencies) == 1:
            self.fields["currency"].widget = forms.HiddenInput()

    def wish(self, invoice: Invoice | None) -> DemandWish:
        """What was asked for; the form is valid."""
        said: dict[str, Any] = self.cleaned_data
        return DemandWish(
            kind=said["kind"],
            deliver=Deliver(said["deliver"]),
            currency=said["currency"],
            language=said["language"],
            deadline_on=said["deadline_on"],
            invoice=invoice,
        )
