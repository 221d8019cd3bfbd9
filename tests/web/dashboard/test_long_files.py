"""Long tables: a worker takes them, the page says how far it is, and a person may stop it."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from invoices.actions.imports import FileReport
from invoices.models import BankLine, Customer, Invoice, Payment, StatementFile
from receivables.dashboard import long_files, tasks
from tests.builders import make_invoice, table
from tests.web.dashboard.test_deeds import post, said, token_of, upload
from tests.web.dashboard.world import World

ROWS = [{"number": f"N/{n}", "customer": f"N{n}"} for n in range(6)]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What a worker was told. Every file is a long one, and each word is heard."""
    told: list[tuple[Any, ...]] = []
    monkeypatch.setattr(long_files, "LONG", 2)
    monkeypatch.setattr(long_files, "_TOLD_EVERY", 0)

    def tell(*parts: Any) -> bool:
        told.append(parts)
        return True

    monkeypatch.setattr(tasks, "tell", tell)
    return told


def work(parts: tuple[Any, ...]) -> None:
    """What a worker does then."""
    tasks.take_in.run(*parts)


def begun(client: Client) -> Any:
    answer = post(client, "intake", token=token_of(upload(client, table(*ROWS))))
    assert answer["Location"] == reverse("dashboard:intake_progress")
    return answer


def look(client: Client) -> Any:
    return client.get(reverse("dashboard:intake_progress"), headers={"accept-language": "en"})


def known(world: World) -> int:
    return Invoice.objects.filter(creditor=world.ours.creditor, number__startswith="N/").count()


def test_the_page_waits_until_the_worker_is_done_and_then_says_what_came_in(
    world: World, tmp_path: Path, asked: list[tuple[Any, ...]]
) -> None:
    client = world.client("clerk")
    begun(client)
    waits = look(client)
    assert waits["Refresh"] == "2" and b"waits for its turn" in waits.content and known(world) == 0
    assert client.get(reverse("dashboard:intake"))["Location"] == reverse("dashboard:intake_progress")
    work(asked[0])
    answer = look(client)
    assert answer["Location"] == reverse("dashboard:invoices") and "6 new" in said(answer)
    assert known(world) == 6 and list((tmp_path / "uploads").iterdir()) == []
    assert b"No file of yours is on its way" in look(client).content


def test_it_says_how_many_rows_are_done(world: World, tmp_path: Path, asked: list[tuple[Any, ...]]) -> None:
    client = world.client("clerk")
    begun(client)
    pages: list[bytes] = []

    def take(_data: bytes, progress: Any) -> Any:
        for done in (4, 6):
            progress(done)
            pages.append(look(client).content)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        long_files.work(tmp_path / "uploads" / asked[0][0], take)
    assert b"4 of 6 rows are done" in " ".join(pages[0].decode().split()).encode() and b"All rows are done" in pages[1]
    broken = look(client)
    assert broken["Location"] == reverse("dashboard:intake") and "broke off" in said(broken)


def test_stopped_before_its_turn_it_never_begins(world: World, asked: list[tuple[Any, ...]]) -> None:
    client = world.client("clerk")
    begun(client)
    assert post(client, "intake_progress").status_code == 302
    work(asked[0])
    assert "Nothing of the file was stored" in said(look(client))
    assert known(world) == 0


