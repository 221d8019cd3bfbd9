"""What answers for courtesy messages at the hand-over: their guard, and their words."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from dunning.facts import opening, rules_of
from dunning.judged import OfCustomers
from dunning.models import Agreement, Complaint, Courtesy, CourtesySwitches, Promise
from dunning.policy import Channel
from dunning.recipients import recipients_of, stops_of
from dunning.states import CourtesyKind, Waits
from invoices.models import Customer, Dispute, Payment
from receivables.accounts.models import Creditor
from receivables.messaging.models import Message
from receivables.messaging.protocols import NotYet, Rendered, Verdict
from receivables.messaging.templates import render_message
from receivables.texts.catalogue import ANSWER
from receivables.texts.reading import own_text


class CourtesyGuard(OfCustomers):
    """Guard of answers: the recipient is still theirs, nothing stops all messages, the switch is on, and what is answered is still so."""

    rows = Courtesy

    def judge(self, messages: Sequence[Message], *, now: datetime) -> Mapping[int, Verdict]:
        """Why messages must not go, or until when they wait."""
        answers = list(Courtesy.objects.filter(message__in=messages).select_related("creditor", "message").order_by("customer"))
        refused: dict[int, Verdict] = {}
        for creditor, together in _by_creditor(answers).items():
            refused |= _refused(creditor, together, now=now)
        known = {answer.message_id for answer in answers}
        return {**refused, **{message.pk: "no answer stands behind it" for message in messages if message.pk not in known}}


class CourtesyRenderer:
    """Renderer of answers: words only, without a paper."""

    def render(self, message: Message) -> Rendered:
        """Make subject and text from the facts. Raises `RenderError` where one is missing."""
        kind = message.template.removeprefix("courtesy_")
        own = own_text(message.creditor_id, ANSWER, kind, message.language, message.facts)
        words = render_message(message.template, message.language, message.facts, message.channel, own=own)
        return Rendered(words.subject, words.text, words.html)


def _by_creditor(answers: Iterable[Courtesy]) -> dict[Creditor, list[Courtesy]]:
    found: dict[Creditor, list[Courtesy]] = defaultdict(list)
    for answer in answers:
        found[answer.creditor].append(answer)
    return found


def _refused(creditor: Creditor, answers: Sequence[Courtesy], *, now: datetime) -> dict[int, Verdict]:
    found = Customer.objects.filter(pk__in={answer.customer_id for answer in answers})
    rows = list(found.select_related("creditor", "payer", "letters_to"))
    by_id = {row.pk: row for row in rows}
    stops = stops_of(rows)
    recipients = recipients_of(rows, stops)
    switches = CourtesySwitches.objects.filter(creditor=creditor).first()
    gone = over(answers)
    rules = rules_of(creditor)
    refused: dict[int, Verdict] = {}
    for answer in answers:
        recipient = recipients[answer.customer_id].get(Channel(answer.message.channel))
        if by_id[answer.customer_id].waits_for_release:
            refused[answer.message_id] = str(Waits.FIRST_CONTACT)
        elif any(fact.stops_all for fact in stops.get(answer.customer_id, ())):
            refused[answer.message_id] = "a stop fact stands"
        elif recipient is None or recipient.address != answer.message.recipient:
            refused[answer.message_id] = "the recipient's address has changed"
        elif switches is None or not switches.is_on(CourtesyKind(answer.kind)):
            refused[answer.message_id] = "its switch is off"
        elif (answer.kind, answer.about) in gone:
            refused[answer.message_id] = "what it answers is over"
        elif (opens := opening(rules, by_id[answer.customer_id], answer.message.channel, now=now)) > now:
            refused[answer.message_id] = NotYet(opens, str(Waits.CLOSED_HOURS))
    return refused


def over(answers: Sequence[Courtesy]) -> set[tuple[str, str]]:
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
