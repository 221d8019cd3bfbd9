"""Balances that a customer is asked to confirm: what was asked, and the answer. Changes go through `dunning.actions`."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from dunning.actions import Answered, answer_balance, open_requests
from dunning.campaigns import Answer
from dunning.models import BalanceRequest
from invoices.models import Customer
from receivables.core.errors import DomainError
from receivables.documents.actions import store
from receivables.documents.models import Document
from receivables.messaging import mode
from receivables.paper_field import Paper
from receivables.portal.access import Visitor
from receivables.portal.forms import OURS, THEIRS
from receivables.portal.ways import who_is


def asked_of(customer: Customer) -> QuerySet[BalanceRequest]:
    """What they were asked in campaigns that are open, the newest first. Once live, what only the mailbox took was never asked."""
    rows = open_requests(customer)
    return rows.filter(written__message__captured=False) if mode.is_live() else rows


def unanswered(customer: Customer) -> list[BalanceRequest]:
    """Those that wait for an answer. One query, and one that asks whether the system is live."""
    return list(asked_of(customer).filter(answer=""))


def request_of(customer: Customer, pk: int) -> BalanceRequest:
    """One of them; anything else is not there."""
    found = asked_of(customer).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def paper_of(customer: Customer, pk: int) -> Document | None:
    """Its paper: part A to keep, part B to return where one would rather sign."""
    found = request_of(customer, pk)
    return found.written.paper if found.written else None


@transaction.atomic  # the paper goes with the answer, or not at all
def answer(visitor: Visitor, customer: Customer, asked: BalanceRequest, said: Mapping[str, Any], *, on: date, now: datetime) -> None:
    """The visitor answers, once. Raises `Refused` where it is answered or closed, or a difference comes without an explanation."""
    signed = f"{said['signed_by'].strip()[:60]} ({who_is(visitor, customer)[:56]})"
    differs = said["answer"] == Answer.DIFFERS
    answer_balance(
        asked,
        Answered(
            answer=Answer(said["answer"]),
            came_by=BalanceRequest.Came.PORTAL,
            signed_by=signed,
            theirs=said["theirs"] if differs else None,
            theirs_is_ours=said["side"] == OURS if said["side"] else asked.is_ours,
            explanation=said["explanation"],
        ),
        on=on,
        today=on,
        now=now,
        part_b=_kept(customer, said["part_b"], now=now),
    )


def _kept(customer: Customer, paper: Paper | None, *, now: datetime) -> Document | None:
    """The paper that came with the answer, as a clerk keeps one that came by post."""
    if paper is None:
        return None
    name, kind = paper.name[:120], "balance_part_b"
    return store(customer.creditor, kind=kind, name=name, content=paper.content, media_type=paper.media_type, facts={}, now=now)


def side_of(asked: BalanceRequest) -> str:
    """In whose favour our books have it, which is what most answers say too."""
    return OURS if asked.is_ours else THEIRS


def in_words(refusal: DomainError) -> str:
    """A refusal in the language of the page."""
    return _(refusal.text) % refusal.facts if refusal.facts else _(refusal.text)
