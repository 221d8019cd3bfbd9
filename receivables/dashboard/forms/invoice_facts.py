"""What people say about an invoice: answers to questions, due dates, its delivery, papers."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from invoices.models import Delivery, InvoicePaper
from invoices.states import Delivered
from receivables.dashboard.forms.deeds import Amount, Day
from receivables.paper_field import PaperField

ROWS = 6
"""Instalments that one form takes."""


class AnswerForm(forms.Form):
    answer = forms.CharField(label=_("Answer"), max_length=300, help_text=_("What is so, in a few words. It stays with the invoice."))


class DueDatesForm(forms.Form):
    """Up to six days with their amounts; rows left empty do not count."""

    def __init__(self, *args: Any, gross: Decimal, **more: Any) -> None:
        super().__init__(*args, **more)
        for n in range(1, ROWS + 1):
            self.fields[f"due_{n}"] = Day(label=_("Due on (%(n)s)") % {"n": n}, required=n == 1)
            self.fields[f"amount_{n}"] = Amount(label=_("Amount (%(n)s)") % {"n": n}, required=False)
        self.fields["amount_1"].help_text = _("Empty, with one day: all of it.")
        self._gross = gross

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        rows = [(n, said.get(f"due_{n}"), said.get(f"amount_{n}")) for n in range(1, ROWS + 1)]
        given = [(n, day, amount) for n, day, amount in rows if day or amount]
        if len(given) == 1 and given[0][1] and given[0][2] is None:
            given = [(given[0][0], given[0][1], self._gross)]
        for n, day, amount in given:
            if day is None or amount is None:
                self.add_error(f"due_{n}" if day is None else f"amount_{n}", _("Give both a day and an amount."))
        said["instalments"] = instalments = [(day, amount) for _n, day, amount in given if day and amount]
        if not self.errors and [day for day, _amount in instalments] != sorted({day for day, _amount in instalments}):
            self.add_error(None, _("Put the days in their order, each once."))
        return said

    @property
    def instalments(self) -> list[tuple[date, Decimal]]:
        """What was said, once the form is valid."""
        return list(self.cleaned_data["instalments"])


class DeliveryForm(forms.Form):
    how = forms.ChoiceField(label=_("Delivered"), choices=Delivery.WAYS, widget=forms.RadioSelect, initial=Delivered.BY_HAND)
    delivered_on = Day(label=_("Delivered on"), required=False, help_text=_("Empty only where nobody knows."))
    note = forms.CharField(
        label=_("Note"),
        max_length=300,
        required=False,
        help_text=_("Who took it, the number of the posting; why formal steps may go all the same."),
    )


class InvoicePaperForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), choices=InvoicePaper.Kind.choices, widget=forms.RadioSelect, initial=InvoicePaper.Kind.PROOF)
    document = PaperField(label=_("Document"), help_text=_("A PDF or a picture, at most 10 MB. It can be dropped onto the field."))


class PapersForm(forms.Form):
    file = forms.FileField(
        label=_("File of invoices"),
        help_text=_("KSeF, UBL, CII or JPK_FA as XML, a PDF that carries its invoice (Factur-X), or a ZIP of them. Drop it here, too."),
    )  # fmt: skip
