"""A campaign with an answer that differs, for the staff screens: past the actions, so that nothing is set and nothing is due."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from dunning.models import BalanceCampaign, BalanceRequest, StatementSchedule, StatementSent, Written
from invoices.models import Customer
from receivables.accounts.models import User
from receivables.documents.models import Document
from receivables.messaging.models import Message
from receivables.messaging.outbox import NewMessage, plan

YEAR = timedelta(days=365)


def a_balance(customer: Customer, paper: Document, author: User, *, now: datetime, said: str) -> BalanceRequest:
    """An open campaign in which this customer was asked and said that its balance differs; its schedule has sent a statement."""
    on, creditor = now.date(), customer.creditor
    asked = BalanceCampaign.objects.create(
        creditor=creditor, year_ends_on=on.replace(month=12, day=31), as_of_on=on - timedelta(days=20), deadline_on=on, opened_by=author,
        opened_on=on - timedelta(days=15),
    )  # fmt: skip
    written = sent(customer, paper, now=now)
    StatementSchedule.objects.create(creditor=creditor, starts_on=on)  # off
    StatementSent.objects.create(
        creditor=creditor, customer=customer, currency="PLN", from_on=on - timedelta(days=9), to_on=on - timedelta(days=2), on=on, written=written
    )  # fmt: skip
    return BalanceRequest.objects.create(
        creditor=creditor, campaign=asked, customer=customer, currency="PLN", balance=Decimal(500), written=written, answer="differs",
        answered_on=on, came_by="paper", signed_by=said[:120], their_balance=Decimal(400), explanation=said, part_b=paper, entered_by=author,
    )  # fmt: skip


def another(asked: BalanceCampaign, customer: Customer) -> None:
    """One more whose paper waits to be sent."""
    BalanceRequest.objects.create(creditor=asked.creditor, campaign=asked, customer=customer, currency="PLN", balance=Decimal(60))


def sent(customer: Customer, paper: Document, *, now: datetime) -> Written:
    key = str(uuid4())
    message = NewMessage(
        creditor=customer.creditor, key=key, purpose=Message.Purpose.WRITTEN, channel="email", recipient="a@example.com", language="pl",
        template="paper_balance", facts={"is_paper": True}, not_before=now + YEAR,
    )  # fmt: skip
    made = plan([message], now=now)[key]
    return Written.objects.create(
        creditor=customer.creditor, customer=customer, message_id=made, form=uuid4(), kind="paper", paper=paper, written_at=now
    )
