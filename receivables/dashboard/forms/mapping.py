"""Which column of a table is which field: a person decides over guesses, and gives the profile its name."""

from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import validate_slug
from django.utils.translation import gettext_lazy as _

from invoices.intake.layout import folded
from invoices.intake.mapping import DATE_FORMATS, Guessed, Seen
from invoices.intake.profile import ENCODINGS
from invoices.intake.sheets import OPEN_ITEMS, SHEETS, Sheet
from invoices.models import BankAccount, Customer
from invoices.statements.bank_csv import LOOKED_AT
from invoices.statements.mapping import FEWEST
from receivables.core.money import CURRENCIES
from receivables.dashboard.forms.bank import LARGEST

TABLES = [
    ("invoices", _("Invoices")),
    ("customers", _("Customers")),
    ("opening", _("Invoices of the first day, with what was done about them")),
    ("open_items", _("Open items of the ledger of record")),
]
LABELS = {
    "number": _("Number of the invoice"), "kind": _("Kind of document"), "reference": _("Number that it corrects"),
    "order_number": _("Order number"), "contract_number": _("Contract number"), "branch": _("Branch"),
    "payment_method": _("Payment method"), "subscription": _("Subscription"), "customer_number": _("Customer number"),
    "customer_name": _("Name of the customer"), "customer_kind": _("Kind of customer"), "tax_id": _("Tax number (NIP)"),
    "email": _("E-mail"), "phone": _("Phone"), "street": _("Street"), "postcode": _("Postcode"), "city": _("City"),
    "country": _("Country"), "language": _("Language"), "tags": _("Tags"), "insured": _("Insured"), "issued_on": _("Issued on"),
    "due_on": _("Due on"), "gross": _("Gross amount"), "net": _("Net amount"),
    "vat_amount": _("Amount of VAT"), "currency": _("Currency"), "sale": _("Goods or services"),
    "settled_on": _("Settled on"), "paid_amount": _("Paid so far"), "paid_on": _("Paid on"), "disputed": _("Disputed"),
    "dispute_resolved_on": _("Dispute ended on"), "contact_name": _("Contact person"), "preferred_channel": _("Preferred channel"),
    "virtual_account": _("Virtual account"), "open_amount": _("Open amount"), "company": _("Company"), "step": _("Last step"),
    "step_on": _("Day of the last step"), "step_channel": _("Channel of the last step"), "proof": _("Proof of posting"),
    "earlier_steps": _("Earlier steps"),
    "deadline_on": _("Deadline"), "claimed_interest": _("Interest claimed"), "claimed_compensation": _("Compensation claimed"),
    "claimed_fee": _("Fee claimed"), "held": _("Held"), "hold_until": _("Held until"), "hold_reason": _("Reason of the hold"),
    "promised_by": _("Promised by"), "promised_amount": _("Amount promised"), "promised_on": _("Day of the promise"),
    "plan": _("Instalment agreement"), "plan_rates": _("Rates of the agreement"), "plan_on": _("Day of the agreement"),
    "agency": _("Agency"), "agency_reference": _("Agency's number of the case"), "agency_on": _("Handed over on"),
    "court_reference": _("Court's number of the case"), "court_on": _("At court since"),
}  # fmt: skip
DELIMITERS = [(";", _("semicolon")), (",", _("comma")), ("\t", _("tab")), ("|", _("bar"))]
BANK_LABELS = {
    "booked_on": _("Booked on"), "value_on": _("Value date"), "amount": _("Amount (money out is negative)"), "credit": _("Money in"),
    "debit": _("Money out"), "currency": _("Currency"), "balance": _("Balance after it"), "counterparty": _("The other side"),
    "account": _("Account of the other side"), "title": _("Title"), "kind": _("Kind of transaction"),
    "reference": _("The bank's reference"), "own_account": _("The company's own account"),
}  # fmt: skip
THOUSANDS = [("", _("none")), (" ", _("space: 1 234")), (".", _("point: 1.234")), (",", _("comma: 1,234")), ("'", _("apostrophe: 1'234"))]
EXAMPLES = [(known, known.replace("%d", "31").replace("%m", "12").replace("%Y", "2026")) for known in DATE_FORMATS]


