"""The words of keys, for templates: `{{ step|step }}`, `{{ channel|channel }}`, `{{ message.state|message_state }}`."""

from django import template
from django.utils.translation import gettext_lazy as _

from dunning.explain import waits_words
from dunning.models import Task
from dunning.states import Waits
from receivables.dashboard import words
from receivables.dashboard.message_reasons import message_reason
from receivables.dashboard.queries.clocks import alert_words, fault_words, kept_words, relief_tone, relief_words
from receivables.dashboard.queries.post import against_words
from receivables.dashboard.queries.registers import missing_words
from receivables.messaging.models import Brake
from receivables.reporting.unclaimed import UnclaimedLine

register = template.Library()

FLAGS: words.Words = {
    "held": _("held"),
    "disputed": _("disputed"),
    "with_agency": _("with the agency"),
    "credit": _("money not allocated"),
    "unreachable": _("cannot be reached"),
    "prepayment": _("prepayment only"),
    "stop": _("no credit and no sale"),
}

register.filter("step", words.step_word)
register.filter("channel", words.channel_word)
register.filter("source", words.source_word)
register.filter("address_reason", words.address_reason)
register.filter("claim", words.claim_word)
register.filter("claim_reason", words.claim_reason)
register.filter("payment", words.payment_word)
register.filter("match_reason", words.match_reason)
register.filter("bank_why", words.bank_why)
register.filter("borne", words.borne_word)
register.filter("arrival_reason", words.arrival_reason)
register.filter("bank_reference", words.bank_reference)
register.filter("notice_reason", words.reason_words)
register.filter("alert", alert_words)
register.filter("relief", relief_words)
register.filter("relief_tone", relief_tone)
register.filter("term_fault", fault_words)
register.filter("missing", missing_words)
register.filter("against", against_words)
register.filter("message_reason", message_reason)


@register.filter
def kept_back(line: UnclaimedLine) -> str:
    """Why no compensation is asked on an item."""
    return kept_words(*line.found.kept_back)


@register.filter
def waits(reason: str) -> str:
    """Why an item waits, in words."""
    return waits_words(reason) if reason in set(Waits) else reason


@register.filter
def message_state(state: object) -> str:
    """Where a message stands."""
    return words.word(words.MESSAGE_STATES, state)


@register.filter
def regime(key: object) -> str:
    """What a rate is called."""
    return words.word(words.REGIMES, key)


@register.filter
def outcome(key: object) -> str:
    """What an attempt or a provider's report said."""
    return words.word(words.OUTCOMES, key)


@register.filter
def flag(name: object) -> str:
    """What is special about a customer."""
    return words.word(FLAGS, name)


@register.filter
def verb(name: object) -> str:
    """What an audit entry says was done."""
    return words.word(words.VERBS, name)


@register.filter
def decision(key: object) -> str:
    """What a person decided of a message of which nobody knew."""
    return words.word(words.DECISIONS, key)


@register.filter
def message_of(task: Task) -> int | None:
    """The id of the message that a task is about, where it is about one that bears no step."""
    kind, _sep, pk = task.about.partition(":")
    return int(pk) if kind == "message" else None


@register.filter
def brake_kind(kind: str) -> str:
    """Why a brake is closed."""
    return str(dict(Brake.Kind.choices).get(kind, kind))


@register.filter
def complaint_of(task: Task) -> int | None:
    """The id of the complaint that a task is about."""
    return _about(task, "complaint")


@register.filter
def invoice_of(task: Task) -> int | None:
    """The id of the invoice that a task asks about."""
    return _about(task, "invoice")


@register.filter
def balance_of(task: Task) -> int | None:
    """The id of the balance that a task is about."""
    return _about(task, "balance")


@register.filter
def placement_of(task: Task) -> int | None:
    """The id of the hand-over that a task is about."""
    return _about(task, "placement")


@register.filter
def reply_of(task: Task) -> int | None:
    """The id of the reply that a task is about."""
    return _about(task, "reply")


def _about(task: Task, wanted: str) -> int | None:
    kind, _sep, rest = task.about.partition(":")
    return int(rest.partition(":")[0]) if kind == wanted else None
