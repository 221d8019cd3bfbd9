"""The yearly confirmation of balances: chosen and opened by a person, sent by itself, answered, reminded once, closed."""

import logging
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.db.models import Q, QuerySet

from dunning.actions.mailing import GoesOn, digest_of, endlessly, key_to_try, mail_paper
from dunning.actions.papers import PaperWish, paper_facts
from dunning.actions.tasks import about_message, open_task, settle_tasks
from dunning.campaign_books import Chosen, accounts_of
from dunning.campaigns import Answer, LeftOut, check_bank, check_days
from dunning.mailed_papers import ANSWERED, CLOSED, is_void, paper_way, reminder_to_try_again, to_try_again
from dunning.models import BalanceCampaign, BalanceRequest, LadderRules, Written
from dunning.paper_books import balance_on
from dunning.policy import Channel
from dunning.states import TaskKind
from invoices.actions.rows import locked_customer
from invoices.models import Customer
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.money import round_to_unit
from receivables.core.sentences import gettext_noop
from receivables.documents.actions import numbered_pdf
from receivables.documents.models import Document
from receivables.messaging.mode import hold_switch_shared
from receivables.messaging.outbox import withdraw
from receivables.messaging.states import ARRIVED, MessageState

log = logging.getLogger(__name__)
Came = BalanceRequest.Came


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a customer said. Balances are positive; `theirs_is_ours`: in the company's favour, as `is_ours` of a request."""

    answer: Answer
    came_by: str
    signed_by: str = ""
    theirs: Decimal | None = None
    theirs_is_ours: bool = True
    explanation: str = ""


# -- opening


@transaction.atomic
def open_campaign(
    creditor: Creditor, *, as_of_on: date, year_ends_on: date, deadline_on: date, on: date, by: User | None = None
) -> BalanceCampaign:
    """Choose whom to ask and note why others are left out; the papers are made and sent afterwards, one by one.

    Raises `Refused` for days on which there may be no such campaign, or through which the bank is not read, for a second one of the
    same day, and where nobody would be asked.
    """
    check_campaign(creditor, as_of_on=as_of_on, year_ends_on=year_ends_on, deadline_on=deadline_on, on=on)
    Creditor.objects.select_for_update(no_key=True).get(pk=creditor.pk)  # two people who press at once open one
    if BalanceCampaign.objects.filter(creditor=creditor, as_of_on=as_of_on).exists():
        raise Refused(gettext_noop("Balances of that day were asked already. Open that campaign, or choose another day."))
    chosen = accounts_of(creditor, as_of_on=as_of_on)
    if all(one.account.left_out for one in chosen):
        raise Refused(gettext_noop("There is nobody to ask: everybody is left out. Look at the reasons."))
    days = {"as_of_on": as_of_on, "year_ends_on": year_ends_on, "deadline_on": deadline_on}
    campaign = BalanceCampaign.objects.create(creditor=creditor, opened_on=on, opened_by=by, **days)
    BalanceRequest.objects.bulk_create([_request(campaign, one) for one in chosen], batch_size=1000)
    asked = sum(not one.account.left_out for one in chosen)
    record(creditor, "balance_campaign_opened", campaign, by=by, asked=asked, left_out=len(chosen) - asked, **days)
    return campaign


def check_campaign(creditor: Creditor, *, as_of_on: date, year_ends_on: date, deadline_on: date, on: date) -> None:
    """Raise `Refused` where there may be no campaign of these days, or the books do not know the bank through its day yet."""
    check_days(as_of_on=as_of_on, year_ends_on=year_ends_on, deadline_on=deadline_on, on=on)
    seen = LadderRules.objects.filter(creditor=creditor).values_list("bank_seen_until", flat=True).first()
    check_bank(seen, as_of_on=as_of_on)


def _request(campaign: BalanceCampaign, chosen: Chosen) -> BalanceRequest:
    row = BalanceRequest(campaign=campaign, creditor=campaign.creditor, customer=chosen.customer, currency=chosen.currency)
    return _with_balance(row, chosen)


