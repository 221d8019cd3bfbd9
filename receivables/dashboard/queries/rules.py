"""The rules of a company's ladder in sentences, what a change of them would do, and who changed them before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from dunning.actions.rules import RULES_SET, SETTABLE, changes
from dunning.models import CourtesySwitches, LadderRules
from dunning.rules_ahead import Effect, effect_of
from dunning.states import CourtesyKind
from receivables.accounts.models import Creditor
from receivables.audit.actions import subject_of
from receivables.audit.models import Entry
from receivables.countries.hours import CHANNELS, read_hours, window_of
from receivables.dashboard.templatetags.look import amount
from receivables.dashboard.words import Words, channel_word

HISTORY = 30
BY_ADMIN = "change_ladderrules"
LABELS: Words = {
    "calendar": gettext_lazy("Days"),
    "contact_hours": gettext_lazy("Contact hours"),
    "run_at": gettext_lazy("The day's run"),
    "tolerance": gettext_lazy("Small amounts"),
    "bank_freshness_days": gettext_lazy("Bank data"),
    "pending_money_days": gettext_lazy("Money that is only seen"),
    "bank_wait_days": gettext_lazy("Promises and instalments"),
    "cap": gettext_lazy("Limit of messages"),
    "four_eyes": gettext_lazy("Four eyes"),
    "first_run_waits": gettext_lazy("First run"),
    "legal_waits": gettext_lazy("Demands and hand-overs"),
    "formal_needs_delivery": gettext_lazy("Delivery of the invoice"),
    "handover": gettext_lazy("Before a hand-over"),
    "undo_minutes": gettext_lazy("Time to undo"),
    "most_enclosed": gettext_lazy("Attached invoices"),
    "register": gettext_lazy("Register of debtors"),
}
RULE_OF = {
    "cap_messages": "cap",
    "cap_days": "cap",
    "cap_per_person": "cap",
    "handover_needs_terms": "handover",
    "handover_notice_days": "handover",
    "handover_needs_call": "handover",
}
"""Fields that make one rule together."""


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule with its sentence; `was` is the sentence before a change."""

    key: str
    label: str
    text: str
    was: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """A line of the history: what was changed from what, in words, or by the admin without the values."""

    at: datetime
    by: str
    reason: str
    lines: list[RuleLine]


@dataclass(frozen=True, slots=True)
class Look:
    """What a change would do, before it is saved."""

    lines: list[RuleLine]
    effect: Effect


def rules_of(creditor: Creditor) -> LadderRules:
    """The row, or one with nothing but defaults."""
    row = LadderRules.objects.filter(creditor=creditor).first() or LadderRules(creditor=creditor)
    row.creditor = creditor
    return row


def lines_of(rules: LadderRules) -> list[RuleLine]:
    """Every rule in a sentence."""
    return [RuleLine(key, str(label), sentence(key, rules)) for key, label in LABELS.items()]


def sentence(key: str, rules: LadderRules) -> str:
    """What a rule says, with its values."""
    match key:
        case "calendar":
            return _calendar(rules)
        case "contact_hours":
            return _hours(rules)
        case "run_at":
            return _("Every day from %(time)s, the company's time.") % {"time": f"{rules.run_at:%H:%M}"}
        case "tolerance":
            return _tolerance(rules)
        case "bank_freshness_days":
            return _bank(rules)
        case "pending_money_days":
            return _pending(rules.pending_money_days)
        case "bank_wait_days":
            return _awaited(rules.bank_wait_days)
        case "cap":
            return _cap(rules)
        case "four_eyes":
            return _("Nobody approves what they planned themselves.") if rules.four_eyes else _("Whoever planned may approve.")
        case "first_run_waits":
            return (
                _("Until a person has released a message under a policy version, all under it wait for one.")
                if rules.first_run_waits
                else _("A new policy version sends from its first day, without a person.")
            )
        case "formal_needs_delivery":
            return (
                _("Demands and hand-overs wait until it is recorded how the invoice was delivered, or a person lets them go.")
                if rules.formal_needs_delivery
                else _("Nobody asks whether the invoice was delivered.")
            )
        case "handover":
            return _handover(rules)
        case "register":
            if not rules.register:
                return _("No bureau is named, so no warning of an entry can be made.")
            return _("Warnings of an entry name %(register)s.") % {"register": rules.register}
        case "undo_minutes":
            return _undo(rules.undo_minutes)
        case "most_enclosed":
            return _enclosed(rules.most_enclosed)
        case _:
            return (
                _("Each waits for a person, whatever the policy says.")
                if rules.legal_waits
                else _("They wait for a person only where the policy says so.")
            )


def _enclosed(most: int) -> str:
    if not most:
        return _("No invoice is attached to reminders.")
    return ngettext(
        "The first e-mail about an item brings its invoice, one a mail; for others it names the portal.",
        "The first e-mail about an item brings its invoice, at most %(n)d a mail; for others it names the portal.",
        most,
    ) % {"n": most}


def _pending(days: int) -> str:
    if not days:
        return _("Money of a report of the day counts only when a statement has booked it.")
    return ngettext(
        "Money of a report of the day keeps its invoice from being chased until the statement, for %(n)d day at most.",
        "Money of a report of the day keeps its invoice from being chased until the statement, for %(n)d days at most.",
        days,
    ) % {"n": days}


def _awaited(days: int) -> str:
    if not days:
        return _("A promise is broken and an instalment missed once its day is over, whatever the bank's data say of it.")
    return ngettext(
        "A promise or an instalment whose day is over waits for the bank's data of that day, for %(n)d day at most.",
        "A promise or an instalment whose day is over waits for the bank's data of that day, for %(n)d days at most.",
        days,
    ) % {"n": days}