class TableForm(forms.Form):
    """The first step: the file, and what its rows are."""

    file = forms.FileField(label=_("Table (CSV or XLSX)"), help_text=_("Its first line names the columns. Drop it here, too."))
    table = forms.ChoiceField(label=_("What each row is"), choices=TABLES, widget=forms.RadioSelect, initial="invoices")


class TableFileForm(forms.Form):
    """The first step for a bank's table: the file."""

    file = forms.FileField(label=_("Table of the bank (CSV)"), help_text=_("As the bank wrote it. Drop it here, too."))

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST:
            raise forms.ValidationError(_("A file has more than 50 MB. Split it into several files."))
        return file


class ColumnsForm(forms.Form):
    """A field for each column that was seen, and how days and amounts are written."""

    dates = forms.ChoiceField(label=_("Days are written as"), choices=EXAMPLES)
    decimal = forms.ChoiceField(label=_("Decimal sign"), choices=[(",", _("comma: 12,50")), (".", _("point: 12.50"))])
    replaces = forms.BooleanField(label=_("Replace the profile of this name with a new version"), required=False)
    asked: tuple[str, ...] = ("dates", "decimal")  # of the whole file
    kept: tuple[str, ...] = ("replaces",)  # what is said of the description itself

    def __init__(self, *args: Any, seen: Seen, labels: Mapping[str, Any], chosen: Mapping[int, str], guessed: Guessed, **more: Any) -> None:
        super().__init__(*args, **more)
        self.seen = seen
        choices = [("", _("– not read –")), *labels.items()]
        for n, header in enumerate(seen.headers):
            if header.strip():
                label = header if seen.is_named else _("Column %(n)s") % {"n": header}
                self.fields[f"column_{n}"] = forms.ChoiceField(label=label, choices=choices, required=False)
                self.initial[f"column_{n}"] = chosen.get(n, "")
        self.initial = {**self.initial, "dates": guessed.dates[0], "decimal": guessed.decimal, "delimiter": seen.delimiter}

    @property
    def columns(self) -> list[tuple[forms.BoundField, list[str]]]:
        """Each column with its samples."""
        return [(self[f"column_{n}"], self.seen.samples(n)[:3]) for n, header in enumerate(self.seen.headers) if header.strip()]

    @property
    def layout(self) -> list[forms.BoundField]:
        """What is asked of the whole file."""
        return [self[name] for name in self.asked if name in self.fields]

    @property
    def keeping(self) -> list[forms.BoundField]:
        """What is said of the description itself."""
        return [self[name] for name in self.kept]

    def clean_currency(self) -> str:
        code: str = self.cleaned_data["currency"].strip().upper()
        if code and code not in CURRENCIES:
            raise forms.ValidationError(_("Write a currency code such as PLN or EUR."))
        return code

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        chosen: dict[int, str] = {}
        for n in range(len(self.seen.headers)):
            if name := said.get(f"column_{n}"):
                if name in chosen.values():
                    self.add_error(f"column_{n}", _("This field has a column already."))
                else:
                    chosen[n] = name
        said["chosen"] = chosen
        for words in self.lacking(set(chosen.values())):
            self.add_error(None, words)
        return said

    def lacking(self, chosen: Collection[str]) -> list[Any]:
        """What must have a column and has none, in words."""
        raise NotImplementedError


