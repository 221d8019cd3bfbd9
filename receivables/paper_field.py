"""The field of a form that takes a paper: known by its first bytes, bounded, read once. Staff and customers have the same one."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from invoices.actions.deliveries import LARGEST_PAPER, media_type_of
from receivables.core.errors import Refused


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper that somebody chose, read and known by its first bytes."""

    name: str
    content: bytes
    media_type: str


class PaperField(forms.FileField):
    """A PDF or a picture."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        given: UploadedFile | None = super().clean(data, initial)
        if not given:
            return None
        content = bytes(given.read(LARGEST_PAPER + 1))
        try:
            media_type = media_type_of(content)
        except Refused as refusal:
            raise forms.ValidationError(_(refusal.text) % refusal.facts if refusal.facts else _(refusal.text)) from None
        return Paper(str(given.name or "document"), content, media_type)
