"""The two fields of the portal."""

from django import forms
from django.utils.translation import gettext_lazy as _


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
