"""What people enter about policies, their scenarios and the rules that choose them."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dunning.models import Policy, Segment
from dunning.segments import FLAGS, RANGES, SETS
from invoices.models import Customer
from receivables.dashboard.forms.deeds import PolicyForm, among
from receivables.dashboard.queries.segments import FACTS, MONEY
from receivables.dashboard.words import sentence_case

GROUPS = (
    (_("Customer"), ("kind", "country", "language", "tags", "insured")),
    (_("History"), ("balance", "relation_days", "rating", "late_invoices", "turnover", "purchases")),
    (_("Invoice"), ("source", "payment_method", "amount", "subscription")),
)
YES_NO = [("", _("does not matter")), ("yes", _("yes")), ("no", _("no"))]


class DraftForm(forms.Form):
    """The text of a draft."""

    text = forms.CharField(
        label=_("The text"), strip=False, widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "false", "class": "input code"})
    )

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"].replace("\r\n", "\n")
        return text


class OverrideForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=200, required=False, help_text=_("Needed only to publish although a scenario fails; it is kept.")
    )


class ScenarioForm(PolicyForm):
    """A scenario as file or text, with the name under which it is attached."""

    name = forms.CharField(label=_("Name"), max_length=100)
    field_order = ("name", "file", "text")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["file"].label = _("Scenario file (YAML)")
        self.fields["text"].widget.attrs["rows"] = 12


class TargetForm(forms.Form):
    """Where running cases go on."""

    target = forms.ModelChoiceField(Policy.objects.none(), label=_("Move to the current version of"), empty_label=_("not chosen"))

    def __init__(self, *args: Any, policies: Any, label: str = "", **more: Any) -> None:
        super().__init__(*args, **more)
        among(self.fields["target"], policies)
        if label:
            self.fields["target"].label = label


class Words(forms.CharField):
    """Words with commas between them."""

    def clean(self, value: Any) -> Any:
        return sorted({word.strip() for word in str(value or "").split(",")} - {""})

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value


class End(forms.DecimalField):
    """One end of a range, with a decimal comma or point."""

    def to_python(self, value: Any) -> Any:
        return super().to_python("".join(str(value or "").split()).replace(",", "."))


class SegmentForm(forms.Form):
    """A rule: each fact that is left empty does not matter."""

    name = forms.CharField(label=_("Name"), max_length=100)
    policy = forms.ModelChoiceField(Policy.objects.none(), label=_("Policy"), empty_label=_("not chosen"))
    is_active = forms.BooleanField(label=_("in use"), required=False, initial=True)

    def __init__(self, *args: Any, policies: Any, segment: Segment | None = None, **more: Any) -> None:
        super().__init__(*args, **{"initial": _initial(segment), **more})
        among(self.fields["policy"], policies)
        for name in (*SETS, *RANGES, *FLAGS):
            self.fields |= dict(_fields(name))

    def groups(self) -> Iterator[tuple[Any, list[forms.BoundField]]]:
        """The facts under their headings, for the template."""
        for heading, names in GROUPS:
            yield heading, [self[field] for name in names for field, _field in _fields(name)]

    def head(self) -> list[forms.BoundField]:
        """What is no condition."""
        return [self["name"], self["policy"], self["is_active"]]

    def conditions(self) -> dict[str, Any]:
        """What was entered, as it is stored."""
        said = self.cleaned_data
        found: dict[str, Any] = {name: said[name] for name in SETS if said[name]}
        for name in RANGES:
            ends = {end: f"{said[field]:f}" for end in ("at_least", "at_most") if said[field := f"{name}_{end}"] is not None}
            found |= {name: ends} if ends else {}
        return found | {name: said[name] == "yes" for name in FLAGS if said[name]}


def _fields(name: str) -> Iterator[tuple[str, forms.Field]]:
    label = sentence_case(str(FACTS[name]))
    if name == "kind":
        boxes = forms.CheckboxSelectMultiple
        yield name, forms.MultipleChoiceField(label=label, choices=Customer.KINDS, required=False, widget=boxes)
    elif name in SETS:
        yield name, Words(label=label, required=False, max_length=200, help_text=_("One or several, with commas between them."))
    elif name in FLAGS:
        yield name, forms.ChoiceField(label=label, choices=YES_NO, required=False)
    else:
        hint = _("In the company's currency.") if name in MONEY else ""
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        for end, words in (("at_least", _("%(fact)s, at least")), ("at_most", _("%(fact)s, at most"))):
            yield f"{name}_{end}", End(label=words % {"fact": label}, required=False, max_digits=17, widget=widget, help_text=hint)


def _initial(segment: Segment | None) -> dict[str, Any]:
    if segment is None:
        return {"is_active": True}
    found: dict[str, Any] = {"name": segment.name, "policy": segment.policy_id, "is_active": segment.is_active}
    for name, value in segment.conditions.items():
        if isinstance(value, dict):
            found |= {f"{name}_{end}": number for end, number in value.items()}
        else:
            found[name] = {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
    return found
