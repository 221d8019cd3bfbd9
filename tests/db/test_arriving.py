"""Statements that come by themselves: out of watched folders and mailboxes, once, and with a reason where they are refused."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from invoices.actions.bank import add_bank_account
from invoices.actions.bank.arriving import ArrivalReport, see_arrival, take_folders
from invoices.actions.bank.mailed import (
    FORGED,
    NO_SENDERS,
    NO_STATEMENT,
    STRANGER,
    WRONG_SETTING,
    mailbox_trouble,
    senders_of,
    take_mail,
    take_mailboxes,
)
from invoices.models import BankLine, Payment, StatementArrival, StatementFile, StatementMailbox
from receivables.accounts.models import Creditor
from receivables.audit.models import Entry
from receivables.core.errors import Refused
from tests.builders import make_creditor, make_customer, make_invoice, make_user
from tests.unit.inbound.imap_server import Mailbox

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 6, 12, tzinfo=UTC)
OWN = "PL61109010140000071219812874"
BANK = "wyciagi@bank.example"
Put = Callable[..., Path]


def sta(n: int = 1, *, account: str = OWN, closing: str = "10,00", title: str = "x") -> bytes:
    return f":20:ST\n:25:{account}\n:28C:{n}/1\n:60F:C260504PLN0,00\n:61:2605040504C10,00NTRFNONREF//{n}\n:86:020~00X\n~20{title}\n:62F:C260504PLN{closing}\n-\n".encode()


@pytest.fixture
def company() -> Creditor:
    return make_creditor(bank_account=OWN)


@pytest.fixture
def put(company: Creditor, settings: Any, tmp_path: Path) -> Put:
    settings.WATCH_DIR = str(tmp_path)
    folder = tmp_path / company.slug / "statements"
    folder.mkdir(parents=True)

    def place(name: str, content: bytes) -> Path:
        path = folder / name
        path.write_bytes(content)
        at = (NOW - timedelta(hours=1)).timestamp()
        os.utime(path, (at, at))
        return folder

    return place


# -- the watched folder


def test_statements_of_a_folder_are_taken_once_and_matched(company: Creditor, put: Put) -> None:
    invoice = make_invoice(make_customer(company), "10.00", number="FV/1/2026")
    folder = put("a.sta", sta(title="FV/1/2026"))
    put("b.sta", sta(2, closing="11,00"))
    put("c.sta", b"\0\0")
    assert take_folders(now=NOW) == {company.slug: ArrivalReport(taken=2, refused=1)}
    assert Payment.objects.get().entries.get().item.invoice == invoice
    assert BankLine.objects.filter(statement__is_held=True, state="waiting").count() == 1
    assert {path.name for path in (folder / "done").iterdir()} == {"a.sta", "b.sta"}
    assert {path.name for path in (folder / "refused").iterdir()} == {"c.sta", "c.sta.reason.txt"}
    assert Entry.objects.filter(verb="import_statement").latest("pk").facts["through"] == "watched folder"
    put("a again.sta", sta(title="FV/1/2026"))
    assert take_folders(now=NOW) == {company.slug: ArrivalReport(known=1)}
    assert BankLine.objects.count() == 2


def test_what_was_refused_waits_until_it_is_taken_or_seen(company: Creditor, put: Put) -> None:
    other = "PL27114020040000300201355387"
    put("other.sta", sta(account=other))
    take_folders(now=NOW)
    row = StatementArrival.objects.refused().get()
    assert row.way == "folder" and "not known as one of the company" in row.problems[0][1] and not StatementFile.objects.exists()
    person = make_user(creditor=company)
    see_arrival(row, by=person, now=NOW), see_arrival(row, by=person, now=NOW)
    assert not StatementArrival.objects.refused().exists() and Entry.objects.filter(verb="see_statement_arrival").count() == 1
    put("other.sta", sta(account=other))
    take_folders(now=NOW)
    assert StatementArrival.objects.refused().get().pk == row.pk  # it came again
    add_bank_account(company, other)
    put("other.sta", sta(account=other))
    assert take_folders(now=NOW) == {company.slug: ArrivalReport(taken=1)}
    assert not StatementArrival.objects.refused().exists()


@pytest.mark.parametrize("beside", [b'{"account": "PL999"}', b'["x"]', b"{" * 5_000, b'{"account": "PL61109010140000071219812874"}'])
def test_a_description_names_a_known_account_or_the_file_is_refused(company: Creditor, put: Put, beside: bytes) -> None:
    add_bank_account(company, OWN), add_bank_account(company, "PL27114020040000300201355387")
    put("a.csv", b"Data;Kwota;Waluta;Tytul\n2026-05-04;10,00;PLN;x\n")
    put("a.csv.json", beside)
    is_known = OWN.encode() in beside
    assert take_folders(now=NOW) == {company.slug: ArrivalReport(taken=is_known, refused=not is_known)}
    assert BankLine.objects.count() == is_known


# -- the mailbox


def mail(*files: tuple[str, bytes], sender: str = BANK, said: str = "m1", results: str = "") -> bytes:
    made = EmailMessage()
    if results:
        made["Authentication-Results"] = results
    made["From"], made["To"], made["Subject"], made["Message-ID"] = (
        f"Bank <{sender}>",
        "my@firma.example",
        "Wyciąg",
        f"<{said}@bank.example>",
    )
    made.set_content("W załączeniu wyciąg.")
    for name, content in files:
        made.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return bytes(made)


SENDERS = senders_of(f"{BANK}, @inny.example")


def test_files_of_a_mail_are_taken_and_the_mail_once(company: Creditor) -> None:
    raw = mail(("a.sta", sta()), ("../../b.STA", sta(2)), ("umowa.pdf", b"%PDF-"))
    assert take_mail(company, raw, SENDERS, now=NOW) == ArrivalReport(taken=2)
    assert take_mail(company, raw, SENDERS, now=NOW).is_empty
    assert set(StatementFile.objects.values_list("name", flat=True)) == {"a.sta", "b.STA"}
    row = StatementArrival.objects.get()
    assert (row.way, row.name, row.sender, row.problems) == ("mailbox", "Wyciąg", BANK, [])
    assert take_mail(company, mail(("a.sta", sta()), said="m2"), SENDERS, now=NOW) == ArrivalReport(known=1)
    assert BankLine.objects.count() == 2


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (mail(("a.sta", sta()), sender="obcy@example.com"), STRANGER),
        (mail(("a.sta", sta()), sender="x@pod.inny.example"), STRANGER),
        (mail(("a.sta", sta()), results="mx.firma.example; spf=pass; dmarc=fail (p=reject)"), FORGED),
        (mail(("wyciag.pdf", b"%PDF-1.7")), NO_STATEMENT),
        (mail(("a.sta", b"rubbish")), "This is no statement"),
    ],
    ids=["a stranger", "a domain below", "forged", "only a paper", "no statement"],
)
def test_what_is_refused_is_kept_with_its_reason(company: Creditor, raw: bytes, why: str) -> None:
    assert take_mail(company, raw, SENDERS, now=NOW) == ArrivalReport(refused=1)
    (told,) = StatementArrival.objects.refused().get().problems
    assert why in told[1] or told[1].endswith(".")
    assert why not in (STRANGER, FORGED, NO_STATEMENT) or told[1] == why
    assert not StatementFile.objects.exists()


@pytest.mark.parametrize(
    "raw", [mail(), mail(sender="obcy@example.com"), mail(("a.pdf", b"x"), sender="obcy@example.com"), b"", b"\0" * 99]
)
def test_a_mail_without_a_statement_is_left_alone(company: Creditor, raw: bytes) -> None:
    assert take_mail(company, raw, SENDERS, now=NOW).is_empty
    assert not StatementArrival.objects.exists()


def test_one_of_a_domain_on_the_list_may_send_and_a_good_check_is_no_hindrance(company: Creditor) -> None:
    raw = mail(("a.sta", sta()), sender="kto@inny.example", results="mx; dmarc=pass header.from=inny.example")
    assert take_mail(company, raw, SENDERS, now=NOW) == ArrivalReport(taken=1)
    with pytest.raises(Refused):
        senders_of("bank.example")


def url(box: Mailbox, *, password: str = "secret") -> str:
    return f"imap://u:{password}@127.0.0.1:{box.port}/INBOX"


def test_a_mailbox_is_read_from_where_it_stood_and_goes_on_after_a_broken_line(company: Creditor, settings: Any) -> None:
    settings.STATEMENT_SENDERS = BANK
    with Mailbox({1: mail(("old.sta", sta(9)), said="old")}) as box:
        settings.STATEMENT_IMAP_URL = f"{company.slug}={url(box)}"
        assert take_mailboxes(now=NOW) == {company.slug: ArrivalReport()}  # what lay there before is left
        box.mails |= {2: mail(("a.sta", sta())), 3: mail(("b.sta", sta(2)), said="m2")}
        box.breaks_at = 3
        assert take_mailboxes(now=NOW) == {}
        trouble = mailbox_trouble(company)
        assert trouble and "cannot be read" in trouble.problem and BankLine.objects.count() == 1
        box.breaks_at = 0
        assert take_mailboxes(now=NOW) == {company.slug: ArrivalReport(taken=1)}
        assert take_mailboxes(now=NOW) == {company.slug: ArrivalReport()}
        box.validity = 8  # numbered anew: the same mails are the same
        assert take_mailboxes(now=NOW) == {company.slug: ArrivalReport(taken=1)}  # the old one came lately, as this server tells
        assert mailbox_trouble(company) is None and StatementMailbox.objects.get().last_uid == 3
    assert not any("STORE" in said or "SELECT" in said for said in box.commands)


def test_it_is_off_without_settings_and_a_wrong_one_is_told_without_a_password(company: Creditor, settings: Any, capsys: Any) -> None:
    make_creditor("other")
    with pytest.raises(CommandError, match="neither a folder nor a mailbox"):
        call_command("fetch_statements")
    with Mailbox() as box:
        settings.STATEMENT_IMAP_URL = f"{company.slug}={url(box)}"
        assert take_mailboxes(now=NOW) == {} and mailbox_trouble(company).problem == NO_SENDERS and not box.commands
        settings.STATEMENT_SENDERS = BANK
        call_command("fetch_statements")
        assert "mailbox: 0 files taken" in capsys.readouterr().out
        settings.STATEMENT_IMAP_URL = f"{company.slug}={url(box, password='tajne')}"
        with pytest.raises(CommandError, match="cannot be read") as refused:
            call_command("fetch_statements")
        assert "tajne" not in str(refused.value)
    settings.STATEMENT_IMAP_URL = url(box)  # of which company?
    assert mailbox_trouble(company).problem == WRONG_SETTING
    settings.STATEMENT_IMAP_URL = f"{company.slug}=http://tajne@x"
    assert take_mailboxes(now=NOW) == {}
    with pytest.raises(CommandError, match="must look like") as refused:
        call_command("fetch_statements")
    assert "tajne" not in str(refused.value)
