"""The rules of a company's ladder beside its policies."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dunning.actions.rules import SETTABLE
from dunning.models import LadderRules
from receivables.dashboard.forms.deeds import Amount, reason_field


class Days(forms.IntegerField):
    """A number of days or messages; empty is no rule."""

    def __init__(self, **more: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
        super().__init__(min_value=1, max_value=999, required=False, widget=widget, **more)


class RulesForm(forms.Form):
    calendar = forms.ChoiceField(
        label=_("Days on which messages go out"),
        widget=forms.RadioSelect,
        choices=[
            (LadderRules.Calendar.COUNTRY, _("not on Sundays and holidays; a due date on a day off moves to the next working day")),
            (LadderRules.Calendar.NONE, _("every day")),
        ],
    )
    run_at = forms.TimeField(
        label=_("The day's run starts at"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("The company's local time."),
    )
    tolerance = Amount(
        label=_("Smallest amount worth a message"),
        required=False,
        help_text=_("In the currency of what is owed. Empty: nothing is too small."),
    )
    bank_freshness_days = Days(
        label=_("Bank data at most this many days old"),
        help_text=_("When they are older, nothing goes out. Empty: whatever their age."),
    )
    cap_messages = Days(label=_("Messages at most"), help_text=_("To one customer, over all invoices and channels. Empty: no limit."))
    cap_days = Days(label=_("in any so many days"))
    four_eyes = forms.BooleanField(label=_("Nobody approves what they planned themselves"), required=False)
    first_run_waits = forms.BooleanField(label=_("The first run of a policy version waits for a person"), required=False)
    legal_waits = forms.BooleanField(label=_("Demands and hand-overs always wait for a person"), required=False)
    reason = reason_field(help_text=_("Stands in the history below and in the audit."))

    def clean_tolerance(self) -> Decimal:
        return self.cleaned_data["tolerance"] or Decimal(0)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        messages, days = said.get("cap_messages"), said.get("cap_days")
        if (messages is None) != (days is None) and not {"cap_messages", "cap_days"} & set(self.errors):
            self.add_error("cap_days" if days is None else "cap_messages", _("A limit needs both numbers."))
        return said

    @property
    def rules(self) -> dict[str, Any]:
        """The rules said, without the reason."""
        return {name: self.cleaned_data[name] for name in SETTABLE}
