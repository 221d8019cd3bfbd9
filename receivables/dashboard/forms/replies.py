"""What people say about a reply."""

from django import forms
from django.utils.translation import gettext_lazy as _

from dunning.models import Reply
from receivables.dashboard.forms.filters import Filter, choice_field, search_field

STATES = [("tray", _("from unknown senders")), ("done", _("dealt with")), ("all", _("all"))]


class ReplyFilter(Filter):
    q = search_field(_("Sender, subject or customer"))
    kind = choice_field(_("Kind"), Reply.KINDS)
    state = forms.ChoiceField(label=_("Which"), required=False, choices=[("", _("to read")), *STATES])
    customer = forms.IntegerField(required=False, widget=forms.HiddenInput)


class KindForm(forms.Form):
    kind = forms.ChoiceField(label=_("It is really"), choices=Reply.KINDS)


class DealtForm(forms.Form):
    note = forms.CharField(label=_("What was done about it"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
