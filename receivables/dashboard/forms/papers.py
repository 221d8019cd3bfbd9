"""What people enter to make a paper by hand."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dunning.actions import MADE_BY_HAND, PaperWish
from receivables.dashboard.forms.deeds import Day, reason_field

KINDS = {
    "statement": _("account statement"),
    "balance_confirmation": _("balance confirmation"),
    "interest_note": _("interest note"),
    "compensation_note": _("note of compensation for recovery costs"),
    "agreement": _("instalment agreement"),
    "assignment": _("assignment of claims"),
    "assignment_notice": _("notice of an assignment"),
    "agency_order": _("order to an agency"),
    "withdrawal": _("withdrawal of a letter"),
    "claim_sheet": _("claim sheet"),
}
LANGUAGES = [("pl", "polski"), ("en", "English"), ("de", "Deutsch")]


class PaperForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("Paper"),
        choices=[(kind, KINDS[kind]) for kind in MADE_BY_HAND],
        widget=forms.RadioSelect,
        help_text=_("Notes ask for what is posted, open and in no note yet."),
    )
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    currency = forms.ChoiceField(label=_("Currency"))
    from_on = Day(label=_("From"), required=False, help_text=_("Of a statement; empty: the first of the month."))
    to_on = Day(label=_("Through"), help_text=_("The last day of a statement, the day of a balance."))
    deadline_on = Day(label=_("Answer or pay by"))

    def __init__(self, *args: Any, currencies: Sequence[str], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["currency"].choices = [(code, code) for code in currencies]  # type: ignore[attr-defined]

    def wish(self) -> PaperWish:
        """What was asked for; the form is valid."""
        said: dict[str, Any] = self.cleaned_data
        first: date | None = said["from_on"]
        return PaperWish(said["kind"], said["language"], said["currency"], said["to_on"], said["deadline_on"], first)


class WithdrawForm(forms.Form):
    reason = reason_field(help_text=_("Its reader is told."))
