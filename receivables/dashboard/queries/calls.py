"""What somebody needs who is about to call: the number, what to say, what was said before."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from dunning.actions.calls import standing_calls
from dunning.facts import opening, rules_of
from dunning.models import CallMade, Notice, StepTaken, Task
from dunning.policy import Channel
from dunning.recipients import recipients_of, stops_of
from dunning.states import NoticeState
from invoices.models import Customer
from receivables.messaging.templates import render_message

RECENT = 10


@dataclass(frozen=True, slots=True)
class CallPage:
    """A call before it is made. A script for each currency, in the language of whoever is called."""

    number: str
    name: str
    scripts: list[str]
    items: list[int]  # ids of what the call is about
    calls: list[CallMade]
    notices: list[Notice]
    opens_at: datetime | None  # none: they may be called now


def call_page(task: Task, *, on: date, now: datetime) -> CallPage:
    """Everything for one call. A fixed number of queries."""
    customer = task.customer
    recipient = recipients_of([customer], stops_of([customer]))[customer.pk].get(Channel.CALL)
    language = recipient.language if recipient else customer.language or customer.creditor.language
    lines = list(
        StepTaken.objects.filter(pk__in=[line.pk for line in standing_calls(task)])
        .select_related("case__item", "case__rate")
        .order_by("pk")
    )
    said = Notice.objects.filter(customer=customer, state=NoticeState.RELEASED).exclude(channel=Channel.CALL).select_related("message")
    opens_at = opening(rules_of(customer.creditor), customer, Channel.CALL, now=now)
    return CallPage(
        number=recipient.address if recipient else "",
        name=recipient.name if recipient else "",
        scripts=scripts(customer, lines, language, on=on),
        items=[line.case.item_id for line in lines if line.case.item_id],
        calls=list(CallMade.objects.filter(customer=customer).select_related("author").order_by("-pk")[:RECENT]),
        notices=list(said.order_by("-on", "-pk")[:RECENT]),
        opens_at=opens_at if opens_at > now else None,
    )


def scripts(customer: Customer, lines: list[StepTaken], language: str, *, on: date) -> list[str]:
    """What to say, once for each currency, for currencies are never added up."""
    by_currency: dict[str, list[StepTaken]] = defaultdict(list)
    for line in lines:
        by_currency[line.case.debt.currency].append(line)
    return [render_message("call_script", language, _facts(customer, code, some, on=on), "call").text for code, some in by_currency.items()]


def _facts(customer: Customer, currency: str, lines: list[StepTaken], *, on: date) -> dict[str, object]:
    items = [
        {
            "label": line.case.debt.label,
            "due_on": line.case.debt.due_on.isoformat(),
            "days_late": max((on - line.case.debt.due_on).days, 0),
            "open": str(line.principal),
        }
        for line in lines
    ]
    return {
        "creditor": {"name": customer.creditor.name},
        "customer": {"number": customer.number, "name": customer.name, "kind": customer.kind},
        "currency": currency,
        "items": items,
        "asks": str(sum((line.principal for line in lines), Decimal(0))),
        "reference": customer.number,
    }
