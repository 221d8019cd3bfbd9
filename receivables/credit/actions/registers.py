"""Ask public registers, and keep every answer. No transaction is open during a question."""

import hashlib
import logging
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.credit.models import RegisterAnswer
from receivables.credit.registers.protocol import REGISTERS, Answer, Question, Verdict, Why, unknown
from receivables.credit.wiring import WHITE_LIST

log = logging.getLogger(__name__)

SOON = timedelta(minutes=1)
"""An unknown answer is asked again after so long: a page that is loaded again asks nobody twice."""


def ask_registers(creditor: Creditor, question: Question, *, now: datetime, by: User | None = None) -> list[RegisterAnswer]:
    """The answers of all configured registers that the question is for, each asked only where no valid answer is kept."""
    return [
        _kept(creditor, name, question, now=now) or _asked(creditor, name, question, now=now, by=by)
        for name in serving(creditor, question, now=now)
    ]


def known_answers(creditor: Creditor, question: Question) -> list[RegisterAnswer]:
    """The newest kept answer of each register about this number, whatever its day; nobody is asked."""
    mine = RegisterAnswer.objects.filter(creditor=creditor, country=question.country, number=question.number, account=question.account)
    newest = mine.order_by("register", "-pk").distinct("register")
    return list(newest)


def serving(creditor: Creditor, question: Question, *, now: datetime) -> list[str]:
    """The registers that can be asked: those of today about another day cannot."""
    is_today = question.on == _day(creditor, now)
    registers = {name: REGISTERS.get(name) for name in REGISTERS.names()}
    return [name for name, one in registers.items() if one.serves(question) and (is_today or one.knows_past_days)]


def _kept(creditor: Creditor, name: str, question: Question, *, now: datetime) -> RegisterAnswer | None:
    rows = RegisterAnswer.objects.filter(
        creditor=creditor, register=name, country=question.country, number=question.number, account=question.account, on=question.on
    )
    return rows.filter(valid_until__gt=now).order_by("-pk").first()


def _asked(creditor: Creditor, name: str, question: Question, *, now: datetime, by: User | None) -> RegisterAnswer:
    answer = unknown(Why.OVER_LIMIT) if _is_over_limit(creditor, name, now=now) else REGISTERS.get(name).ask(question)
    log.info("register %s: %s %s", name, answer.verdict, answer.why or "")
    return _keep(creditor, name, question, answer, now=now, by=by)


@transaction.atomic
def _keep(creditor: Creditor, name: str, question: Question, answer: Answer, *, now: datetime, by: User | None) -> RegisterAnswer:
    row = RegisterAnswer.objects.create(
        creditor=creditor,
        register=name,
        country=question.country,
        number=question.number,
        account=question.account,
        on=question.on,
        asked_at=now,
        valid_until=_valid_until(creditor, answer, now=now),
        verdict=answer.verdict,
        why=answer.why or "",
        proof=answer.proof,
        facts=dict(answer.facts),
        digest=hashlib.sha256(answer.raw).hexdigest(),
    )
    record(creditor, "register_asked", row, by=by, register=name, verdict=str(answer.verdict), proof=answer.proof, digest=row.digest)
    return row


def _valid_until(creditor: Creditor, answer: Answer, *, now: datetime) -> datetime:
    """An answer holds through its day; none at all is asked for again soon, or tomorrow where the day's questions are used up."""
    if answer.verdict is Verdict.UNKNOWN and answer.why is not Why.OVER_LIMIT:
        return now + SOON
    return datetime.combine(_day(creditor, now) + timedelta(days=1), time(), ZoneInfo(creditor.time_zone))


def _is_over_limit(creditor: Creditor, name: str, *, now: datetime) -> bool:
    """Whether the register said so today, or we have asked as often as we may: one more question would block our address."""
    begins = datetime.combine(_day(creditor, now), time(), ZoneInfo(creditor.time_zone))
    today = RegisterAnswer.objects.filter(register=name, asked_at__gte=begins)
    if today.filter(why=Why.OVER_LIMIT).exists():
        return True
    return name == WHITE_LIST and today.count() >= settings.WHITE_LIST_PER_DAY


def _day(creditor: Creditor, now: datetime) -> date:
    return now.astimezone(ZoneInfo(creditor.time_zone)).date()
