"""What people enter about the post: kind of letter, the day of posting, numbers of the postings."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from receivables.dashboard.forms.deeds import Day, reason_field
from receivables.messaging.models import PostBatch
from receivables.paper_field import PaperField

LONGEST = 40  # characters of the number of a posting
_LINE = re.compile(r"^\s*(\d{1,5})\s*[;,\t :.)-]\s*(\S.*?)\s*$")
_EXAMPLE = _("One line per letter: its position, then the number, such as “3; (00)759007734118”. Pasted from a spreadsheet it works too.")


class Numbers(forms.CharField):
    """Lines of position and number; cleaned, position → number."""

    def __init__(self, **more: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off", "spellcheck": "false"}), max_length=200_000, **more)

    def clean(self, value: Any) -> dict[int, str]:
        found: dict[int, str] = {}
        for line in str(super().clean(value) or "").splitlines():
            if line.strip():
                position, number = _read(line)
                if found.setdefault(position, number) != number:
                    raise _wrong(_("Letter %(position)s has two numbers."), position=position)
        return found


def _read(line: str) -> tuple[int, str]:
    parts = _LINE.match(line)
    if parts is None:
        raise _wrong(_("Not understood: “%(line)s”. Write the position, a semicolon, the number."), line=line[:60])
    position, number = int(parts[1]), parts[2].strip("; ")
    if len(number) > LONGEST:
        raise _wrong(_("The number of letter %(position)s is too long: at most 40 characters."), position=position)
    return position, number


def _wrong(text: Any, **facts: object) -> forms.ValidationError:
    return forms.ValidationError(text, params=facts)


class CloseForm(forms.Form):
    service = forms.ChoiceField(
        label=_("Kind of letter"), choices=PostBatch.Service, widget=forms.RadioSelect, initial=PostBatch.Service.ORDINARY
    )


class PostedForm(forms.Form):
    on = Day(label=_("Posted on"), help_text=_("This day counts as the day of the letters."))
    tracking = Numbers(label=_("Numbers of the postings"), required=False, help_text=_EXAMPLE)
    evidence = PaperField(label=_("Confirmation"), required=False, help_text=_("The stamped list, as PDF or picture, at most 10 MB."))


class NumbersForm(forms.Form):
    tracking = Numbers(label=_("Numbers of the postings"), required=False, help_text=_EXAMPLE)
    evidence = PaperField(label=_("Confirmation"), required=False, help_text=_("The stamped list, as PDF or picture, at most 10 MB."))

    def __init__(self, *args: Any, has_evidence: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        if has_evidence:
            del self.fields["evidence"]


class TakeOutForm(forms.Form):
    NEXT, NOT = "next", "not"
    then = forms.ChoiceField(
        label=_("What becomes of it"),
        choices=[(NEXT, _("It goes with the next batch, as it is")), (NOT, _("It does not go: the next run judges anew"))],
        widget=forms.RadioSelect,
        initial=NEXT,
    )
    reason = reason_field(help_text=_("Such as: damaged, paid meanwhile, wrong address."))


class CancelForm(forms.Form):
    reason = reason_field(help_text=_("You say with it that no letter of this batch was posted."))
