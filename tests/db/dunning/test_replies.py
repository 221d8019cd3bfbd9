"""Replies hold the ladder until a person has dealt with them; reports on delivery and strangers never do more than they prove."""

from datetime import date, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from dunning.actions import assign_reply, close_task, correct_reply, handle_reply, send_again, write
from dunning.actions.replies import held_while_money_comes
from dunning.drafting import Letter
from dunning.explain import explain_customer
from dunning.models import Case, Reply, Task
from dunning.policy import Channel
from dunning.states import ReplyKind
from invoices.models import AllocationEntry, Item, Payment
from receivables import clock
from receivables.core.calendar import EveryDay
from receivables.core.errors import Refused
from receivables.countries.rules import calendar_of
from receivables.messaging.inbound.fetching import fetch_from, fetch_mail
from receivables.messaging.inbound.imap import ImapConfig, MailboxAway
from receivables.messaging.inbound.return_path import return_path_of
from receivables.messaging.inbound.taking import store_mail, take_mail, take_waiting
from receivables.messaging.models import InboundMail, Message, ReplyMailbox, Suppression
from receivables.messaging.protocols import GUARDS
from tests.builders import audited, make_creditor, make_customer, make_user
from tests.db.dunning.firm import Firm, Recorder, day
from tests.db.dunning.mails import answered, come, mail_of, written
from tests.unit.inbound.hostile import OURS, bounce, hostile
from tests.unit.inbound.imap_server import Mailbox

HOSTILE = list(hostile())

pytestmark = pytest.mark.django_db


def sent(firm: Firm, item: Item, on: int = 1) -> Message:
    """The message of the item's first step, delivered."""
    firm.run(on)
    return Message.objects.filter(notice__taken__case__item=item).latest("pk")


def waits(item: Item, on: int) -> str | None:
    return explain_customer(item.customer, on=day(on))[item.pk].waits


def handled(reply: Reply | None, firm: Firm, on: int, how: Reply.How = Reply.How.ANSWERED) -> Reply:
    assert reply is not None
    return handle_reply(reply, how=how, note="zadzwoniłam", now=firm.noon(on), by=make_user())


# -- the effect


def test_a_reply_holds_until_a_person_has_dealt_with_it(firm: Firm, recorder: Recorder) -> None:
    item = firm.owes()
    message = sent(firm, item)
    reply = answered(message, "Proszę o kontakt.", now=firm.noon(2))
    firm.run(5)
    assert (firm.arrived(item), waits(item, 5), firm.tasks()) == (["first"], "unread_reply", [(item.customer.number, "reply")])
    handled(reply, firm, 6)
    firm.run(6)
    assert (firm.arrived(item), firm.tasks()) == (["first", "second"], [])
    assert [verb for verb in audited(firm.creditor) if verb.startswith("reply")] == ["reply_came", "reply_handled"]


def test_explain_says_whose_reply_waits(firm: Firm, recorder: Recorder) -> None:
    item = firm.owes()
    reply = answered(sent(firm, item), "Halo?", sender="Anna Nowak <anna@firma.example>", now=firm.noon(2))
    told = explain_customer(item.customer, on=day(5))[item.pk]
    assert "Anna Nowak" in told.sentence and reply.matched_by == Reply.MatchedBy.THREAD
    assert next(gate for gate in told.gates if gate.gate == "unread_reply").value == "Anna Nowak"


def test_an_answer_to_a_message_holds_what_stood_in_it_alone(firm: Firm, recorder: Recorder) -> None:
    customer = firm.customer()
    item, other = firm.owes(customer), firm.owes(customer, due=10)
    answered(sent(firm, item), "?", now=firm.noon(2))
    firm.run(11)
    assert (firm.arrived(item), firm.arrived(other)) == (["first"], ["first"])


def test_a_mail_from_a_contact_holds_all_of_the_customer(firm: Firm, recorder: Recorder) -> None:
    customer = firm.customer()
    item, other = firm.owes(customer), firm.owes(customer, due=1)
    assert written(item, "?", now=firm.noon(0)).matched_by == Reply.MatchedBy.SENDER
    firm.run(3)
    assert (firm.arrived(item), firm.arrived(other)) == ([], [])


