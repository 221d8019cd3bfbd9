"""The forms of the portal: the two fields of the way in, and what may be asked for."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dunning.actions import MOST_ASKED
from dunning.campaigns import Answer
from dunning.offers import Offered
from receivables.paper_field import PaperField


class AskForm(forms.Form):
    """Which address a code goes to."""

    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        help_text=_("The one that our messages reach you at."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )


class CodeForm(forms.Form):
    """A code as typed."""

    code = forms.CharField(
        label=_("Code from the message"),
        max_length=40,
        help_text=_("Eight letters and digits. Capitals or not, with or without the dash."),
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false", "class": "input code"}
        ),
    )


class Sum(forms.DecimalField):
    """An amount, with a decimal comma or point; spaces do not count."""

    def to_python(self, value: Any) -> Any:
        return super().to_python("".join(str(value or "").split()).replace(",", "."))


OURS, THEIRS = "ours", "theirs"


class BalanceForm(forms.Form):
    """Whether a balance agrees, by whom, and what differs."""

    answer = forms.ChoiceField(
        label=_("Your books"),
        widget=forms.RadioSelect,
        choices=[(Answer.AGREES, _("The balance agrees")), (Answer.DIFFERS, _("The balance differs"))],
    )
    theirs = Sum(
        label=_("Balance in your books"), required=False, min_value=0, max_digits=14, help_text=_("Only where it differs."),
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )  # fmt: skip
    side = forms.ChoiceField(
        label=_("In whose favour"), required=False, widget=forms.RadioSelect,
        choices=[(OURS, _("in our favour: you owe it")), (THEIRS, _("in your favour: we owe it"))],
    )  # fmt: skip
    explanation = forms.CharField(
        label=_("What differs"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Which invoice or payment is missing or too much."),
    )  # fmt: skip
    part_b = PaperField(
        label=_("Your paper"), required=False,
        help_text=_("Part B signed, or a list of what differs, where you have one: a PDF or a picture, at most 10 MB."),
    )  # fmt: skip
    signed_by = forms.CharField(label=_("Your name"), max_length=60)
    is_authorised = forms.BooleanField(label=_("I may confirm balances for this firm"))


class AskTermsForm(forms.Form):
    """So many instalments, or all of it by a day."""

    currency = forms.ChoiceField()
    instalments = forms.IntegerField(
        label=_("Instalments"), required=False, min_value=2, max_value=MOST_ASKED, help_text=_("How many, a month apart. Or:")
    )
    until = forms.DateField(label=_("All of it by"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    note = forms.CharField(
        label=_("What we should know"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("A person reads it."),
    )  # fmt: skip

    def __init__(self, *args: Any, offered: Sequence[Offered], **others: Any) -> None:
        super().__init__(*args, **others)
        codes = [each.currency for each in offered]
        widget = forms.HiddenInput if len(codes) == 1 else forms.Select
        choices, first = [(code, code) for code in codes], next(iter(codes), "")
        self.fields["currency"] = forms.ChoiceField(label=_("Invoices in"), choices=choices, initial=first, widget=widget)
