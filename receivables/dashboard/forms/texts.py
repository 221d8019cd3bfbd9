"""A company's own texts and letterhead."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from receivables.documents.logos import LARGEST
from receivables.texts.catalogue import Part, TextKind


class TextForm(forms.Form):
    """A field for each part, why it is changed, and the customer on whom it is shown."""

    based_on = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *arguments: Any, kind: TextKind, customers: list[tuple[str, str]], **named: Any) -> None:
        super().__init__(*arguments, **named)
        for part in kind.parts:
            self.fields[part.key] = _field(part)
        self.fields["customer"] = forms.ChoiceField(
            label=_("Shown on"), required=False, choices=[("", _("an invented customer")), *customers], help_text=_("Only to look at it.")
        )
        self.fields["reason"] = forms.CharField(
            label=_("Reason"), required=False, max_length=300, help_text=_("Noted with the version: what is changed and why.")
        )

    def parts(self, kind: TextKind) -> dict[str, str]:
        """What was written, by part."""
        return {part.key: self.cleaned_data.get(part.key, "") for part in kind.parts}


def _field(part: Part) -> forms.CharField:
    words = (
        gettext("It stands beside the fixed text. Empty: nothing.")
        if part.adds
        else gettext("Empty: the words that come with the program.")
    )
    must = ", ".join(f"{{{name}}}" for name in sorted(part.required))
    if must:
        words = gettext("Must have: %(names)s. Empty: the words that come with the program.") % {"names": must}
    rows = 2 if part.is_line else 18 if part.placed else 6
    widget = forms.Textarea(attrs={"rows": rows, "maxlength": part.longest + 500, "spellcheck": "true"})
    return forms.CharField(label=_(part.label), required=False, strip=False, widget=widget, help_text=words)


class LetterheadForm(forms.Form):
    based_on = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    logo = forms.FileField(
        label=_("Logo"), required=False, help_text=_("PNG or SVG, at most 1 MB. It stands at the head of each letter, 46 by 16 mm at most.")
    )
    without_logo = forms.BooleanField(label=_("Take the logo away"), required=False)
    foot = forms.CharField(
        label=_("Lines at the foot"),
        required=False,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Two lines of 90 signs at most: court of registration, KRS, share capital."),
    )
    reason = forms.CharField(label=_("Reason"), required=False, max_length=300)

    def clean_logo(self) -> bytes | None:
        """The bytes of the file; what it is, is judged by them."""
        given: UploadedFile | None = self.cleaned_data.get("logo")
        if given is None:
            return None
        if (given.size or 0) > LARGEST:
            raise forms.ValidationError(_("This file is too big: at most 1 MB."))
        return bytes(given.read())


class RestoreForm(forms.Form):
    based_on = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    reason = forms.CharField(label=_("Reason"), max_length=300)
