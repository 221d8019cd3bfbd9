"""What people choose for the papers of the company itself: payment policy and preventive stamp."""

from django import forms
from django.utils.translation import gettext_lazy as _

from receivables.dashboard.forms.papers import LANGUAGES


class PolicyPaperForm(forms.Form):
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)


class StampForm(forms.Form):
    """Asked by GET: the same choice makes text and pictures."""

    stamp_language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    register = forms.CharField(label=_("Register of debtors"), max_length=120, required=False)
    agency = forms.CharField(label=_("Agency"), max_length=200, required=False)