def _with_balance(row: BalanceRequest, chosen: Chosen) -> BalanceRequest:
    balance = round_to_unit(chosen.account.balance, chosen.currency)
    row.balance, row.is_ours, row.left_out = abs(balance), balance >= 0, chosen.account.left_out or ""
    return row


# -- sending


def send_campaigns(creditor: Creditor, *, on: date, now: datetime, goes_on: GoesOn = endlessly) -> int:
    """Send the papers of open campaigns that have not gone yet, then reminders; returns how many went into the outbox.

    Each customer's paper, message and row are written together or not at all, so it may be killed anywhere and run again.
    """
    sent = 0
    waiting = BalanceRequest.objects.filter(creditor=creditor, campaign__closed_on=None, left_out="")
    for todo in (_unsent(waiting, on=on, now=now), _unreminded(waiting, on=on, now=now)):
        for pk in list(todo.order_by("pk").values_list("pk", flat=True)):
            if not goes_on():
                return sent
            sent += _sent(pk, on=on, now=now)
    return sent


def _unsent(rows: QuerySet[BalanceRequest], *, on: date, now: datetime) -> QuerySet[BalanceRequest]:
    """Those without a paper, or whose paper did not leave; none that would have to be answered the day it is made, or before."""
    return rows.filter(Q(written=None) | to_try_again(now), answer="", campaign__deadline_on__gt=on)


def _unreminded(rows: QuerySet[BalanceRequest], *, on: date, now: datetime) -> QuerySet[BalanceRequest]:
    """Silent ones of campaigns that a person let remind: their paper has arrived, as far as is known, and no reminder has left or may."""
    arrived = rows.filter(written__message__state__in=ARRIVED, campaign__reminded_on__isnull=False)
    return arrived.filter(Q(reminder=None) | reminder_to_try_again(now), answer="", campaign__deadline_on__gte=on)


def _sent(pk: int, *, on: date, now: datetime) -> bool:
    try:
        return send_request(pk, on=on, now=now)
    except SoftTimeLimitExceeded:
        raise
    except Exception as error:  # whatever it is: nothing of it was kept, it stops nobody else's, and is tried again
        log.error("balance request %s: not sent: %s", pk, type(error).__name__)
        return False


@transaction.atomic
def send_request(pk: int, *, on: date, now: datetime) -> bool:
    """Send one its paper or its reminder, whichever is next; judged anew from the books of this moment.

    False where there is nothing, and no paper from the day to answer by.
    """
    hold_switch_shared()  # before any other lock: what is planned under quarantine must not become real
    row = _locked(pk)
    if not row.campaign.is_open or row.left_out or row.answer:
        return False
    if row.written is not None and not is_void(row.written):
        return _remind(row, row.written, on=on, now=now)
    return row.campaign.deadline_on > on and _ask(row, on=on, now=now)


def _ask(row: BalanceRequest, *, on: date, now: datetime) -> bool:
    """Send it its paper, from the books of this moment; what an earlier paper asked a person to look at has ended."""
    if row.written is not None:
        settle_tasks(row.customer, about_message(row.written.message_id), on=on, result="judged anew")
    chosen = next((one for one in _accounts(row) if one.currency == row.currency), None)
    if chosen is None or chosen.account.left_out:
        row.left_out = chosen.account.left_out if chosen and chosen.account.left_out else LeftOut.NO_BALANCE
        row.written = row.reminder = None
        row.save(update_fields=["left_out", "written", "reminder"])
        return False
    way = chosen.account.way
    row.written = _mailed(_with_balance(row, chosen), way, on=on, now=now) if way else None
    row.reminder = None
    row.save(update_fields=["balance", "is_ours", "written", "reminder"])
    return row.written is not None


def _accounts(row: BalanceRequest) -> list[Chosen]:
    return accounts_of(row.creditor, as_of_on=row.campaign.as_of_on, only=row.customer)