@pytest.mark.parametrize("at", [0, 6])
def test_stopped_on_its_way_nothing_of_it_stays(
    world: World, asked: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    client = world.client("clerk")
    begun(client)
    stopped_at(monkeypatch, client, at)
    work(asked[0])
    assert "Nothing of the file was stored" in said(look(client))
    assert known(world) == 0


def test_what_the_books_refuse_meanwhile_is_told(world: World, asked: list[tuple[Any, ...]]) -> None:
    client = world.client("clerk")
    begun(client)
    other = world.client("both")
    assert b"No file of yours" in look(other).content
    Invoice.objects.create(
        creditor=world.ours.creditor, customer=world.ours.customer, number="N/3", currency="PLN", gross=7, issued_on="2026-03-01"
    )
    work(asked[0])
    answer = look(client)
    assert answer.status_code == 422 and b"N/3" in answer.content
    assert known(world) == 1


def test_a_worker_that_died_is_followed_by_another_and_two_never_work_at_once(
    world: World, tmp_path: Path, asked: list[tuple[Any, ...]]
) -> None:
    client = world.client("clerk")
    begun(client)
    file = tmp_path / "uploads" / asked[0][0]
    again: list[int] = []

    def second(_data: bytes, _progress: Any) -> Any:
        again.append(1)

    def first(_data: bytes, _progress: Any) -> Any:
        long_files.work(file, second)
        raise SystemExit

    with pytest.raises(SystemExit):
        long_files.work(file, first)
    assert not again
    long_files._write(file, long_files.Standing(long_files.Now.RUNNING, 6, 2))  # killed: it could not say so
    work(asked[0])
    assert "6 new" in said(look(client)) and known(world) == 6


def test_what_follows_is_done_by_one_worker_and_after_a_death_by_the_next(tmp_path: Path) -> None:
    kept, followed = tmp_path / "kept", []
    kept.write_bytes(b"table")
    long_files.begin(kept, rows=1)

    def dies() -> None:
        long_files.work(kept, lambda _data, _told: FileReport("x", new=7), then=lambda: followed.append("meanwhile"))
        raise SystemExit

    with pytest.raises(SystemExit):
        long_files.work(kept, lambda _data, _told: FileReport("x", new=1), then=dies)
    known = long_files.standing(kept)
    assert (known and (known.now, known.new), followed) == ((long_files.Now.TAKEN, 1), [])
    long_files.work(kept, lambda _data, _told: FileReport("x", new=7), then=lambda: followed.append("next"))
    assert followed == ["next"]


def test_what_follows_is_done_although_the_page_has_told_and_forgotten_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, followed, write = tmp_path / "kept", [], long_files._write
    kept.write_bytes(b"table")
    long_files.begin(kept, rows=1)

    def looked_at(file: Path, known: long_files.Standing) -> None:
        write(file, known)
        long_files.forget(file)

    monkeypatch.setattr(long_files, "_write", looked_at)
    long_files.work(kept, lambda _data, _told: FileReport("x", new=1), then=lambda: followed.append("matched"))
    assert (followed, list(tmp_path.iterdir())) == (["matched"], [])


def test_of_which_nothing_is_heard_for_long_has_broken_off(world: World, tmp_path: Path, asked: list[tuple[Any, ...]]) -> None:
    client = world.client("clerk")
    begun(client)
    file = tmp_path / "uploads" / asked[0][0]
    long_files._write(file, long_files.Standing(long_files.Now.RUNNING, 6, 2))
    assert look(client).status_code == 200
    before = time.time() - long_files.SILENT - 1
    os.utime(file.with_suffix(".state"), (before, before))
    assert "broke off" in said(look(client))


def test_asked_for_twice_one_worker_is_told(world: World, asked: list[tuple[Any, ...]]) -> None:
    client = world.client("clerk")
    token = token_of(upload(client, table(*ROWS)))
    for _ in range(2):
        assert post(client, "intake", token=token)["Location"] == reverse("dashboard:intake_progress")
    assert len(asked) == 1


def test_where_no_worker_can_be_told_it_is_done_here(world: World, asked: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "tell", lambda *_parts: False)
    client = world.client("clerk")
    answer = post(client, "intake", token=token_of(upload(client, table(*ROWS))))
    assert answer["Location"] == reverse("dashboard:invoices") and known(world) == 6


def customers_begun(client: Client) -> None:
    file = SimpleUploadedFile("k.csv", b"Customer number,Customer\n" + b"".join(b"N%d,Nowak\n" % n for n in range(5)))
    checked = client.post(reverse("dashboard:customers_import"), {"file": file, "profile": "customers"})
    answer = post(client, "customers_import", token=token_of(checked))
    assert answer["Location"] == reverse("dashboard:intake_progress")


@pytest.mark.parametrize("at", [None, 0, 5])
def test_customers_go_in_by_a_worker_too_and_stopped_leave_nothing(
    world: World, asked: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch, at: int | None
) -> None:
    client = world.client("clerk")
    customers_begun(client)
    stopped_at(monkeypatch, client, at)
    work(asked[0])
    answer = look(client)
    assert ("5 new" if at is None else "Nothing of the file was stored") in said(answer)
    assert answer["Location"] == reverse("dashboard:first_contact" if at is None else "dashboard:customers_import")
    assert Customer.objects.filter(creditor=world.ours.creditor, name="Nowak").count() == (5 if at is None else 0)


def stopped_at(monkeypatch: pytest.MonkeyPatch, client: Client, at: int | None) -> None:
    """A person stops it once so many rows are done; never, for None."""
    tell = long_files.Teller.__call__

    def stopping(teller: Any, done: int) -> None:
        tell(teller, done)
        if done == at and not long_files.is_stopping(teller.file):
            post(client, "intake_progress")
            assert b"being stopped" in look(client).content

    monkeypatch.setattr(long_files.Teller, "__call__", stopping)


def statement(world: World, n: int, lines: int = 3) -> SimpleUploadedFile:
    """A statement of the company's account, which no other has."""
    entries = "".join(f":61:26112{n}112{n}C1,0{i}NTRFNONREF//L{n}{i}\n:86:020~00X\n~20wpłata {n} {i}\n" for i in range(lines))
    last = f"{lines},{sum(range(lines)):02}"
    text = f":20:ST\n:25:{world.ours.creditor.bank_account}\n:28C:{n}/1\n:60F:C26112{n}PLN0,00\n{entries}:62F:C26112{n}PLN{last}\n-\n"
    return SimpleUploadedFile(f"{n}.sta", text.encode())


def statements_begun(client: Client, *files: SimpleUploadedFile) -> None:
    answer = client.post(reverse("dashboard:bank_import"), {"statements": files})
    assert answer["Location"] == reverse("dashboard:intake_progress")
    assert client.get(reverse("dashboard:bank_import"))["Location"] == reverse("dashboard:intake_progress")


def brought_in(world: World) -> int:
    return BankLine.objects.filter(creditor=world.ours.creditor, title__startswith="wpłata").count()


@pytest.fixture
def long_statements(monkeypatch: pytest.MonkeyPatch, asked: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    monkeypatch.setattr(long_files, "LONG_BYTES", 2)
    monkeypatch.setattr(tasks, "tell_to_match", lambda _creditor: True)
    return asked


@pytest.mark.parametrize("is_heard", [True, False])
def test_long_statements_go_in_together_and_are_matched_then(
    world: World, long_statements: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch, is_heard: bool
) -> None:
    asked_to_match: list[int] = []
    monkeypatch.setattr(tasks, "tell_to_match", lambda creditor: asked_to_match.append(creditor.pk) or is_heard)
    client, invoice = world.client("clerk"), make_invoice(world.ours.customer, "1.02", number="FV/90/2026")
    file = statement(world, 1)
    file = SimpleUploadedFile("1.sta", file.read().replace("wpłata 1 2".encode(), b"FV/90/2026"))
    statements_begun(client, file, statement(world, 2))
    pages: list[str] = []
    tell = long_files.Teller.__call__

    def looking(teller: Any, done: int) -> None:
        tell(teller, done)
        pages.append(" ".join(look(client).content.decode().split()))

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(long_files.Teller, "__call__", looking)
        work(long_statements[0])
    assert "The file is being read" in pages[0] and any("3 of 6 rows are done" in page or "All rows are done" in page for page in pages)
    answer = look(client)
    assert answer["Location"] == reverse("dashboard:bank") and "6 new lines, 0 known" in said(answer)
    assert brought_in(world) == 5 and asked_to_match == [world.ours.creditor.pk]
    assert Payment.objects.filter(entries__item__invoice=invoice).exists() is not is_heard  # by a task of its own, or here
    tasks.match.run(*asked_to_match)
    assert Payment.objects.filter(entries__item__invoice=invoice).exists()
    statements_begun(client, statement(world, 2))
    work(long_statements[1])
    assert "0 new lines, 3 known" in said(look(client))


@pytest.mark.parametrize("at", [0, 3, 6])
def test_long_statements_that_are_stopped_leave_nothing(
    world: World, long_statements: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    client = world.client("clerk")
    before = StatementFile.objects.count()
    statements_begun(client, statement(world, 1), statement(world, 2))
    stopped_at(monkeypatch, client, at)
    work(long_statements[0])
    assert "Nothing of the file was stored" in said(look(client))
    assert (brought_in(world), StatementFile.objects.count()) == (0, before)


def test_with_one_long_statement_that_is_refused_none_goes_in(world: World, long_statements: list[tuple[Any, ...]]) -> None:
    client = world.client("clerk")
    other = statement(world, 2).read().replace(world.ours.creditor.bank_account.encode(), b"PL27114020040000300201355387")
    statements_begun(client, statement(world, 1), SimpleUploadedFile("other.sta", other))
    work(long_statements[0])
    answer = look(client)
    assert answer.status_code == 422 and b"other.sta" in answer.content and b"not known as one of the company" in answer.content
    assert brought_in(world) == 0


def test_a_long_table_that_is_not_understood_is_told_at_once(world: World, long_statements: list[tuple[Any, ...]]) -> None:
    client = world.client("clerk")
    answer = client.post(reverse("dashboard:bank_import"), {"statements": SimpleUploadedFile("x.csv", b"a;b;c\n1;2;3\n")})
    assert answer.status_code == 422 and reverse("dashboard:bank_mapping") in answer.content.decode() and long_statements == []


def test_statements_that_no_worker_takes_are_taken_here(
    world: World, long_statements: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "tell", lambda *_parts: False)
    client = world.client("clerk")
    answer = client.post(reverse("dashboard:bank_import"), {"statements": statement(world, 1)})
    assert answer.status_code == 200 and brought_in(world) == 3
    assert client.get(reverse("dashboard:bank_import")).status_code == 200


def grow_silent(kept: Path) -> None:
    long_ago = time.time() - long_files.SILENT - 1
    os.utime(kept.with_suffix(".state"), (long_ago, long_ago))


def state_of(kept: Path) -> long_files.Now:
    known = long_files.standing(kept)
    assert known
    return known.now


def test_a_worker_that_is_silent_for_long_has_broken_off_only_when_it_has_let_go(tmp_path: Path) -> None:
    kept, seen = tmp_path / "kept", []
    kept.write_bytes(b"table")
    long_files.begin(kept, rows=7)

    def dies(_data: bytes, _told: Callable[[int], None]) -> FileReport:
        grow_silent(kept)
        seen.append(state_of(kept))
        raise SystemExit

    with pytest.raises(SystemExit):
        long_files.work(kept, dies)
    long_files._write(kept, long_files.Standing(long_files.Now.RUNNING, 7))  # as one that was killed leaves it
    grow_silent(kept)
    assert [*seen, state_of(kept)] == [long_files.Now.RUNNING, long_files.Now.BROKEN]
