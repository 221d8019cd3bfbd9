"""Mails as values: what somebody wrote is found, and what strangers send never breaks anything."""

import tracemalloc

import pytest

from receivables.messaging.inbound.body import LONGEST_TEXT, cut_quoted, without_tags
from receivables.messaging.inbound.dsn import Fate
from receivables.messaging.inbound.mail import UnreadableMail, file_in, read_mail
from tests.unit.inbound.hostile import bounce, hostile, mail

PLAIN = "Content-Type: text/plain; charset=utf-8"
ALL = list(hostile())


def test_the_corpus_has_forty_mails():
    assert len(ALL) == len({name for name, _raw in ALL}) == 40


@pytest.mark.parametrize("raw", [pytest.param(raw, id=name) for name, raw in ALL])
def test_a_hostile_mail_is_read_or_refused_in_words(raw):
    tracemalloc.start()
    try:
        read = read_mail(raw)
    except UnreadableMail:
        assert b":" not in raw or raw.startswith(b"\n")  # nothing there that could be a header
        return
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 512_000_000
    assert len(read.text) <= LONGEST_TEXT and "\x00" not in read.text + read.subject + read.sender_name
    for text in (read.text, read.quoted, read.subject, read.sender_name, *(file.name for file in read.enclosed)):
        text.encode()  # every column can hold it
    assert "\n" not in read.subject and len(read.subject) <= 300


def test_who_wrote_and_what_stands_in_it():
    raw = mail(
        "From: =?utf-8?q?Jan_=C5=81=C4=85cki?= <Jan@Firma.Example>\nTo: A <a@b.example>, bounces+1.2@b.example\nCc: c@d.example\n"
        "Subject: =?utf-8?q?Odp=3A_Faktura?=\nMessage-ID: <1@firma.example>\nIn-Reply-To: <two@b.example>\n"
        "References: <one@b.example> <two@b.example>\nDate: Sat, 28 Nov 2026 10:00:00 +0100\n" + PLAIN,
        "Zapłacę jutro.\n\n-- \nJan",
    )
    read = read_mail(raw)
    assert (read.sender, read.sender_name, read.subject) == ("jan@firma.example", "Jan Łącki", "Odp: Faktura")
    assert read.recipients == ("a@b.example", "bounces+1.2@b.example", "c@d.example")
    assert (read.message_id, read.answers) == ("<1@firma.example>", ("<two@b.example>", "<one@b.example>"))
    assert read.sent_at is not None and read.sent_at.isoformat() == "2026-11-28T09:00:00+00:00"
    assert (read.text, read.is_auto, read.problems) == ("Zapłacę jutro.\n\n--\nJan", False, ())


@pytest.mark.parametrize(
    ("charset", "content"),
    [
        pytest.param("iso-8859-2", "Zapłacę".encode("iso-8859-2"), id="as it says"),
        pytest.param("windows-1250", "Zapłacę".encode("cp1250"), id="Windows"),
        pytest.param("x-unknown", "Zapłacę".encode(), id="unknown, and it is UTF-8"),
        pytest.param("x-unknown", "Zapłacę".encode("cp1250"), id="unknown, and it is Central European"),
    ],
)
def test_words_are_read_in_their_charset(charset, content):
    assert read_mail(mail(f"Content-Type: text/plain; charset={charset}", content)).text == "Zapłacę"


@pytest.mark.parametrize(
    "headers",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated; x=1",
        "Precedence: bulk",
        "Precedence: auto_reply",
        "X-Autoreply: yes",
        "List-Id: <x.example>",
    ],
)
def test_a_program_that_says_so_is_one(headers):
    assert read_mail(mail(f"{headers}\n{PLAIN}", "x")).is_auto


@pytest.mark.parametrize("headers", ["Auto-Submitted: no", "Precedence: normal", "X-Auto-Response-Suppress: All"])
def test_a_person_is_a_person(headers):
    assert not read_mail(mail(f"{headers}\n{PLAIN}", "x")).is_auto


