"""What people enter about insured debts."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from receivables.dashboard.forms.deeds import Day
from receivables.dashboard.forms.filters import Filter, choice_field, search_field


class InsuranceFilter(Filter):
    STATES = [("due", _("to be notified")), ("notified", _("notified"))]

    q = search_field(_("Invoice or customer"))
    state = choice_field(_("State"), STATES)


class InsurancePolicyForm(forms.Form):
    insurer = forms.CharField(label=_("Insurer"), max_length=120)
    number = forms.CharField(
        label=_("Number of the policy"), max_length=60, help_text=_("The same number again replaces what was entered before.")
    )
    notify_days = forms.IntegerField(
        label=_("Notify within so many days"), min_value=1, max_value=730, help_text=_("After the due date of the invoice.")
    )
    percent = forms.DecimalField(label=_("Covered, %"), min_value=Decimal("0.01"), max_value=100, max_digits=5, decimal_places=2)
    since = Day(label=_("In force from"))
    until = Day(label=_("In force until"), required=False)


class NotifyForm(forms.Form):
    on = Day(label=_("Notified on"))
    reference = forms.CharField(label=_("Reference"), max_length=120, required=False, help_text=_("Number of the notice at the insurer."))
