"""update_rates as an operator meets it: from the central bank (a server of our own stands in), from files, and by the clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.test import override_settings

from receivables.audit.models import Entry
from receivables.countries.rates import shipped
from receivables.outside import Bounds, Reach
from receivables.rates.actions import approve_rate, refuse_rate
from receivables.rates.models import Confirmation, InterestRate, Look, MidRate, Revision
from receivables.rates.sources import BOUNDS, SOURCES, Nbp
from receivables.rates.stored import current_book
from receivables.rates.tasks import update
from tests.builders import make_user
from tests.db.rates.world import NOW, TODAY, a_rate, entered
from tests.db.test_commands import run
from tests.unit.rates.answers import LATE, archive, mids_csv, rates_csv, table_a

pytestmark = pytest.mark.django_db

AUTUMN = (("153/A/NBP/2026", "2026-07-31", "4.3128"), ("2", "2026-08-31", "4.25"), ("3", "2026-09-30", "4.26"), ("4", "2026-10-30", "4.27"))
NEW = (*LATE, ("2026-10-08", "3,50"))


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with override_settings(CLOCK=NOW):
        yield


Answer = bytes | int | tuple[tuple[str, str, str], ...]


class Stub(BaseHTTPRequestHandler):
    """Answers what `answers` says for the beginning of a path: bytes, a status, or the days of table A that were asked for."""

    answers: dict[str, "Answer"]
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        answer = next(answer for path, answer in self.answers.items() if self.path.startswith(path))
        if isinstance(answer, tuple):
            first, last = self.path.split("/")[2:4]
            answer = table_a(*(day for day in answer if first <= day[1] <= last))
        self.send_response(answer if isinstance(answer, int) else 200)
        if answer == 302:
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()
        if isinstance(answer, bytes):
            self.wfile.write(answer)

    def log_message(self, *_arguments: Any) -> None:
        """Quiet."""


@contextmanager
def asking(bank: Nbp) -> Iterator[None]:
    """That one is asked instead of the real one."""
    real, SOURCES["PL"] = SOURCES["PL"], bank
    try:
        yield
    finally:
        SOURCES["PL"] = real


@contextmanager
def nbp(archive_says: Answer = b"", table_a_says: Answer = b"", bounds: Bounds = BOUNDS) -> Iterator[type[Stub]]:
    """A bank on loopback instead of the real one."""
    stub = type("One", (Stub,), {"answers": {"/archive": archive_says, "/a/": table_a_says}, "asked": []})
    server = HTTPServer(("127.0.0.1", 0), stub)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    place = f"http://127.0.0.1:{server.server_port}"
    try:
        with asking(Nbp(f"{place}/archive.xml", place + "/a/{first}/{last}", reach=Reach.LOOPBACK_TOO, bounds=bounds)):
            yield stub
    finally:
        server.shutdown()
        server.server_close()


def stored() -> tuple[int, int, int]:
    return InterestRate.objects.count(), MidRate.objects.count(), Confirmation.objects.count()


def test_the_bank_is_asked_and_what_is_new_waits() -> None:
    with nbp(archive(*NEW), AUTUMN) as stub:
        code, printed = run("update_rates")
    assert (code, printed.splitlines()) == (
        0,
        [
            "NBP: 3 interest rates, 4 mid rates; 3 agree with what is known.",
            "  new, waits for approval: PL nbp_reference 3.50 % 2026-10-08",
            "  new, waits for approval: PL 2026-08-31 4.25",
            "  new, waits for approval: PL 2026-09-30 4.26",
            "  new, waits for approval: PL 2026-10-30 4.27",
            "  confirmed: PL nbp_reference 3.75 % through 2026-10-07",
            "4 wait for approval.",
        ],
    )
    assert stub.asked == ["/archive.xml", "/a/2026-07-01/2026-09-28", "/a/2026-09-29/2026-10-31"]
    assert {row.author for row in InterestRate.objects.all()} == {None}


def test_asking_twice_proposes_and_confirms_nothing_more() -> None:
    with nbp(archive(*NEW), AUTUMN):
        run("update_rates")
        before, key = stored(), Revision.objects.get().key
        code, printed = run("update_rates")
    assert (code, stored(), Revision.objects.get().key) == (0, before, key)
    assert printed.endswith("  nothing new.\n4 wait for approval.\n")


def test_a_dry_run_says_the_same_and_stores_nothing() -> None:
    with nbp(archive(*NEW), AUTUMN):
        code, printed = run("update_rates", "--dry-run")
        assert (code, stored()) == (0, (0, 0, 0))
        assert printed.endswith("4 wait for approval.\nNothing was stored.\n")
        assert run("update_rates")[1] + "Nothing was stored.\n" == printed
    assert not Entry.objects.filter(verb="rate_entered").count() > 4


def test_once_approved_the_rates_count_and_the_bank_confirms_them() -> None:
    with nbp(archive(*NEW), AUTUMN):
        run("update_rates")
        for row in [*InterestRate.objects.all(), *MidRate.objects.all()]:
            approve_rate(row, by=make_user(), on=TODAY, now=NOW)
        with override_settings(CLOCK=NOW.replace(month=12, day=5)):
            code, printed = run("update_rates")
    assert code == 0
    assert "confirmed: PL nbp_reference 3.50 % through 2026-12-05" in printed
    assert str(current_book().table("PL", "kc_delay").on(date(2026, 12, 5)).percent) == "9.00"
    assert str(current_book().euro_before("PL", date(2026, 11, 30)).price) == "4.2700"


def test_what_a_person_refused_is_not_proposed_again() -> None:
    with nbp(archive(*NEW), AUTUMN):
        run("update_rates")
        refuse_rate(InterestRate.objects.get(), by=make_user(), now=NOW)
        code, printed = run("update_rates")
    assert code == 0
    assert "left out: PL nbp_reference 3.50 % 2026-10-08: a person refused it." in printed
    assert InterestRate.objects.count() == 1


def test_many_changes_since_the_last_look_are_all_proposed() -> None:
    risen = (*LATE, ("2026-09-03", "5,75"), ("2026-10-08", "8,25"), ("2026-11-05", "10,50"))
    with nbp(archive(*risen), AUTUMN):
        code, printed = run("update_rates")
    assert code == 0, printed
    assert list(InterestRate.objects.order_by("pk").values_list("valid_from__month", flat=True)) == [9, 10, 11]
    for row in InterestRate.objects.order_by("-pk"):  # in whatever order people approve
        approve_rate(row, by=make_user(), on=TODAY, now=NOW)
    assert str(current_book().table("PL", "kc_delay").on(TODAY).percent) == "16.00"


def test_a_contradiction_is_told_and_changes_nothing() -> None:
    changed = archive(LATE[0], ("2026-03-05", "3,50"))
    with nbp(changed, (("153", "2026-07-31", "4.3068"), *AUTUMN[1:])):
        code, printed = run("update_rates")
    assert code == 1
    assert printed == "2 contradictions. What is known was not changed; see to them in the admin."
    assert stored() == (0, 3, 0)  # the three new months wait for a person
    assert current_book().tables == shipped().tables and current_book().mids == shipped().mids
    look = Look.objects.get()
    assert (look.contradictions, look.failed) == (2, False)
    assert "known is 3.75 from 2026-03-05" in look.told[0] and "4.3068 on 2026-07-31; known for that month is 4.3128" in look.told[1]


def test_another_rate_of_a_day_that_waits_is_told_and_not_proposed() -> None:
    entered(a_rate("3.25", "2026-10-08"))
    with nbp(archive(*NEW), AUTUMN):
        assert run("update_rates")[0] == 1
    assert InterestRate.objects.count() == 1
    assert "another rate of that day waits for approval" in Look.objects.get().told[0]


@pytest.mark.parametrize(
    ("archive_says", "table_a_says", "complaint"),
    [
        pytest.param(
            500, b"", "It answers 500. Try again later; where this machine may not reach the internet, fetch http", id="out of order"
        ),
        pytest.param(302, b"", "answers 302", id="sent elsewhere"),
        pytest.param(archive(*NEW), 404, "answers 404", id="no tables"),
        pytest.param(b"<html/>", b"", "NBP, archive of base rates: begins with <html>", id="a page instead"),
        pytest.param(archive(*NEW), b"{}", "not NBP's answer for the euro", id="another JSON"),
        pytest.param(archive(*NEW, ("2026-11-29", "3,25")), AUTUMN, "valid from 2026-11-29, which is to come", id="of tomorrow"),
    ],
)
def test_an_answer_that_is_none_is_a_sentence_and_stores_nothing(archive_says: Any, table_a_says: Any, complaint: str) -> None:
    with nbp(archive_says, table_a_says):
        code, printed = run("update_rates")
    assert code == 1
    assert complaint in printed
    assert stored() == (0, 0, 0)


def test_an_answer_without_end_is_cut_off() -> None:
    with nbp(b"<" * 100_000, bounds=Bounds(most_bytes=50_000)):
        code, printed = run("update_rates")
    assert code == 1 and "Its answer is too big." in printed


def test_a_machine_that_may_not_reach_the_source_is_told_of_the_file() -> None:
    with asking(Nbp("https://127.0.0.1:1/archive.xml")):  # the real reach: nothing on this machine is asked
        code, printed = run("update_rates")
    assert code == 1
    assert printed.startswith("127.0.0.1:1: The address leads into a private network. Try again later; where this machine may not reach")
    assert "load it here: manage.py update_rates --file FILE --as-of DAY." in printed


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("archive.xml", archive(*NEW)),
        ("table.json", table_a(*AUTUMN)),
        ("rates.csv", rates_csv("PL,nbp_reference,2026-10-08,2026-11-28,3.50,NBP")),
        ("mids.csv", mids_csv("2026-08,2026-08-31,4.25,2,NBP")),
    ],
)
def test_a_file_of_each_format_is_taken_twice_as_once(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    code, printed = run("update_rates", "--file", path)
    assert code == 0 and "new, waits for approval" in printed and printed.startswith(f"{name}: ")
    before = stored()
    assert "nothing new." in run("update_rates", "--file", path)[1]
    assert stored() == before


def test_a_file_confirms_only_until_the_day_that_a_person_names(tmp_path: Path) -> None:
    path = tmp_path / "archive.xml"
    path.write_bytes(archive(*LATE))
    assert "nothing new" in run("update_rates", "--file", path)[1]
    assert "confirmed: PL nbp_reference 3.75 % through 2026-11-20" in run("update_rates", "--file", path, "--as-of", "2026-11-20")[1]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--file", "x.xml", "--as-of", "2026-11-29"], "--as-of 2026-11-29 is to come; today is 2026-11-28."),
        (["--as-of", "2026-11-20"], "Name the file with --file."),
    ],
)
def test_wrong_usage_ends_with_2(arguments: list[str], complaint: str) -> None:
    code, printed = run("update_rates", *arguments)
    assert code == 2 and complaint in printed


def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    assert run("update_rates", "--file", tmp_path / "nowhere.xml") == (1, "nowhere.xml cannot be read: No such file or directory.")
    assert run("update_rates", "--file", tmp_path)[0] == 1


def test_a_huge_file_is_refused_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as hole:
        hole.truncate(1024**3)
    code, printed = run("update_rates", "--file", path)
    assert code == 1 and "more than 5 MB" in printed


def test_a_derived_or_unknown_rate_in_a_file_is_told_and_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    path.write_bytes(
        rates_csv("PL,kc_delay,2026-10-08,2026-11-28,9.00,x", "PL,libor,2026-10-08,2026-11-28,3.00,x", "XX,base,2026-10-08,2026-11-28,3,x")
    )
    code, _printed = run("update_rates", "--file", path)
    told = " ".join(Look.objects.get().told)
    assert code == 1 and stored() == (0, 0, 0)
    assert "line 2: kc_delay follows" in told and "line 3: PL has no rate named 'libor'" in told and "line 4: XX has no rate" in told


def test_the_daily_update_asks_only_where_a_setting_says_so_and_once_a_day() -> None:
    with nbp(archive(*NEW), AUTUMN) as stub:
        update()
        assert stub.asked == []
        with override_settings(RATES_UPDATE=True):
            update()
            update()
    assert len(stub.asked) == 3
    assert InterestRate.objects.waiting().count() == 1


def test_a_failed_daily_update_is_kept_for_people_and_tried_again() -> None:
    with override_settings(RATES_UPDATE=True):
        with nbp(500):
            update()
        assert "answers 500" in Look.objects.get().told[0] and Look.objects.get().failed
        with nbp(archive(*NEW), AUTUMN):
            update()
    assert [look.failed for look in Look.objects.all()] == [False, True]
    assert InterestRate.objects.waiting().count() == 1
