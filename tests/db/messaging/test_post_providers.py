"""A closed batch goes to a print provider: once, whatever breaks, and never outside live mode."""

# ruff: noqa: F811

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from receivables.accounts.models import Creditor, User
from receivables.core.errors import Refused
from receivables.messaging import actions, fences
from receivables.messaging.journal import Line
from receivables.messaging.models import Dispatch, Message, PostBatch
from receivables.messaging.outgoing import Accepted, Failed, Later, Outcome, Unknown
from receivables.messaging.post.closing import close
from receivables.messaging.post.posting import cancel, mark_posted, take_out
from receivables.messaging.post.submitting import MAY_HAVE_IT, NEXT_QUESTION, NEXT_TRY, TRIES, UP_TO_YOU, follow_printers
from receivables.messaging.printing.protocol import PRINTERS, Print, Stage, Status
from tests.db.messaging.conftest import NOW, Judge, make_creditor, states
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


def give_back(batch: PostBatch, boss: User, *, how: str) -> None:
    """Say that nothing was posted: of the batch, or of its first letter."""
    if how == "cancel":
        cancel(batch, reason="not posted", now=NOW, by=boss)
        return
    take_out(batch.letters.get(position=1), again=how == "again", reason="not posted", now=NOW, by=boss)


WAYS = pytest.mark.parametrize("how", ["cancel", "again", "not again"])


@WAYS
@pytest.mark.parametrize("answer", [Accepted(), Unknown("gone"), Later("busy")])
def test_what_the_provider_may_have_goes_with_no_other_batch(
    firm: Creditor, boss: User, printer: Printer, how: str, answer: Outcome
) -> None:
    batch, found = closed(firm, boss)
    printer.answer = answer
    follow(NOW)
    with pytest.raises(Refused, match="posted twice"):
        give_back(batch, boss, how=how)
    assert states(found) == ["handed"] * 2


@WAYS
def test_nobody_cancels_while_the_provider_is_called(firm: Creditor, boss: User, printer: Printer, how: str) -> None:
    batch, found = closed(firm, boss)

    def meanwhile(job: Print) -> Outcome:
        with pytest.raises(Refused, match="posted twice"):
            give_back(batch, boss, how=how)
        return Accepted()

    printer.answer = meanwhile
    assert follow(NOW) == 1
    assert (states(found), PostBatch.objects.get().submitted_at) == (["handed"] * 2, NOW)


@WAYS
def test_what_the_provider_refused_comes_back(firm: Creditor, boss: User, printer: Printer, how: str) -> None:
    batch, found = closed(firm, boss)
    printer.answer = Failed("no such contract")
    follow(NOW)
    give_back(batch, boss, how=how)
    assert states(found)[0] == ("failed" if how == "not again" else "planned")


def test_what_it_took_and_refused_later_comes_back(firm: Creditor, boss: User, printer: Printer) -> None:
    batch, found = closed(firm, boss)
    follow(NOW)
    printer.says = Status(Stage.REFUSED)
    follow(NOW + NEXT_QUESTION)
    give_back(batch, boss, how="cancel")
    assert states(found) == ["planned"] * 2


def test_before_the_provider_has_it_a_batch_is_cancelled_whole(firm: Creditor, boss: User, printer: Printer) -> None:
    batch, _found = closed(firm, boss)
    with pytest.raises(Refused, match="gets the whole batch"):
        give_back(batch, boss, how="again")
    give_back(batch, boss, how="cancel")
    assert (follow(NOW), printer.jobs) == (0, [])


def test_an_answer_to_a_batch_that_has_ended_is_said(
    firm: Creditor, boss: User, printer: Printer, caplog: pytest.LogCaptureFixture
) -> None:
    batch, _found = closed(firm, boss)

    def meanwhile(job: Print) -> Outcome:
        mark_posted(batch, on=TODAY, today=TODAY, now=NOW, by=boss)
        return Accepted()

    printer.answer = meanwhile
    assert follow(NOW) == 0
    assert ("it had ended when the provider answered Accepted" in caplog.text, caplog.records[-1].levelno) == (True, logging.ERROR)