def test_an_answer_about_what_is_paid_holds_the_rest(firm: Firm, recorder: Recorder) -> None:
    customer = firm.customer()
    item, other = firm.owes(customer), firm.owes(customer, due=10)
    message = sent(firm, item)
    Case.objects.filter(item=item).update(state="closed", reason="paid", in_flight=None)
    answered(message, "?", now=firm.noon(2))
    firm.run(11)
    assert firm.arrived(other) == []


def test_what_is_queued_is_withdrawn_and_goes_again_later(firm: Firm, recorder: Recorder) -> None:
    item = firm.owes()
    firm.plan(1)
    reply = written(item, "?", now=firm.noon(1))
    assert firm.states() == {"withdrawn": 1}
    handled(reply, firm, 2)
    firm.run(2)
    assert firm.arrived(item) == ["first"]


def test_the_guard_refuses_what_was_planned_before_a_reply_came(firm: Firm, recorder: Recorder) -> None:
    item = firm.owes()
    firm.plan(1)
    message = Message.objects.get()
    reply = written(firm.owes(), "?", now=firm.noon(1))
    reply.customer = item.customer  # as if it had come between the claim and the hand-over: nothing was withdrawn
    reply.save()
    verdicts = GUARDS.get("dunning").judge([message], now=firm.noon(1))
    assert "unread_reply" in str(verdicts[message.pk])


def test_an_automatic_answer_holds_nothing(firm: Firm, recorder: Recorder) -> None:
    item = firm.owes()
    message = sent(firm, item)
    reply = come(
        mail_of("Wracam w maju. Zapłacę.", sender="x@y.example", answers=message.message_id, headers="Auto-Submitted: auto-replied\n"),
        now=firm.noon(2),
    )
    assert reply is not None and (reply.kind, reply.holds, reply.handled_how) == (ReplyKind.AUTOMATIC, False, Reply.How.AUTOMATIC)
    firm.run(5)
    assert (firm.arrived(item), firm.tasks()) == (["first", "second"], [])


def test_paid_holds_for_three_working_days_and_still_waits_for_a_person(firm: Firm, recorder: Recorder) -> None:
    item = firm.owes()
    message = sent(firm, item)
    reply = answered(message, "Już zapłacone.", now=firm.noon(4))
    assert (reply.kind, reply.holds_until) == (ReplyKind.PAID, day(7))
    firm.run(7)
    assert firm.arrived(item) == ["first"]
    firm.run(8)
    assert firm.arrived(item) == ["first", "second"]
    assert firm.tasks() == [(item.customer.number, "reply")]


@pytest.mark.parametrize(
    ("country", "came", "last"),
    [
        pytest.param("", date(2026, 5, 1), date(2026, 5, 4), id="every day is a working day"),
        pytest.param("PL", date(2026, 11, 27), date(2026, 12, 2), id="a Friday: Monday to Wednesday"),
        pytest.param("PL", date(2026, 11, 28), date(2026, 12, 2), id="a Saturday"),
        pytest.param("PL", date(2026, 12, 23), date(2026, 12, 30), id="over Christmas"),
    ],
)
def test_the_last_day_of_a_reply_that_says_paid(country: str, came: date, last: date) -> None:
    assert held_while_money_comes(calendar_of(country) if country else EveryDay(), came) == last


def test_wrong_person_stops_the_address_and_asks_for_another(firm: Firm, recorder: Recorder) -> None:
    item = firm.owes()
    message = sent(firm, item)
    reply = answered(message, "To nie do mnie, zły adres.", now=firm.noon(2))
    assert list(Suppression.objects.values_list("channel", "address")) == [("email", message.recipient)]
    assert [kind for _customer, kind in firm.tasks()] == ["bad_contact", "reply"]
    handled(reply, firm, 9)
    firm.run(9)
    assert firm.arrived(item) == ["first", "second"]  # by SMS
    correct = answered(message, "To nie do mnie!", now=firm.noon(10))
    assert correct.kind == ReplyKind.WRONG_PERSON


def test_who_says_that_the_rules_were_wrong_is_recorded_and_undoes_it(firm: Firm, recorder: Recorder) -> None:
    item = firm.owes()
    reply = answered(sent(firm, item), "To nie do mnie.", now=firm.noon(2))
    by = make_user()
    fresh = correct_reply(reply, kind=ReplyKind.PAID, now=firm.noon(3), by=by)
    assert (fresh.sorted_as, fresh.kind, fresh.corrected_by, fresh.holds_until) == (ReplyKind.WRONG_PERSON, ReplyKind.PAID, by, day(5))
    assert not Suppression.objects.exists() and "reply_corrected" in audited(firm.creditor)
    with pytest.raises(Refused):
        correct_reply(reply, kind=ReplyKind.PAID, now=firm.noon(3), by=by)


