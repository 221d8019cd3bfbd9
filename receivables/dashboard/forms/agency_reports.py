"""What an agency reported: a file, or a single record typed in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dunning.agencies.report import MOST_BYTES, Told
from dunning.models import Placement
from receivables.dashboard.forms.deeds import Amount, Day

STATUSES = [
    (Told.RECEIVED, _("accepted")),
    (Told.REJECTED, _("not taken")),
    (Told.IN_PROGRESS, _("in progress")),
    (Told.PROMISE, _("the debtor promised to pay")),
    (Told.PAID_TO_AGENCY, _("money received by the agency")),
    (Told.PAID_TO_CREDITOR, _("money paid to us")),
    (Told.COURT, _("in court")),
    (Told.RETURNED, _("returned uncollected")),
    (Told.CLOSED, _("closed")),
]


class ReportForm(forms.Form):
    file = forms.FileField(label=_("Report"), help_text=_("CSV or JSON, as the agency gave it. It is taken whole or not at all."))

    def clean_file(self) -> Any:
        """Not too big to be read."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            most = MOST_BYTES // 1_000_000
            raise forms.ValidationError(_("The file is too big: at most %(most)s megabytes are read."), params={"most": most})
        return file


class RecordForm(forms.Form):
    """One record. What its status needs is judged when it is taken."""

    case = forms.ModelChoiceField(label=_("Case"), queryset=Placement.objects.none())
    status = forms.ChoiceField(label=_("What it says"), choices=STATUSES)
    agency_ref = forms.CharField(label=_("The agency's number"), max_length=80, required=False)
    date = Day(label=_("Day"), required=False, help_text=_("Of the money, or by which the debtor promised to pay."))
    amount = Amount(label=_("Amount"), required=False)
    commission = Amount(label=_("Commission kept"), required=False)
    note = forms.CharField(label=_("Note"), max_length=500, required=False)
    own_id = forms.CharField(
        label=_("The agency's number of this record"),
        max_length=100,
        required=False,
        help_text=_("As its report names it: under one number it is booked once, by whichever way it comes."),
    )

    def __init__(self, *args: Any, cases: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["case"].queryset = cases  # type: ignore[attr-defined]
        self.fields["case"].label_from_instance = case_label  # type: ignore[attr-defined]

    def record(self) -> dict[str, object]:
        """The record in the words of a report: sent twice, or come by file as well, it is taken once."""
        said = self.cleaned_data
        money = said["amount"] or said["commission"]
        return {
            "case_id": said["case"].case_key,
            "status": said["status"],
            "agency_ref": said["agency_ref"],
            "amount": str(said["amount"]) if said["amount"] else "",
            "commission": str(said["commission"]) if said["commission"] else "",
            "currency": said["case"].currency if money else "",
            "date": said["date"].isoformat() if said["date"] else "",
            "note": said["note"],
            "id": said["own_id"],
        }


def case_label(placement: Placement) -> str:
    """Whom it is about, when it went, and where it stands."""
    went = f"{placement.sent_on:%d.%m.%Y}" if placement.sent_on else "–"
    return f"{placement.customer.name} · {went} · {placement.currency} · {placement.get_state_display()}"
