"""What people enter about a customer that is no money: facts that stop or hold. Whether it may be is judged by the actions."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dunning.models import AwaitedCredit, CallMade, Complaint, CourtesySwitches, NonPayment, StopFact, WarningSign
from dunning.states import CallOutcome, CourtesyKind, StopKind
from invoices.models import Dispute, Invoice, Item
from receivables.accounts.models import User
from receivables.dashboard.forms.deeds import Amount, Day, ItemChoice, among, reason_field
from receivables.paper_field import PaperField


class StopForm(forms.Form):
    kind = forms.ChoiceField(label=_("What happened"), choices=StopFact.KINDS, widget=forms.RadioSelect)
    since = Day(
        label=_("Since"), help_text=_("The day of the fact; of a bankruptcy the day of the notice in the register: the clock runs from it.")
    )
    source = forms.CharField(label=_("Source"), max_length=200, help_text=_("How you know: the register and its number, a letter, a call."))
    document = PaperField(label=_("Document"), required=False, help_text=_("A PDF or a picture, at most 10 MB."))
    representative = forms.CharField(
        label=_("Representative"),
        max_length=200,
        required=False,
        help_text=_("Only for a lawyer: everything then goes there and nowhere else."),
    )
    email = forms.EmailField(label=_("E-mail of the representative"), required=False)
    phone = forms.CharField(
        label=_("Phone of the representative"), max_length=40, required=False, widget=forms.TextInput(attrs={"type": "tel"})
    )
    address = forms.CharField(
        label=_("Postal address of the representative"), max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("kind") == StopKind.REPRESENTED and not said.get("representative"):
            self.add_error("representative", _("Name the representative: all messages go there."))
        return said


class EndForm(forms.Form):
    reason = reason_field(help_text=_("A second person reads it and confirms."))


class EndAnswerForm(forms.Form):
    answer = forms.ChoiceField(
        label=_("Your answer"),
        widget=forms.RadioSelect,
        choices=[("confirm", _("confirm: it ends, the ladder goes on")), ("refuse", _("refuse: it stands"))],
    )


class ComplaintForm(forms.Form):
    about = forms.ChoiceField(label=_("About"), choices=Complaint.ABOUT, widget=forms.RadioSelect)
    invoice = forms.ModelChoiceField(
        Invoice.objects.none(), label=_("Invoice"), required=False, empty_label=_("everything of this customer"),
        help_text=_("What is held until somebody has answered."),
    )  # fmt: skip
    received_on = Day(label=_("Received on"), help_text=_("The day on which it came: the clock for the answer runs from it."))
    text = forms.CharField(label=_("What they say"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5}))
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Owner"), required=False, empty_label=_("nobody yet"))

    def __init__(self, *args: Any, invoices: Any, owners: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        among(self.fields["invoice"], invoices)
        among(self.fields["owner"], owners)


class AnswerForm(forms.Form):
    outcome = forms.ChoiceField(label=_("Outcome"), choices=Complaint.OUTCOMES, widget=forms.RadioSelect)
    answer = forms.CharField(
        label=_("Answer"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("What the customer is told."),
    )


class AwaitedForm(forms.Form):
    kind = forms.ChoiceField(label=_("What is on its way"), choices=AwaitedCredit.KINDS, widget=forms.RadioSelect)
    amount = Amount(label=_("Amount"), help_text=_("It is left alone; the rest goes on."))
    until = Day(label=_("Wait until"), help_text=_("The last day. Without a credit note by then the amount goes on and a task opens."))
    reason = reason_field(required=False)


class WhyForm(forms.Form):
    why = forms.ChoiceField(label=_("Why it is not paid"), choices=NonPayment.REASONS, widget=forms.RadioSelect)
    invoice = forms.ModelChoiceField(
        Invoice.objects.none(), label=_("Invoice"), required=False, empty_label=_("everything of this customer")
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, invoices: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        among(self.fields["invoice"], invoices)


class SignForm(forms.Form):
    kind = forms.ChoiceField(label=_("Warning sign"), choices=WarningSign.KINDS, widget=forms.RadioSelect)
    on = Day(label=_("Day"), help_text=_("When it was seen or heard."))
    source = forms.CharField(label=_("Source"), max_length=200, help_text=_("How you know: a letter, a call, a message."))


class DismissForm(forms.Form):
    reason = reason_field(help_text=_("Why it is no sign."))


class CallForm(forms.Form):
    """What came of a call. Only a promise needs an amount and a day, only a dispute an item and a reason."""

    outcome = forms.ChoiceField(label=_("What came of it"), choices=CallMade.OUTCOMES, widget=forms.RadioSelect)
    note = forms.CharField(label=_("Note"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    amount = Amount(
        label=_("Amount"), required=False, help_text=_("Of a promise: how much. Of a dispute: the disputed part; empty: all that is open.")
    )
    by = Day(label=_("Promised by"), required=False)
    item = ItemChoice(Item.objects.none(), label=_("What is disputed"), required=False, empty_label=_("nothing"))
    code = forms.ChoiceField(label=_("Kind of dispute"), choices=[("", _("not chosen")), *Dispute.CODES], required=False)
    reason = reason_field(required=False, help_text=_("What the customer says is wrong."))

    def __init__(self, *args: Any, items: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        among(self.fields["item"], items)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        needed = {CallOutcome.PROMISE: ("amount", "by"), CallOutcome.DISPUTE: ("item", "reason")}.get(said.get("outcome", ""), ())
        for name in needed:
            if name not in self.errors and not said.get(name):
                self.add_error(name, _("This is needed for what you chose."))
        return said


class CallNoteForm(CallForm):
    """A call that no step asked for: the same, with its day and whom one spoke to."""

    on = Day(label=_("Day of the call"))
    spoken_to = forms.CharField(label=_("With whom"), max_length=100, required=False)
    field_order = ("on", "spoken_to")


class CourtesyForm(forms.Form):
    kinds = forms.MultipleChoiceField(
        label=_("Write to customers when"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(field.name, field.verbose_name) for field in CourtesySwitches._meta.concrete_fields if field.name in set(CourtesyKind)],
    )
