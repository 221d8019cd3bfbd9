"""What people enter to merge or split customers."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from receivables.dashboard.forms.deeds import among, reason_field


class MergeForm(forms.Form):
    """Why they are one, and whether somebody has made sure where a tax number is missing."""

    reason = reason_field()
    is_vouched = forms.BooleanField(label=_("I have made sure that both are the same"), required=False)

    def __init__(self, *args: Any, lacks_proof: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        if not lacks_proof:
            del self.fields["is_vouched"]


class InvoiceChoices(forms.ModelMultipleChoiceField):
    """Some of the customer's invoices."""

    def label_from_instance(self, invoice: Any) -> str:
        return f"{invoice.number} · {invoice.issued_on:%d.%m.%Y} · {invoice.gross:.2f} {invoice.currency}"


class SplitForm(forms.Form):
    """Which invoices are whose, and why. The other customer is named by its number."""

    invoices = InvoiceChoices(label=_("Invoices"), queryset=None, widget=forms.CheckboxSelectMultiple)
    number = forms.CharField(label=_("Number of the customer they belong to"), max_length=60)
    reason = reason_field()

    def __init__(self, *args: Any, invoices: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        among(self.fields["invoices"], invoices)


class UndoForm(forms.Form):
    """Why it is put back."""

    reason = reason_field()
