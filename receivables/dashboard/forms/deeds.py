"""What people enter to change something. Each form lists its fields; whether it may be is judged by the actions."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dunning.states import TaskKind
from invoices.models import Claim, Dispute, Item, WriteOff
from invoices.states import Outcome, PaidPart
from receivables.accounts.models import User
from receivables.core.money import CURRENCIES
from receivables.dashboard.templatetags.look import amount as shown
from receivables.dashboard.words import claim_word

LARGEST_POLICY = 200_000  # bytes


class Day(forms.DateField):
    """A day, chosen or typed as 2026-03-31."""

    def __init__(self, **more: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more)


class Amount(forms.DecimalField):
    """An amount above zero, or from another smallest one on, with a decimal comma or point; spaces do not count."""

    def __init__(self, *, least: Decimal = Decimal("0.001"), **more: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(min_value=least, max_digits=17, widget=widget, **more)

    def to_python(self, value: Any) -> Any:
        text = "".join(str(value or "").split())
        if "," in text and "." in text:
            text = text.replace("." if text.rindex(",") > text.rindex(".") else ",", "")
        if "e" in text.casefold():  # 1e9 is Python's way to write an amount, nobody else's
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(text.replace(",", "."))


def reason_field(**more: Any) -> forms.CharField:
    return forms.CharField(label=_("Reason"), max_length=200, **more)


def among(field: forms.Field, rows: Any) -> None:
    """Let a choice of rows be one of these."""
    cast(forms.ModelChoiceField, field).queryset = rows


def one_of(field: forms.Field, keys: Iterable[str]) -> None:
    """Let a choice be one of these words."""
    cast(forms.ChoiceField, field).choices = [(key, key or _("any")) for key in keys]


class ItemChoice(forms.ModelChoiceField):
    """One of the customer's open items."""

    def label_from_instance(self, item: Any) -> str:
        return item_words(item)


class ItemChoices(forms.ModelMultipleChoiceField):
    """Some of the customer's open items."""

    def label_from_instance(self, item: Any) -> str:
        return item_words(item)


def item_words(item: Item) -> str:
    return f"{item.label} · {shown(item.open_amount, item.currency)} · {item.due_on:%d.%m.%Y}"