def _mailed(row: BalanceRequest, channel: Channel, *, on: date, now: datetime, occasion: str = "balance") -> Written:
    reader = paper_way(row.customer, channel)
    if reader is None:
        raise Refused(gettext_noop("There is no way to reach them any more."))
    campaign, key = row.campaign, key_to_try(occasion, row.campaign_id, row.customer_id, row.currency)
    wish = PaperWish("balance_confirmation", reader.language, row.currency, campaign.as_of_on, campaign.deadline_on)
    facts = paper_facts(row.customer, wish, on=on)
    if facts["balance"] != str(row.balance):
        raise Refused(gettext_noop("The books give two balances. Tell whoever runs this program."))
    creditor, language = row.creditor, reader.language
    paper = numbered_pdf(creditor, kind=wish.kind, on=on, language=language, facts=facts, now=now, key=digest_of(key))
    written = mail_paper(row.customer, paper, channel, reader, key=key, template="paper_balance", on=on, now=now)
    record(row.creditor, "balance_asked", row, customer=row.customer_id, number=paper.number, channel=str(channel))
    return written


def _remind(row: BalanceRequest, first: Written, *, on: date, now: datetime) -> bool:
    """The same paper once more, by the same way. One that did not leave is made anew, with a new paper where the balance has changed."""
    channel = Channel(first.message.channel)
    reader = paper_way(row.customer, channel)
    asked = row.campaign.reminded_on is not None and on <= row.campaign.deadline_on and first.message.state in ARRIVED
    if not asked or reader is None or first.paper is None:
        return False
    if row.reminder is not None:
        if not BalanceRequest.objects.filter(reminder_to_try_again(now), pk=row.pk).exists():
            return False
        settle_tasks(row.customer, about_message(row.reminder.message_id), on=on, result="judged anew")
        if not _says_balance_of_now(row, first.paper):
            return _correct(row, on=on, now=now)
    key = key_to_try("balance-reminder", row.campaign_id, row.customer_id, row.currency)
    row.reminder = mail_paper(row.customer, first.paper, channel, reader, key=key, template="paper_balance_reminder", on=on, now=now)
    row.save(update_fields=["reminder"])
    record(row.creditor, "balance_reminded", row, customer=row.customer_id, channel=str(channel))
    return True


def _says_balance_of_now(row: BalanceRequest, paper: Document) -> bool:
    balance = balance_on(row.customer, row.currency, on=row.campaign.as_of_on)
    said = str(round_to_unit(abs(balance), row.currency)), balance >= 0
    return said == (paper.facts["balance"], paper.facts["is_ours"])


def _correct(row: BalanceRequest, *, on: date, now: datetime) -> bool:
    """What the paper says is no longer so: a new one takes its place, and is the reminder too. None from the day to answer by."""
    chosen = next((one for one in _accounts(row) if one.currency == row.currency), None)
    if chosen is None or chosen.account.left_out or chosen.account.way is None or row.campaign.deadline_on <= on:
        return False
    occasion = f"balance-corrected-{row.reminder_id}"
    row.written = row.reminder = _mailed(_with_balance(row, chosen), chosen.account.way, on=on, now=now, occasion=occasion)
    row.save(update_fields=["balance", "is_ours", "written", "reminder"])
    return True


def _locked(pk: int) -> BalanceRequest:
    """The customer first, as always, then its row."""
    customer = locked_customer(BalanceRequest.objects.values_list("customer", flat=True).get(pk=pk))
    rows = BalanceRequest.objects.select_for_update(of=("self",)).select_related(
        "campaign", "creditor", "written__message", "reminder__message"
    )
    row = rows.get(pk=pk)
    row.customer = customer
    return row


# -- what people do


@transaction.atomic
def answer_balance(
    request: BalanceRequest,
    said: Answered,
    *,
    on: date,
    today: date,
    now: datetime,
    part_b: Document | None = None,
    by: User | None = None,
) -> BalanceRequest:
    """Note what a customer said of its balance. A difference opens a task, and ends with an answer that agrees.

    A person may correct what was noted; the customer itself (`by` None) answers once. Raises `Refused` where nothing was sent, the
    campaign is closed, or a difference comes without an explanation.
    """
    row = _locked(request.pk)
    _check(row, said, by=by)
    if not row.campaign.opened_on <= on <= today:
        raise Refused(gettext_noop("An answer comes after the question and not in the future. Check its day."))
    differs = said.answer is Answer.DIFFERS
    row.answer, row.answered_on, row.came_by, row.entered_by = said.answer, on, said.came_by, by
    row.signed_by, row.explanation = said.signed_by.strip()[:120], said.explanation.strip()[:1000] if differs else ""
    row.their_balance, row.their_is_ours = (said.theirs, said.theirs_is_ours) if differs else (None, True)
    row.part_b = part_b or row.part_b
    row.save()
    if row.reminder is not None:
        withdraw([row.reminder.message_id], reason=ANSWERED, now=now)
    if differs:
        open_task(row.customer, TaskKind.BALANCE_DIFFERS, on=on, about=about_balance(row.pk))
    else:
        settle_tasks(row.customer, about_balance(row.pk), on=on, result="the balance agrees", by=by)
    record(row.creditor, "balance_answered", row, by=by, customer=row.customer_id, answer=str(said.answer), came_by=said.came_by)
    return row


