"""What the clocks' lists ask by GET, and what people note about limitation."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dunning.models import LimitationEvent
from receivables.dashboard.forms.deeds import Day, reason_field
from receivables.dashboard.forms.facts import PaperField
from receivables.dashboard.forms.filters import Filter, choice_field, search_field


class LimitationFilter(Filter):
    ALERTS = [
        ("1", _("within a month")),
        ("3", _("within three months")),
        ("6", _("within six months")),
        ("past", _("past")),
        ("unknown", _("cannot be worked out")),
    ]

    q = search_field(_("Invoice or customer"))
    alert = choice_field(_("Runs out"), ALERTS)


class EventForm(forms.Form):
    kind = forms.ChoiceField(label=_("What happened"), choices=LimitationEvent.KINDS, widget=forms.RadioSelect)
    on = Day(label=_("Day"), help_text=_("On which it happened or began; of a judgment the day on which it became final."))
    proof = forms.ChoiceField(label=_("Proof"), choices=LimitationEvent.PROOFS, widget=forms.RadioSelect)
    source = forms.CharField(
        label=_("Source"), max_length=200, help_text=_("Where it says so: which letter or e-mail, which court and number.")
    )
    document = PaperField(label=_("Document"), required=False, help_text=_("A PDF or a picture, at most 10 MB."))


class EventEndForm(EventForm):
    kind = None  # type: ignore[assignment]  # the proceedings are known

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["on"].help_text = _("The last day: time runs from the next.")


class TakeBackForm(forms.Form):
    reason = reason_field(help_text=_("It stays in the books with your reason."))
