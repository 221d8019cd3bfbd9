"""Policies in words: who is under which, and each step as a sentence with a day to see it by."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import unified_diff
from itertools import islice

from django.db.models import Count
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, override

from dunning.builtin import offered_policies
from dunning.facts import policy_of
from dunning.models import Assignment, Case, Policy, PolicyVersion, Segment
from dunning.policy import Grouping, Step
from dunning.policy import Policy as Ladder
from dunning.policy_text import parse_policy
from dunning.states import CaseState
from receivables.accounts.models import Creditor
from receivables.core.calendar import Calendar, next_contact_day, next_working_day
from receivables.core.errors import PolicyError
from receivables.countries.words import Debtor
from receivables.dashboard.templatetags.look import amount
from receivables.dashboard.words import channel_word, sentence_case, step_word


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """A row of the list."""

    policy: Policy
    version: PolicyVersion | None
    applies_to: list[str]
    cases: int
    steps: int
    has_draft: bool


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step in words; `on` is its day for an invoice due on the example's day."""

    number: int
    key: str
    label: str
    when: str
    how: str
    conditions: tuple[str, ...]
    on: date


def policies(creditor: Creditor) -> list[PolicyLine]:
    """All policies of a company. Seven queries."""
    rows = list(Policy.objects.filter(creditor=creditor))
    versions = PolicyVersion.objects.filter(policy__in=rows).exclude(state=PolicyVersion.State.RETIRED).select_related("policy")
    current, drafts = {}, set()
    for version in versions:
        if version.state == PolicyVersion.State.DRAFT:
            drafts.add(version.policy_id)
        else:
            current[version.policy_id] = version
    running = Case.objects.filter(creditor=creditor).exclude(state=CaseState.CLOSED).order_by().values_list("version__policy")
    cases = dict(running.annotate(n=Count("pk")))
    scopes = scopes_of(creditor)
    return [
        PolicyLine(
            row, current.get(row.pk), scopes.get(row.pk, []), cases.get(row.pk, 0), _steps(current.get(row.pk)), has_draft=row.pk in drafts
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version of a policy with the open items on it."""

    version: PolicyVersion
    cases: int


def versions_of(policy: Policy) -> list[VersionLine]:
    """All versions, newest first. Two queries."""
    rows = list(policy.versions.select_related("author", "approver", "policy__creditor"))
    open_cases = Case.objects.filter(version__in=rows).exclude(state=CaseState.CLOSED).order_by().values_list("version")
    counts = dict(open_cases.annotate(n=Count("pk")))
    return [VersionLine(row, counts.get(row.pk, 0)) for row in rows]


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of a comparison: added, removed, head or the same."""

    kind: str
    text: str


def diff_of(old: str, new: str) -> list[DiffLine]:
    """What changed from one text to another, with three lines around each change; empty where nothing did."""
    kinds = {"+": "added", "-": "removed", "@": "head"}
    lines = unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=3)
    return [DiffLine(kinds.get(line[:1], "same"), line) for line in islice(lines, 2, None)]


def offers(creditor: Creditor) -> list[tuple[str, str]]:
    """Key and name of the policies that come with the program and that the company has no policy of that name yet."""
    known = set(Policy.objects.filter(creditor=creditor).values_list("name", flat=True))
    named = ((key, parse_policy(text).name) for key, text in offered_policies(creditor.country).items())
    return [(key, name) for key, name in named if name not in known]


def _steps(version: PolicyVersion | None) -> int:
    try:
        return len(policy_of(version).steps) if version else 0
    except PolicyError:
        return 0


def scopes_of(creditor: Creditor) -> dict[int, list[str]]:
    """Policy → whom it applies to, in words. Two queries."""
    found: dict[int, list[str]] = {}
    counted: dict[tuple[int, str], int] = {}
    for row in Assignment.objects.filter(creditor=creditor).order_by("kind", "pk"):
        if row.customer_id or row.invoice_id:
            key = (row.policy_id, "customer" if row.customer_id else "invoice")
            counted[key] = counted.get(key, 0) + 1
        else:
            words = _("kind: %(kind)s") % {"kind": row.get_kind_display()} if row.kind else _("everybody else")
            found.setdefault(row.policy_id, []).append(words)
    for (policy, what), number in counted.items():
        found.setdefault(policy, []).append(_counted(what, number))
    for segment in Segment.objects.filter(creditor=creditor, is_active=True):
        found.setdefault(segment.policy_id, []).append(_("rule “%(name)s”") % {"name": segment.name})
    return found


def _counted(what: str, number: int) -> str:
    if what == "customer":
        return ngettext("%(n)d customer", "%(n)d customers", number) % {"n": number}
    return ngettext("%(n)d invoice", "%(n)d invoices", number) % {"n": number}


def steps_of(ladder: Ladder, *, due_on: date, calendar: Calendar) -> list[StepLine]:
    """Each step as a sentence, and the day on which it goes for an invoice due on that day, nothing paid and nothing late."""
    return list(_dated(ladder, due_on, calendar))


def keys_of(ladder: Ladder) -> list[str]:
    """The optional keys of the whole ladder that are set, as sentences."""
    return list(_keys_in_words(ladder))


GROUPED = {
    Grouping.INVOICE: gettext_lazy("one message per invoice"),
    Grouping.ORDER: gettext_lazy("one message per order number"),
    Grouping.CONTRACT: gettext_lazy("one message per contract number"),
    Grouping.BRANCH: gettext_lazy("one message per branch"),
    Grouping.SOURCE: gettext_lazy("one message per source of the invoices"),
}


AUDIENCE = {
    Debtor.BUSINESS: gettext_lazy("businesses"),
    Debtor.CONSUMER: gettext_lazy("consumers"),
    Debtor.PUBLIC: gettext_lazy("public bodies"),
}


def _keys_in_words(ladder: Ladder) -> Iterator[str]:
    if ladder.grouping in GROUPED:
        yield str(GROUPED[ladder.grouping])
    if ladder.quiet_days is not None:
        yield ngettext(
            "at least %(n)d day between two messages to a customer",
            "at least %(n)d days between two messages to a customer",
            ladder.quiet_days,
        ) % {"n": ladder.quiet_days}
    if ladder.grace_days:
        yield ngettext(
            "nothing in the first %(n)d day after the due date", "nothing in the first %(n)d days after the due date", ladder.grace_days
        ) % {"n": ladder.grace_days}
    if ladder.min_arrears_days:
        yield ngettext(
            "nothing overdue before the customer's oldest debt is %(n)d day late",
            "nothing overdue before the customer's oldest debt is %(n)d days late",
            ladder.min_arrears_days,
        ) % {"n": ladder.min_arrears_days}
    if ladder.max_step is not None:
        yield _("no step above “%(step)s”") % {"step": step_word(ladder.max_step)}
    if ladder.audience:
        yield _("only for: %(kinds)s") % {"kinds": ", ".join(str(AUDIENCE[debtor]) for debtor in ladder.audience)}
    if ladder.fee_basis:
        yield _("fees by: %(basis)s") % {"basis": ladder.fee_basis}


def step_sentences(ladder: Ladder, *, due_on: date, calendar: Calendar, language: str) -> list[str]:
    """The same as plain text: "3 days before the due date, e.g. Wed 2026-11-04: Reminder before the due date, by e-mail, else SMS"."""
    with override(language):
        return [
            _("%(when)s, e.g. %(day)s: %(step)s, by %(how)s%(conditions)s")
            % {
                "when": sentence_case(line.when),
                "day": f"{WEEKDAYS_ABBR[line.on.weekday()]} {line.on.isoformat()}",
                "step": line.label,
                "how": line.how,
                "conditions": "".join(f"; {each}" for each in line.conditions),
            }
            for line in _dated(ladder, due_on, calendar)
        ]


def _dated(ladder: Ladder, due_on: date, calendar: Calendar) -> Iterator[StepLine]:
    """A due date and a deadline move to a working day, a message goes on a contact day, even where that is too late."""
    due_on = next_working_day(calendar, due_on)
    before: date | None = None
    deadline: date | None = None
    for number, step in ladder.after(0):
        day = due_on + timedelta(days=step.after_due)
        if before is not None:
            day = max(day, before + timedelta(days=max(step.after_previous or 0, 1)), *([deadline + timedelta(days=1)] if deadline else []))
        if day > due_on:  # where this invoice is the customer's worst
            day = max(day, due_on + timedelta(days=ladder.grace_days + 1), due_on + timedelta(days=ladder.min_arrears_days))
        if before is not None and ladder.quiet_days is not None:
            day = max(day, before + timedelta(days=ladder.quiet_days))
        day = next_contact_day(calendar, day)
        if step.deadline_days is not None:
            deadline = next_working_day(calendar, day + timedelta(days=step.deadline_days))
        before = day
        yield StepLine(number, step.key, step_word(step.key), _when(step), _how(step), tuple(_conditions(step, ladder)), day)


def _when(step: Step) -> str:
    words = _days_from_due(step.after_due)
    if step.until is not None:
        words += _(", at the latest %(when)s") % {"when": _days_from_due(step.until)}
    if step.after_previous:
        words += ngettext(
            ", not sooner than %(n)d day after the step before",
            ", not sooner than %(n)d days after the step before",
            step.after_previous,
        ) % {"n": step.after_previous}
    return words


def _days_from_due(days: int) -> str:
    if days == 0:
        return _("on the due date")
    if days < 0:
        return ngettext("%(n)d day before the due date", "%(n)d days before the due date", -days) % {"n": -days}
    return ngettext("%(n)d day after the due date", "%(n)d days after the due date", days) % {"n": days}


def _how(step: Step) -> str:
    words = _(", else ").join(channel_word(channel) for channel in step.channels)
    if step.also:
        words += _(", along with %(channels)s") % {"channels": ", ".join(channel_word(channel) for channel in step.also)}
    return words


def _conditions(step: Step, ladder: Ladder) -> Iterator[str]:
    if step.approval:
        yield _("a person approves it")
    if step.document:
        yield _("with the document “%(name)s”") % {"name": step_word(step.document)}
    if step.deadline_days is not None:
        yield ngettext("names a deadline of %(n)d day", "names a deadline of %(n)d days", step.deadline_days) % {"n": step.deadline_days}
    if step.minimum is not None:
        yield _("from %(amount)s overdue") % {"amount": amount(step.minimum, ladder.currency)}
    if step.minimum_percent is not None:
        yield _("from %(share)s of all that is open") % {"share": f"{step.minimum_percent:f}\N{NO-BREAK SPACE}%"}
    if not step.required:
        yield _("left out when it is late and a later step has come")
    if step.interest:
        yield _("claims interest")
    if step.compensation:
        yield _("claims the compensation for recovery costs")
    if step.fee is not None:
        fee = f"{step.fee.percent:f}\N{NO-BREAK SPACE}%" if step.fee.percent is not None else amount(step.fee.fixed, ladder.currency)
        yield _("with a fee of %(fee)s") % {"fee": fee}
