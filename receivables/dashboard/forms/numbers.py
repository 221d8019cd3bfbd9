"""What people say of a customer's numbers in registers."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from invoices.actions.identifiers import pesel_problem
from receivables.core.identifiers import check
from receivables.dashboard import words
from receivables.dashboard.forms.deeds import reason_field


class NumbersForm(forms.Form):
    """REGON and KRS as they are; a PESEL is written here and never shown."""

    regon = forms.CharField(label="REGON", max_length=20, required=False)
    krs = forms.CharField(label="KRS", max_length=20, required=False, help_text=_("Of a company in the court register; ten digits."))
    pesel = forms.CharField(
        label="PESEL",
        max_length=20,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
        help_text=_("Only of a person, and only where you may hold it. It is sealed and not shown here. Empty: it stays as it is."),
    )
    forget_pesel = forms.BooleanField(label=_("Forget the PESEL that is held"), required=False)

    def __init__(self, *args: Any, holds_pesel: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        if not holds_pesel:
            self.fields.pop("forget_pesel")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        for kind in ("regon", "krs"):
            text = str(said.get(kind, ""))
            if text.strip() and (problem := check(kind, text).problem):
                self.add_error(kind, words.said(problem))
        if said.get("pesel") and said.get("forget_pesel"):
            self.add_error("forget_pesel", _("Either write another PESEL, or forget the one that is held."))
        elif said.get("pesel") and pesel_problem(said["pesel"]):
            self.add_error("pesel", _("This PESEL has a wrong check digit, birthday or length."))
        return said


class PeselReasonForm(forms.Form):
    reason = reason_field()
