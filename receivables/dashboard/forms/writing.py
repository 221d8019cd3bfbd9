"""What people enter to write to a customer, to send something again, to undo it, and to end an uncertainty."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import uuid4

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dunning.actions import Decision
from dunning.drafting import LONGEST_TEXT
from dunning.written import Way
from receivables.dashboard.forms.deeds import reason_field
from receivables.dashboard.words import channel_word
from receivables.documents.models import Document


def way_key(way: Way) -> str:
    """How a choice names an address."""
    return f"{way.channel}:{way.address}"


def way_choices(ways: Iterable[Way]) -> list[tuple[str, str]]:
    """The addresses as a choice shows them."""
    return [(way_key(way), " · ".join(part for part in (way.name, way.address, channel_word(way.channel)) if part)) for way in ways]


class Once(forms.UUIDField):
    """Names the form that was sent, so that sending it twice does it once."""

    def __init__(self) -> None:
        super().__init__(initial=uuid4, widget=forms.HiddenInput)


class WriteForm(forms.Form):
    NONE, OVERDUE, OPEN, INVOICE = "", "overdue", "open", "invoice"

    to = forms.ChoiceField(label=pgettext_lazy("message", "To"))
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, help_text=_("Of the payment details and the closing."))
    subject = forms.CharField(
        label=_("Subject"),
        max_length=150,
        required=False,
        help_text=_("Of an e-mail. Others may see it in passing: name neither a debt nor an amount."),
    )
    text = forms.CharField(label=_("Text"), max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 12}))
    states = forms.ChoiceField(
        label=_("Payment details under the text"),
        required=False,
        widget=forms.RadioSelect,
        help_text=_("By e-mail only. The program states the amounts; when one changes before the message leaves, it does not leave."),
    )
    paper = forms.ChoiceField(label=_("Attachment"), required=False, help_text=_("A document that is here already, by e-mail only."))
    knows_words = forms.BooleanField(
        label=_("I have read which words need a condition, and it is met here."),
        required=False,
        help_text=_("This is noted with your name."),
    )
    form = Once()

    def __init__(self, *args: Any, ways: Sequence[Way], papers: Iterable[Document], invoice: str = "", **more: Any) -> None:
        super().__init__(*args, **more)
        _choose(self, "to", way_choices(ways))
        about = [(self.INVOICE, _("what is open on %(number)s") % {"number": invoice})] if invoice else []
        _choose(
            self, "states", [(self.NONE, _("none")), *about, (self.OVERDUE, _("all that is overdue")), (self.OPEN, _("all that is open"))]
        )
        _choose(self, "paper", [("", _("none")), *((str(paper.pk), str(paper)) for paper in papers)])

    def leave_out_words(self) -> None:
        """Nothing has to be answered for."""
        self.fields.pop("knows_words", None)


class AgainForm(forms.Form):
    to = forms.ChoiceField(label=pgettext_lazy("message", "To"))
    reason = reason_field(help_text=_("Such as: the customer says that it did not arrive. It is noted with your name."))
    once_more = forms.BooleanField(label=_("It went there within the last 24 hours; send it once more."), required=False)
    form = Once()

    def __init__(self, *args: Any, ways: Sequence[Way], lately: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        _choose(self, "to", way_choices(ways))
        if not lately:
            self.fields.pop("once_more")


class UndoForm(forms.Form):
    reason = reason_field(required=False)


class DecideForm(forms.Form):
    DECISIONS = [
        (Decision.LEFT, _("It left: the provider's log or the customer says so. Its step counts from the day of the hand-over.")),
        (Decision.NOT_LEFT, _("It did not leave: send it again under the same key, judged anew, not before its rest is over.")),
        (
            Decision.GIVEN_UP,
            _("Give it up: it is not sent again. A step is planned anew by the next run, from the books as they are then."),
        ),
    ]

    pk = forms.TypedMultipleChoiceField(coerce=int, widget=forms.MultipleHiddenInput)
    decision = forms.ChoiceField(label=_("What is so"), choices=DECISIONS, widget=forms.RadioSelect)
    reason = reason_field(help_text=_("How you know, or why you decide so: the line of the provider's log, the answer of the customer."))
    count = forms.IntegerField(
        label=_("How many messages does this concern?"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=_("Type the number shown above, so that nobody decides about more than they saw."),
    )

    def __init__(self, data: QueryDict | None = None, *, chosen: Collection[int]) -> None:
        super().__init__(data, initial={"pk": list(chosen)})
        _choose(self, "pk", [(str(pk), str(pk)) for pk in chosen])
        self.number = len(chosen)
        if self.number < 2:
            self.fields.pop("count")

    def clean_count(self) -> int:
        said: int = self.cleaned_data["count"]
        if said != self.number:
            raise forms.ValidationError(_("That is not the number shown above. Look at the list again."))
        return said


def _choose(form: forms.Form, name: str, choices: list[Any]) -> None:
    form.fields[name].choices = choices  # type: ignore[attr-defined]
