"""What people enter about discounts, small differences, refunds, exchanges and prepayments. Whether it may be is judged by the actions."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from invoices.matching import BorneAs
from invoices.models import AllocationEntry, Invoice, Item
from receivables.core.money import CURRENCIES
from receivables.dashboard.forms.deeds import Amount, Day, ItemChoice, among, one_of, reason_field
from receivables.dashboard.templatetags.look import amount as shown


class GiveBackForm(forms.Form):
    amount = Amount(label=_("Amount"), required=False, help_text=_("Empty: all that is left."))
    on = Day(label=_("Day"), help_text=_("On which the money went out."))
    reference = forms.CharField(
        label=_("Bank reference"), max_length=140, required=False, help_text=_("The same reference is booked only once.")
    )
    reason = reason_field(required=False)


class UndoRefundForm(forms.Form):
    on = Day(label=_("Day"))
    reason = reason_field()


class RestForm(forms.Form):
    item = ItemChoice(Item.objects.none(), label=_("Item"), empty_label=None)
    kind = forms.ChoiceField(
        label=_("The open rest is"),
        choices=[
            (BorneAs.BANK_FEE, _("a small difference, such as a bank's fee")),
            (BorneAs.DISCOUNT, _("the discount for paying early")),
            (BorneAs.DISCOUNT_LATE, _("the discount, granted though the money came too late")),
        ],
    )

    def __init__(self, *args: Any, items: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        among(self.fields["item"], items)


class ExchangeForm(forms.Form):
    item = ItemChoice(Item.objects.none(), label=_("Settles"), empty_label=None)
    settles = Amount(label=_("So much of it"), help_text=_("In the currency of the invoice."))
    paid = Amount(label=_("Paid with"), help_text=_("In the currency of the payment. The rate between the two is kept."))
    on = Day(label=_("Day"))
    note = forms.CharField(label=_("Where the rate is from"), max_length=200, help_text=_("Such as the confirmation of the bank."))

    def __init__(self, *args: Any, items: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        among(self.fields["item"], items)


class EntryChoice(forms.ModelChoiceField):
    """One of a payment's entries on items."""

    def label_from_instance(self, entry: Any) -> str:
        return f"{entry.item.label} · {shown(entry.amount, entry.currency)}"


class Rate(forms.DecimalField):
    """A mid rate with a decimal comma or point."""

    def __init__(self, **more: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(min_value=Decimal("0.000001"), max_digits=12, decimal_places=6, required=False, widget=widget, **more)

    def to_python(self, value: Any) -> Any:
        return super().to_python(str(value or "").strip().replace(",", "."))


class DifferenceForm(forms.Form):
    entry = EntryChoice(AllocationEntry.objects.none(), label=_("Money on"), empty_label=None)
    received_rate = Rate(label=_("Mid rate of the payment's currency"), help_text=_("Of the last working day before the money came."))
    received_on = Day(label=_("Day of that table"), required=False)
    settled_rate = Rate(label=_("Mid rate of the invoice's currency"), help_text=_("Of the last working day before the invoice."))
    settled_on = Day(label=_("Day of that table"), required=False)
    source = forms.CharField(
        label=_("Source"),
        max_length=200,
        required=False,
        help_text=_("Of the rates that are stated here, such as: NBP, table 085/A/NBP/2026."),
    )

    def __init__(self, *args: Any, entries: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        among(self.fields["entry"], entries)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for side in ("received", "settled"):
            if (given.get(f"{side}_rate") is None) != (given.get(f"{side}_on") is None) and not self.errors:
                self.add_error(f"{side}_on", _("Give the rate and the day of its table, or neither."))
        stated = given.get("received_rate") is not None or given.get("settled_rate") is not None
        if stated and not (given.get("source") or "").strip():
            self.add_error("source", _("Say where the rate is from."))
        return given


class PrepaymentForm(forms.Form):
    paper = forms.ModelChoiceField(Invoice.objects.none(), label=_("Pro-forma or order"), required=False, empty_label=_("none of these"))
    order_number = forms.CharField(label=_("Or an order number"), max_length=100, required=False)

    def __init__(self, *args: Any, papers: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        among(self.fields["paper"], papers)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if bool(given.get("paper")) == bool(given.get("order_number")) and not self.errors:
            raise forms.ValidationError(_("Choose a paper or give an order number: one of the two."))
        return given


class EarlyPaymentForm(forms.Form):
    percent = forms.DecimalField(
        label=_("Discount, %"), min_value=Decimal("0.01"), max_value=Decimal(20), decimal_places=2, max_digits=4, localize=True,
        help_text=_("Of the gross amount."),
    )  # fmt: skip
    days = forms.IntegerField(label=_("Days"), min_value=0, max_value=180, help_text=_("After the day of issue."))
    said = forms.CharField(label=_("As the invoice puts it"), max_length=200, required=False)


class DifferenceRuleForm(forms.Form):
    currency = forms.ChoiceField(label=_("Currency"))
    most = Amount(least=Decimal(0), label=_("At most"), help_text=_("0: nothing is borne."))
    most_percent = forms.DecimalField(
        label=_("And at most, % of what is open"), min_value=Decimal("0.01"), max_value=Decimal(100), decimal_places=2, max_digits=5,
        localize=True, initial=Decimal(100),
    )  # fmt: skip

    def __init__(self, *args: Any, currency: str, **more: Any) -> None:
        super().__init__(*args, **more)
        one_of(self.fields["currency"], (currency, *sorted(CURRENCIES - {currency})))


class CollectiveForm(forms.Form):
    number = forms.CharField(label=_("Collective identifier"), max_length=60)
    invoices = forms.CharField(
        label=_("Invoices"), max_length=5_000, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Their numbers or KSeF numbers, one a line, as KSeF tells them."),
    )  # fmt: skip

    def clean_invoices(self) -> Sequence[str]:
        return [line.strip() for line in self.cleaned_data["invoices"].splitlines() if line.strip()][:500]
