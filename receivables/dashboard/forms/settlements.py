"""Forms of settlement reports: a file, the line that pays it out, what a line of it is."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from invoices.models import PayoutPartner
from invoices.settlements import Payout
from receivables.dashboard.templatetags.look import amount as shown


class SettlementForm(forms.Form):
    partner = forms.ModelChoiceField(label=_("Payout partner"), queryset=PayoutPartner.objects.none())
    file = forms.FileField(label=_("Settlement report (CSV, XLSX)"))

    def __init__(self, *args: Any, partners: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["partner"].queryset = partners  # type: ignore[attr-defined]


class PayoutForm(forms.Form):
    line = forms.ChoiceField(label=_("Bank line"))

    def __init__(self, *args: Any, payouts: Sequence[Payout], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["line"].choices = [  # type: ignore[attr-defined]
            (each.line, f"{each.booked_on:%d.%m.%Y} · {shown(each.amount, each.currency)} · {each.text[:80]}") for each in payouts
        ]


class SettlementLineForm(forms.Form):
    number = forms.CharField(label=_("Invoice number"), max_length=100, required=False)
    reason = forms.CharField(
        label=_("or: no customer's money, because"), max_length=200, required=False, help_text=_("Such as: paid at once in the shop.")
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if bool(said.get("number")) == bool(said.get("reason")):
            raise forms.ValidationError(_("Give the number of an invoice, or say why it is no customer's money."))
        return said
