"""What people enter for the papers of contracts: agreement, assignment, order to an agency."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from dunning.actions import AgreementPaper, AssignmentPaper, Contract, OrderPaper, Party
from dunning.models import Agreement
from invoices.models import Item
from receivables.core.identifiers import check
from receivables.dashboard.forms.deeds import Amount, Day, ItemChoices, among
from receivables.dashboard.forms.papers import LANGUAGES


class PaperOfContract(forms.Form):
    """What all have in common."""

    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)

    def wish(self) -> Contract:
        """What was asked for; the form is valid."""
        raise NotImplementedError


class AgreementPaperForm(PaperOfContract):
    agreement = forms.ModelChoiceField(Agreement.objects.none(), label=_("Agreement"), empty_label=None)
    field_order = ("agreement", "language")

    def __init__(self, *args: Any, agreements: Any, items: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        among(self.fields["agreement"], agreements)

    def wish(self) -> AgreementPaper:
        return AgreementPaper(agreement=self.cleaned_data["agreement"])


class OfItems(PaperOfContract):
    """Items, the other side, and what is handed over with them."""

    items = ItemChoices(Item.objects.none(), label=_("Items"), widget=forms.CheckboxSelectMultiple)
    name = forms.CharField(label=_("Name"), max_length=200)
    street = forms.CharField(label=_("Street"), max_length=200, required=False)
    postcode = forms.CharField(label=_("Postcode"), max_length=20, required=False)
    city = forms.CharField(label=_("City"), max_length=100)
    tax_id = forms.CharField(label=_("NIP or VAT number"), max_length=20, required=False)
    proofs = forms.CharField(
        label=_("Documents handed over"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line. The invoices are named by themselves."),
    )

    def __init__(self, *args: Any, agreements: Any, items: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        among(self.fields["items"], items)

    def party(self, **more: str) -> Party:
        said = self.cleaned_data
        return Party(**{name: " ".join(said[name].split()) for name in ("name", "street", "postcode", "city", "tax_id")}, **more)

    def proofs_said(self) -> Sequence[str]:
        return [" ".join(line.split()) for line in self.cleaned_data["proofs"].splitlines() if line.strip()]

    def items_said(self) -> Sequence[Item]:
        return list(cast(Any, self.cleaned_data["items"]).select_related("invoice"))


class AssignmentForm(OfItems):
    bank_account = forms.CharField(
        label=_("Account of the new creditor"),
        max_length=34,
        help_text=_("The debtor is told to pay there. An IBAN; spaces do not count."),
    )
    price = Amount(label=_("Price"), help_text=_("In the currency of the items."))
    price_due_on = Day(label=_("Price to be paid by"))
    passes_on = Day(label=_("The claims pass on"))

    def clean_bank_account(self) -> str:
        account = "".join(str(self.cleaned_data["bank_account"]).split()).upper()
        if not check("iban", account).is_valid:
            raise forms.ValidationError(_("This is no IBAN. Check it: the debtor will be told to pay there."))
        return account

    def wish(self) -> AssignmentPaper:
        said = self.cleaned_data
        return AssignmentPaper(
            items=self.items_said(),
            assignee=self.party(bank_account=said["bank_account"]),
            price=said["price"],
            price_due_on=said["price_due_on"],
            passes_on=said["passes_on"],
            proofs=self.proofs_said(),
        )


class OrderForm(OfItems):
    percent = forms.DecimalField(
        label=_("Commission in per cent of what is collected"), min_value=Decimal(0), max_value=Decimal(100), decimal_places=2, max_digits=5
    )
    contact_person = forms.CharField(label=_("Whom the agency asks"), max_length=200)
    charges_debtor = forms.BooleanField(label=_("The agency may ask its costs of the debtor, where the law allows it"), required=False)
    allows_register = forms.BooleanField(label=_("It may enter the debtor in a register, once the law allows it"), required=False)

    def wish(self) -> OrderPaper:
        said = self.cleaned_data
        return OrderPaper(
            items=self.items_said(),
            agency=self.party(),
            percent=said["percent"],
            charges_debtor=said["charges_debtor"],
            allows_register=said["allows_register"],
            contact_person=" ".join(said["contact_person"].split()),
            proofs=self.proofs_said(),
        )
