"""What a company offers, and what a customer says yes to."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dunning.models import AcceptedOffer, OfferPolicy
from dunning.offers import MOST_INSTALMENTS
from dunning.states import OfferWay
from invoices.early_payment import MOST_PERCENT
from receivables.core.money import CURRENCIES, round_to_unit
from receivables.dashboard.forms.deeds import Amount, one_of

BOUNDS = {
    "instalments": (0, MOST_INSTALMENTS),
    "first_days": (1, 60),
    "deferral_days": (0, 180),
    "discount_from": (0, 365),
    "discount_until": (0, 365),
    "credit_days": (0, 180),
}
HINTS = {
    "most_sum": _("With what runs already on accepted offers. 0: nothing is offered to them."),
    "instalments": _("0: none."),
    "deferral_days": _("0: none."),
    "discount_percent": _("Of the gross amount of invoices of which nothing is settled yet. 0: none."),
    "credit_percent": _("Of what is paid. A task asks a person to grant it, once all is paid. 0: none."),
}


class OfferPolicyForm(forms.ModelForm):
    """The next version for one kind of customer and currency."""

    most_sum = Amount(least=Decimal(0), label=_("Without asking, for debts up to"))
    smallest_instalment = Amount(least=Decimal(0), label=_("Smallest instalment"))

    class Meta:
        model = OfferPolicy
        fields = (
            "kind", "currency", "most_sum", "instalments", "smallest_instalment", "first_days", "deferral_days", "waives_interest",
            "discount_percent", "discount_from", "discount_until", "credit_percent", "credit_days",
        )  # fmt: skip
        help_texts = HINTS

    def __init__(self, *args: Any, currency: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["currency"] = forms.ChoiceField(label=_("Currency"))
        one_of(self.fields["currency"], (currency, *sorted(CURRENCIES - {currency})))
        self.fields["most_sum"].help_text = HINTS["most_sum"]
        for name, (low, high) in BOUNDS.items():
            self.fields[name] = self._days(name, low, high)
        for name in ("discount_percent", "credit_percent"):
            self.fields[name] = self._percent(name)

    def _days(self, name: str, low: int, high: int) -> forms.IntegerField:
        known = self.fields[name]
        widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
        return forms.IntegerField(
            label=known.label, help_text=known.help_text, initial=known.initial, min_value=low, max_value=high, widget=widget
        )

    def _percent(self, name: str) -> forms.DecimalField:
        known = self.fields[name]
        return forms.DecimalField(
            label=known.label, help_text=known.help_text, initial=known.initial, min_value=0, max_value=MOST_PERCENT, decimal_places=2,
            localize=True,
        )  # fmt: skip

    def _check_decimals(self, name: str) -> None:
        value, currency = self.cleaned_data.get(name), self.cleaned_data.get("currency")
        if value is not None and currency and value != round_to_unit(value, currency):
            self.add_error(name, _("This has more decimals than the currency knows."))

    def clean(self) -> dict[str, Any]:
        """In sentences what the database refuses too; so the constraints are not asked here."""
        said = self.cleaned_data
        for name in ("most_sum", "smallest_instalment"):
            self._check_decimals(name)
        if said.get("instalments") == 1:
            self.add_error("instalments", _("One instalment is no plan: choose 2 or more, or 0 for none."))
        if said.get("discount_percent") and not said.get("discount_until"):
            self.add_error("discount_until", _("Say by which day after the due date the lower sum has to be paid."))
        if said.get("discount_from", 0) > said.get("discount_until", 0):
            self.add_error("discount_from", _("It begins after its last day. Choose an earlier day."))
        if said.get("credit_percent") and not said.get("credit_days"):
            self.add_error("credit_days", _("Say within how many days everything has to be paid."))
        return said


class AcceptedForm(forms.Form):
    """Which of the offers that stand the customer took, and how they said so."""

    offer = forms.ChoiceField(label=_("The customer takes"), widget=forms.RadioSelect)
    way = forms.ChoiceField(label=_("They said so"), widget=forms.RadioSelect)
    who = forms.CharField(label=_("Who"), max_length=200, required=False, help_text=_("Name of the person at the customer."))

    def __init__(self, *args: Any, offers: Iterable[tuple[str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        choice, way = self.fields["offer"], self.fields["way"]
        choice.choices = list(offers)  # type: ignore[attr-defined]  # a ChoiceField
        way.choices = [(key, words) for key, words in AcceptedOffer.WAYS if key != OfferWay.PORTAL]  # type: ignore[attr-defined]
