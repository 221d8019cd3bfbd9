"""What people enter about court, mediation and the sale of debts. Whether it may be is judged by the actions."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dunning.actions import Buyer, Terms
from dunning.court import Path, Stage
from dunning.models import Agency
from dunning.models.court import PATHS, STAGES
from invoices.models import Item
from receivables.core.identifiers import check
from receivables.dashboard.forms.agreements import AgreementForm
from receivables.dashboard.forms.deeds import Amount, Day, ItemChoices, among
from receivables.dashboard.forms.filters import Filter, choice_field, search_field
from receivables.paper_field import PaperField


class CourtFilter(Filter):
    q = search_field(_("Customer or reference"))
    stage = choice_field(_("Stage"), [("ended", _("ended")), *((str(stage), words) for stage, words in STAGES if not Stage(stage).is_end)])


class CaseForm(forms.Form):
    items = ItemChoices(Item.objects.none(), label=_("Claimed"), widget=forms.CheckboxSelectMultiple)
    path = forms.ChoiceField(
        label=_("Court"), choices=PATHS, initial=Path.EPU, widget=forms.RadioSelect,
        help_text=_("EPU takes zloty alone, of debtors with an address in Poland, of debts that fell due within three years."),
    )  # fmt: skip
    court = forms.CharField(label=_("Name of the court"), max_length=200, required=False, help_text=_("Only for the ordinary court."))
    firm = forms.ModelChoiceField(Agency.objects.none(), label=_("Law firm"), required=False, empty_label=_("none: we file it ourselves"))
    attempt = forms.CharField(
        label=_("Attempt at an agreement"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What the claim says of it; empty: the calls for payment that were sent."),
    )  # fmt: skip
    prepared_on = Day(label=_("Day"))

    def __init__(self, *args: Any, items: Any, firms: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        among(self.fields["items"], items)
        among(self.fields["firm"], firms)
        if not firms:
            self.fields.pop("firm")


class StageForm(forms.Form):
    stage = forms.ChoiceField(label=_("What happened"), widget=forms.RadioSelect)
    on = Day(label=_("Day"))
    reference = forms.CharField(
        label=_("Reference"), max_length=100, required=False,
        help_text=_("The number that the court or the bailiff gave it; empty: the one before goes on, where no new one is given."),
    )  # fmt: skip
    note = forms.CharField(label=_("Note"), max_length=200, required=False)
    document = PaperField(label=_("Document"), required=False, help_text=_("A PDF or a picture, at most 10 MB."))

    def __init__(self, *args: Any, stages: Sequence[Stage], **more: Any) -> None:
        super().__init__(*args, **more)
        words = dict(STAGES)
        self.fields["stage"].choices = [(str(stage), words[stage]) for stage in stages]  # type: ignore[attr-defined]


class MediationForm(forms.Form):
    items = ItemChoices(Item.objects.none(), label=_("About"), widget=forms.CheckboxSelectMultiple)
    mediator = forms.CharField(label=_("Mediator"), max_length=200)
    reference = forms.CharField(label=_("Reference"), max_length=100, required=False)
    began_on = Day(label=_("Began on"))

    def __init__(self, *args: Any, items: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        among(self.fields["items"], items)


class SettlementForm(AgreementForm):
    """Instalments over all that is open of the mediation's items."""

    label = None  # type: ignore[assignment]
    items = None  # type: ignore[assignment]
    reason = None  # type: ignore[assignment]
    on = Day(label=_("Settled on"))
    waives = forms.BooleanField(label=_("No interest while the rates are paid"), required=False)

    field_order = ("on", "count", "first", "rates", "waives")

    def __init__(self, *args: Any, items: Sequence[Item], **more: Any) -> None:
        forms.Form.__init__(self, *args, **more)
        self.covered = items

    def clean(self) -> dict[str, Any]:
        self.cleaned_data["items"] = self.covered
        return super().clean()


class MediationEndForm(forms.Form):
    on = Day(label=_("Ended on"))
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class SaleForm(forms.Form):
    items = ItemChoices(Item.objects.none(), label=_("Sold"), widget=forms.CheckboxSelectMultiple)
    buyer = forms.CharField(label=_("Buyer"), max_length=200)
    tax_id = forms.CharField(label=_("Tax number of the buyer"), max_length=20, required=False)
    street = forms.CharField(label=_("Street"), max_length=200, required=False)
    postcode = forms.CharField(label=_("Postcode"), max_length=20, required=False)
    city = forms.CharField(label=_("City"), max_length=100, required=False)
    account = forms.CharField(
        label=_("Bank account of the buyer"), max_length=42, help_text=_("To whom the debtor pays: the notice says so.")
    )
    price = Amount(label=_("Price"), least=Decimal(0), help_text=_("For all together, in the currency of the items."))
    price_due_on = Day(label=_("Price due on"))
    sold_on = Day(label=_("Passes on"))
    compensation = forms.ChoiceField(
        label=_("Compensation for recovery costs"), widget=forms.RadioSelect, initial="kept",
        choices=[("kept", _("We keep it: it is posted and stays open.")), ("waived", _("Nobody asks for it any more: it is waived."))],
        help_text=_("It cannot be sold (art. 10(4) of the act of 8 March 2013)."),
    )  # fmt: skip
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, items: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        among(self.fields["items"], items)

    def clean_account(self) -> str:
        account = "".join(str(self.cleaned_data["account"]).split()).upper()
        if not check("iban", account).is_valid:
            raise forms.ValidationError(_("This is no IBAN. Check it: the debtor will be told to pay there."))
        return account

    def buyer_said(self) -> Buyer:
        """Who buys; the form is valid."""
        said = self.cleaned_data
        return Buyer(said["buyer"], said["tax_id"], said["street"], said["postcode"], said["city"], account=said["account"])

    def terms_said(self) -> Terms:
        """What was agreed."""
        said = self.cleaned_data
        return Terms(said["price"], said["price_due_on"], said["sold_on"], said["compensation"] == "kept", said["note"])