def _calendar(rules: LadderRules) -> str:
    if rules.calendar == LadderRules.Calendar.NONE:
        return _("Messages go out every day, also on Sundays and holidays.")
    return _("Nothing goes out on Sundays and holidays; a due date on a day off moves to the next working day.")


def _handover(rules: LadderRules) -> str:
    asked = [
        rules.handover_needs_terms and _("an agency whose contract, cost terms and role in data protection are on file"),
        rules.handover_notice_days is not None
        and ngettext(
            "a demand, sent at least %(number)s day before, that announces it",
            "a demand, sent at least %(number)s days before, that announces it",
            rules.handover_notice_days,
        )
        % {"number": rules.handover_notice_days},
        rules.handover_needs_call and _("a call that reached somebody, or two tries"),
    ]
    said = [str(words) for words in asked if words]
    return _("It needs: %(what)s.") % {"what": "; ".join(said)} if said else _("Nothing more is asked than of any step.")


def _hours(rules: LadderRules) -> str:
    if rules.calendar == LadderRules.Calendar.NONE:
        return _("Messages go out at any hour.")
    own = read_hours(rules.contact_hours)
    shown = ((channel, own.get(channel) or window_of(rules.creditor.country, channel)) for channel in CHANNELS)
    hours = ", ".join(f"{channel_word(channel)} {window.opens:%H:%M}–{window.closes:%H:%M}" for channel, window in shown)
    return _("In the time of whoever is contacted: %(hours)s. Abroad the hours of that country, where they are narrower.") % {
        "hours": hours
    }


def _tolerance(rules: LadderRules) -> str:
    if not rules.tolerance:
        return _("No item is too small for a message.")
    shown = amount(Decimal(rules.tolerance), rules.creditor.currency)
    return _("An item with less than %(amount)s to pay waits, until more is owed on it.") % {"amount": shown}


def _bank(rules: LadderRules) -> str:
    limit = rules.bank_freshness_days
    if limit is None:
        return _("Messages go out whatever the age of the bank data.")
    words = ngettext(
        "Nothing goes out when the bank data are older than %(n)d day.",
        "Nothing goes out when the bank data are older than %(n)d days.",
        limit,
    )
    return words % {"n": limit}


def _undo(minutes: int) -> str:
    if not minutes:
        return _("What a person writes leaves at once.")
    words = ngettext(
        "What a person writes waits %(n)d minute and can be undone until then.",
        "What a person writes waits %(n)d minutes and can be undone until then.",
        minutes,
    )
    return words % {"n": minutes}


def _cap(rules: LadderRules) -> str:
    if rules.cap_messages is None or rules.cap_days is None:
        return _("As many messages as the policies ask for.")
    most = ngettext("A customer gets at most %(n)d message", "A customer gets at most %(n)d messages", rules.cap_messages)
    within = ngettext("in any %(days)d day.", "in any %(days)d days.", rules.cap_days)
    shared = _("One e-mail address or phone number counts once, whoever's it is.") if rules.cap_per_person else ""
    return f"{most % {'n': rules.cap_messages}} {within % {'days': rules.cap_days}} {shared}".strip()


def changed_lines(before: LadderRules, after: LadderRules, names: Any) -> list[RuleLine]:
    """The rules that these fields belong to, as they were and as they would be."""
    keys = {RULE_OF.get(name, name) for name in names}
    return [RuleLine(key, str(label), sentence(key, after), sentence(key, before)) for key, label in LABELS.items() if key in keys]


def look_at(creditor: Creditor, values: Mapping[str, Any], *, on: date) -> Look | None:
    """What these values would do in the coming days; None where they change nothing."""
    before = rules_of(creditor)
    new = changes(before, values)
    if not new:
        return None
    after = _with(before, new)
    return Look(changed_lines(before, after, new), effect_of(creditor, before, after, on=on))


def _with(rules: LadderRules, values: Mapping[str, Any]) -> LadderRules:
    """An unsaved copy with other values."""
    copy = LadderRules(**{field.attname: getattr(rules, field.attname) for field in LadderRules._meta.concrete_fields})
    copy.creditor = rules.creditor
    for name, value in values.items():
        setattr(copy, name, value)
    return copy


def history(rules: LadderRules) -> list[Changed]:
    """Who changed the rules, newest first. One query."""
    rows = Entry.objects.filter(subject=subject_of(rules), verb__in=[RULES_SET, BY_ADMIN]).select_related("actor").order_by("-sequence")
    return [_changed(entry, rules) for entry in rows[:HISTORY]]


def _changed(entry: Entry, rules: LadderRules) -> Changed:
    said = entry.facts.get("changed", {})
    if isinstance(said, Mapping):
        before, after = (_with(rules, {name: _read(name, pair[n]) for name, pair in said.items() if name in SETTABLE}) for n in (0, 1))
        lines = changed_lines(before, after, said)
    else:
        lines = [RuleLine(key, str(LABELS[key]), "") for key in dict.fromkeys(RULE_OF.get(name, name) for name in said) if key in LABELS]
    return Changed(entry.at, str(entry.actor or ""), str(entry.facts.get("reason", "")), lines)


def _read(name: str, value: Any) -> Any:
    """A value as an audit entry holds it, as the row would."""
    field = LadderRules._meta.get_field(name)
    return field.to_python(value) if isinstance(field, models.Field) else value


def courtesies_on(creditor: Creditor) -> list[str]:
    """The answers that are given by themselves, in words."""
    switches = CourtesySwitches.objects.filter(creditor=creditor).first()
    fields = [field for field in CourtesySwitches._meta.concrete_fields if field.name in set(CourtesyKind)]
    return [str(field.verbose_name) for field in fields if switches and getattr(switches, field.name)]
