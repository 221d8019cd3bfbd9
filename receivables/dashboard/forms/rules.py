"""The rules of a company's ladder beside its policies."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from dunning.actions.rules import SETTABLE
from dunning.models import LadderRules
from receivables.core.errors import Refused
from receivables.countries.hours import read_hours, window_of
from receivables.dashboard.forms.deeds import Amount, reason_field
from receivables.dashboard.words import CHANNELS as CHANNEL_WORDS


class Days(forms.IntegerField):
    """A number of days or messages; empty is no rule."""

    def __init__(self, **more: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
        super().__init__(min_value=1, max_value=999, required=False, widget=widget, **more)


class Hours(forms.CharField):
    """The company's own hours of a channel, such as 09:00-17:00; empty is the country's."""

    def __init__(self, channel: str, **more: Any) -> None:
        self.channel = channel
        widget = forms.TextInput(attrs={"autocomplete": "off", "placeholder": "09:00-17:00"})
        label = format_lazy("{}: {}", _("Contact hours"), CHANNEL_WORDS[channel])
        super().__init__(label=label, required=False, max_length=20, widget=widget, **more)


class RulesForm(forms.Form):
    calendar = forms.ChoiceField(
        label=_("Days on which messages go out"),
        widget=forms.RadioSelect,
        choices=[
            (LadderRules.Calendar.COUNTRY, _("not on Sundays and holidays; a due date on a day off moves to the next working day")),
            (LadderRules.Calendar.NONE, _("every day, at any hour")),
        ],
    )
    hours_email = Hours("email")
    hours_sms = Hours("sms")
    hours_call = Hours("call")
    hours_letter = Hours("letter")
    hours_agency = Hours("agency")
    run_at = forms.TimeField(
        label=_("The day's run starts at"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("The company's local time."),
    )
    tolerance = Amount(
        label=_("Smallest amount worth a message"),
        required=False,
        help_text=_("In the currency of what is owed. Empty: nothing is too small."),
    )
    bank_freshness_days = Days(
        label=_("Bank data at most this many days old"),
        help_text=_("When they are older, nothing goes out. Empty: whatever their age."),
    )
    pending_money_days = forms.IntegerField(
        label=_("Days for which money that is seen and not booked yet counts"),
        min_value=0,
        max_value=30,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=_("A report of the day (MT942, camt.052) shows it before the statement does. 0: it does not count."),
    )
    bank_wait_days = forms.IntegerField(
        label=_("Days for which promises and instalments wait for the bank's data of their day"),
        min_value=0,
        max_value=30,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=_("What was paid in time counts whenever its statement comes. 0: the day alone decides."),
    )
    cap_messages = Days(label=_("Messages at most"), help_text=_("To one customer, over all invoices and channels. Empty: no limit."))
    cap_days = Days(label=_("in any so many days"))
    cap_per_person = forms.BooleanField(label=_("One e-mail address or phone number counts once, whoever's it is"), required=False)
    four_eyes = forms.BooleanField(label=_("Nobody approves what they planned themselves"), required=False)
    first_run_waits = forms.BooleanField(label=_("The first run of a policy version waits for a person"), required=False)
    legal_waits = forms.BooleanField(label=_("Demands and hand-overs always wait for a person"), required=False)
    formal_needs_delivery = forms.BooleanField(
        label=_("Demands and hand-overs wait until it is recorded how the invoice was delivered"), required=False
    )
    handover_needs_terms = forms.BooleanField(
        label=_("A hand-over needs an agency with contract, cost terms and data protection on file"), required=False
    )
    handover_notice_days = Days(
        label=_("Days from the demand that announces a hand-over"),
        help_text=_("A demand says that a hand-over may follow. Empty: nobody asks when it was sent."),
    )
    handover_needs_call = forms.BooleanField(label=_("A hand-over needs a call that reached somebody, or two tries"), required=False)
    undo_minutes = forms.IntegerField(
        label=_("Minutes in which what a person writes can be undone"),
        min_value=0,
        max_value=60,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=_("Between 0 and 60. Until then a message written by hand waits. What a run or an approval sends does not wait."),
    )
    most_enclosed = forms.IntegerField(
        label=_("Invoices attached to the first e-mail about them, at most"),
        min_value=0,
        max_value=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=_("Between 0 and 20; 0 attaches none. What has no room in a mail is named with the customer portal."),
    )
    register = forms.CharField(
        label=_("Bureau that warnings of an entry name"),
        max_length=120,
        required=False,
        help_text=_("Name and seat of the register of debtors that you have a contract with. Without it no warning can be made."),
    )
    reason = reason_field(help_text=_("Stands in the history below and in the audit."))

    def __init__(self, *args: Any, country: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self.country = country
        own = self.initial.get("contact_hours", {})
        for name, field in self._hours():
            field.help_text = _("Empty: %(hours)s, as in the country.") % {"hours": window_of(country, field.channel)}
            self.initial[name] = own.get(field.channel, "")

    def _hours(self) -> list[tuple[str, Hours]]:
        return [(name, field) for name, field in self.fields.items() if isinstance(field, Hours)]

    def clean_tolerance(self) -> Decimal:
        return self.cleaned_data["tolerance"] or Decimal(0)

    def clean_pending_money_days(self) -> int:
        said = self.cleaned_data["pending_money_days"]
        return int(self.initial.get("pending_money_days", 3) if said is None else said)

    def clean_bank_wait_days(self) -> int:
        said = self.cleaned_data["bank_wait_days"]
        return int(self.initial.get("bank_wait_days", 14) if said is None else said)

    def clean_undo_minutes(self) -> int:
        said = self.cleaned_data["undo_minutes"]
        return int(self.initial.get("undo_minutes", 10) if said is None else said)

    def clean_most_enclosed(self) -> int:
        said = self.cleaned_data["most_enclosed"]
        return int(self.initial.get("most_enclosed", 5) if said is None else said)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        said["contact_hours"] = self._own_hours(said)
        if said["contact_hours"] and said.get("calendar") == LadderRules.Calendar.NONE:
            self.add_error(
                "calendar", _("Contact hours of your own hold on the country's days alone. Choose those, or leave the hours empty.")
            )
        messages, days = said.get("cap_messages"), said.get("cap_days")
        if (messages is None) != (days is None) and not {"cap_messages", "cap_days"} & set(self.errors):
            self.add_error("cap_days" if days is None else "cap_messages", _("A limit needs both numbers."))
        return said

    def _own_hours(self, said: dict[str, Any]) -> dict[str, str]:
        own = {}
        for name, field in self._hours():
            if text := "".join(str(said.get(name) or "").split()).replace("–", "-"):
                try:
                    own[field.channel] = str(read_hours({field.channel: text}, country=self.country)[field.channel])
                except Refused:
                    widest = window_of(self.country, field.channel)
                    words = _("Write hours such as 09:00-17:00, within %(hours)s of the country.")
                    self.add_error(name, forms.ValidationError(words, params={"hours": widest}))
        return own

    @property
    def rules(self) -> dict[str, Any]:
        """The rules said, without the reason."""
        return {name: self.cleaned_data[name] for name in SETTABLE}
