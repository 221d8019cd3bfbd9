"""Promises, instalment agreements, and what became of a message."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from dunning.actions import Result
from dunning.schedules import equal_rates
from invoices.models import Item
from receivables.dashboard.forms.deeds import Amount, Day, ItemChoices, among
from receivables.paper_field import PaperField

MOST_RATES = 60


class PromiseForm(forms.Form):
    amount = Amount(label=_("Amount promised"))
    by = Day(label=_("Will be paid by"), help_text=_("The last day; the day after, it counts as broken unless the money has come."))
    items = ItemChoices(
        Item.objects.none(),
        label=_("For"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing chosen: for all that is open."),
    )
    reason = forms.CharField(label=_("Remark"), max_length=200, required=False, help_text=_("Who said it, and how."))

    def __init__(self, *args: Any, items: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        among(self.fields["items"], items)


class SignedForm(forms.Form):
    on = Day(label=_("Signed on"), help_text=_("The day on which the customer signed."))
    document = PaperField(label=_("Signed paper"), help_text=_("A PDF or a picture, at most 10 MB."))


class AgreementForm(forms.Form):
    label = forms.CharField(label=_("Number of the agreement"), max_length=100)
    items = ItemChoices(Item.objects.none(), label=_("Covers"), widget=forms.CheckboxSelectMultiple)
    count = forms.IntegerField(label=_("Number of rates"), min_value=1, max_value=MOST_RATES, required=False)
    first = Day(label=_("First rate due on"), required=False, help_text=_("The others follow monthly, all equal; the last takes the rest."))
    rates = forms.CharField(
        label=_("or each rate"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "class": "input code"}),
        help_text=_("A line for each rate: the day, then the amount, such as 2026-12-31 500,00."),
    )
    reason = forms.CharField(label=_("Remark"), max_length=200, required=False)

    def __init__(self, *args: Any, items: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        among(self.fields["items"], items)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        lines = [line for line in str(cleaned.get("rates", "")).splitlines() if line.strip()]
        if lines:
            cleaned["schedule"] = [self._rate(number, line) for number, line in enumerate(lines, start=1)]
        elif cleaned.get("count") and cleaned.get("first"):
            chosen = list(cleaned["items"])
            owed = sum((item.open_amount for item in chosen), Decimal(0))
            cleaned["schedule"] = equal_rates(owed, chosen[0].currency, count=cleaned["count"], first=cleaned["first"])
        else:
            raise forms.ValidationError(_("Give the number of rates with the first day, or write each rate."))
        return cleaned

    def _rate(self, number: int, line: str) -> tuple[date, Decimal]:
        day, _space, amount = line.strip().partition(" ")
        try:
            return date.fromisoformat(day), Decimal("".join(amount.split()).replace(",", "."))
        except (ValueError, InvalidOperation):
            refusal = _now("Rate %(number)d, “%(line)s”: write the day and the amount, such as 2026-12-31 500,00.")
            raise forms.ValidationError(refusal % {"number": number, "line": line.strip()[:40]}) from None


class DeferralForm(forms.Form):
    items = ItemChoices(Item.objects.none(), label=_("Covers"), widget=forms.CheckboxSelectMultiple)
    until = Day(label=_("To be paid by"), help_text=_("All that is open on what you choose, on one day."))
    interest = forms.ChoiceField(
        label=_("Interest meanwhile"),
        widget=forms.RadioSelect,
        choices=[
            ("runs", _("It runs on from the invoice's due date.")),
            ("waived", _("From today through the new day there is none, unless the deferral is missed.")),
        ],
    )
    reason = forms.CharField(label=_("Remark"), max_length=200, required=False)

    def __init__(self, *args: Any, items: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        among(self.fields["items"], items)


class OutcomeForm(forms.Form):
    result = forms.ChoiceField(
        label=_("What became of it"),
        widget=forms.RadioSelect,
        choices=[
            (Result.DELIVERED, _("It arrived.")),
            (Result.FAILED, _("It did not go out. The next run sends it again.")),
            (Result.BOUNCED, _("It came back: the address does not work. The next run takes another way.")),
            (Result.UNKNOWN, _("Nobody knows. It is not sent again before somebody does.")),
        ],
    )
    detail = forms.CharField(label=_("How it is known"), max_length=200)
