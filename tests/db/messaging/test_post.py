"""Letters by batch: gathered, closed by a person under guard, unconfirmed until they are marked posted."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

import pypdf
import pytest
from django.db import IntegrityError, connection, transaction

from receivables.accounts.models import Creditor, User
from receivables.audit.models import Entry
from receivables.core.errors import Refused, RenderError
from receivables.documents.actions import store
from receivables.messaging import actions, fences, mode
from receivables.messaging.delivery import Tally, deliver
from receivables.messaging.journal import Line
from receivables.messaging.mode import standing_in
from receivables.messaging.models import Attempt, Dispatch, Message, PostBatch, PostBatchLetter
from receivables.messaging.outbox import withdraw
from receivables.messaging.outgoing import Accepted
from receivables.messaging.post.closing import Closed, close, preview, still_against
from receivables.messaging.post.package import download, one_pdf, package
from receivables.messaging.post.posting import cancel, mark_posted, note_numbers, take_out
from receivables.messaging.post.waiting import waiting
from receivables.messaging.printing.package import page_count
from receivables.messaging.protocols import CHANNELS, RENDERERS, NotYet, Rendered
from receivables.messaging.reaper import Reaped, reap
from tests.db.messaging.conftest import NOW, Judge, Recorder, in_quarantine, make_creditor, planned, states
from tests.db.messaging.test_together import own_connection

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
DAY = timedelta(days=1)


@dataclass
class Papers:
    """A renderer that makes a paper for each letter, the same when asked twice."""

    raises: dict[str, Exception] = field(default_factory=dict)
    bare: set[str] = field(default_factory=set)

    def render(self, message: Message) -> Rendered:
        if message.key in self.raises:
            raise self.raises[message.key]
        if message.key in self.bare:
            return Rendered("Wezwanie", "text")
        content = f"%PDF-1.7 {message.key} <</Type /Page>> <</Type/Page >> /Pages".encode()
        paper = store(message.creditor, kind="demand", name=f"{message.key}.pdf", content=content, facts={}, now=NOW, key=message.key)
        return Rendered("Wezwanie", "text", document_id=paper.pk)


@pytest.fixture(autouse=True)
def papers() -> Iterator[Papers]:
    renderer = Papers()
    with RENDERERS.using({"dunning": renderer}):
        yield renderer


@pytest.fixture
def boss(settings: Any) -> User:
    """An administrator, after going live from this machine."""
    settings.LIVE_HOST, settings.HTTPS, settings.CLOCK = mode.hostname(), True, None
    settings.BASE_URL, settings.DEFAULT_FROM_EMAIL = "https://pay.example.com", "pay@example.com"
    in_quarantine()
    boss = User.objects.create(username="boss", is_superuser=True)
    actions.go_live(by=boss)
    return boss


@pytest.fixture
def firm(boss: User) -> Creditor:
    return make_creditor()


def letters(number: int, firm: Creditor, **fields: Any) -> list[Message]:
    """Letters that lie in the open batch."""
    fields = {"recipient_name": "Jan Żółć", "recipient": "Jan Żółć\nProsta 1\n00-001 Warszawa", "channel": "letter", **fields}
    found = planned(number, firm, **fields)
    deliver(now=NOW)
    return found


def closed(firm: Creditor, boss: User, *, on: date = TODAY) -> Closed:
    return close(firm, service="registered", on=on, now=NOW, by=boss)


def posted(batch: PostBatch, boss: User, *, on: date = TODAY, **more: Any) -> PostBatch:
    return mark_posted(batch, on=on, today=TODAY, now=NOW, by=boss, **more)


# -- gathering


def test_a_live_letter_gets_its_paper_and_waits_for_a_person(firm: Creditor) -> None:
    found = planned(3, firm, channel="letter")
    assert deliver(now=NOW) == Tally(gathered=3)
    assert deliver(now=NOW) == Tally()
    assert states(found) == ["planned"] * 3
    assert waiting(firm, now=NOW).count() == 3
    assert list(PostBatch.objects.values_list("number", "state")) == [(1, "open")]
    assert set(Message.objects.values_list("attempts", "lease_until")) == {(0, None)}


def test_all_letters_are_made_ready_in_one_go(firm: Creditor) -> None:
    planned(50, firm, channel="letter")
    assert deliver(now=NOW) == Tally(gathered=50)


def test_a_letter_that_cannot_be_made_fails_and_the_others_wait(firm: Creditor, papers: Papers) -> None:
    found = planned(3, firm, channel="letter")
    papers.raises[found[0].key] = RenderError("no logo")
    papers.bare.add(found[1].key)
    assert deliver(now=NOW) == Tally(failed=2, gathered=1)
    assert states(found) == ["failed", "failed", "planned"]


def test_a_letter_whose_time_is_over_expires_in_the_open_batch(firm: Creditor) -> None:
    found = letters(2, firm, not_after=NOW + DAY)
    assert deliver(now=NOW + 2 * DAY) == Tally(expired=2)
    assert states(found) == ["expired"] * 2


def test_a_withdrawn_letter_is_in_no_batch(firm: Creditor) -> None:
    found = letters(2, firm)
    withdraw([found[0].pk], reason="paid", now=NOW)
    assert list(waiting(firm, now=NOW)) == [found[1]]


def test_in_quarantine_the_mailbox_takes_letters_as_they_come() -> None:
    in_quarantine()
    found = planned(2, channel="letter")
    assert deliver(now=NOW) == Tally(accepted=2)
    assert states(found) == ["accepted"] * 2
    assert not PostBatch.objects.exists()


def test_in_a_replay_the_channel_takes_a_letter_at_once(firm: Creditor) -> None:
    found = planned(2, firm, channel="letter")
    with standing_in({"letter": Recorder()}):
        assert deliver(now=NOW) == Tally(accepted=2)
    assert states(found) == ["accepted"] * 2


def test_gone_back_into_quarantine_the_mailbox_takes_what_lay_in_the_batch(firm: Creditor, boss: User) -> None:
    found = letters(2, firm)
    actions.go_quarantine(by=boss, reason="a test")
    with pytest.raises(Refused, match="In quarantine no letter is printed"):
        closed(firm, boss)
    assert deliver(now=NOW) == Tally(accepted=2)
    assert states(found) == ["accepted"] * 2


# -- closing


def test_closing_hands_over_what_passes_and_takes_out_the_rest_with_the_reason(firm: Creditor, boss: User, judge: Judge) -> None:
    found = letters(4, firm)
    judge.refuses = {found[1].key: "an item is settled or closed", found[2].key: NotYet(NOW + DAY, "closed_hours")}
    before = preview(firm, now=NOW)
    assert ([m.pk for m in before.go], [(m.pk, why) for m, why in before.out]) == (
        [found[0].pk, found[3].pk],
        [(found[1].pk, "an item is settled or closed")],
    )
    assert states(found) == ["planned"] * 4  # a preview writes nothing
    done = closed(firm, boss)
    assert (done.handed, done.taken_out, done.stay) == (2, 1, 1)
    assert states(found) == ["handed", "withdrawn", "planned", "handed"]
    rows = done.batch.letters.order_by("position").values_list("position", "reason", "pages")
    assert sorted(rows, key=str) == sorted([(1, "", 2), (2, "", 2), (None, "an item is settled or closed", 0)], key=str)
    entry = Entry.objects.get(verb="post_batch_closed")
    assert (entry.facts["letters"], entry.facts["taken_out"], entry.facts["sha256"]) == (2, 1, done.batch.sha256)


def test_where_no_letter_passes_the_batch_stays_open(firm: Creditor, boss: User, judge: Judge) -> None:
    found = letters(1, firm)
    judge.refuses = {found[0].key: "paid"}
    assert (closed(firm, boss).handed, states(found)) == (0, ["withdrawn"])
    assert PostBatch.objects.get().state == "open"


def test_a_letter_that_the_guard_cannot_judge_stays_and_holds_nobody_up(firm: Creditor, boss: User, judge: Judge) -> None:
    found = letters(3, firm)
    judge.raises = {found[1].key: RuntimeError("broken row")}
    done = closed(firm, boss)
    assert (done.handed, done.stay) == (2, 1)
    assert states(found) == ["handed", "planned", "handed"]


def test_no_batch_is_closed_under_a_halt(firm: Creditor, boss: User) -> None:
    letters(1, firm)
    actions.halt(reason="a test", by=boss)
    with pytest.raises(Refused, match="halted"):
        closed(firm, boss)


def test_no_batch_is_closed_under_a_brake(firm: Creditor, boss: User) -> None:
    letters(1, firm)
    brake = actions.halt_part(creditor=firm, channel="letter", reason="wrong paper", by=boss)
    with pytest.raises(Refused, match="brake"):
        closed(firm, boss)
    actions.release_brake(brake, by=boss, reason="new paper")
    assert closed(firm, boss).handed == 1


def test_during_a_trial_letters_to_others_stay(firm: Creditor, boss: User) -> None:
    [guest], others = letters(1, firm, recipient="Anna\nProsta 2\n00-002 Warszawa"), letters(2, firm)
    Dispatch.objects.update(trial_since=NOW)
    actions.name_guest(firm, guest.recipient, by=boss, now=NOW)
    done = closed(firm, boss)
    assert (done.handed, done.stay) == (1, 2)
    assert states([guest, *others]) == ["handed", "planned", "planned"]


def test_a_closed_batch_stands_in_the_send_journal(firm: Creditor, boss: User, django_capture_on_commit_callbacks: Any) -> None:
    found = letters(2, firm)
    with django_capture_on_commit_callbacks(execute=True):
        closed(firm, boss)
    assert [(line.key, line.number) for line in fences.journal().lines()] == [(message.key, 1) for message in found]
    assert not fences.has_forgotten(fences.journal())


def test_no_batch_is_closed_or_printed_in_a_database_that_went_back_in_time(firm: Creditor, boss: User) -> None:
    letters(1, firm)
    batch = closed(firm, boss).batch
    letters(1, firm)
    fences.journal().add([Line("of-the-time-forgotten", 1, "letter", NOW.isoformat())], at=NOW)
    for deed in (lambda: closed(firm, boss), lambda: download(batch, now=NOW)):
        with pytest.raises(Refused, match="it was restored"):
            deed()


def test_who_prints_by_hand_finds_each_letter_in_the_send_journal(firm: Creditor, boss: User, settings: Any, tmp_path: Any) -> None:
    """Here the line that follows the commit of closing is lost, as where a process dies."""
    found = letters(2, firm)
    batch = closed(firm, boss).batch
    settings.SEND_JOURNAL = tmp_path / "not-mounted" / "handed.jsonl"
    with pytest.raises(Refused, match="journal cannot be written"):
        download(batch, now=NOW)
    settings.SEND_JOURNAL = None
    with download(batch, now=NOW) as file:
        assert file.read(2) == b"PK"
    assert [(line.key, line.number) for line in fences.journal().lines()] == [(message.key, 1) for message in found]


def test_what_left_before_a_restore_is_unknown_and_not_printed(firm: Creditor, boss: User) -> None:
    before, fresh = letters(2, firm)
    line = Line(before.key, 1, "letter", NOW.isoformat())
    fences.journal().add([line], at=NOW)
    Dispatch.objects.update(database_identity="1/other/2/3/00000001")
    actions.confirm_database(by=boss, reason="restored", now=NOW)
    assert closed(firm, boss).handed == 1
    assert states([before, fresh]) == ["unknown", "handed"]


def test_an_empty_batch_is_not_closed(firm: Creditor, boss: User) -> None:
    with pytest.raises(Refused, match="No letter waits"):
        closed(firm, boss)


def test_a_letter_for_which_the_batch_is_closed_is_nobody_elses_and_no_time_ends_that(firm: Creditor, boss: User) -> None:
    found = letters(2, firm)
    closed(firm, boss)
    assert reap(now=NOW + 365 * DAY) == Reaped()
    assert deliver(now=NOW + 365 * DAY) == Tally()
    assert withdraw([m.pk for m in found], reason="paid", now=NOW) == frozenset()
    assert states(found) == ["handed"] * 2


def test_what_comes_after_closing_lies_in_the_next_batch(firm: Creditor, boss: User) -> None:
    letters(1, firm)
    closed(firm, boss)
    letters(1, firm)
    assert list(PostBatch.objects.order_by("number").values_list("number", "state")) == [(1, "closed"), (2, "open")]


def test_companies_have_batches_of_their_own(firm: Creditor, boss: User) -> None:
    other = make_creditor()
    mine, theirs = letters(1, firm), letters(2, other)
    assert closed(firm, boss).handed == 1
    assert (states(mine), states(theirs)) == (["handed"], ["planned"] * 2)


# -- the package


def opened(batch: PostBatch) -> zipfile.ZipFile:
    with package(batch) as file:
        return zipfile.ZipFile(io.BytesIO(file.read()))


def test_a_package_holds_each_paper_as_it_was_made_a_list_and_what_proves_them(firm: Creditor, boss: User) -> None:
    [one] = letters(
        1, firm, recipient="=cmd()\nProsta 1; lok. 2\n00-001 Warszawa", recipient_name="A", facts={"customer": {"country": "PL"}}
    )
    [two] = letters(1, firm, recipient_name="B")
    batch = closed(firm, boss).batch
    zipped = opened(batch)
    assert zipped.namelist() == ["manifest.json", "addresses.csv", "letters/0001.pdf", "letters/0002.pdf"]
    one.refresh_from_db()
    assert zipped.read("letters/0001.pdf") == bytes(one.document.content)  # type: ignore[union-attr]
    told = json.loads(zipped.read("manifest.json"))
    assert (told["letters"], told["pages"], told["creditor"], told["service"]) == (2, 4, firm.name, "registered")
    assert {entry["name"]: entry["sha256"] for entry in told["files"]} == {
        name: sha256(zipped.read(name)).hexdigest() for name in zipped.namelist()[1:]
    }
    assert sha256(zipped.read("manifest.json")).hexdigest() == batch.sha256
    table = zipped.read("addresses.csv")
    assert table.startswith(b"\xef\xbb\xbf")
    first, second = csv.DictReader(io.StringIO(table.decode("utf-8-sig")), delimiter=";")
    assert (first["name"], first["line1"], first["line2"], first["country"]) == ("'=cmd()", "Prosta 1; lok. 2", "00-001 Warszawa", "PL")
    assert (second["position"], second["reference"], second["file"], second["pages"]) == ("2", two.key, "letters/0002.pdf", "2")


def test_a_package_made_again_is_the_same_byte_for_byte(firm: Creditor, boss: User) -> None:
    letters(3, firm)
    batch = closed(firm, boss).batch
    with package(batch) as first, package(PostBatch.objects.get(pk=batch.pk)) as second:
        content = first.read()
        assert content == second.read()
    letter = batch.letters.get(position=2)
    take_out(letter, again=False, reason="wet", now=NOW, by=boss)
    with package(PostBatch.objects.get(pk=batch.pk)) as third:
        assert content == third.read()


def test_one_pdf_holds_the_letters_in_order_each_on_sheets_of_its_own(firm: Creditor, boss: User, monkeypatch: pytest.MonkeyPatch) -> None:
    letters(2, firm)
    batch = closed(firm, boss).batch
    monkeypatch.setattr("receivables.messaging.post.package._papers", lambda _letters: [a_pdf(100), a_pdf(200, 201)])
    with one_pdf(batch) as first, one_pdf(PostBatch.objects.get(pk=batch.pk)) as second:
        content = first.read()
        assert content == second.read()
    assert [float(page.mediabox.width) for page in pypdf.PdfReader(io.BytesIO(content)).pages] == [100, 100, 200, 201]


def a_pdf(*widths: int) -> bytes:
    """Empty pages of these widths."""
    writer, file = pypdf.PdfWriter(), io.BytesIO()
    for width in widths:
        writer.add_blank_page(width, 100)
    writer.write(file)
    return file.getvalue()


def test_papers_that_cannot_be_joined_are_refused_in_words(firm: Creditor, boss: User) -> None:
    letters(1, firm)  # the papers here are none
    with pytest.raises(Refused, match="cannot be joined"):
        one_pdf(closed(firm, boss).batch)


def test_too_many_letters_for_one_pdf_are_refused_in_words(firm: Creditor, boss: User, monkeypatch: pytest.MonkeyPatch) -> None:
    letters(2, firm)
    batch = closed(firm, boss).batch
    monkeypatch.setattr("receivables.messaging.post.package.MOST_IN_ONE", 1)
    with pytest.raises(Refused, match="at most 1 letters"):
        one_pdf(batch)


def test_a_package_of_other_papers_is_refused(firm: Creditor, boss: User) -> None:
    found = letters(2, firm)
    batch = closed(firm, boss).batch
    Message.objects.filter(pk=found[0].pk).update(document=Message.objects.get(pk=found[1].pk).document)
    with pytest.raises(Refused, match="not the one that was closed"):
        package(batch)


def test_an_open_or_cancelled_batch_has_no_package(firm: Creditor, boss: User) -> None:
    letters(1, firm)
    with pytest.raises(Refused, match="nothing to print"):
        package(PostBatch.objects.get())
    batch = cancel(closed(firm, boss).batch, reason="printer on fire", now=NOW, by=boss)
    with pytest.raises(Refused, match="nothing to print"):
        package(batch)


def test_pages_are_counted_in_a_page_of_our_own() -> None:
    from receivables.documents.pdf import render_pdf  # noqa: PLC0415

    html = "<html lang='en'><title>t</title><p>one</p><p style='break-before: page'>two</p><p style='break-before: page'>three</p>"
    assert page_count(render_pdf(html)) == 3
    assert page_count(b"%PDF-1.7 nothing") == 0


# -- posted


def test_posted_letters_are_accepted_with_their_day(firm: Creditor, boss: User, news: list[frozenset[int]]) -> None:
    found = letters(2, firm)
    batch = closed(firm, boss, on=TODAY - DAY).batch
    evidence = store(firm, kind="posting", name="list.pdf", content=b"stamped", facts={}, now=NOW)
    posted(batch, boss, tracking={1: "(00)759007734118", 2: " RR12 \n"}, evidence=evidence.pk)
    assert states(found) == ["accepted"] * 2
    assert set(Message.objects.values_list("left_on", "lease_until", "settled_at")) == {(TODAY, None, NOW)}
    assert list(Attempt.objects.order_by("message").values_list("number", "outcome")) == [(1, "accepted")] * 2
    assert list(PostBatchLetter.objects.order_by("position").values_list("tracking", flat=True)) == ["(00)759007734118", "RR12"]
    assert frozenset(m.pk for m in found) in news
    fresh = PostBatch.objects.get(pk=batch.pk)
    assert (fresh.state, fresh.posted_on, fresh.posted_by, fresh.evidence) == ("posted", TODAY, boss, evidence)


@pytest.mark.parametrize(
    ("on", "match"),
    [
        pytest.param(TODAY - 2 * DAY, "cannot have been posted before", id="before closing"),
        pytest.param(TODAY + DAY, "in the future", id="tomorrow"),
    ],
)
def test_the_day_of_posting_lies_between_closing_and_today(firm: Creditor, boss: User, on: date, match: str) -> None:
    found = letters(1, firm)
    batch = closed(firm, boss, on=TODAY - DAY).batch
    with pytest.raises(Refused, match=match):
        posted(batch, boss, on=on)
    assert states(found) == ["handed"]


def test_marked_posted_twice_the_second_is_refused(firm: Creditor, boss: User) -> None:
    letters(1, firm)
    batch = closed(firm, boss).batch
    posted(batch, boss)
    with pytest.raises(Refused, match="posted already"):
        posted(batch, boss)
    assert Attempt.objects.count() == 1


def test_numbers_and_the_stamped_list_may_come_later_but_the_list_only_once(firm: Creditor, boss: User) -> None:
    letters(2, firm)
    batch = closed(firm, boss).batch
    posted(batch, boss)
    evidence = store(firm, kind="posting", name="list.pdf", content=b"stamped", facts={}, now=NOW)
    note_numbers(batch, tracking={2: "RR2"}, evidence=evidence.pk, by=boss)
    with pytest.raises(Refused, match="no letter number 3"):
        note_numbers(batch, tracking={3: "RR3"}, by=boss)
    with pytest.raises(Refused, match="cannot be replaced"):
        note_numbers(batch, tracking={}, evidence=evidence.pk, by=boss)
    assert list(batch.letters.order_by("position").values_list("tracking", flat=True)) == ["", "RR2"]


# -- taken out, cancelled


@pytest.mark.parametrize(("again", "state", "outcome"), [(True, "planned", "later"), (False, "failed", "failed")])
def test_a_letter_that_was_not_posted_is_taken_out(firm: Creditor, boss: User, again: bool, state: str, outcome: str) -> None:
    found = letters(2, firm)
    batch = closed(firm, boss).batch
    letter = batch.letters.get(message=found[0])
    take_out(letter, again=again, reason="coffee on it", now=NOW, by=boss)
    assert states(found) == [state, "handed"]
    assert Attempt.objects.values_list("outcome", "detail").get() == (outcome, "coffee on it")
    with pytest.raises(Refused, match="taken out already"):
        take_out(letter, again=again, reason="once more", now=NOW, by=boss)
    posted(batch, boss)
    assert states(found) == [state, "accepted"]
    assert list(waiting(firm, now=NOW)) == ([found[0]] if again else [])


def test_what_was_taken_out_may_go_with_the_next_batch_under_the_same_key(firm: Creditor, boss: User) -> None:
    [found] = letters(1, firm)
    first = closed(firm, boss).batch
    cancel(first, reason="printer on fire", now=NOW, by=boss)
    assert (states([found]), PostBatch.objects.get(pk=first.pk).state) == (["planned"], "cancelled")
    deliver(now=NOW)
    second = closed(firm, boss).batch
    posted(second, boss)
    assert states([found]) == ["accepted"]
    assert list(found.post_letters.order_by("pk").values_list("batch__number", "reason")) == [(1, "printer on fire"), (2, "")]
    assert list(Attempt.objects.order_by("number").values_list("number", "outcome")) == [(1, "later"), (2, "accepted")]


def test_a_posted_batch_can_neither_be_cancelled_nor_lose_a_letter(firm: Creditor, boss: User) -> None:
    letters(1, firm)
    batch = closed(firm, boss).batch
    posted(batch, boss)
    with pytest.raises(Refused, match="posted already"):
        cancel(batch, reason="too late", now=NOW, by=boss)
    with pytest.raises(Refused, match="posted already"):
        take_out(batch.letters.get(), again=True, reason="too late", now=NOW, by=boss)


def test_a_batch_without_letters_is_cancelled_not_posted(firm: Creditor, boss: User) -> None:
    letters(1, firm)
    batch = closed(firm, boss).batch
    take_out(batch.letters.get(), again=False, reason="paid", now=NOW, by=boss)
    with pytest.raises(Refused, match="Cancel it instead"):
        posted(batch, boss)
    cancel(batch, reason="empty", now=NOW, by=boss)


def test_what_happened_after_closing_is_told_before_posting(firm: Creditor, boss: User, judge: Judge) -> None:
    found = letters(2, firm)
    batch = closed(firm, boss).batch
    assert still_against(batch, now=NOW) == {}
    judge.refuses = {found[0].key: "an item is settled or closed", found[1].key: NotYet(NOW + DAY, "closed_hours")}
    assert still_against(batch, now=NOW) == {found[0].pk: "an item is settled or closed"}
    assert states(found) == ["handed"] * 2


# -- what the database refuses


def batch_of(firm: Creditor, **fields: Any) -> PostBatch:
    shut = {"closed_at": NOW, "closed_on": TODAY, "sha256": "x"}
    defaults = {"number": PostBatch.objects.count() + 100, "opened_at": NOW, "state": "closed", **shut}
    return PostBatch.objects.create(creditor=firm, **{**defaults, **fields})


@pytest.mark.parametrize(
    ("rule", "break_it"),
    [
        ("post_batch_numbered_once", lambda f: [batch_of(f, number=7), batch_of(f, number=7)]),
        ("one_open_post_batch", lambda f: [batch_of(f, state="open"), batch_of(f, state="open")]),
        ("closed_post_batch_says_when_and_what", lambda f: batch_of(f, sha256="")),
        ("posted_post_batch_says_its_day", lambda f: batch_of(f, state="posted")),
        ("posted_post_batch_says_its_day", lambda f: batch_of(f, posted_on=TODAY, marked_on=TODAY)),
        ("post_batch_posted_after_closing", lambda f: batch_of(f, state="posted", posted_on=TODAY - DAY, marked_on=TODAY)),
        ("post_batch_posted_by_today", lambda f: batch_of(f, state="posted", posted_on=TODAY + DAY, marked_on=TODAY)),
        ("cancelled_post_batch_says_why", lambda f: batch_of(f, state="cancelled")),
    ],
)
def test_a_batch_that_makes_no_sense_is_refused(firm: Creditor, rule: str, break_it: Callable[[Creditor], Any]) -> None:
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        break_it(firm)


def test_a_letter_lies_in_one_live_batch_at_one_position(firm: Creditor) -> None:
    one, two = planned(2, firm, channel="letter")
    batch = batch_of(firm, state="open")
    PostBatchLetter.objects.create(batch=batch, message=one, position=1)
    for rule, fields in [
        ("letter_once_in_a_batch", {"message": one, "position": 2, "taken_out_at": NOW, "reason": "x"}),
        ("one_letter_at_a_position", {"message": two, "position": 1}),
        ("taken_out_says_why", {"message": two, "position": 2, "taken_out_at": NOW}),
        ("letter_to_post_has_a_position", {"message": two}),
    ]:
        with pytest.raises(IntegrityError, match=rule), transaction.atomic():
            PostBatchLetter.objects.create(batch=batch, **fields)
    PostBatch.objects.filter(pk=batch.pk).update(state="closed", closed_at=NOW, closed_on=TODAY, sha256="x")
    with pytest.raises(IntegrityError, match="letter_in_one_live_batch"), transaction.atomic():
        PostBatchLetter.objects.create(batch=batch_of(firm, state="open"), message=one, position=1)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("UPDATE messaging_postbatch SET sha256 = 'other'", id="what was printed"),
        pytest.param("UPDATE messaging_postbatch SET closed_on = closed_on - 1", id="the day of closing"),
        pytest.param("UPDATE messaging_postbatch SET service = 'ordinary'", id="the kind of letter"),
        pytest.param("UPDATE messaging_postbatch SET state = 'open'", id="opened again"),
        pytest.param("DELETE FROM messaging_postbatch", id="deleted"),
        pytest.param("UPDATE messaging_postbatchletter SET position = 9", id="moved"),
        pytest.param("UPDATE messaging_postbatchletter SET sha256 = 'other'", id="another paper"),
        pytest.param("UPDATE messaging_postbatchletter SET taken_out_at = NULL, reason = '' WHERE position IS NULL", id="put back"),
        pytest.param("DELETE FROM messaging_postbatchletter", id="letter deleted"),
        pytest.param("INSERT INTO messaging_postbatchletter SELECT 999999, 9, pages, sha256, tracking, NULL, '', batch_id, message_id, NULL "
                     "FROM messaging_postbatchletter LIMIT 1", id="added"),
    ],
)  # fmt: skip
def test_a_closed_batch_is_never_edited(firm: Creditor, boss: User, judge: Judge, change: str) -> None:
    found = letters(2, firm)
    judge.refuses = {found[1].key: "paid"}
    closed(firm, boss)
    with (
        pytest.raises(IntegrityError, match=r"never edited|cannot become|never deleted|only be taken out|only while"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)


def test_a_posted_batch_loses_no_letter_and_changes_no_day(firm: Creditor, boss: User) -> None:
    letters(1, firm)
    batch = closed(firm, boss, on=TODAY - DAY).batch
    posted(batch, boss)
    for change in (
        "UPDATE messaging_postbatch SET posted_on = posted_on - 1",
        "UPDATE messaging_postbatch SET state = 'cancelled', reason = 'x', posted_on = NULL, marked_on = NULL",
        "UPDATE messaging_postbatchletter SET taken_out_at = now(), reason = 'x'",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)


# -- several at once, on real connections


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def tried(work: Callable[[], Any]) -> Callable[[], Any]:
    def run() -> Any:
        try:
            return work()
        except Refused as refusal:
            return str(refusal)

    return own_connection(run)


@pytest.mark.django_db(transaction=True)
def test_closed_by_four_at_once_each_letter_is_handed_over_once(boss: User, threads: ThreadPoolExecutor) -> None:
    firm = make_creditor()
    found = letters(20, firm)
    said = [each.result(timeout=60) for each in [threads.submit(tried(lambda: closed(firm, boss))) for _ in range(4)]]
    assert sorted(one.handed for one in said if isinstance(one, Closed)) == [20]
    assert states(found) == ["handed"] * 20
    assert PostBatchLetter.objects.count() == 20
    assert PostBatch.objects.filter(state="closed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_marked_posted_by_four_at_once_each_letter_is_accepted_once(boss: User, threads: ThreadPoolExecutor) -> None:
    firm = make_creditor()
    found = letters(5, firm)
    batch = closed(firm, boss).batch
    said = [each.result(timeout=60) for each in [threads.submit(tried(lambda: posted(batch, boss))) for _ in range(4)]]
    assert sum(isinstance(one, PostBatch) for one in said) == 1
    assert (states(found), Attempt.objects.count()) == (["accepted"] * 5, 5)


@pytest.mark.django_db(transaction=True)
def test_posted_and_cancelled_at_once_one_of_them_holds(boss: User, threads: ThreadPoolExecutor) -> None:
    for _ in range(8):
        firm = make_creditor()
        found = letters(2, firm)
        batch = closed(firm, boss).batch
        works = [lambda b=batch: posted(b, boss), lambda b=batch: cancel(b, reason="no", now=NOW, by=boss)]  # type: ignore[misc]
        said = [each.result(timeout=60) for each in [threads.submit(tried(work)) for work in works]]
        assert sum(isinstance(one, PostBatch) for one in said) == 1
        expected = {"posted": "accepted", "cancelled": "planned"}[PostBatch.objects.get(pk=batch.pk).state]
        assert states(found) == [expected] * 2


@pytest.mark.django_db(transaction=True)
def test_a_letter_withdrawn_while_its_batch_is_closed_is_either_printed_or_withdrawn(boss: User, threads: ThreadPoolExecutor) -> None:
    for _ in range(8):
        firm = make_creditor()
        found = letters(3, firm)
        closing = threads.submit(tried(lambda f=firm: closed(f, boss)))  # type: ignore[misc]
        leaving = threads.submit(own_connection(lambda m=found[1]: withdraw([m.pk], reason="paid", now=NOW)))  # type: ignore[misc]
        done, gone = closing.result(timeout=60), leaving.result(timeout=60)
        assert states(found)[1] == ("withdrawn" if gone else "handed")
        assert done.handed == (2 if gone else 3)
        assert done.batch.letters.filter(message=found[1], taken_out_at=None).exists() == (not gone)


@pytest.mark.django_db(transaction=True)
def test_killed_while_closing_nothing_is_closed_and_killed_after_it_the_package_is_made_by_the_next(
    boss: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = make_creditor()
    found = letters(3, firm)

    class Killed(BaseException):
        pass

    def die(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr("receivables.messaging.post.closing.record", die)  # the last thing before the commit
        closed(firm, boss)
    assert states(found) == ["planned"] * 3
    assert PostBatch.objects.get().state == "open"
    assert not PostBatchLetter.objects.exists()
    batch = closed(firm, boss).batch
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr("receivables.messaging.post.package.write", die)
        package(batch)
    assert len(opened(batch).namelist()) == 5


def test_the_post_has_no_adapter_that_sends_letter_by_letter() -> None:
    adapter = CHANNELS.get("letter")
    assert not isinstance(adapter.send(None), Accepted)  # type: ignore[arg-type]
