"""Forms of the bank: files, shares of a line, reasons."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from invoices.models import BankAccount

SHARES = 5
LARGEST = 50 * 1024 * 1024


class ManyFiles(forms.ClearableFileInput):
    """Several files at once, dropped on it or chosen."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or more files, each judged by itself."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        files = (data if isinstance(data, (list, tuple)) else [data]) or [None]
        return [super(FilesField, self).clean(file, initial) for file in files]


class StatementForm(forms.Form):
    statements = FilesField(
        label=_("Statements (MT940, CAMT, OFX, CSV)"),
        help_text=_("Several at once; drop them here or choose them."),
        widget=ManyFiles(attrs={"data-drop": True}),
    )
    account = forms.ModelChoiceField(
        label=_("Account"), queryset=BankAccount.objects.none(), required=False, help_text=_("Only where the file does not say it.")
    )

    def __init__(self, *args: Any, accounts: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["account"].queryset = accounts  # type: ignore[attr-defined]

    def clean_statements(self) -> Sequence[UploadedFile]:
        files: Sequence[UploadedFile] = self.cleaned_data["statements"]
        if any((file.size or 0) > LARGEST for file in files):
            raise forms.ValidationError(_("A file has more than 50 MB. Split it into several files."))
        if sum(file.size or 0 for file in files) > LARGEST:
            raise forms.ValidationError(_("Together the files have more than 50 MB. Bring them in one after another."))
        return files


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200)


class JoinForm(forms.Form):
    numbers = forms.CharField(
        label=_("Invoice numbers"), max_length=2_000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Of one customer, one a line, in the order in which they are paid."),
    )  # fmt: skip

    def clean_numbers(self) -> Sequence[str]:
        numbers = list(dict.fromkeys(line.strip() for line in self.cleaned_data["numbers"].splitlines() if line.strip()))
        if not numbers:
            raise forms.ValidationError(_("Name at least one invoice."))
        return numbers


class ShareForm(forms.Form):
    number = forms.CharField(label=_("Invoice or customer number"), max_length=100, required=False)
    amount = forms.DecimalField(
        label=_("Amount"), min_value=Decimal("0.01"), decimal_places=2, max_digits=16, required=False, localize=True
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if bool(given.get("number")) != (given.get("amount") is not None) and not self.errors:
            raise forms.ValidationError(_("Give both a number and an amount, or neither."))
        return given


ShareFormSet = forms.formset_factory(ShareForm, extra=SHARES, max_num=SHARES, absolute_max=SHARES)
