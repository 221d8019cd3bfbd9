"""How far up the ladder an invoice may climb: who said so, and what each choice would leave out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from dunning.facts import policy_of
from dunning.models import Case
from dunning.states import CaseState
from invoices.models import Invoice
from receivables.audit.actions import subject_of
from receivables.audit.models import Entry
from receivables.dashboard.words import step_word

CAPPED = "ladder_capped"


@dataclass(frozen=True, slots=True)
class Cap:
    """The highest step of an invoice, with the newest reason."""

    step: str
    reason: str = ""
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A step to end at, and the steps above it that would be left out; "" is the top of the policy."""

    step: str
    left_out: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        if not self.step:
            return _("no limit: to the end of the policy")
        if not self.left_out:
            return step_word(self.step)
        steps = ", ".join(step_word(key) for key in self.left_out)
        return _("%(step)s; left out: %(steps)s") % {"step": step_word(self.step), "steps": steps}


def cap_of(invoice: Invoice) -> Cap | None:
    """The cap that stands on what is open of it; None without one. Two queries at most."""
    step = running(invoice).exclude(max_step="").values_list("max_step", flat=True).first()
    if step is None:
        return None
    entry = Entry.objects.filter(subject=subject_of(invoice), verb=CAPPED).select_related("actor").order_by("-sequence").first()
    if entry is None:
        return Cap(step)
    return Cap(step, str(entry.facts.get("reason", "")), str(entry.actor or ""), entry.at)


def choices(cases: Sequence[Case]) -> list[Choice]:
    """No limit, then each step that all policies of these cases have, with what lies above it in the first. `cases` come with versions."""
    policies = [policy_of(case.version) for case in cases]
    first = policies[0].steps if policies else ()
    common = [key for key in (step.key for step in first) if all(policy.position_of(key) for policy in policies)]
    keys = [step.key for step in first]
    return [Choice(""), *(Choice(key, tuple(keys[keys.index(key) + 1 :])) for key in common)]


def running(invoice: Invoice) -> QuerySet[Case]:
    """The cases of what is open of an invoice, with their versions, items in order."""
    cases = Case.objects.exclude(state=CaseState.CLOSED).filter(item__invoice=invoice)
    return cases.select_related("version__policy", "item").order_by("item__position")
