"""Who mails come from, set by people; what a check stores, and what the command says of it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from receivables.accounts.models import Creditor
from receivables.audit.models import Entry
from receivables.checks import TAG
from receivables.core.errors import Refused
from receivables.messaging import senders
from receivables.messaging.delivery import outgoing_of
from receivables.messaging.envelope import thread_of
from receivables.messaging.management.commands.check_sender import Command
from receivables.messaging.models import Message, Sender, SenderCheck
from receivables.messaging.sender.check import check
from receivables.messaging.sender.findings import Level
from tests.builders import make_creditor
from tests.unit.messaging.test_sender_check import SENDING, Zone, with_texts, zone

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
ANNA: dict[str, Any] = {
    "name": "Anna Nowak, Rozliczenia", "address": "rozliczenia@firma.pl", "reply_to": "anna@firma.pl", "selectors": ["S1"],
    "signature": "Anna Nowak\r\nRozliczenia\r\n",
}  # fmt: skip

pytestmark = pytest.mark.django_db


@pytest.fixture
def firm() -> Creditor:
    return make_creditor(name="Firma sp. z o.o.", email="biuro@firma.pl")


def message(creditor: Creditor, **fields: Any) -> Message:
    values = {"key": "k-1", "channel": "email", "language": "pl", "message_id": "<k-1@pay.firma.pl>", "facts": {}, "created_at": NOW}
    return Message(creditor=creditor, **{**values, **fields})


def test_mails_come_from_the_team_that_was_set(firm: Creditor) -> None:
    senders.set_sender(firm, **ANNA)
    sent = outgoing_of(message(Creditor.objects.get(pk=firm.pk)), now=NOW)
    assert (sent.sender_name, sent.sender_address, sent.reply_to) == ("Anna Nowak, Rozliczenia", "rozliczenia@firma.pl", "anna@firma.pl")
    assert Sender.objects.get().selectors == ["s1"]
    assert Sender.objects.get().signature == "Anna Nowak\nRozliczenia"
    entry = Entry.objects.get(verb="set_sender")
    assert entry.creditor == firm and "rozliczenia@" not in json.dumps(entry.facts)


def test_without_a_sender_the_installation_writes_in_the_firms_name(firm: Creditor, settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = "Receivables <pay@example.com>"
    sent = outgoing_of(message(firm), now=NOW)
    assert (sent.sender_name, sent.sender_address, sent.reply_to) == ("Firma sp. z o.o.", "pay@example.com", "biuro@firma.pl")


def test_what_is_empty_is_that_of_the_installation(firm: Creditor, settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = "pay@example.com"
    senders.set_sender(firm, name="Rozliczenia")
    sent = outgoing_of(message(Creditor.objects.get(pk=firm.pk)), now=NOW)
    assert (sent.sender_address, sent.reply_to) == ("pay@example.com", "biuro@firma.pl")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"name": " "}, id="nobody"),
        pytest.param({"name": "No Reply"}, id="noreply as a name"),
        pytest.param({"name": "Nie odpowiadać"}, id="the same in Polish"),
        pytest.param({"name": "Anna\r\nBcc: x@example.com"}, id="another header"),
        pytest.param({"name": "=?utf-8?q?x?="}, id="an encoded word"),
        pytest.param({"name": "Anna <anna@firma.pl>"}, id="an address as a name"),
        pytest.param({"name": "Dział Windykacji"}, id="a debt in the name"),
        pytest.param({"address": "no-reply@firma.pl"}, id="noreply"),
        pytest.param({"reply_to": "nieodpowiadaj@firma.pl"}, id="answers to nobody"),
        pytest.param({"address": "a@firma.pl\r\nBcc: b@firma.pl"}, id="another header in the address"),
        pytest.param({"reply_to": "a@firma.pl, b@firma.pl"}, id="two addresses"),
    ],
)
def test_who_cannot_be_answered_is_refused(firm: Creditor, changes: dict[str, str]) -> None:
    with pytest.raises(Refused):
        senders.set_sender(firm, **{**ANNA, **changes})
    assert not Sender.objects.exists()


def test_a_firm_called_after_debts_may_sign_with_its_name() -> None:
    senders.set_sender(make_creditor(name="Windykacja Polska"), name="Anna Nowak, Windykacja Polska")


@pytest.mark.parametrize("column", ["address", "reply_to"])
def test_the_database_takes_no_mute_sender(firm: Creditor, column: str) -> None:
    with pytest.raises(IntegrityError, match="sender_can_be_answered"):
        Sender.objects.create(creditor=firm, name="x", **{column: "No-Reply@firma.pl"})


def test_the_database_takes_no_nameless_sender(firm: Creditor) -> None:
    with pytest.raises(IntegrityError, match="sender_has_a_name"):
        Sender.objects.create(creditor=firm, name="")


def test_mails_to_one_customer_share_a_thread(firm: Creditor) -> None:
    to = {"facts": {"customer": {"number": "K-1"}}}
    first, second = message(firm, **to), message(firm, key="k-2", message_id="<k-2@pay.firma.pl>", **to)
    assert thread_of(first) == thread_of(second) != ""
    assert thread_of(first).endswith("@pay.firma.pl>")
    assert thread_of(message(firm, facts={"customer": {"number": "K-2"}})) != thread_of(first)
    assert thread_of(message(make_creditor(), **to)) != thread_of(first)
    assert thread_of(message(firm)) == thread_of(message(firm, channel="sms", **to)) == ""


def test_a_check_is_kept_and_read_back_and_the_next_replaces_it(firm: Creditor) -> None:
    senders.set_sender(firm, **ANNA)
    bad = check(SENDING, with_texts(spf=[]))
    senders.keep_check(firm, bad, now=NOW)
    kept = SenderCheck.objects.get()
    assert (kept.level, kept.domain, kept.at) == (Level.FAULT, "firma.pl", NOW)
    assert senders.findings_of(kept) == bad
    senders.keep_check(firm, check(SENDING, zone()), now=NOW)
    assert SenderCheck.objects.get().level == Level.OK


def test_going_live_is_told_of_those_unchecked_or_at_fault() -> None:
    unchecked, bad, good = make_creditor(), make_creditor(), make_creditor()
    senders.keep_check(bad, check(SENDING, with_texts(spf=[])), now=NOW)
    senders.keep_check(good, check(SENDING, zone()), now=NOW)
    assert set(senders.unsafe_senders()) == {unchecked, bad}


def run(monkeypatch: pytest.MonkeyPatch, at: Zone, *arguments: str) -> None:
    monkeypatch.setattr(Command, "resolver", lambda _self: at)
    call_command("check_sender", *arguments)


def test_the_command_keeps_what_it_finds_and_fails_on_a_fault(
    firm: Creditor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    senders.set_sender(firm, **{**ANNA, "reply_to": ""})
    run(monkeypatch, zone(), "--creditor", firm.slug)
    assert SenderCheck.objects.get().level != Level.FAULT
    with pytest.raises(CommandError) as fault:
        run(monkeypatch, with_texts(dmarc=[]), "--creditor", firm.slug)
    assert fault.value.returncode == 1
    assert SenderCheck.objects.get().level == Level.FAULT
    assert "has no DMARC record" in capsys.readouterr().out


def test_the_command_looks_at_a_domain_of_nobody_and_answers_as_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, zone(), "--domain", "firma.pl", "--selector", "s1", "--json")
    found = json.loads(capsys.readouterr().out)["firma.pl"]
    assert {one["level"] for one in found} <= {"ok", "unclear"} and {one["topic"] for one in found} >= {"spf", "dkim", "dmarc"}
    assert not SenderCheck.objects.exists()


@pytest.mark.parametrize(("address", "is_wrong"), [("noreply@firma.pl", True), ("no.reply@firma.pl", True), ("pay@firma.pl", False)])
def test_settings_with_a_mute_sender_are_refused(settings: Any, address: str, is_wrong: bool) -> None:
    settings.DEFAULT_FROM_EMAIL = address
    assert ("receivables.E013" in [one.id for one in run_checks(tags=[TAG])]) is is_wrong