def test_an_automatic_answer_that_is_none_holds_after_all(firm: Firm, recorder: Recorder) -> None:
    item = firm.owes()
    reply = answered(sent(firm, item), "Jestem na urlopie.", now=firm.noon(2))
    assert reply.handled_at is not None
    correct_reply(reply, kind=ReplyKind.OTHER, now=firm.noon(2), by=make_user())
    assert waits(item, 5) == "unread_reply" and firm.tasks() == [(item.customer.number, "reply")]
    correct_reply(reply, kind=ReplyKind.AUTOMATIC, now=firm.noon(3), by=make_user())
    assert waits(item, 5) != "unread_reply" and firm.tasks() == []


def test_the_task_ends_with_the_reply_alone(firm: Firm, recorder: Recorder) -> None:
    item = firm.owes()
    reply = written(item, "?", now=firm.noon(0))
    with pytest.raises(Refused):
        close_task(Task.objects.get(kind="reply"), on=day(0), by=make_user())
    with pytest.raises(Refused):
        handle_reply(reply, how=Reply.How.ANSWERED, now=firm.noon(0), by=make_user())  # says nothing
    handled(reply, firm, 0)
    with pytest.raises(Refused):
        handled(reply, firm, 0)


# -- whom it is about


def test_a_stranger_waits_in_the_tray_and_is_assigned(firm: Firm, recorder: Recorder) -> None:
    item = firm.owes()
    reply = come(mail_of("Nie zapłacę.", sender="kto@nieznany.example"), now=firm.noon(0))
    assert reply is not None and (reply.customer, reply.holds, reply.kind) == (None, False, ReplyKind.DISPUTE)
    firm.run(1)
    assert firm.arrived(item) == ["first"]
    with pytest.raises(Refused):
        handled(reply, firm, 1)
    assign_reply(reply, item.customer, now=firm.noon(2), by=make_user())
    firm.run(5)
    assert (firm.arrived(item), waits(item, 5)) == (["first"], "unread_reply")
    with pytest.raises(Refused):
        assign_reply(reply, item.customer, now=firm.noon(5), by=make_user())


def test_a_stranger_is_discarded_with_a_reason(firm: Firm) -> None:
    reply = come(mail_of("Oferta", sender="kto@nieznany.example"), now=firm.noon(0))
    assert reply is not None
    with pytest.raises(Refused):
        handle_reply(reply, how=Reply.How.DISCARDED, now=firm.noon(0), by=make_user())
    assert handled(reply, firm, 0, Reply.How.DISCARDED).handled_at is not None


def test_an_answer_from_a_private_address_to_what_a_person_wrote_holds(firm: Firm, recorder: Recorder) -> None:
    item = firm.owes()
    contact = item.customer.contacts.get()
    words = Letter(channel=Channel.EMAIL, address=contact.email, language="pl", subject="Dzień dobry", text="Dziękujemy.")
    message = write(item.customer, words, form=uuid4(), now=firm.noon(0)).message
    reply = answered(message, "?", sender="prywatny@skrzynka.example", now=firm.noon(0))
    assert (reply.customer, reply.matched_by, reply.holds) == (item.customer, Reply.MatchedBy.THREAD, True)
    firm.run(5)
    assert (firm.arrived(item), waits(item, 5)) == ([], "unread_reply")


def test_an_answer_to_a_copy_holds_what_stood_in_its_original(firm: Firm, recorder: Recorder) -> None:
    customer = firm.customer()
    item, other = firm.owes(customer), firm.owes(customer, due=10)
    original = sent(firm, item)
    copy = send_again(original, address=original.recipient, reason="Nie doszło.", form=uuid4(), now=firm.noon(2)).message
    reply = answered(copy, "?", sender="prywatny@skrzynka.example", now=firm.noon(2))
    assert (reply.customer, list(reply.cases.all())) == (customer, [firm.case(item)])
    firm.run(11)
    assert (firm.arrived(item), firm.arrived(other)) == (["first"], ["first"])


