"""What the clocks' lists ask by GET, and what people note about limitation and relief."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dunning.models import LimitationEvent, RegisterUpdate, RegisterWarning
from invoices.models import Customer, Item
from invoices.vat import Taxed
from receivables.dashboard.forms.deeds import Amount, Day, ItemChoices, among, one_of, reason_field
from receivables.dashboard.forms.filters import Filter, choice_field, day_field, search_field
from receivables.paper_field import PaperField


class LimitationFilter(Filter):
    ALERTS = [
        ("1", _("within a month")),
        ("3", _("within three months")),
        ("6", _("within six months")),
        ("past", _("past")),
        ("unknown", _("cannot be worked out")),
    ]

    q = search_field(_("Invoice or customer"))
    alert = choice_field(_("Runs out"), ALERTS)


class EventForm(forms.Form):
    kind = forms.ChoiceField(label=_("What happened"), choices=LimitationEvent.KINDS, widget=forms.RadioSelect)
    on = Day(label=_("Day"), help_text=_("On which it happened or began; of a judgment the day on which it became final."))
    proof = forms.ChoiceField(label=_("Proof"), choices=LimitationEvent.PROOFS, widget=forms.RadioSelect)
    source = forms.CharField(
        label=_("Source"), max_length=200, help_text=_("Where it says so: which letter or e-mail, which court and number.")
    )
    document = PaperField(label=_("Document"), required=False, help_text=_("A PDF or a picture, at most 10 MB."))


class EventEndForm(EventForm):
    kind = None  # type: ignore[assignment]  # the proceedings are known

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["on"].help_text = _("The last day: time runs from the next.")


class TakeBackForm(forms.Form):
    reason = reason_field(help_text=_("It stays in the books with your reason."))


class Month(forms.DateField):
    """A month of this century, kept as its first day."""

    def __init__(self, **more: Any) -> None:
        super().__init__(input_formats=["%Y-%m"], widget=forms.DateInput(attrs={"type": "month"}, format="%Y-%m"), **more)
        self.validators += [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2099, 12, 1))]


class ReliefFilter(Filter):
    STATES = [
        ("open", _("may be taken")),
        ("missed", _("missed: by correcting an earlier month")),
        ("due_back", _("to be given back")),
        ("taken", pgettext_lazy("relief", "taken")),
        ("given_back", _("given back")),
    ]

    month = Month(label=_("Month"), required=False)
    q = search_field(_("Invoice or customer"))
    state = choice_field(_("State"), STATES)


class Sum(Amount):
    """An amount that may be nought or left out."""

    def __init__(self, **more: Any) -> None:
        super().__init__(required=False, **more)
        self.min_value = None
        self.validators = [check for check in self.validators if not isinstance(check, MinValueValidator)]


class VatForm(forms.Form):
    """Net and VAT by rate. A rate of which both are empty is left out."""

    net_23 = Sum(label=_("Net at 23 %"))
    vat_23 = Sum(label=_("VAT at 23 %"))
    net_8 = Sum(label=_("Net at 8 %"))
    vat_8 = Sum(label=_("VAT at 8 %"))
    net_5 = Sum(label=_("Net at 5 %"))
    vat_5 = Sum(label=_("VAT at 5 %"))
    net_0 = Sum(label=_("Net without VAT"), help_text=_("Zero-rated, exempt or outside the tax."))
    other_rate = forms.DecimalField(label=_("Another rate, %"), required=False, min_value=0, max_value=99, max_digits=5, decimal_places=2)
    net_other = Sum(label=_("Net at that rate"))
    vat_other = Sum(label=_("VAT at that rate"))

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if (said.get("net_other") or said.get("vat_other")) and said.get("other_rate") is None and "other_rate" not in self.errors:
            self.add_error("other_rate", _("Say which rate."))
        return said

    def lines(self) -> list[Taxed]:
        """What was stated."""
        said = self.cleaned_data
        rates = [("23", Decimal(23)), ("8", Decimal(8)), ("5", Decimal(5)), ("0", Decimal(0)), ("other", said.get("other_rate"))]
        found = [(rate, said.get(f"net_{key}"), said.get(f"vat_{key}")) for key, rate in rates]
        return [Taxed(rate, net or Decimal(0), vat or Decimal(0)) for rate, net, vat in found if rate is not None and (net or vat)]


class TakeReliefForm(forms.Form):
    period = Month(
        label=_("Month of the return"),
        help_text=_("The month in which day 90 passes or, where it was missed, the month whose return you correct."),
    )
    proof = forms.CharField(
        label=_("Proof"), max_length=200, required=False,
        help_text=_("Of a consumer or one who pays no VAT: the title, the entry in a register, or the bankruptcy."),
    )  # fmt: skip

    def __init__(self, *args: Any, needs_proof: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        if not needs_proof:
            self.fields.pop("proof")


class TermFilter(Filter):
    q = search_field(_("Invoice or customer"))


class UnclaimedFilter(Filter):
    q = search_field(_("Invoice or customer"))
    kind = choice_field(_("Kind"), Customer.KINDS)
    currency = forms.ChoiceField(label=_("Currency"), required=False)
    through = day_field(_("Through"))
    by = forms.ChoiceField(
        label=_("Rows"), required=False, choices=[("customer", _("by customer")), ("item", pgettext_lazy("rows", "by item"))]
    )

    def __init__(self, asked: QueryDict, *, currencies: list[str]) -> None:
        super().__init__(asked)
        one_of(self.fields["currency"], ["", *currencies])
        if len(currencies) < 2:
            self.fields["currency"].widget = forms.HiddenInput()


class RegisterFilter(Filter):
    STATES = [
        ("duty", _("entry to be updated or deleted")),
        ("eligible", _("may be entered")),
        ("waiting", _("may be entered later")),
        ("missing", _("something is missing")),
        ("entered", _("entered")),
    ]

    q = search_field(_("Invoice or customer"))
    state = choice_field(_("State"), STATES)


class WarningForm(forms.Form):
    register = forms.CharField(label=_("Register"), max_length=120, help_text=_("Name and seat of the bureau, as the letter names it."))
    sent_on = Day(label=_("Sent on"))
    way = forms.ChoiceField(label=_("Way"), choices=RegisterWarning.WAYS, widget=forms.RadioSelect)
    proof = forms.CharField(label=_("Proof"), max_length=200, help_text=_("Number of the posting, or who received it."))
    items = ItemChoices(Item.objects.none(), label=_("Items that the letter names"), widget=forms.CheckboxSelectMultiple)
    document = PaperField(label=_("Document"), required=False, help_text=_("A PDF or a picture, at most 10 MB."))

    def __init__(self, *args: Any, items: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        among(self.fields["items"], items)


class EntryForm(forms.Form):
    register = forms.CharField(label=_("Register"), max_length=120)
    entered_on = Day(label=_("Entered on"))
    amount = Amount(label=_("Amount"), help_text=_("As the entry states it, in the currency of the register."))
    reference = forms.CharField(label=_("Reference"), max_length=120, required=False)
    items = ItemChoices(Item.objects.none(), label=_("Items that it is about"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, items: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        among(self.fields["items"], items)


class EntryUpdateForm(forms.Form):
    kind = forms.ChoiceField(label=_("What the register was told"), choices=RegisterUpdate.Kind.choices, widget=forms.RadioSelect)
    on = Day(label=_("Day"))
    amount = Amount(label=_("New amount"), required=False, help_text=_("Only where the amount was updated."))

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("kind") == RegisterUpdate.Kind.UPDATED and not said.get("amount") and "amount" not in self.errors:
            self.add_error("amount", _("This is needed for what you chose."))
        return said