class HoldForm(forms.Form):
    until = Day(
        label=_("Hold until"), required=False, help_text=_("The last day on which nothing is sent; none: until somebody releases it.")
    )
    item = ItemChoice(Item.objects.none(), label=_("What is held"), required=False, empty_label=_("everything of this customer"))
    reason = reason_field()

    def __init__(self, *args: Any, items: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        among(self.fields["item"], items)


class PaymentForm(forms.Form):
    amount = Amount(label=_("Amount"))
    currency = forms.ChoiceField(label=_("Currency"))
    booked_on = Day(label=_("Booked on"), help_text=_("The bank's day."))
    items = ItemChoices(
        Item.objects.none(),
        label=_("Pays"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing chosen: as the company has set, the oldest first unless told otherwise."),
    )
    names = forms.ChoiceField(
        label=_("The debtor said that it is for"),
        required=False,
        choices=[("", _("nothing particular")), (PaidPart.PRINCIPAL, _("the principal")), (PaidPart.INTEREST, _("interest"))],
        help_text=_("Interest pays posted interest alone. Else as the company has set: art. 451 KC lets interest go first."),
    )
    reference = forms.CharField(
        label=_("Bank reference"), max_length=140, required=False, help_text=_("The same reference is booked only once.")
    )
    title = forms.CharField(label=_("Transfer title"), max_length=400, required=False)
    payer_name = forms.CharField(label=_("Payer"), max_length=200, required=False)

    def __init__(self, *args: Any, items: Any, currency: str, **more: Any) -> None:
        super().__init__(*args, **more)
        among(self.fields["items"], items)
        one_of(self.fields["currency"], (currency, *sorted(CURRENCIES - {currency})))
        if not items:
            self.fields.pop("items")


class ClaimChoices(forms.ModelMultipleChoiceField):
    """Some of the customer's open claims, which come with their figures."""

    def label_from_instance(self, claim: Any) -> str:
        return f"{claim_word(claim)} · {claim.invoice.number} · {shown(claim.open, claim.currency)}"


class AllocateForm(forms.Form):
    items = ItemChoices(Item.objects.none(), label=_("Pays"), required=False, widget=forms.CheckboxSelectMultiple)
    claims = ClaimChoices(
        Claim.objects.none(),
        label=_("or pays these claims"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Items and claims are allocated one after the other: choose one kind at a time."),
    )
    amount = Amount(label=_("Amount"), required=False, help_text=_("Empty: all that is left."))
    on = Day(label=_("Counts from"))

    def __init__(self, *args: Any, items: Any, claims: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        among(self.fields["items"], items)
        among(self.fields["claims"], claims)
        if not claims:
            self.fields.pop("claims")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if bool(said.get("items")) == bool(said.get("claims")):
            raise forms.ValidationError(_("Choose what it pays: items or claims."))
        return said


class ReverseForm(forms.Form):
    on = Day(label=_("Went back on"))
    reference = forms.CharField(label=_("Bank reference of the return"), max_length=140, required=False)


class DisputeForm(forms.Form):
    amount = Amount(label=_("Disputed amount"), required=False, help_text=_("Empty: all that is open."))
    code = forms.ChoiceField(label=_("Kind of dispute"), choices=[("", _("not chosen")), *Dispute.CODES], required=False)
    reason = reason_field(help_text=_("What the customer says is wrong."))
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Owner"), required=False, empty_label=_("nobody yet"))
    due_on = Day(label=_("Decide by"), required=False, help_text=_("It stands on the first screen until somebody decides."))

    def __init__(self, *args: Any, owners: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        among(self.fields["owner"], owners)


class ResolveForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        widget=forms.RadioSelect,
        choices=[
            (Outcome.UPHELD, _("upheld: the customer is right, the disputed part is credited")),
            (Outcome.REJECTED, _("rejected: all of it is owed, the ladder goes on")),
        ],
    )


class CapForm(forms.Form):
    """`choices` are keys of steps with their words; `NO_CAP` lifts the limit."""

    NO_CAP = "-"
    step = forms.ChoiceField(label=_("Highest step"), widget=forms.RadioSelect)
    reason = reason_field(help_text=_("Stands on the invoice and in the audit."))

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        cast(forms.ChoiceField, self.fields["step"]).choices = choices

    def clean_step(self) -> str:
        """The key, empty for none."""
        step: str = self.cleaned_data["step"]
        return "" if step == self.NO_CAP else step


class WriteOffForm(forms.Form):
    why = forms.ChoiceField(label=_("Why"), choices=WriteOff.WHYS, widget=forms.RadioSelect)
    reason = reason_field(help_text=_("Stands in the books and in the audit."))


class WhyForm(forms.Form):
    reason = reason_field(help_text=_("Stands in the audit."))


class Confirmation(forms.Form):
    """Nothing to fill in: the button is the answer."""


class ReasonForm(forms.Form):
    reason = reason_field(required=False)


class CountForm(forms.Form):
    """The number of messages, typed by hand, before all of a step is answered."""

    count = forms.IntegerField(label=_("Number of messages"), widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}))
    reason = reason_field(required=False)

    def __init__(self, *args: Any, expected: int, with_reason: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        self.expected = expected
        self.fields["count"].help_text = _("Type %(n)d to confirm.") % {"n": expected}
        if not with_reason:
            self.fields.pop("reason")

    def clean_count(self) -> int:
        count: int = self.cleaned_data["count"]
        if count != self.expected:
            raise forms.ValidationError(_("%(n)d messages wait now, not %(typed)d."), params={"n": self.expected, "typed": count})
        return count


class EndTrialForm(CountForm):
    """The same, with a reason that is needed."""

    reason = reason_field(help_text=_("Stands in the audit."))

    def __init__(self, *args: Any, expected: int) -> None:
        super().__init__(*args, expected=expected, with_reason=True)


class PartForm(forms.Form):
    """What is stopped: a channel of the company, or all of them."""

    channel = forms.ChoiceField(
        label=_("Channel"),
        required=False,
        choices=[("", _("all channels")), ("email", _("E-mail")), ("sms", _("SMS")), ("letter", _("Letter")), ("agency", _("Agency"))],
    )
    reason = reason_field(help_text=_("Stands in the audit."))


class GuestForm(forms.Form):
    """An address that is written to during the trial."""

    address = forms.CharField(label=_("Address or phone number"), max_length=640)


class PlanEditForm(forms.Form):
    """What a person changes in a planned message before it goes."""

    case = forms.ChoiceField(label=_("Item"))
    kind = forms.ChoiceField(
        label=_("What happens to it"),
        widget=forms.RadioSelect,
        choices=[
            ("drop", _("leave it out for today")),
            ("block", _("hold this item")),
            ("block_all", _("hold everything of this customer")),
            ("lower", _("put it back to an earlier step")),
            ("raise", _("raise it by one step")),
            ("skip", _("skip a step for good")),
        ],
    )
    step = forms.ChoiceField(
        label=_("Step"), required=False, help_text=_("The earlier step to go back to, or the step that is skipped. Not needed otherwise.")
    )
    until = Day(
        label=_("Hold until"), required=False, help_text=_("Of a hold: the last day on which nothing is sent; none: until released.")
    )
    reason = reason_field(help_text=_("Stands beside the plan and in the audit."))

    def __init__(self, *args: Any, items: list[tuple[int, str]], steps: list[tuple[str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        cast(forms.ChoiceField, self.fields["case"]).choices = items
        cast(forms.ChoiceField, self.fields["step"]).choices = [("", "–"), *steps]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("kind") in ("lower", "skip") and not cleaned.get("step"):
            self.add_error("step", _("Choose the step."))
        return cleaned


class ContactForm(forms.Form):
    """How to reach the customer. What is not changed stays as it is; what is emptied goes."""

    email = forms.EmailField(label=_("E-mail"), required=False)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False, widget=forms.TextInput(attrs={"type": "tel"}))
    street = forms.CharField(label=_("Street"), max_length=200, required=False)
    postcode = forms.CharField(label=_("Postcode"), max_length=20, required=False)
    city = forms.CharField(label=_("City"), max_length=100, required=False)


class SalutationForm(forms.Form):
    salutation = forms.CharField(label=_("Salutation"), max_length=100, required=False, help_text=_("Such as: Szanowna Pani Prezes,"))


class TaskForm(forms.Form):
    """How a task ended; a call was answered or not."""

    outcome = forms.ChoiceField(label=_("Outcome"), choices=[("reached", _("reached")), ("not_reached", _("not reached"))])
    note = forms.CharField(label=_("Note"), max_length=150, required=False)

    def __init__(self, posted: QueryDict | None = None, *, kind: str) -> None:
        super().__init__(posted, auto_id=False)
        if kind != TaskKind.CALL:
            self.fields.pop("outcome")


class UploadForm(forms.Form):
    file = forms.FileField(label=_("Table (CSV or XLSX)"))
    profile = forms.ChoiceField(label=_("Column profile"))

    def __init__(self, *args: Any, profiles: list[str], **more: Any) -> None:
        super().__init__(*args, **more)
        one_of(self.fields["profile"], profiles)


class OpenItemsForm(UploadForm):
    as_of = Day(label=_("Open at the end of"))


class PolicyForm(forms.Form):
    file = forms.FileField(label=_("Policy file (YAML)"), required=False)
    text = forms.CharField(
        label=_("or its text"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "false", "class": "input code"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        given: UploadedFile | None = cleaned.get("file")
        if given is not None:
            cleaned["text"] = self._read(given)
        if not cleaned.get("text"):
            raise forms.ValidationError(_("Choose a file or write the policy."))
        cleaned["text"] = cleaned["text"].replace("\r\n", "\n")
        return cleaned

    def _read(self, given: UploadedFile) -> str:
        if (given.size or 0) > LARGEST_POLICY:
            raise forms.ValidationError(_("This file is too big for a policy."))
        try:
            return bytes(given.read()).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise forms.ValidationError(_("This file is no text in UTF-8.")) from None