def test_an_answer_is_never_given_to_another_company_that_knows_the_sender(firm: Firm) -> None:
    ours, other = firm.customer(), make_creditor(email="windykacja@wierzyciel.example")
    make_customer(other, email="k@obca.example")
    code = portal_code(firm)
    reply = answered(code, "?", sender="k@obca.example", now=firm.noon(0))
    assert (reply.creditor, reply.customer) == (firm.creditor, None)
    known = answered(code, "?", sender=ours.contacts.get().email, now=firm.noon(0))
    assert (known.customer, known.matched_by) == (ours, Reply.MatchedBy.SENDER)


def portal_code(firm: Firm) -> Message:
    """A message of the company that is about nobody's debts."""
    now = firm.noon(0)
    return Message.objects.create(
        creditor=firm.creditor, key="code", message_id="<code@wierzyciel.example>", purpose=Message.Purpose.PORTAL, channel="email", facts={},
        recipient="k@nasza.example", not_before=now, created_at=now, state="accepted",
    )  # fmt: skip


def test_an_address_of_two_customers_is_a_stranger(firm: Firm) -> None:
    firm.customer(email="biuro@wspolne.example")
    firm.customer(email="Biuro@wspolne.example")
    reply = come(mail_of("?", sender="biuro@wspolne.example"), now=firm.noon(0))
    assert reply is not None and (reply.customer, reply.creditor) == (None, firm.creditor)


def test_a_mail_belongs_to_the_company_to_whose_address_it_came(firm: Firm) -> None:
    other = make_creditor(email="inna@wierzyciel.example")
    make_customer(other, email="k@firma.example")
    firm.customer(email="k@firma.example")
    to_other = come(mail_of("?", sender="k@firma.example", to="Inna@wierzyciel.example"), now=firm.noon(0))
    to_nobody = come(mail_of("?", sender="k@firma.example", to="x@y.example"), now=firm.noon(0))
    assert to_other is not None and to_other.creditor == other and to_other.customer is not None
    assert to_nobody is not None and (to_nobody.creditor, to_nobody.customer) == (None, None)
    with pytest.raises(Refused):
        assign_reply(
            come(mail_of("?", sender="z@z.example", to="inna@wierzyciel.example")), firm.customer(), now=firm.noon(0), by=make_user()
        )


def test_an_answer_to_the_signed_return_path_is_about_its_message(firm: Firm, recorder: Recorder, settings: Any) -> None:
    settings.BOUNCE_ADDRESS = "bounces@wierzyciel.example"
    item = firm.owes()
    message = sent(firm, item)
    assert recorder.taken[0].return_path.startswith(f"bounces+{message.pk}.")
    reply = come(mail_of("?", sender="a@b.example", to=recorder.taken[0].return_path), now=firm.noon(2))
    assert reply is not None and (reply.customer, reply.matched_by) == (item.customer, Reply.MatchedBy.THREAD)
    forged = come(mail_of("?", sender="a@b.example", to=f"bounces+{message.pk}.0123456789abcdef@wierzyciel.example"), now=firm.noon(2))
    assert forged is not None and forged.customer is None


# -- once, and never lost


def test_the_same_mail_is_taken_once(firm: Firm) -> None:
    item = firm.owes()
    raw = mail_of("?", sender=item.customer.contacts.get().email)
    first, second = (take_mail(raw, source="imap", now=firm.noon(0)) for _ in range(2))
    third = take_mail(b"Received: from elsewhere\n" + raw, source="hook", now=firm.noon(0))
    assert (first.is_new, second.is_new, third.is_new, first.mail) == (True, False, False, third.mail)
    assert Reply.objects.count() == Task.objects.count() == 1


def test_what_was_stored_and_not_taken_is_taken_later(firm: Firm) -> None:
    item = firm.owes()
    stored = store_mail(mail_of("?", sender=item.customer.contacts.get().email), source="imap", now=firm.noon(0))
    assert not Reply.objects.exists()
    assert (take_waiting(now=firm.noon(1)), take_waiting(now=firm.noon(1))) == (1, 0)
    assert Reply.objects.get().mail_id == stored.mail


