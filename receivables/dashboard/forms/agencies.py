"""What people say of agencies and hand-overs."""

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dunning.actions.agencies_on_file import Rate
from dunning.agencies.mapping import known_mappings
from dunning.models import Agency, AgencyPaper
from invoices.models import Item
from receivables.core.money import CURRENCIES
from receivables.dashboard.forms.deeds import Amount, Day, ItemChoices, among, reason_field


class Codes(forms.CharField):
    """Codes apart by commas or spaces: PL, DE."""

    def __init__(self, length: int, known: Sequence[str] = (), **more: Any) -> None:
        self.length, self.known = length, frozenset(known)
        super().__init__(required=False, max_length=300, widget=forms.TextInput(attrs={"autocomplete": "off"}), **more)

    def clean(self, value: Any) -> list[str]:
        codes = list(dict.fromkeys(re.split(r"[\s,;]+", str(super().clean(value) or "").upper().strip())))
        codes = [code for code in codes if code]
        for code in codes:
            if not re.fullmatch(rf"[A-Z]{{{self.length}}}", code) or (self.known and code not in self.known):
                raise forms.ValidationError(_("%(code)s is no code that is known here."), params={"code": code})
        return codes


class Scale(forms.CharField):
    """A commission scale, a line each: days overdue, sum, per cent."""

    def __init__(self, **more: Any) -> None:
        super().__init__(required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 4, "class": "code"}), **more)

    def clean(self, value: Any) -> list[Rate]:
        lines = [line.strip() for line in str(super().clean(value) or "").splitlines()]
        return [self._line(number, line) for number, line in enumerate(lines, start=1) if line]

    def _line(self, number: int, line: str) -> Rate:
        try:
            days, amount, percent = re.split(r"[\s;]+", line)
            rate = Rate(int(days), Decimal(amount.replace(",", ".")), Decimal(percent.replace(",", ".")))
        except (ValueError, InvalidOperation):
            raise forms.ValidationError(_("Line %(line)s: write three numbers, such as 0 0 8,5."), params={"line": number}) from None
        if not (0 <= rate.from_days < 30_000 and 0 <= rate.from_amount < 10**12 and 0 <= rate.percent <= 100):
            raise forms.ValidationError(_("Line %(line)s: days and sum from 0 on, per cent from 0 to 100."), params={"line": number})
        return rate


class AgencyForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200)
    slug = forms.SlugField(
        label=_("Short name"), max_length=50, help_text=_("Small letters, digits and hyphens. It stands in what is sent.")
    )
    is_active = forms.BooleanField(label=_("It takes hand-overs"), required=False)
    is_law_firm = forms.BooleanField(
        label=_("It is a law firm"),
        required=False,
        help_text=_("It goes to court for the company. No step of the ladder hands anything over to it."),
    )
    takes = forms.ChoiceField(label=_("It collects from"), choices=Agency.DEBTORS, widget=forms.RadioSelect)
    countries = Codes(2, label=_("Countries of debtors"), help_text=_("Such as PL, DE. Empty: all."))
    currencies = Codes(3, sorted(CURRENCIES), label=_("Currencies"), help_text=_("Such as PLN, EUR. Empty: all."))
    min_amount = Amount(label=_("Smallest sum"), least=Decimal(0), required=False, help_text=_("In the currency of the debt. Empty: any."))
    min_days = forms.IntegerField(
        label=_("Days overdue at least"), min_value=0, max_value=9999, required=False, help_text=_("Of the oldest invoice. Empty: any.")
    )
    rates = Scale(
        label=_("Commission"), help_text=_("A line each: from days overdue, from sum, per cent. Such as 0 0 8 and below it 180 0 12.")
    )
    contact_person = forms.CharField(label=_("Contact person"), max_length=120, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    street = forms.CharField(label=_("Street and number"), max_length=200, required=False)
    postcode = forms.CharField(label=_("Postcode"), max_length=20, required=False)
    city = forms.CharField(label=_("City"), max_length=100, required=False)
    tax_id = forms.CharField(label=_("Tax number"), max_length=20, required=False)
    mapping = forms.ChoiceField(
        label=_("File format"), help_text=_("The neutral package always goes; a format of its own goes along with it.")
    )
    contract_reference = forms.CharField(label=_("Contract"), max_length=120, required=False)
    contract_on = Day(label=_("Contract of"), required=False)
    contract_until = Day(label=_("Contract until"), required=False, help_text=_("Empty: without an end."))
    cost_terms = forms.CharField(label=_("Who bears which costs"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    cost_terms_on = Day(label=_("Cost terms of"), required=False)
    data_role = forms.ChoiceField(label=_("Role in data protection"), choices=Agency.DATA_ROLES, required=False)
    data_role_on = Day(label=_("Settled on"), required=False)
    gets_pesel = forms.BooleanField(
        label=_("It gets the PESEL of a debtor who is a person"),
        required=False,
        help_text=_("Where one is held, with the hand-over, by SFTP, encrypted e-mail or REST; never in the folder of packages."),
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *, agency: Agency | None = None, **more: Any) -> None:
        more["initial"] = {"is_active": True, "takes": "any", "mapping": "neutral"} if agency is None else _initial(agency)
        super().__init__(**more)
        self.fields["mapping"].choices = [(slug, slug) for slug in known_mappings()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        said["min_amount"], said["min_days"] = said.get("min_amount") or Decimal(0), said.get("min_days") or 0
        since, until = said.get("contract_on"), said.get("contract_until")
        if until and (since is None or until < since):
            self.add_error("contract_until", _("A contract ends after it began: fill in both days."))
        if said.get("data_role_on") and not said.get("data_role"):
            self.add_error("data_role", _("Say which role was settled."))
        if said.get("gets_pesel") and not (said.get("data_role") and said.get("data_role_on")):
            self.add_error("gets_pesel", _("Settle its role in data protection first, with the day: a PESEL goes to nobody else."))
        return said


def _initial(agency: Agency) -> dict[str, Any]:
    plain = {name: getattr(agency, name) for name in AgencyForm.base_fields if hasattr(agency, name) and name != "rates"}
    lines = [
        f"{rate.from_days} {rate.from_amount.normalize():f} {rate.percent.normalize():f}" for rate in agency.rates.order_by("from_days")
    ]
    return plain | {"countries": ", ".join(agency.countries), "currencies": ", ".join(agency.currencies), "rates": "\n".join(lines)}


class AgencyPaperForm(forms.Form):
    kind = forms.ChoiceField(label=_("What it is"), choices=AgencyPaper.KINDS)
    document = forms.FileField(label=_("Document"), help_text=_("PDF or picture, up to 10 MB."))


class AgencyChoice(forms.ModelChoiceField):
    """One of the company's active agencies."""

    def label_from_instance(self, agency: Any) -> str:
        return str(agency.name)


class ProposeForm(forms.Form):
    items = ItemChoices(label=_("What is handed over"), queryset=Item.objects.none(), widget=forms.CheckboxSelectMultiple)
    agency = AgencyChoice(label=_("Agency"), queryset=Agency.objects.none())
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The second person and the agency read it."),
    )
    announced_on = Day(
        label=_("Announced on"), required=False, help_text=_("Only where it was announced otherwise than by a demand from here.")
    )
    announced_proof = forms.CharField(label=_("Proof of the announcement"), max_length=200, required=False)

    def __init__(self, *args: Any, items: Any, agencies: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        among(self.fields["items"], items)
        among(self.fields["agency"], agencies)


class WhyForm(forms.Form):
    why = reason_field()


class ApproveForm(forms.Form):
    why = forms.CharField(label=_("Note"), max_length=200, required=False)


class ReceiveForm(forms.Form):
    reference = forms.CharField(label=_("The agency's number"), max_length=80, required=False)


class CollectForm(forms.Form):
    amount = Amount(label=_("Amount that the agency received"), help_text=_("In full, before its commission."))
    on = Day(label=_("Day"))
    reference = forms.CharField(
        label=_("The agency's number of this payment"),
        max_length=100,
        required=False,
        help_text=_("As its report names it: under one number it is booked once, by whichever way it comes."),
    )


class CommissionForm(forms.Form):
    amount = Amount(label=_("Commission"))
    on = Day(label=_("Day"))
    reference = forms.CharField(label=_("Invoice or statement of the agency"), max_length=80, required=False)
    why = forms.CharField(label=_("Note"), max_length=200, required=False)


class StatusForm(forms.Form):
    status = forms.CharField(label=_("Status, as the agency names it"), max_length=40)
    why = forms.CharField(label=_("Note"), max_length=500, required=False)
