"""What people enter for statements by schedule and for balances to be confirmed."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dunning.actions import Answered, Schedule
from dunning.campaigns import Answer
from dunning.models import BalanceRequest, PaperTerms, StatementSchedule
from dunning.statement_periods import Every
from invoices.models import Customer
from invoices.states import Kind
from receivables.dashboard.forms.deeds import Amount, Day
from receivables.dashboard.forms.filters import Filter, choice_field, search_field
from receivables.paper_field import PaperField

SIDES = [("ours", _("in our favour: the customer owes it")), ("theirs", _("in the customer's favour: we owe it"))]


class ScheduleForm(forms.Form):
    is_on = forms.BooleanField(label=_("Statements go out by themselves"), required=False)
    every = forms.ChoiceField(label=_("How often"), choices=StatementSchedule.EVERY, widget=forms.RadioSelect)
    day = forms.IntegerField(
        label=_("Day of the month after the period"),
        validators=[MinValueValidator(1), MaxValueValidator(28)],
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=_("From 1 to 28. They wait until the bank is read through the last day of the period."),
    )
    kinds = forms.MultipleChoiceField(
        label=_("Kinds of customers"),
        choices=Customer.KINDS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Others get one where their terms of papers say so; who shall get none is excepted there too."),
    )
    starts_on = Day(label=_("From"), help_text=_("What was to leave before that day is not sent."))

    def schedule(self) -> Schedule:
        """What was entered; the form is valid."""
        said = self.cleaned_data
        kinds = [Kind(kind) for kind in said["kinds"]]
        return Schedule(is_on=said["is_on"], every=Every(said["every"]), day=said["day"], kinds=kinds, starts_on=said["starts_on"])


class PaperTermsForm(forms.Form):
    statements = forms.ChoiceField(label=_("Statements"), choices=PaperTerms.Statements.choices, required=False, widget=forms.RadioSelect)
    keeps_no_books = forms.BooleanField(
        label=_("Keeps no books"), required=False, help_text=_("Then there is no balance to confirm. Consumers are left out anyway.")
    )
    email_agreed_on = Day(label=_("Balance confirmations by e-mail agreed on"), required=False, help_text=_("Empty: they go as letters."))
    email_agreement = forms.CharField(
        label=_("How that was agreed"),
        max_length=200,
        required=False,
        help_text=_("The contract, letter or form, and whose address it names."),
    )


class CampaignForm(forms.Form):
    as_of_on = Day(label=_("Balance as of"), help_text=_("A day of the last three months of the year."))
    year_ends_on = Day(label=_("End of the financial year"))
    deadline_on = Day(label=_("Answer by"), help_text=_("At the latest the 15th of the month after the year."))


class CampaignFilter(Filter):
    STATES = [
        ("agrees", pgettext_lazy("balance", "agrees")),
        ("differs", pgettext_lazy("balance", "differs")),
        ("silent", _("no answer")),
        ("waits", _("waits to be sent")),
        ("unsent", _("did not leave or arrive")),
        ("left_out", _("left out")),
    ]

    q = search_field(_("Customer"))
    state = choice_field(_("State"), STATES)

    def __init__(self, asked: QueryDict) -> None:
        super().__init__(asked)


class AnswerForm(forms.Form):
    answer = forms.ChoiceField(
        label=_("Answer"),
        widget=forms.RadioSelect,
        choices=[(Answer.AGREES, _("The balance agrees")), (Answer.DIFFERS, _("The balance differs"))],
    )
    came_by = forms.ChoiceField(label=_("How it came"), widget=forms.RadioSelect, choices=BalanceRequest.Came.choices)
    on = Day(label=_("Day"), help_text=_("On which the answer came."))
    signed_by = forms.CharField(label=_("Signed by"), max_length=120, required=False)
    theirs = Amount(label=_("Balance in their books"), required=False, least=Decimal(0), help_text=_("Only of one that differs."))
    side = forms.ChoiceField(label=_("In whose favour"), choices=SIDES, required=False)
    explanation = forms.CharField(
        label=_("Explanation"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Of one that differs."),
    )
    part_b = PaperField(label=_("Part B as it came back"), required=False, help_text=_("A PDF or a picture, at most 10 MB."))

    @staticmethod
    def answered(said: dict[str, Any]) -> Answered:
        """What was entered, as the action takes it."""
        return Answered(
            answer=Answer(said["answer"]),
            came_by=said["came_by"],
            signed_by=said["signed_by"],
            theirs=said["theirs"],
            theirs_is_ours=said["side"] != "theirs",
            explanation=said["explanation"],
        )