def test_a_fault_leaves_it_waiting_and_stops_no_other(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    item = firm.owes()
    monkeypatch.setattr("dunning.inbox.record_reply", lambda *a, **k: 1 / 0)
    stored = take_mail(mail_of("?", sender=item.customer.contacts.get().email), source="imap", now=firm.noon(0))
    assert InboundMail.objects.get(pk=stored.mail).outcome == InboundMail.Outcome.WAITING
    monkeypatch.undo()
    assert take_waiting(now=firm.noon(0)) == 1


def test_a_file_is_taken_by_command(firm: Firm, tmp_path: Any, capsys: Any) -> None:
    item = firm.owes()
    file = tmp_path / "a.eml"
    file.write_bytes(mail_of("?", sender=item.customer.contacts.get().email))
    call_command("take_reply", str(file))
    call_command("take_reply", str(file))
    assert Reply.objects.get().customer == item.customer and "known before" in capsys.readouterr().out


# -- reports on delivery


def test_a_bounce_with_our_message_id_and_its_recipient_counts(firm: Firm, recorder: Recorder) -> None:
    message = sent(firm, firm.owes())
    assert come(bounce(recipient=message.recipient, original=message.message_id), now=firm.noon(1)) is None
    message.refresh_from_db()
    assert message.state == "hard_bounced"


def test_a_bounce_to_our_signed_return_path_counts(firm: Firm, recorder: Recorder, settings: Any) -> None:
    settings.BOUNCE_ADDRESS = "bounces@wierzyciel.example"
    message = sent(firm, firm.owes())
    path = return_path_of(settings.BOUNCE_ADDRESS, message.pk, message.key, secret=settings.SECRET_KEY)
    assert come(bounce(recipient="przekierowany@inny.example", original="<lost@x.example>", to=path), now=firm.noon(1)) is None
    message.refresh_from_db()
    assert message.state == "hard_bounced"


def test_a_report_with_nul_characters_is_taken(firm: Firm, recorder: Recorder) -> None:
    message = sent(firm, firm.owes())
    raw = bounce(recipient="\x00" + message.recipient, original=message.message_id.replace("<", "<\x00"), diagnostic="smtp; \x00 5.1.1")
    stored = take_mail(raw, source="imap", now=firm.noon(1))
    assert InboundMail.objects.get(pk=stored.mail).outcome == InboundMail.Outcome.NOTIFICATION
    message.refresh_from_db()
    assert message.state == "hard_bounced"


FORGED: list[dict[str, Any]] = [
    {"original": original, "recipient": recipient, "to": to, "action": action, "status": status}
    for original in ("<never@was.example>", "", OURS)
    for recipient in ("kto@inny.example", "")
    for to in ("bounces@wierzyciel.example", "bounces+{pk}.0123456789abcdef@wierzyciel.example", "windykacja@wierzyciel.example")
    for action, status in (("failed", "5.1.1"), ("delivered", "2.0.0"))
]


def test_thirty_forged_bounces_change_nothing(firm: Firm, recorder: Recorder, settings: Any) -> None:
    settings.BOUNCE_ADDRESS = "bounces@wierzyciel.example"
    item = firm.owes()
    message = sent(firm, item)
    assert len(FORGED) >= 30
    for number, forged in enumerate(FORGED):
        said = {**forged, "to": forged["to"].format(pk=message.pk)}
        said["original"] = message.message_id if said["original"] == OURS else said["original"]
        raw = bounce(**said).replace(b"Message-ID: <", f"Message-ID: <{number}".encode(), 1)
        assert come(raw, now=firm.noon(1)) is None
    message.refresh_from_db()
    assert message.state == "accepted" and not Suppression.objects.exists() and not Reply.objects.exists()
    assert set(InboundMail.objects.values_list("outcome", flat=True)) == {"ignored"}
    firm.run(5)
    assert firm.arrived(item) == ["first", "second"]


# -- strangers


def test_hostile_mails_hold_or_are_ignored_and_never_touch_money(firm: Firm, recorder: Recorder) -> None:
    item = firm.owes()
    message = sent(firm, item)
    for _name, raw in HOSTILE:
        stored = take_mail(raw.replace(OURS.encode(), message.message_id.encode()), source="file", now=firm.noon(2))
        assert InboundMail.objects.get(pk=stored.mail).outcome != InboundMail.Outcome.WAITING
    assert Reply.objects.count() + InboundMail.objects.exclude(outcome="reply").count() == InboundMail.objects.count() >= 38
    assert not Payment.objects.exists() and not AllocationEntry.objects.exists()
    item.refresh_from_db()
    assert (item.open_amount, firm.case(item).state) == (item.amount, "running")
    assert set(Reply.objects.filter(customer=item.customer).values_list("kind", flat=True)) >= {"paid", "automatic"}


# -- the database keeps it


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("reply_of_a_customer_has_a_company", {"creditor": None}),
        ("reply_holds_only_a_customer", {"customer": None, "matched_by": "none"}),
        ("reply_without_a_hold_has_no_last_day", {"holds": False, "holds_until": date(2026, 1, 1)}),
        ("handled_reply_says_how", {"handled_at": datetime(2026, 5, 1, tzinfo=clock.now().tzinfo)}),
        ("reply_matched_to_somebody", {"matched_by": "none"}),
    ],
)
def test_the_database_refuses_what_may_not_be(firm: Firm, name: str, changes: dict[str, Any]) -> None:
    reply = written(firm.owes(), "?", now=firm.noon(0))
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Reply.objects.filter(pk=reply.pk).update(**changes)


