"""What answers for courtesy messages at the hand-over: their guard, and their words."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from dunning.facts import recipients_of, rules_of, stops_of
from dunning.models import Agreement, Complaint, Courtesy, CourtesySwitches, Promise
from dunning.policy import Channel
from dunning.states import CourtesyKind, Waits
from invoices.models import Customer, Dispute, Payment
from receivables.accounts.models import Creditor
from receivables.messaging.models import Message
from receivables.messaging.protocols import Rendered
from receivables.messaging.templates import render_message


class CourtesyGuard:
    """Guard of answers: the recipient is still theirs, nothing stops all messages, the switch is on, and what is answered is still so."""

    def judge(self, messages: Sequence[Message], *, now: datetime) -> Mapping[int, str]:
        """Why messages must not go any more, by id. Locks their customers, so a stop fact comes before or after the hand-over."""
        answers = list(Courtesy.objects.filter(message__in=messages).select_related("creditor", "message").order_by("customer"))
        ids = {answer.customer_id for answer in answers}
        list(Customer.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))
        refused: dict[int, str] = {}
        for (creditor, on), together in _by_day(answers, now).items():
            refused |= _refused(creditor, together, on=on)
        known = {answer.message_id for answer in answers}
        return {**refused, **{message.pk: "no answer stands behind it" for message in messages if message.pk not in known}}


class CourtesyRenderer:
    """Renderer of answers: words only, without a paper."""

    def render(self, message: Message) -> Rendered:
        """Make subject and text from the facts. Raises `RenderError` where one is missing."""
        words = render_message(message.template, message.language, message.facts, message.channel)
        return Rendered(words.subject, words.text, words.html)


def _by_day(answers: Iterable[Courtesy], now: datetime) -> dict[tuple[Creditor, date], list[Courtesy]]:
    found: dict[tuple[Creditor, date], list[Courtesy]] = defaultdict(list)
    for answer in answers:
        found[answer.creditor, now.astimezone(ZoneInfo(answer.creditor.time_zone)).date()].append(answer)
    return found


def _refused(creditor: Creditor, answers: Sequence[Courtesy], *, on: date) -> dict[int, str]:
    rows = list(
        Customer.objects.filter(pk__in={answer.customer_id for answer in answers}).select_related("creditor", "payer", "letters_to")
    )
    stops = stops_of(rows)
    recipients = recipients_of(rows, stops)
    switches = CourtesySwitches.objects.filter(creditor=creditor).first()
    over = _over(answers)
    is_contact_day = rules_of(creditor).calendar.is_contact_day(on)
    refused = {}
    for answer in answers:
        recipient = recipients[answer.customer_id].get(Channel(answer.message.channel))
        if any(fact.stops_all for fact in stops.get(answer.customer_id, ())):
            refused[answer.message_id] = "a stop fact stands"
        elif recipient is None or recipient.address != answer.message.recipient:
            refused[answer.message_id] = "the recipient's address has changed"
        elif switches is None or not switches.is_on(CourtesyKind(answer.kind)):
            refused[answer.message_id] = "its switch is off"
        elif not is_contact_day:
            refused[answer.message_id] = str(Waits.CLOSED_HOURS)
        elif (answer.kind, answer.about) in over:
            refused[answer.message_id] = "what it answers is over"
    return refused


def _over(answers: Sequence[Courtesy]) -> set[tuple[str, str]]:
    """Answers that are not so any more: thanks for money taken back, what was decided, replaced, paid or taken back meanwhile."""
    begun = Agreement.objects.filter(ended_on=None, rates__open_amount__gt=0)
    owing = Agreement.objects.filter(lines__item__open_amount__gt=0)
    again = Agreement.objects.filter(lines__item__agreements__agreement__ended_on=None)
    gone: dict[CourtesyKind, tuple[str, QuerySet[Any]]] = {
        CourtesyKind.PROMISE_NOTED: ("promise", Promise.objects.exclude(state=Promise.State.STANDING)),
        CourtesyKind.AGREEMENT_BEGUN: ("agreement", Agreement.objects.exclude(pk__in=begun.values("pk"))),
        CourtesyKind.AGREEMENT_KEPT: ("agreement", Agreement.objects.filter(pk__in=owing.values("pk"))),
        CourtesyKind.AGREEMENT_ENDED: (
            "agreement",
            Agreement.objects.exclude(pk__in=owing.values("pk")) | Agreement.objects.filter(pk__in=again.values("pk")),
        ),
        CourtesyKind.THANKS: ("payment", Payment.objects.filter(reversal__isnull=False)),
        CourtesyKind.DISPUTE_RECEIVED: ("dispute", Dispute.objects.exclude(resolved_on=None)),
        CourtesyKind.COMPLAINT_RECEIVED: ("complaint", Complaint.objects.exclude(answered_on=None)),
    }
    found = set()
    for kind, (name, rows) in gone.items():
        ids = [int(answer.about.partition(":")[2]) for answer in answers if answer.kind == kind]
        if ids:
            found |= {(str(kind), f"{name}:{pk}") for pk in rows.filter(pk__in=ids).values_list("pk", flat=True)}
    return found
