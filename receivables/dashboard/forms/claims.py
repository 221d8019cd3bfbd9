"""What people enter about claims: the company's rules, agreed interest, whom compensation is not asked of."""

from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from invoices.models import Claim, Customer
from receivables.dashboard.forms.deeds import Amount, Day, reason_field


class ClaimRulesForm(forms.Form):
    claims_compensation = forms.BooleanField(
        label=_("Claim flat compensation for recovery costs"),
        required=False,
        help_text=_("Of businesses and public bodies, where a policy says so; never of consumers."),
    )
    minimum_amount = Amount(
        label=_("Smallest invoice"), required=False, help_text=_("Gross, in the company's currency. Below it none is claimed.")
    )
    minimum_days = forms.IntegerField(
        label=_("Days late at least"), min_value=0, max_value=3650, required=False, help_text=_("Before that none is claimed.")
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        said["minimum_amount"] = said.get("minimum_amount") or Decimal(0)
        said["minimum_days"] = said.get("minimum_days") or 0
        return said


class SpareForm(forms.Form):
    reason = reason_field(help_text=_("Why no compensation is asked of this customer."))


class ContractRateForm(forms.Form):
    """Interest that a contract agrees; a penalty is offered to be chosen only to say that it is void."""

    agreed = forms.ChoiceField(
        label=_("What the contract gives for late payment"),
        widget=forms.RadioSelect,
        choices=[
            ("interest", _("interest, in per cent a year")),
            ("none", _("nothing any more: the statutory rate again")),
            ("penalty", _("a contractual penalty")),
        ],
        initial="interest",
    )
    percent = Amount(
        label=_("Rate, % a year"),
        required=False,
        help_text=_("Above the maximum delay interest of a day it is cut to that day's maximum; the working shows it."),
    )
    since = Day(label=_("Since"), help_text=_("The first day that bears it."))
    contract = forms.CharField(label=_("Contract"), max_length=120, help_text=_("Which one, and where it says so."))

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("agreed") == "interest" and said.get("percent") is None and "percent" not in self.errors:
            self.add_error("percent", _("Give the rate."))
        return said


class PostForm(forms.Form):
    """Which of the claims shown are posted. The hidden sums say what was shown; where they have changed, nothing is posted."""

    kinds = forms.MultipleChoiceField(label=_("What is posted"), widget=forms.CheckboxSelectMultiple)
    interest = forms.DecimalField(widget=forms.HiddenInput, required=False)
    compensation = forms.DecimalField(widget=forms.HiddenInput, required=False)
    fee = forms.DecimalField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, initial: dict[str, Any], **more: Any) -> None:
        shown = {kind: total for kind, total in initial.items() if total}
        more["initial"] = {**shown, "kinds": list(shown)}
        super().__init__(*args, **more)
        cast(forms.ChoiceField, self.fields["kinds"]).choices = [(key, word) for key, word in Claim.KINDS if key in shown]

    def expected(self) -> Decimal:
        """What the kinds chosen came to when they were shown."""
        return sum((self.cleaned_data[kind] or Decimal(0) for kind in self.cleaned_data["kinds"]), Decimal(0))


class WaiveForm(forms.Form):
    amount = Amount(label=_("Amount"), required=False, help_text=_("Empty: all that is open."))
    reason = reason_field(help_text=_("Stands in the ledger and in the audit."))


class ReverseClaimForm(forms.Form):
    reason = reason_field(help_text=_("Stands in the ledger and in the audit."))


class KindForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), choices=Customer.KINDS)
    reason = reason_field(help_text=_("How it is known."))
