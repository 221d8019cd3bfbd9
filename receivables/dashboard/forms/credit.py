"""What people enter about a customer's credit. Whether it may be is judged by the actions."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from receivables.core.money import CURRENCIES
from receivables.credit.models import CreditLimit
from receivables.credit.models.standings import STATES
from receivables.credit.states import LimitKind
from receivables.dashboard.forms.deeds import Amount, Day, reason_field


class LimitForm(forms.Form):
    kind = forms.ChoiceField(label=_("Which limit"), choices=CreditLimit.KINDS, widget=forms.RadioSelect, initial=LimitKind.OWN)
    amount = Amount(
        least=Decimal(0),
        label=_("Amount"),
        required=False,
        help_text=_("How much may be open at once. 0: nothing on credit. Empty: there is no such limit any more."),
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in sorted(CURRENCIES)])
    valid_until = Day(label=_("Valid until"), required=False, help_text=_("The last day; none: until another is set."))
    source = forms.CharField(
        label=_("Insurer and number of its decision"), max_length=200, required=False, help_text=_("Only for the insured limit.")
    )
    reason = reason_field()

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("kind") == LimitKind.INSURED and said.get("amount") is not None and not said.get("source"):
            self.add_error("source", _("Name the insurer and the number of its decision."))
        return said


class DecisionForm(forms.Form):
    state = forms.ChoiceField(label=_("What they may buy"), choices=STATES, widget=forms.RadioSelect)
    until = Day(label=_("Until"), help_text=_("The last day. The day after, the rules count again by themselves."))
    reason = reason_field()
