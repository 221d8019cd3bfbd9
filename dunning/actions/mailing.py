"""Let a paper go out beside the ladder: through the outbox as what people write does, past the same guard, once for each key."""

import hashlib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import count
from uuid import NAMESPACE_URL, UUID, uuid5

from dunning.actions.messages import BUYER, PORTAL_PATH
from dunning.actions.written import WORTH_SENDING
from dunning.facts import opening, rules_of
from dunning.mailed_papers import is_void
from dunning.models import Written
from dunning.policy import Channel
from dunning.recipients import Recipient
from dunning.states import WrittenKind
from dunning.written import WrittenRenderer
from invoices.models import Customer
from receivables.core.stopwatch import seconds
from receivables.documents.models import Document
from receivables.messaging.models import Message
from receivables.messaging.outbox import NewMessage, plan

TO_PRINT = timedelta(days=21)
"""How long a letter may wait for somebody to close its batch."""
GoesOn = Callable[[], bool]
_TOLD = ("creditor", "salutation", "portal_url", "currency", "from_on", "to_on", "as_of_on", "deadline_on")


def key_of(*parts: object) -> UUID:
    """The key of a paper for a customer, currency and occasion: the same whenever asked."""
    return uuid5(NAMESPACE_URL, "|".join(str(part) for part in parts))


def key_to_try(*parts: object) -> UUID:
    """The key of the next try: that of the first whose message is not void, so that what may have left is never made twice."""
    for number in count(1):
        key = key_of(*parts, *([number] if number > 1 else []))
        if not is_void(Written.objects.filter(form=key).select_related("message").first()):
            return key
    raise AssertionError("endless")


def digest_of(key: UUID) -> str:
    """The same as the keys of messages and papers are written."""
    return hashlib.sha256(f"paper|{key}".encode()).hexdigest()


def mail_paper(
    customer: Customer, paper: Document, channel: Channel, reader: Recipient, *, key: UUID, template: str, on: date, now: datetime
) -> Written:
    """Plan the message that brings a paper. Call it with the switch held and the customer locked. The same key again changes nothing."""
    if sent := Written.objects.filter(form=key).select_related("message").first():
        return sent
    leaves = opening(rules_of(customer.creditor), customer, channel, now=now)
    message = NewMessage(
        creditor=customer.creditor,
        key=digest_of(key),
        purpose=Message.Purpose.WRITTEN,
        channel=str(channel),
        recipient=reader.address,
        recipient_name=reader.name,
        language=reader.language,
        template=template,
        facts=_facts(customer, paper, reader, on=on),
        not_before=leaves,
        not_after=leaves + (TO_PRINT if channel is Channel.LETTER else WORTH_SENDING),
    )
    made = Message.objects.get(pk=plan([message], now=now)[message.key])
    row = Written.objects.create(
        creditor=customer.creditor, customer=customer, message=made, form=key, kind=WrittenKind.PAPER, paper=paper, written_at=now
    )
    said = WrittenRenderer().render(made)
    made.subject, made.text = said.subject, said.text
    made.save(update_fields=["subject", "text"])
    return row


def within(for_at_most: timedelta) -> GoesOn:
    """Whether there is time left, asked between two customers."""
    until = seconds() + for_at_most.total_seconds()
    return lambda: seconds() < until


def endlessly() -> bool:
    """There is always time left."""
    return True


def _facts(customer: Customer, paper: Document, reader: Recipient, *, on: date) -> dict[str, object]:
    """What the message says: no amount, for those stand in the paper."""
    told = {name: paper.facts[name] for name in _TOLD if name in paper.facts}
    return {
        **told,
        "is_paper": True,
        "salutation": reader.salutation,
        "customer": {name: getattr(customer, name) for name in BUYER},
        "reference": customer.number,
        "on": on.isoformat(),
        "portal_url": told.get("portal_url", PORTAL_PATH),
    }