class MappingForm(ColumnsForm):
    """The second step: a field for each column, the layout, and a name."""

    thousands = forms.ChoiceField(label=_("Between thousands"), choices=THOUSANDS, required=False)
    currency = forms.CharField(label=_("Currency where a row names none"), max_length=3, min_length=3)
    delimiter = forms.ChoiceField(label=_("Between columns"), choices=DELIMITERS, required=False)
    encoding = forms.ChoiceField(label=_("Code page"), choices=[(name, name) for name in ENCODINGS], required=False)
    kind = forms.ChoiceField(
        label=_("All these customers are"), required=False, choices=[("", _("not said: protected like consumers")), *Customer.KINDS]
    )
    name = forms.CharField(
        label=_("Name of the profile"), max_length=50, help_text=_("Small letters, digits and hyphens, such as our-erp.")
    )
    asked = ("dates", "decimal", "thousands", "currency", "delimiter", "encoding", "kind")
    kept = ("name", "replaces")

    def __init__(self, *args: Any, seen: Seen, table: str, guessed: Guessed, currency: str, **more: Any) -> None:
        self.sheet = SHEETS[table]
        by_header = {folded(header): name for name, header in guessed.columns.items()}
        chosen = {n: by_header[folded(header)] for n, header in enumerate(seen.headers) if folded(header) in by_header}
        labels = {name: LABELS.get(name, name) for name in self.sheet.fields}
        super().__init__(*args, seen=seen, labels=labels, chosen=chosen, guessed=guessed, **more)
        thousands = guessed.thousands[0] if guessed.thousands else ""
        self.initial = {**self.initial, "thousands": thousands, "currency": currency, "encoding": "auto"}
        if seen.is_workbook:
            del self.fields["delimiter"], self.fields["encoding"]
        if "customer_kind" not in self.sheet.fields:
            del self.fields["kind"]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip().lower()
        validate_slug(name)
        return name

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        said["columns"] = {name: self.seen.headers[n] for n, name in said["chosen"].items()}
        if said.get("decimal") and said.get("decimal") == said.get("thousands"):
            self.add_error("thousands", _("The same sign cannot stand between thousands and before decimals."))
        return said

    def lacking(self, chosen: Collection[str]) -> list[Any]:
        return _lacking(self.sheet, chosen)

    @property
    def described(self) -> dict[str, Any]:
        """What a profile takes of a valid form."""
        said = self.cleaned_data
        kind = said.get("kind") if "customer_kind" not in said["columns"] else ""
        return {
            "columns": said["columns"],
            "dates": (said["dates"],),
            "decimal": said["decimal"],
            "thousands": (said["thousands"],) if said["thousands"] else (),
            "currency": said["currency"],
            "encoding": said.get("encoding") or "auto",
            "constants": {"customer_kind": kind} if kind else {},
        }


def _lacking(sheet: Sheet, chosen: Collection[str]) -> list[Any]:
    """What must have a column and has none, in words."""
    lacking = [LABELS[name] for name in sheet.needed if name not in chosen]
    words = [_("Choose the column for: %(names)s.") % {"names": ", ".join(str(label) for label in lacking)}] if lacking else []
    if sheet.naming and not any(name in chosen for name in sheet.naming):
        names = ", ".join(str(LABELS[name]) for name in sheet.naming)
        words.append(_("One column must say who the customer is: %(names)s.") % {"names": names})
    if "paid_on" in chosen and "paid_amount" not in chosen and sheet is not OPEN_ITEMS:
        words.append(str(_("A column says when it was paid, but none how much.")))
    return words


class BankMappingForm(ColumnsForm):
    """What the columns of a bank's table are, and the account that has such files."""

    currency = forms.CharField(label=_("Currency where a row names none"), max_length=3, required=False)
    delimiter = forms.ChoiceField(label=_("Between columns"), choices=[pair for pair in DELIMITERS if pair[0] != "|"])
    above = forms.IntegerField(
        label=_("Line above the first movement"), min_value=0, max_value=LOOKED_AT, help_text=_("0 where the movements begin at once.")
    )
    named = forms.BooleanField(label=_("That line names the columns"), required=False)
    account = forms.ModelChoiceField(label=_("Account"), queryset=BankAccount.objects.none())
    asked = ("above", "named", "delimiter", "dates", "decimal", "currency")
    kept = ("account", "replaces")

    def __init__(self, *args: Any, seen: Seen, chosen: Mapping[int, str], guessed: Guessed, accounts: Any, **more: Any) -> None:
        super().__init__(*args, seen=seen, labels=BANK_LABELS, chosen=chosen, guessed=guessed, **more)
        self.initial = {**self.initial, "above": seen.above, "named": seen.is_named}
        self.fields["account"].queryset = accounts  # type: ignore[attr-defined]
        if len(accounts) == 1 and not self.initial.get("account"):
            self.initial["account"] = accounts[0].pk
        self.fields["replaces"].label = _("Replace the layout that the account has")

    def lacking(self, chosen: Collection[str]) -> list[Any]:
        words: list[Any] = []
        if "booked_on" not in chosen:
            words.append(_("One column must say the day on which it was booked."))
        if "amount" not in chosen and not {"credit", "debit"} <= set(chosen):
            words.append(_("One column must hold the amount, or two of them money in and money out."))
        if not words and len(chosen) < FEWEST:
            words.append(_("Choose three columns at least, such as the title: without it nobody knows what a transfer pays."))
        return words
