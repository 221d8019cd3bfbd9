"""What people enter about money of a sister company."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from receivables.accounts.models import Creditor
from receivables.dashboard.forms.deeds import Day, among, reason_field


class SisterForm(forms.Form):
    """Whose money it is: a company, and invoices of one of its customers."""

    company = forms.ModelChoiceField(label=_("Sister company"), queryset=Creditor.objects.none())
    numbers = forms.CharField(label=_("Invoice numbers there, separated by spaces"), max_length=400)
    reason = reason_field()

    def __init__(self, *args: Any, companies: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        among(self.fields["company"], companies)


class PassOnForm(forms.Form):
    """When the money went."""

    on = Day(label=_("Passed on, on"))
