"""A worker that is killed anywhere in a batch of letters: none is lost, none is made twice, and no number is left out."""

import os
import signal
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from receivables import faults
from receivables.accounts.models import User
from receivables.documents import actions as documents
from receivables.documents.models import Document, NumberRange
from receivables.messaging import actions, mode
from receivables.messaging.delivery import deliver
from receivables.messaging.models import Message
from receivables.messaging.post.waiting import waiting
from receivables.messaging.protocols import RENDERERS, Rendered
from receivables.messaging.reaper import reap
from receivables.messaging.states import MessageState
from tests.db.messaging.conftest import NOW, in_quarantine, make_creditor, planned
from tests.unit.papers import facts

LETTERS = 5
KILLS = ("F3:#1", "F4:#1", "F17:#1", "F17:#2", "F17:#3", "F4:#1")


class Demands:
    """The renderer of the ladder's letters, as far as papers go."""

    def render(self, message: Message) -> Rendered:
        said: dict[str, Any] = {"kind": "demand", "on": date(2026, 5, 3), "language": "pl", "facts": facts(), "now": NOW}
        return Rendered("Wezwanie", "text", document_id=documents.numbered_pdf(message.creditor, key=message.key, **said).pk)


def killed_at(fault: str) -> int:
    """Deliver in a process of its own that dies there; the signal that ended it."""
    connections.close_all()
    if (pid := os.fork()) == 0:
        faults._armed = faults.parse(fault)
        try:
            deliver(now=NOW)
        finally:
            os._exit(0)
    return -os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_is_killed_anywhere_loses_and_doubles_no_letter(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.LIVE_HOST, settings.HTTPS, settings.CLOCK = mode.hostname(), True, None
    settings.BASE_URL, settings.DEFAULT_FROM_EMAIL = "https://pay.example.com", "pay@example.com"
    in_quarantine()
    actions.go_live(by=User.objects.create(username="boss", is_superuser=True))
    monkeypatch.setattr(documents, "render_pdf", lambda page: b"%PDF " + page[-40:].encode())
    firm = make_creditor()
    letters = planned(LETTERS, firm, channel="letter", recipient_name="Jan", recipient="Jan\nProsta 1\n00-001 Warszawa")
    with RENDERERS.using({"dunning": Demands()}):
        for fault in KILLS:
            assert killed_at(fault) == signal.SIGKILL
            Message.objects.filter(state=MessageState.CLAIMED).update(lease_until=timezone.now() - timedelta(minutes=1))
            reap(now=NOW)
        deliver(now=NOW)
        made = list(waiting(firm, now=NOW))
    assert {message.pk for message in made} == {message.pk for message in letters}
    papers = Document.objects.filter(creditor=firm)
    assert sorted(paper.number for paper in papers) == [f"W/2026/{n:04}" for n in range(1, LETTERS + 1)]
    assert {paper.key for paper in papers} == {message.key for message in letters}
    assert NumberRange.objects.get(creditor=firm).last == LETTERS
