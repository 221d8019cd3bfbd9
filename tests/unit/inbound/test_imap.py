"""Reading a mailbox: each mail once, nothing changed there, and whatever goes wrong is said in words without a password."""

from datetime import date

import pytest

from receivables.core.errors import DomainError
from receivables.messaging.inbound.imap import Fetched, ImapConfig, MailboxAway, end_of, fetch, imap_config
from tests.unit.inbound.imap_server import Mailbox

MAILS = {3: b"From: a@b.example\r\n\r\none\r\n", 5: b"From: a@b.example\r\n\r\ntwo\r\n"}


def config(box: Mailbox, **changes: object) -> ImapConfig:
    fields: dict[str, object] = {
        "host": "127.0.0.1",
        "port": box.port,
        "username": "u",
        "password": "secret",
        "security": "none",
        "seconds": 5.0,
    }
    return ImapConfig(**{**fields, **changes})  # type: ignore[arg-type]


def read(box: Mailbox, *, validity: int = 0, behind: int = 0) -> list[Fetched]:
    return list(fetch(config(box), uid_validity=validity, behind=behind))


def test_all_that_is_behind_is_read_oldest_first_and_nothing_is_changed() -> None:
    with Mailbox(dict(MAILS)) as box:
        assert [(mail.uid, mail.raw) for mail in read(box)] == sorted(MAILS.items())
        assert [mail.uid for mail in read(box, validity=7, behind=3)] == [5]
        assert read(box, validity=7, behind=5) == []
    assert "EXAMINE" in " ".join(box.commands) and not any("STORE" in said or "SELECT" in said for said in box.commands)
    assert all("PEEK" in said for said in box.commands if "BODY" in said)


def test_a_mailbox_that_was_made_anew_is_read_from_its_beginning() -> None:
    with Mailbox(dict(MAILS), validity=8) as box:
        assert [(mail.uid, mail.uid_validity) for mail in read(box, validity=7, behind=5)] == [(3, 8), (5, 8)]


def test_of_a_mailbox_that_was_made_anew_what_came_lately_is_read() -> None:
    with Mailbox(dict(MAILS), validity=8, came={3: date(2026, 3, 31), 5: date(2026, 4, 1)}) as box:
        assert [mail.uid for mail in fetch(config(box), uid_validity=7, behind=5, since=date(2026, 4, 1))] == [5]
        assert [mail.uid for mail in fetch(config(box), uid_validity=8, behind=0, since=date(2026, 4, 1))] == [3, 5]
    assert "UID SEARCH UID 1:* SINCE 1-Apr-2026" in box.commands


@pytest.mark.parametrize("tells_next", [True, False])
def test_the_end_of_a_mailbox_is_told_without_reading_a_mail(tells_next: bool) -> None:
    with Mailbox(dict(MAILS), tells_next=tells_next) as box, Mailbox(tells_next=tells_next) as empty:
        assert (end_of(config(box)), end_of(config(empty))) == ((7, 5), (7, 0))
    assert not any("FETCH" in said for said in box.commands)


def test_of_a_mail_that_is_too_big_only_the_beginning_is_read() -> None:
    with Mailbox({1: b"From: a@b.example\r\n\r\n" + b"x" * 10_000_001}) as box:
        assert [len(mail.raw) for mail in read(box)] == [1_000_000]


def test_what_was_read_before_the_line_went_dead_stands() -> None:
    with Mailbox(dict(MAILS), breaks_at=5) as box:
        mails = fetch(config(box), uid_validity=0, behind=0)
        assert next(mails).uid == 3
        with pytest.raises(MailboxAway) as away:
            next(mails)
    assert "secret" not in str(away.value)


def test_a_wrong_password_is_said_without_it() -> None:
    with Mailbox(password="another") as box, pytest.raises(MailboxAway) as away:
        read(box)
    assert "secret" not in str(away.value)


def test_a_server_that_is_away_is_said() -> None:
    with pytest.raises(MailboxAway):
        list(fetch(ImapConfig("127.0.0.1", "u", "p", port=1, security="none", seconds=2), uid_validity=0, behind=0))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("imaps://u%40firma.pl:p%2Fw@mail.example", ("mail.example", 993, "u@firma.pl", "p/w", "INBOX", "tls")),
        ("imap+tls://u:tajne@mail.example/Odpowiedzi", ("mail.example", 143, "u", "tajne", "Odpowiedzi", "starttls")),
        ("imap://u:p@localhost:1143/INBOX", ("localhost", 1143, "u", "p", "INBOX", "none")),
    ],
)
def test_the_address_of_a_mailbox(url: str, expected: tuple[object, ...]) -> None:
    box = imap_config(url)
    assert (box.host, box.port, box.username, box.password, box.folder, box.security) == expected
    assert box.password not in box.name or box.password in "u@"


@pytest.mark.parametrize(
    "url", ["", "imap://u:p@mail.example", "https://u:p@x.example", "imaps://mail.example", "imaps://u:p@x.example:99999"]
)
def test_an_address_that_is_none_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(DomainError) as refusal:
        imap_config(url)
    assert "u:p" not in str(refusal.value)
