"""What people choose to make an evidence pack."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from invoices.models import Invoice
from receivables.dashboard.forms.papers import LANGUAGES
from receivables.dashboard.templatetags.look import amount as shown


class InvoiceChoices(forms.ModelMultipleChoiceField):
    """Invoices by number and day."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.number} · {obj.issued_on:%d.%m.%Y} · {shown(obj.gross, obj.currency)}"


class EvidenceForm(forms.Form):
    invoices = InvoiceChoices(
        Invoice.objects.none(),
        label=_("Invoices"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one invoice.")},
    )
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES, help_text=_("Of the index. The papers stay as they are."))

    def __init__(self, *args: Any, invoices: QuerySet[Invoice], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["invoices"].queryset = invoices  # type: ignore[attr-defined]

    def chosen(self) -> list[int]:
        """The invoices that were chosen; the form is valid."""
        return [row.pk for row in self.cleaned_data["invoices"]]