def test_a_mail_is_kept_once_and_bounded(firm: Firm) -> None:
    stored = store_mail(mail_of("?", sender="a@b.example"), source="file", now=firm.noon(0))
    row = InboundMail.objects.get(pk=stored.mail)
    with pytest.raises(IntegrityError, match="fingerprint"), transaction.atomic():
        InboundMail.objects.create(source="file", received_at=row.received_at, digest="x", fingerprint=row.fingerprint, raw=b"")
    with pytest.raises(IntegrityError, match="inbound_mail_is_bounded"), transaction.atomic():
        InboundMail.objects.filter(pk=row.pk).update(raw=b"x" * 10_000_001)


# -- the mailbox


def test_how_far_a_mailbox_is_read_is_written_after_each_mail(firm: Firm) -> None:
    mails = {uid: mail_of(f"mail {uid}", sender=f"kto{uid}@nieznany.example").replace(b"\n", b"\r\n") for uid in (4, 6, 9)}
    with Mailbox(breaks_at=9) as box:
        config = config_of(box)
        assert fetch_from(config, now=firm.noon(0)) == 0
        box.mails = mails
        with pytest.raises(MailboxAway):
            fetch_from(config, now=firm.noon(0))
        row = ReplyMailbox.objects.get()
        assert (row.last_uid, row.uid_validity, bool(row.problem), Reply.objects.count()) == (6, 7, True, 2)
        box.breaks_at = 0
        assert fetch_from(config, now=firm.noon(0)) == 1
        box.validity = 8  # the server numbered anew: all is read again, nothing is taken twice
        assert fetch_from(config, now=firm.noon(0)) == 0
    row.refresh_from_db()
    assert (row.last_uid, row.uid_validity, row.problem, Reply.objects.count()) == (9, 8, "", 3)


def test_what_lay_in_a_mailbox_before_the_first_look_holds_nobody(firm: Firm, recorder: Recorder) -> None:
    item = firm.owes()
    old, new = (mail_of(text, sender=item.customer.contacts.get().email).replace(b"\n", b"\r\n") for text in ("Dawno.", "Teraz."))
    firm.plan(1)
    with Mailbox({4: old, 6: old}, came={4: day(-400)}) as box:
        config = config_of(box)
        box.password = "another"  # a first look that fails is none
        with pytest.raises(MailboxAway):
            fetch_from(config, now=firm.noon(1))
        box.password = "secret"
        assert fetch_from(config, now=firm.noon(1)) == 0
        assert (Reply.objects.count(), firm.states()) == (0, {"planned": 1})
        box.mails[7] = new
        assert fetch_from(config, now=firm.noon(2)) == 1
        box.validity, box.came[6] = 8, day(-1)  # the server numbered anew
        assert fetch_from(config, now=firm.noon(2)) == 0
    row = ReplyMailbox.objects.get()
    assert (row.uid_validity, row.last_uid, Reply.objects.get().mail.text, firm.states()) == (8, 7, "Teraz.", {"withdrawn": 1})


def config_of(box: Mailbox) -> ImapConfig:
    return ImapConfig("127.0.0.1", "u", "secret", port=box.port, security="none", seconds=5)


def test_without_a_mailbox_nothing_is_asked(firm: Firm) -> None:
    assert fetch_mail(now=firm.noon(0)) == 0 and not ReplyMailbox.objects.exists()