def test_what_is_handed_over_stands_in_the_send_journal(firm: Creditor, boss: User, printer: Printer) -> None:
    """Here the line that follows the commit of closing is lost, as where a process dies."""
    _batch, found = closed(firm, boss)
    follow(NOW)
    assert {(line.key, line.number) for line in fences.journal().lines()} == {(message.key, 1) for message in found}


def test_nothing_is_handed_over_while_the_send_journal_cannot_be_written(
    firm: Creditor, boss: User, printer: Printer, settings: Any, tmp_path: Any
) -> None:
    closed(firm, boss)
    settings.SEND_JOURNAL = tmp_path / "not-mounted" / "handed.jsonl"
    for minutes in (0, 5, 10):
        follow(NOW + timedelta(minutes=minutes))
    assert printer.jobs == []
    settings.SEND_JOURNAL = None
    follow(NOW + timedelta(minutes=15))
    assert len(printer.jobs) == 1


def test_a_database_that_went_back_in_time_hands_no_batch_over(firm: Creditor, boss: User, printer: Printer) -> None:
    closed(firm, boss)
    fences.journal().add([Line("of-the-time-forgotten", 1, "letter", NOW.isoformat())], at=NOW)
    assert (follow(NOW), printer.jobs) == (0, [])
    assert Dispatch.objects.get().database_identity.endswith("/locked")


def test_a_brake_holds_a_batch_back_until_it_is_released(firm: Creditor, boss: User, printer: Printer) -> None:
    closed(firm, boss)
    brake = actions.halt_part(creditor=firm, channel="letter", reason="wrong letterhead", by=boss)
    assert (follow(NOW), printer.jobs) == (0, [])
    actions.release_brake(brake, by=boss, reason="right again")
    assert (follow(NOW + NEXT_TRY), len(printer.jobs)) == (1, 1)


def test_a_halt_holds_from_one_batch_to_the_next(boss: User, printer: Printer) -> None:
    for _ in range(2):
        closed(make_creditor(), boss)

    def halt(job: Print) -> Outcome:
        actions.halt(reason="a test", by=boss)
        return Accepted()

    printer.answer = halt
    assert (follow(NOW), len(printer.jobs)) == (1, 1)


def test_each_try_judges_once_more(firm: Creditor, boss: User, printer: Printer, judge: Judge) -> None:
    batch, found = closed(firm, boss)
    judge.refuses[found[0].key] = "paid"
    follow(NOW)
    follow(NOW + NEXT_TRY)
    assert printer.jobs == []
    assert PostBatch.objects.values_list("try_again_at", "answer").get() == (None, UP_TO_YOU)
    give_back(batch, boss, how="not again")
    assert states(found) == ["failed", "handed"]


def test_what_cannot_be_judged_is_not_handed_over_yet(firm: Creditor, boss: User, printer: Printer, judge: Judge) -> None:
    _batch, found = closed(firm, boss)
    judge.raises[found[0].key] = ZeroDivisionError()
    follow(NOW)
    assert printer.jobs == []
    judge.raises.clear()
    follow(NOW + NEXT_TRY)
    assert len(printer.jobs) == 1


def test_after_a_day_without_an_answer_a_person_is_asked(firm: Creditor, boss: User, printer: Printer) -> None:
    batch, found = closed(firm, boss)
    printer.answer = Unknown("gone")
    follow(NOW)
    PostBatch.objects.update(tries=TRIES - 1)
    follow(NOW + NEXT_TRY)
    follow(NOW + 2 * NEXT_TRY)
    follow(NOW + 3 * NEXT_TRY)
    assert len(printer.jobs) == 2
    assert PostBatch.objects.values_list("try_again_at", "answer", "tries").get() == (None, MAY_HAVE_IT, TRIES)
    give_back(batch, boss, how="cancel")  # the provider has none of them, says a person
    assert states(found) == ["planned"] * 2
