"""Forms of the list of addresses that are not used any more."""

from django import forms
from django.utils.translation import gettext_lazy as _

from receivables.dashboard.forms.deeds import reason_field
from receivables.dashboard.forms.filters import Filter, choice_field, search_field
from receivables.dashboard.words import CHANNELS
from receivables.messaging.address_list import CHANNELS as OF_PEOPLE

WAYS = [(key, CHANNELS[key]) for key in OF_PEOPLE]


class AddressFilter(Filter):
    q = search_field(_("Address or reason"))
    channel = choice_field(_("Channel"), WAYS)


class AddressForm(forms.Form):
    channel = forms.ChoiceField(label=_("Channel"), choices=WAYS)
    address = forms.CharField(label=_("Address"), max_length=254, help_text=_("An e-mail address, or a number with its country code."))
    reason = reason_field()


class AgainForm(forms.Form):
    reason = reason_field()