def _check(row: BalanceRequest, said: Answered, *, by: User | None) -> None:
    if not row.campaign.is_open:
        raise Refused(gettext_noop("This campaign is closed: it takes no more answers."))
    if row.written is None or is_void(row.written):
        raise Refused(gettext_noop("Nothing was sent to this customer, so there is nothing to answer yet."))
    if by is None and row.answer:
        raise Refused(gettext_noop("You have answered already. Write to us if something has changed."))
    if said.answer is Answer.DIFFERS and not said.explanation.strip():
        raise Refused(gettext_noop("Say what differs: which invoice or payment is missing or too much."))
    if said.theirs is not None and (said.theirs < 0 or said.theirs != round_to_unit(said.theirs, row.currency)):
        raise Refused(gettext_noop("That is no amount of this currency. Check the decimals."))


@transaction.atomic
def remind_silent(campaign: BalanceCampaign, *, on: date, by: User | None = None) -> int:
    """Let all be reminded, once, whose paper arrived and who have not answered; returns how many they are now. Raises `Refused`."""
    row = _campaign(campaign)
    if row.reminded_on is not None:
        raise Refused(gettext_noop("They were reminded on %(day)s, and that is done once."), day=row.reminded_on)
    if on > row.deadline_on:
        raise Refused(gettext_noop("The day to answer by, %(day)s, has passed: nobody is reminded any more."), day=row.deadline_on)
    silent = row.requests.filter(written__message__state__in=ARRIVED, answer="").count()
    if not silent:
        raise Refused(gettext_noop("There is nobody to remind: everybody has answered, or no paper has arrived yet."))
    row.reminded_on = on
    row.save(update_fields=["reminded_on"])
    record(row.creditor, "balance_campaign_reminded", row, by=by, silent=silent)
    return silent


@transaction.atomic
def close_campaign(campaign: BalanceCampaign, *, on: date, now: datetime, by: User | None = None) -> BalanceCampaign:
    """Take no more answers and send nothing more; what has not left yet does not leave. Silence stays silence. Raises `Refused`."""
    row = _campaign(campaign)
    row.closed_on, row.closed_by = on, by
    row.save(update_fields=["closed_on", "closed_by"])
    here = [MessageState.PLANNED, MessageState.CLAIMED]
    for name in ("written", "reminder"):
        planned = row.requests.filter(**{f"{name}__message__state__in": here}).values_list(f"{name}__message", flat=True)
        withdraw(list(planned), reason=CLOSED, now=now)
    record(row.creditor, "balance_campaign_closed", row, by=by)
    return row


def _campaign(campaign: BalanceCampaign) -> BalanceCampaign:
    row = BalanceCampaign.objects.select_for_update(of=("self",)).select_related("creditor").get(pk=campaign.pk)
    if not row.is_open:
        raise Refused(gettext_noop("This campaign is closed."))
    return row


def about_balance(pk: int) -> str:
    """How the task about a balance that differs names it."""
    return f"balance:{pk}"


def open_requests(customer: Customer) -> QuerySet[BalanceRequest]:
    """What a customer was asked and may still answer, or has answered, in campaigns that are open."""
    rows = BalanceRequest.objects.filter(customer=customer, campaign__closed_on=None, written__message__state__in=ARRIVED)
    return rows.select_related("campaign", "written__paper", "creditor").defer("written__paper__content").order_by("-pk")