@pytest.mark.parametrize(
    ("text", "own"),
    [
        pytest.param("Zapłacę.\n\nW dniu 1.12.2026 o 10:00, Firma <a@b.pl> pisze:\n> nie\n> tak", "Zapłacę.", id="Polish, marked"),
        pytest.param("Zapłacę.\n\nW dniu 1.12.2026 o 10:00, Firma napisał(a):\nProsimy o zapłatę", "Zapłacę.", id="Polish, from HTML"),
        pytest.param("Paid.\n\nOn Mon, 1 Dec 2026 at 10:00, Firm\n<a@b.pl> wrote:\n\n> pay", "Paid.", id="English over two lines"),
        pytest.param("Bezahlt.\n\nAm 01.12.2026 um 10:00 schrieb Firma:\n> zahlen", "Bezahlt.", id="German"),
        pytest.param("Ok\n\n-----Original Message-----\nFrom: x\nold", "Ok", id="a line of its own"),
        pytest.param("Ok\n\nOd: Firma\nWysłano: wczoraj\nDo: ja\nTemat: Faktura\n\nold", "Ok", id="a head of an older mail"),
        pytest.param("W dniu 1.12.2026 Firma pisze:\n> pay\nNie zapłacę.\n> now", "Nie zapłacę.", id="the answer below"),
        pytest.param("> only\n> quoted", "> only\n> quoted", id="nothing of their own: all of it"),
        pytest.param("Od: jutra płacimy", "Od: jutra płacimy", id="no head, a sentence"),
    ],
)
def test_what_is_only_quoted_is_cut_off(text, own):
    assert cut_quoted(text)[0] == own


def test_html_is_read_as_words():
    assert without_tags("<p>Zap&lstrok;ac&#281; <b>jutro</b><br>Jan</p><script>x</script><!-- y -->").split() == ["Zapłacę", "jutro", "Jan"]


def test_the_same_mail_by_another_way_has_the_same_fingerprint():
    raw = mail("Message-ID: <1@a.example>\n" + PLAIN, "Zapłacę")
    again, other = read_mail(b"Received: by x\n" + raw), read_mail(raw.replace("Zapłacę".encode(), "Nie zapłacę".encode()))
    assert read_mail(raw).fingerprint == again.fingerprint != other.fingerprint
    assert read_mail(raw).digest != again.digest


@pytest.mark.parametrize(
    ("said", "fate"),
    [
        pytest.param({}, Fate.HARD_BOUNCED, id="no such user"),
        pytest.param({"status": "5.2.2"}, Fate.SOFT_BOUNCED, id="mailbox full"),
        pytest.param({"status": "4.4.1"}, Fate.SOFT_BOUNCED, id="no answer, given up"),
        pytest.param({"status": "5.7.1"}, Fate.FAILED, id="refused as spam: about us"),
        pytest.param({"status": "x"}, Fate.HARD_BOUNCED, id="the status stands in the diagnostic"),
        pytest.param({"status": "x", "diagnostic": "x"}, Fate.SOFT_BOUNCED, id="no status at all"),
        pytest.param({"action": "delivered", "status": "2.0.0"}, Fate.DELIVERED, id="delivered"),
    ],
)
def test_a_report_says_what_became_of_it(said, fate):
    told = read_mail(bounce(**said)).notification
    assert told is not None and told.original_message_id == "<0f1e2d@windykacja.example>"
    assert [(one.address, one.fate) for one in told.recipients] == [("klient@firma.example", fate)]


def test_a_delay_is_no_news():
    told = read_mail(bounce(action="delayed", status="4.4.1")).notification
    assert told is not None and told.recipients == ()


def test_a_spam_complaint_is_one():
    raw = mail(
        "From: fbl@isp.example\nContent-Type: multipart/report; report-type=feedback-report; boundary=b",
        "--b\nContent-Type: text/plain\n\nx\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n"
        "Original-Rcpt-To: Klient@firma.example\n\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <a@b.example>\n\nx\n--b--\n",
    )
    told = read_mail(raw).notification
    assert told is not None and told.original_message_id == "<a@b.example>"
    assert [(one.address, one.fate) for one in told.recipients] == [("klient@firma.example", Fate.COMPLAINED)]


TWO_FILES = """From: a@b.example
Content-Type: multipart/mixed; boundary=p

--p
Content-Type: text/plain

Words
--p
Content-Type: application/pdf; name=a.pdf
Content-Transfer-Encoding: base64

JVBERg==
--p
Content-Type: message/rfc822

From: c@d.example

Inner
--p--
"""


def test_files_are_found_by_their_number_as_they_are_listed():
    raw = TWO_FILES.encode()
    assert [file.media_type for file in read_mail(raw).enclosed] == ["application/pdf", "message/rfc822"]
    first, second = file_in(raw, 0), file_in(raw, 1)
    assert first is not None and (first[0].name, first[1]) == ("a.pdf", b"%PDF")
    assert second is not None and b"Inner" in second[1]
    assert file_in(raw, 2) is None and file_in(raw, -1) is None and file_in(raw, 10**30) is None


@pytest.mark.parametrize("raw", [pytest.param(raw, id=name) for name, raw in ALL])
def test_of_a_hostile_mail_each_file_is_read_or_refused(raw):
    for number in range(3):
        found = file_in(raw, number)
        assert found is None or isinstance(found[1], bytes)
