"""A closed batch goes to a print provider: once, whatever breaks, and never outside live mode."""

# ruff: noqa: F811

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pytest

from receivables.accounts.models import Creditor, User
from receivables.messaging import actions
from receivables.messaging.models import Message, PostBatch
from receivables.messaging.outgoing import Accepted, Failed, Later, Outcome, Unknown
from receivables.messaging.post.closing import close
from receivables.messaging.post.submitting import NEXT_QUESTION, NEXT_TRY, follow_printers
from receivables.messaging.printing.protocol import PRINTERS, Print, Stage, Status
from tests.db.messaging.conftest import NOW, make_creditor, states
from tests.db.messaging.test_post import TODAY, Papers, boss, firm, letters, papers  # noqa: F401 - fixtures
from tests.db.messaging.test_together import own_connection

pytestmark = pytest.mark.django_db


@dataclass
class Printer:
    """A provider that remembers, and answers as it is told."""

    answer: Outcome | Callable[[Print], Outcome] = field(default_factory=Accepted)
    says: Status = field(default_factory=lambda: Status(Stage.WORKING))
    jobs: list[tuple[str, int, bytes]] = field(default_factory=list)
    asked: int = 0

    def submit(self, job: Print) -> Outcome:
        with job.open() as package:
            self.jobs.append((job.key, job.letters, package.read()))
        return self.answer(job) if callable(self.answer) else self.answer

    def status(self, key: str) -> Status:
        self.asked += 1
        return self.says


@pytest.fixture
def printer() -> Iterator[Printer]:
    provider = Printer()
    with PRINTERS.using({"stub": provider}):
        yield provider


def closed(firm: Creditor, boss: User) -> tuple[PostBatch, list[Message]]:
    found = letters(2, firm)
    return close(firm, service="ordinary", on=TODAY, now=NOW, by=boss, provider="stub").batch, found


def follow(at: datetime) -> int:
    return follow_printers(now=at, today=lambda zone: at.date())


def test_a_closed_batch_is_submitted_once_and_asked_after_until_it_is_posted(firm: Creditor, boss: User, printer: Printer) -> None:
    batch, found = closed(firm, boss)
    for minutes in range(0, 30, 5):
        follow(NOW + timedelta(minutes=minutes))
    [(key, number, content)] = printer.jobs
    assert (key, number, content[:2]) == (batch.key.hex, 2, b"PK")
    assert printer.asked == 0
    follow(NOW + NEXT_QUESTION)
    assert (printer.asked, states(found)) == (1, ["handed"] * 2)
    printer.says = Status(Stage.POSTED, TODAY)
    follow(NOW + 3 * NEXT_QUESTION)
    assert states(found) == ["accepted"] * 2
    assert PostBatch.objects.values_list("posted_on", "posted_by").get() == (TODAY, None)
    follow(NOW + 9 * NEXT_QUESTION)
    assert (printer.asked, len(printer.jobs)) == (2, 1)


@pytest.mark.parametrize("answer", [Unknown("gone"), Later("busy")])
def test_what_is_not_certain_is_tried_again_with_the_same_key_and_the_same_bytes(
    firm: Creditor,
    boss: User,
    printer: Printer,
    answer: Outcome,
) -> None:
    batch, _found = closed(firm, boss)
    printer.answer = answer
    follow(NOW)
    assert follow(NOW + timedelta(minutes=1)) == 0
    printer.answer = Accepted()
    follow(NOW + NEXT_TRY)
    assert [key for key, *_ in printer.jobs] == [batch.key.hex] * 2
    assert printer.jobs[0] == printer.jobs[1]
    assert PostBatch.objects.get().submitted_at == NOW + NEXT_TRY


def test_what_is_refused_waits_for_a_person(firm: Creditor, boss: User, printer: Printer) -> None:
    _batch, found = closed(firm, boss)
    printer.answer = Failed("no such contract")
    follow(NOW)
    follow(NOW + timedelta(days=9))
    assert (len(printer.jobs), states(found)) == (1, ["handed"] * 2)
    assert PostBatch.objects.values_list("answer", "submitted_at").get() == ("no such contract", None)


def test_a_worker_that_dies_in_the_call_leaves_the_try_to_the_next(firm: Creditor, boss: User, printer: Printer) -> None:
    closed(firm, boss)

    class Killed(BaseException):
        pass

    def die(job: Print) -> Outcome:
        raise Killed

    printer.answer = die
    with pytest.raises(Killed):
        follow(NOW)
    printer.answer = Accepted()
    follow(NOW + NEXT_TRY)
    assert PostBatch.objects.get().submitted_at == NOW + NEXT_TRY


def test_outside_live_mode_and_under_a_halt_nothing_is_submitted(firm: Creditor, boss: User, printer: Printer, settings: object) -> None:
    closed(firm, boss)
    actions.halt(reason="a test", by=boss)
    follow(NOW)
    actions.resume(reason="a test", by=boss)
    settings.LIVE_HOST = "another-machine"  # type: ignore[attr-defined]  # a copy
    follow(NOW)
    assert printer.jobs == []


def test_a_day_that_cannot_be_is_left_to_a_person(firm: Creditor, boss: User, printer: Printer) -> None:
    _batch, found = closed(firm, boss)
    follow(NOW)
    printer.says = Status(Stage.POSTED, TODAY + timedelta(days=30))
    follow(NOW + NEXT_QUESTION)
    assert states(found) == ["handed"] * 2


@pytest.mark.django_db(transaction=True)
def test_two_workers_submit_once(boss: User, printer: Printer) -> None:
    closed(make_creditor(), boss)
    with ThreadPoolExecutor(4) as pool:
        for each in [pool.submit(own_connection(lambda: follow(NOW))) for _ in range(4)]:
            each.result(timeout=60)
    assert len(printer.jobs) == 1


def test_the_day_is_the_companys_own(firm: Creditor, boss: User, printer: Printer) -> None:
    closed(firm, boss)
    follow(NOW)
    printer.says = Status(Stage.POSTED, TODAY)
    zones: list[str] = []

    def today(zone: str) -> date:
        zones.append(zone)
        return TODAY

    follow_printers(now=NOW + NEXT_QUESTION, today=today)
    assert zones == [firm.time_zone]
