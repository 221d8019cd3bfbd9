"""What the filter bars ask, by GET. A value that cannot be is left out instead of refusing the page."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dunning.models import Policy, Task
from invoices.models import Customer
from receivables.credit.models.standings import STATES
from receivables.dashboard.forms.deeds import among, one_of
from receivables.dashboard.templatetags.look import BUCKETS
from receivables.dashboard.words import CHANNELS, MESSAGE_STATES

ANY = ("", pgettext_lazy("filter", "any"))


class Filter(forms.Form):
    """A form of which only the fields that make sense count."""

    def __init__(self, asked: QueryDict, **more: Any) -> None:
        super().__init__(asked, auto_id="filter_%s", **more)

    def asked(self) -> dict[str, Any]:
        """The values that make sense, by field."""
        self.is_valid()
        return self.cleaned_data

    def text(self, name: str) -> str:
        """One of them as text; empty where there is none."""
        return str(self.asked().get(name) or "")


def search_field(label: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=200, widget=forms.TextInput(attrs={"type": "search"}))


def day_field(label: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


def choice_field(label: Any, choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[ANY, *choices])


class CustomerFilter(Filter):
    q = search_field(_("Name, number, NIP or e-mail"))
    kind = choice_field(_("Kind"), Customer.KINDS)
    credit = choice_field(_("Credit"), STATES)
    policy = forms.ModelChoiceField(Policy.objects.none(), label=_("Policy"), required=False, empty_label=ANY[1])
    currency = forms.ChoiceField(label=_("Currency"), required=False)
    overdue = forms.BooleanField(label=_("Only overdue"), required=False)
    held = forms.BooleanField(label=_("Only held"), required=False)
    sort = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, asked: QueryDict, *, policies: Any, currencies: list[str]) -> None:
        super().__init__(asked)
        among(self.fields["policy"], policies)
        one_of(self.fields["currency"], currencies)
        if len(currencies) < 2:
            self.fields["currency"].widget = forms.HiddenInput()


class InvoiceFilter(Filter):
    STATES = [("open", _("open")), ("overdue", _("overdue")), ("disputed", _("disputed")), ("settled", _("settled"))]

    q = search_field(_("Number or customer"))
    state = choice_field(_("State"), STATES)
    age = choice_field(_("Overdue by"), list(BUCKETS.items()))
    currency = forms.ChoiceField(label=_("Currency"), required=False)
    customer = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, asked: QueryDict, *, currencies: list[str]) -> None:
        super().__init__(asked)
        one_of(self.fields["currency"], ["", *currencies])
        if len(currencies) < 2:
            self.fields["currency"].widget = forms.HiddenInput()


class PaymentFilter(Filter):
    q = search_field(_("Title, payer, customer or reference"))
    since = day_field(_("Booked from"))
    until = day_field(pgettext_lazy("filter", "to"))
    unallocated = forms.BooleanField(label=_("Only with money left"), required=False)
    customer = forms.IntegerField(required=False, widget=forms.HiddenInput)


class MessageFilter(Filter):
    q = search_field(_("Recipient or subject"))
    channel = choice_field(_("Channel"), [(key, words) for key, words in CHANNELS.items() if key != "call"])
    state = choice_field(_("State"), list(MESSAGE_STATES.items()))
    captured = forms.BooleanField(label=_("Only captured"), required=False)
    customer = forms.IntegerField(required=False, widget=forms.HiddenInput)


class UnknownFilter(Filter):
    channel = choice_field(_("Channel"), [(key, words) for key, words in CHANNELS.items() if key != "call"])


class TaskFilter(Filter):
    kind = choice_field(_("Kind"), Task.KINDS)
