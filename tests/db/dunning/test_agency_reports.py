"""What agencies report, and packages on their way there: each once, whole or not at all."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pyzipper
from django.conf import settings
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dunning.actions import book_commission, collect_by_hand, collect_of
from dunning.actions.agency_calls import NOT_ASKED, NOT_OURS, take_agency_calls
from dunning.actions.agency_ways import try_way
from dunning.actions.package_calls import end_doubt, on_delivery_changed
from dunning.actions.passwords import show_password
from dunning.actions.report_taking import ReportRefused, Source, check_report, take_records, take_report
from dunning.actions.telling import tell_agencies
from dunning.agencies.best_date import NoCurve
from dunning.agencies.channel import IN_DOUBT, AgencyChannel
from dunning.agencies.debitura import SIGNATURE
from dunning.agencies.fetching import fetch_from
from dunning.agencies.outlook import outlooks_at, outlooks_of, own_curve
from dunning.agencies.sealed_number import may_get
from dunning.models import (
    Agency,
    AgencyCall,
    AgencyDelivery,
    AgencyReportFile,
    Commission,
    CommissionRate,
    PackageCall,
    Placement,
    PlacementEvent,
    SuccessRate,
    Task,
)
from invoices.actions import reverse_payment, set_pesel, write_off
from invoices.models import Customer, Payment
from receivables import clock
from receivables.api.actions import make_token
from receivables.audit.models import Entry
from receivables.core.errors import Refused
from receivables.documents.models import Document
from receivables.messaging.channels.agency_sftp import NOT_SENDING, NotConnected
from receivables.messaging.mode import standing_in
from receivables.messaging.models import Attempt
from receivables.messaging.outgoing import Accepted, Attachment, Later, Outcome, Outgoing, Unknown
from receivables.messaging.protocols import CHANNELS
from receivables.messaging.settling import LeftBefore
from tests.builders import make_user, pay
from tests.db.dunning.firm import Firm, Recorder, day, make_firm
from tests.unit.dunning.test_debitura import signed
from tests.unit.messaging.case_server import KEY, case_server
from tests.unit.messaging.handed_over import HAND_OVER
from tests.unit.messaging.sftp_server import shared_server

pytestmark = pytest.mark.django_db

LADDER = "name: Formal\nsteps:\n  - {key: handoff, after_due: 4, channel: [agency]}\n"


class Placed:
    """A firm with two debts at an agency, ten days later."""

    def __init__(self, recorder: Recorder) -> None:
        self.firm: Firm = make_firm(LADDER, recorder)
        self.agency = Agency.objects.create(creditor=self.firm.creditor, slug="fast", name="Fast")
        self.items = [self.firm.owes(amount="100.00"), self.firm.owes(amount="200.00")]
        self.firm.run(4)
        self.firm.noon(10)
        self.first, self.second = (Placement.objects.get(items__item=item) for item in self.items)

    def record(self, placement: Placement, status: str, **fields: Any) -> dict[str, Any]:
        money = {"currency": "PLN", "date": day(9).isoformat()} if "amount" in fields else {}
        return {"case_id": placement.case_key, "status": status, **money, **fields}

    def take(self, *records: dict[str, Any], name: str = "report.json") -> tuple[int, int]:
        taken = take_report(self.agency, json.dumps(records).encode(), name=name, source=Source.UPLOAD, on=day(10), now=settings.CLOCK)
        return taken.taken, taken.known

    def refused(self, *records: dict[str, Any]) -> list[tuple[int, str]]:
        before = self.state()
        with pytest.raises(ReportRefused) as refusal:
            self.take(*records)
        assert self.state() == before
        return [(problem.line, problem.field) for problem in refusal.value.problems]

    def state(self) -> tuple[Any, ...]:
        placements = tuple(Placement.objects.order_by("pk").values_list("state", "end", "reference"))
        return (
            placements,
            PlacementEvent.objects.count(),
            Payment.objects.count(),
            Commission.objects.count(),
            AgencyReportFile.objects.count(),
        )

    def states(self) -> list[str]:
        return list(Placement.objects.order_by("pk").values_list("state", flat=True))


@pytest.fixture
def placed(recorder: Recorder) -> Placed:
    return Placed(recorder)


def test_a_report_has_its_effect_once(placed: Placed) -> None:
    records = [
        placed.record(placed.first, "received", agency_ref="A-1"),
        placed.record(placed.second, "received", agency_ref="A-2"),
        placed.record(placed.first, "promise", amount="100.00", date="2026-06-01"),
        placed.record(placed.second, "paid_to_agency", amount="150.00", commission="30.00"),
        placed.record(placed.second, "court"),
    ]
    assert placed.take(*records) == (5, 0)
    after = placed.state()
    assert placed.take(*records) == (0, 5)
    assert placed.state() == after
    # the same records in another file, with one that is new
    assert placed.take(*reversed(records), placed.record(placed.first, "in_progress", note="list")) == (1, 5)
    assert (Payment.objects.get().amount, Commission.objects.get().amount) == (Decimal(150), Decimal(30))
    placed.items[1].refresh_from_db()
    assert placed.items[1].open_amount == Decimal(50)
    placed.first.refresh_from_db()
    assert (placed.first.state, placed.first.reference) == ("received", "A-1")
    assert [event.note for event in placed.first.events.filter(kind="promise")] == ["2026-06-01"]


def test_one_bad_record_and_nothing_is_taken(placed: Placed) -> None:
    good = placed.record(placed.first, "received")
    assert placed.refused(good, {"case_id": "nobody's", "status": "received"}) == [(2, "case_id")]
    assert placed.refused(good, placed.record(placed.second, "paid_to_agency", amount="5.00", currency="EUR")) == [(2, "currency")]
    assert placed.refused(good, placed.record(placed.second, "paid_to_agency", amount="x")) == [(2, "amount")]
    assert placed.refused(
        placed.record(placed.first, "rejected"), placed.record(placed.first, "promise", amount="1.00", date="2026-06-01")
    ) == [(2, "status")]
    assert placed.states() == ["sent", "sent"]


def test_a_case_of_another_agency_or_company_is_no_case_of_this_one(placed: Placed) -> None:
    other = Agency.objects.create(creditor=placed.firm.creditor, slug="slow", name="Slow")
    with pytest.raises(ReportRefused):
        take_records(other, [placed.record(placed.first, "received")], on=day(10))
    assert check_report(other, json.dumps([placed.record(placed.first, "received")]).encode(), on=day(10)).problems


def test_returned_uncollected_the_ladder_goes_on_and_money_may_still_come(placed: Placed) -> None:
    placed.take(placed.record(placed.first, "received"), placed.record(placed.first, "returned", note="brak majątku"))
    placed.first.refresh_from_db()
    assert (placed.first.state, placed.first.end) == ("returned", "uncollected")
    assert placed.firm.case(placed.items[0]).state == "running"
    assert placed.take(placed.record(placed.first, "paid_to_agency", amount="40.00")) == (1, 0)
    placed.items[0].refresh_from_db()
    assert placed.items[0].open_amount == Decimal(60)
    assert placed.refused(placed.record(placed.first, "promise", amount="1.00", date="2026-06-01")) == [(1, "status")]


def test_closed_while_something_is_owed_is_returned(placed: Placed) -> None:
    placed.take(placed.record(placed.first, "rejected"), placed.record(placed.second, "received"), placed.record(placed.second, "closed"))
    assert [(row.state, row.end) for row in Placement.objects.order_by("pk")] == [("returned", "rejected"), ("returned", "uncollected")]


def test_money_that_reached_us_is_noted_and_not_booked(placed: Placed) -> None:
    placed.take(placed.record(placed.first, "paid_to_creditor", amount="100.00", commission="15.00"))
    assert Payment.objects.count() == 0
    assert Commission.objects.get().amount == Decimal(15)


def test_more_money_than_is_owed_is_open_credit_and_falls_on_nothing_else(placed: Placed) -> None:
    placed.take(placed.record(placed.first, "paid_to_agency", amount="130.00"))
    for item, open_amount in zip(placed.items, (0, 200), strict=True):
        item.refresh_from_db()
        assert item.open_amount == Decimal(open_amount)


def test_two_equal_payments_of_one_file_are_two_and_the_agency_s_id_keeps_one(placed: Placed) -> None:
    twice = placed.record(placed.second, "paid_to_agency", amount="10.00")
    assert placed.take(twice, twice) == (2, 0)
    with_id = {**twice, "id": "E-9"}
    assert placed.take(with_id, with_id) == (1, 1)
    assert placed.refused({**with_id, "amount": "11.00"}) == [(1, "id")]
    assert Payment.objects.count() == 3


def test_by_command(placed: Placed, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "report.csv"
    file.write_text(f"case_id;status\n{placed.first.case_key};received\n")
    call_command("import_agency_report", str(file), "--agency", "fast", "--dry-run", "--json")
    call_command("import_agency_report", str(file), "--agency", "fast", "--json")
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"records": 1, "problems": []}, {"taken": 1, "known": 0, "problems": []},
    ]  # fmt: skip
    file.write_text("case_id;status\nnobody;received\n")
    with pytest.raises(SystemExit) as ended:
        call_command("import_agency_report", str(file), "--agency", "fast")
    assert ended.value.code == 1
    assert "line 2: case_id: The agency has no case of ours with this number." in capsys.readouterr().out


# -- on the way there


class Mail:
    """A mail channel that remembers, and says what it is told to."""

    takes_key, batch = False, 1

    def __init__(self, *answers: Outcome) -> None:
        self.answers, self.taken = list(answers), list[Outgoing]()

    def send(self, outgoing: Outgoing) -> Outcome:
        self.taken.append(outgoing)
        return self.answers.pop(0) if self.answers else Accepted()


def on_its_way(placed: Placed, way: str, **setup: Any) -> Outgoing:
    """The first hand-over as the channel gets it, to an agency of that way."""
    Agency.objects.filter(pk=placed.agency.pk).update(delivery=way)
    AgencyDelivery.objects.create(agency=placed.agency, **{"sends": True, **setup})
    settings.AGENCIES_IN_PRIVATE_NETWORK = True
    package = placed.first.package
    attachment = Attachment("handover.zip", "application/zip", bytes(package.content))
    return Outgoing(
        **{name: getattr(HAND_OVER, name) for name in HAND_OVER.__slots__} | {"key": placed.first.case_key, "attachments": (attachment,)}
    )


@pytest.fixture(autouse=True)
def _settings_back() -> Any:
    before = settings.AGENCIES_IN_PRIVATE_NETWORK
    yield
    settings.AGENCIES_IN_PRIVATE_NETWORK = before


def test_a_package_goes_by_sftp_to_the_agency_that_its_message_names(placed: Placed) -> None:
    server = shared_server()
    config = server.config()
    (server.folder / placed.first.case_key).mkdir()
    outgoing = on_its_way(
        placed, "sftp", host="127.0.0.1", port=server.port, username=config.username, host_key=config.host_key,
        private_key=config.private_key, folder=placed.first.case_key, reply_folder="out",
    )  # fmt: skip
    for _ in range(2):
        assert isinstance(AgencyChannel().send(outgoing), Accepted)
    assert server.names(placed.first.case_key) == [f"{placed.first.case_key}.zip"]
    call = PackageCall.objects.get()
    assert (call.is_taken, call.is_open, call.password) == (True, False, None)
    # and its reports come back by the same way, once
    report = server.folder / "out" / f"{placed.first.case_key}.csv"
    report.write_text(f"case_id;status\n{placed.first.case_key};received\n")
    bad = server.folder / "out" / f"{placed.first.case_key}-bad.csv"
    bad.write_text("case_id;status\nnobody;received\n")
    setup = AgencyDelivery.objects.get()
    assert fetch_from(setup, now=settings.CLOCK) == 2
    assert fetch_from(setup, now=settings.CLOCK) == 0
    report.unlink(), bad.unlink()
    placed.first.refresh_from_db()
    assert placed.first.state == "received"
    refused = AgencyReportFile.objects.exclude(problems=[]).get()
    assert refused.problems == ["line 2: case_id: The agency has no case of ours with this number."]


PESEL = "44051401359"


def person_at(placed: Placed, **agency: Any) -> Outgoing:
    """The first hand-over by e-mail, of a person whose PESEL is held, to an agency that may be told it but for what is named."""
    customer = placed.items[0].customer
    Customer.objects.filter(pk=customer.pk).update(kind="consumer")
    set_pesel(customer, PESEL)
    may = {"gets_pesel": True, "data_role": "processor", "data_role_on": day(1)}
    Agency.objects.filter(pk=placed.agency.pk).update(**{**may, **agency})
    return on_its_way(placed, "mail", address="sprawy@agencja.example.com")


def pesel_in(placed: Placed, outgoing: Outgoing) -> str | None:
    """What the mailed package says, opened with its password."""
    mail = Mail()
    with standing_in({"email": mail, "sms": Mail()}):
        assert isinstance(AgencyChannel().send(outgoing), Accepted)
    with pyzipper.AESZipFile(io.BytesIO(mail.taken[0].attachments[0].content)) as locked:
        locked.setpassword(str(PackageCall.objects.get().password).encode())
        package = locked.read(locked.namelist()[0])
    said: str | None = json.loads(zipfile.ZipFile(io.BytesIO(package)).read("case.json"))["debtor"].get("pesel")
    return said


def test_a_pesel_goes_with_the_package_and_is_kept_in_no_archive(placed: Placed) -> None:
    assert pesel_in(placed, person_at(placed)) == PESEL
    entry = Entry.objects.get(verb="read_pesel")
    assert entry.subject == f"invoices.Customer:{placed.items[0].customer_id}" and entry.facts["why"].startswith("hand-over, message ")
    assert not any(PESEL.encode() in bytes(row.content) for row in Document.objects.all())


@pytest.mark.parametrize(
    "agency",
    [{"gets_pesel": False}, {"data_role_on": None}, {"data_role_on": date(2099, 1, 1)}],
    ids=["not asked for", "role not settled", "settled later"],
)
def test_a_pesel_goes_to_nobody_else(placed: Placed, agency: dict[str, Any]) -> None:
    assert pesel_in(placed, person_at(placed, **agency)) is None
    assert not Entry.objects.filter(verb="read_pesel").exists()


def test_a_pesel_of_a_public_body_or_of_nobody_or_into_the_folder_goes_not(placed: Placed, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path)
    outgoing = person_at(placed)
    customer = Customer.objects.select_related("creditor").get(pk=placed.items[0].customer_id)
    agency = Agency.objects.get()
    assert may_get(agency, customer, now=settings.CLOCK)
    for kind in ("public", "unknown"):
        customer.kind = kind
        assert not may_get(agency, customer, now=settings.CLOCK)
    Agency.objects.update(delivery="file")
    assert isinstance(AgencyChannel().send(outgoing), Accepted)
    [file] = tmp_path.rglob("*.zip")
    assert PESEL.encode() not in file.read_bytes() and not Entry.objects.filter(verb="read_pesel").exists()


def test_nothing_is_connected_until_sending_is_on_or_the_way_is_whole(placed: Placed) -> None:
    outgoing = on_its_way(placed, "rest", url="http://127.0.0.1:1", secret="k", sends=False)
    assert AgencyChannel().send(outgoing) == Later(NOT_SENDING)
    AgencyDelivery.objects.update(url="", sends=True)
    answer = AgencyChannel().send(outgoing)
    assert isinstance(answer, Later) and "not set up whole" in answer.detail


def test_a_way_is_tried_without_a_delivery_and_what_is_wrong_is_noted(placed: Placed, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(says: str) -> None:
        placed.agency.refresh_from_db()
        with pytest.raises(Refused, match=says):
            try_way(placed.agency)

    refused("nothing to try")
    with case_server() as server:
        on_its_way(placed, "rest", url=server.url, secret=None, sends=False)
        refused("not set up whole")
        AgencyDelivery.objects.update(secret=KEY)
        refused("In quarantine")
        assert server.calls == []
        monkeypatch.setattr("receivables.messaging.mode.is_live", lambda: True)
        assert "works" in str(try_way(placed.agency))
        AgencyDelivery.objects.update(secret="wrong")
        refused("does not work")
        assert AgencyDelivery.objects.get().last_problem
        AgencyDelivery.objects.update(secret=KEY)
        try_way(placed.agency)
    assert AgencyDelivery.objects.get().last_problem == "" and (server.opened, set(server.calls)) == (0, {"GET case"})
    assert [entry.facts["works"] for entry in Entry.objects.filter(verb="agency_way_tried").order_by("pk")] == [True, False, True]


def test_a_private_network_is_the_operator_s_to_open(placed: Placed) -> None:
    with case_server() as server:
        outgoing = on_its_way(placed, "rest", url=server.url, secret=KEY)
        settings.AGENCIES_IN_PRIVATE_NETWORK = False
        assert isinstance(AgencyChannel().send(outgoing), Later)
        assert server.calls == []
        settings.AGENCIES_IN_PRIVATE_NETWORK = True
        assert AgencyChannel().send(outgoing) == Accepted("case-1")
    assert list(server.cases) == [placed.first.case_key]


def test_what_is_in_doubt_at_one_account_goes_to_no_other(placed: Placed) -> None:
    with case_server(POST_cases="taken 503") as server, case_server() as other:
        outgoing = on_its_way(placed, "rest", url=server.url, secret=KEY)
        assert isinstance(AgencyChannel().send(outgoing), Unknown)
        AgencyDelivery.objects.update(url=other.url)
        assert AgencyChannel().send(outgoing) == LeftBefore(IN_DOUBT)
        assert other.calls == []
        AgencyDelivery.objects.update(url=server.url)
        assert isinstance(AgencyChannel().send(outgoing), Accepted)
    assert server.opened == 1


def by_mail(placed: Placed, mail: Mail, sms: Mail, *, phone: str = "+48500100100") -> list[Outcome]:
    outgoing = on_its_way(placed, "mail", address="sprawy@agencja.example.com", phone=phone)
    with standing_in({"email": mail, "sms": sms}):
        return [AgencyChannel().send(outgoing) for _ in range(2)]


def test_a_mailed_package_goes_once_and_its_password_by_sms(placed: Placed) -> None:
    mail, sms = Mail(), Mail()
    assert [type(outcome) for outcome in by_mail(placed, mail, sms)] == [Accepted, Accepted]
    [letter], [text] = mail.taken, sms.taken
    call = PackageCall.objects.get()
    assert call.password is not None and call.password in text.text and text.recipient == "+48500100100"
    assert call.password not in letter.text + letter.subject and call.told_by_sms_at is not None
    assert not text.attachments


def test_a_mail_in_doubt_is_never_mailed_again_by_a_machine(placed: Placed) -> None:
    mail, sms = Mail(Unknown("reset"), Accepted()), Mail()
    assert by_mail(placed, mail, sms) == [LeftBefore("reset"), LeftBefore(IN_DOUBT)]
    assert len(mail.taken) == 1 and sms.taken == []


def test_a_mail_that_did_not_leave_goes_again_as_a_person_decides(placed: Placed) -> None:
    mail, sms, message = Mail(Unknown("reset")), Mail(), placed.first.goes_by
    assert message is not None
    outgoing = on_its_way(placed, "mail", address="sprawy@agencja.example.com", phone="+48500100100")
    with standing_in({"email": mail, "sms": sms}):
        assert isinstance(AgencyChannel().send(outgoing), LeftBefore)
        end_doubt([message])
        assert isinstance(AgencyChannel().send(outgoing), Accepted)
    assert (len(mail.taken), len(sms.taken)) == (2, 1)


def test_a_mail_that_left_has_a_password_to_show(placed: Placed) -> None:
    by_mail(placed, Mail(Unknown("reset")), Mail())
    on_delivery_changed(None, message_ids=[PackageCall.objects.get().message_id], now=settings.CLOCK)
    assert len(show_password(PackageCall.objects.get(), now=settings.CLOCK, by=make_user("clerk"))) == 23


def test_a_switch_to_the_folder_opens_no_second_case(placed: Placed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path)
    with case_server(POST_cases="taken 503") as server:
        outgoing = on_its_way(placed, "rest", url=server.url, secret=KEY)
        assert isinstance(AgencyChannel().send(outgoing), Unknown)
        Agency.objects.update(delivery="file")
        assert AgencyChannel().send(outgoing) == LeftBefore(IN_DOUBT)
        Agency.objects.update(delivery="rest")
        assert isinstance(AgencyChannel().send(outgoing), Accepted)
        Agency.objects.update(delivery="file")
        assert isinstance(AgencyChannel().send(outgoing), Accepted)
    assert (server.opened, list(tmp_path.rglob("*.zip"))) == (1, [])


def test_what_lies_in_the_folder_goes_no_other_way(placed: Placed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path)
    with case_server() as server:
        outgoing = on_its_way(placed, "file", url=server.url, secret=KEY)
        assert isinstance(AgencyChannel().send(outgoing), Accepted)
        Agency.objects.update(delivery="rest")
        assert isinstance(AgencyChannel().send(outgoing), Accepted)
    assert (server.calls, len(list(tmp_path.rglob("*.zip")))) == ([], 1)


def test_a_clear_refusal_keeps_the_password_and_lets_it_go_again(placed: Placed) -> None:
    mail, sms = Mail(Later("not now"), Accepted()), Mail(Later("no credit"))
    assert [type(outcome) for outcome in by_mail(placed, mail, sms)] == [Later, Accepted]
    assert len(mail.taken) == 2
    assert PackageCall.objects.get().told_by_sms_at is None


def test_a_password_is_shown_once(placed: Placed) -> None:
    by_mail(placed, Mail(), Mail(), phone="")
    call, user = PackageCall.objects.get(), make_user("clerk")
    assert len(show_password(call, now=settings.CLOCK, by=user)) == 23
    with pytest.raises(Refused, match="shown before"):
        show_password(call, now=settings.CLOCK, by=user)


def test_the_channel_is_the_one_that_is_registered() -> None:
    assert isinstance(CHANNELS.get("agency"), AgencyChannel)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"port": 0}, "agency_port_is_one"),
        ({"phone": "500100100"}, "agency_phone_is_international"),
        ({"host": "sftp.example.com"}, "agency_server_has_its_key_pinned"),
    ],
)
def test_what_no_way_may_be(placed: Placed, fields: dict[str, Any], name: str) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        AgencyDelivery.objects.create(agency=placed.agency, **fields)


def test_what_the_rows_of_reports_and_calls_may_not_say(placed: Placed) -> None:
    placed.take(placed.record(placed.first, "received"))
    [file] = AgencyReportFile.objects.all()
    again = {"agency": placed.agency, "source": "upload", "name": "x", "content": b"", "at": settings.CLOCK}
    call = {"message": placed.first.goes_by, "agency": placed.agency, "account": "x", "began_at": settings.CLOCK}
    tries: list[tuple[Callable[[], object], str]] = [
        (lambda: AgencyReportFile.objects.create(**again, sha256=file.sha256), "agency_report_taken_once"),
        (lambda: AgencyReportFile.objects.create(**again, sha256="0", taken=1, problems=["x"]), "agency_report_is_taken_whole"),
        (lambda: AgencyReportFile.objects.update(taken=2), "append-only"),
        (lambda: PackageCall.objects.create(**call, is_taken=True), "package_taken_is_answered"),
        (lambda: PackageCall.objects.create(**call, shown_at=settings.CLOCK, password="x"), "package_password_is_shown_once"),
        (lambda: Agency.objects.update(gets_pesel=True), "pesel_goes_where_the_data_role_is_settled"),
        (lambda: SuccessRate.objects.create(agency=placed.agency, percent=101), "success_is_a_share"),
        (lambda: [SuccessRate.objects.create(agency=placed.agency, percent=1) for _ in range(2)], "success_line_once"),
    ]
    for deed, name in tries:
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            deed()


# -- when to hand over


def test_the_best_date_rests_on_the_company_s_own_past(recorder: Recorder) -> None:
    """30 items of two years: 20 paid in the first week, 10 never within nine; and one debt of ten days."""
    firm = make_firm("name: None\nsteps: []\n", recorder)
    firm.noon(80)
    customer, other = firm.customer(), firm.customer()
    for n in range(30):
        item = firm.owes(other, amount="100.00", due=n % 5)
        if n < 20:
            pay(other, "100.00", item, booked_on=day(n % 5 + 3))
        else:
            write_off(item, on=day(n % 5 + 70), reason="small")
    firm.owes(customer, amount="1000.00", due=70)
    agency = Agency.objects.create(creditor=firm.creditor, slug="fast", name="Fast")
    [told] = outlooks_of(customer, on=day(80))
    assert told.said is NoCurve.NO_PRICE
    CommissionRate.objects.create(agency=agency, percent=20)
    SuccessRate.objects.create(agency=agency, percent=50)
    with CaptureQueriesContext(connection) as queries:
        [told] = outlooks_of(customer, on=day(80))
    assert len(queries) <= 8
    assert told.advice is not None
    assert [round(share, 4) for share in told.advice.curve.left[:3]] == [Decimal(1), Decimal("0.3548"), Decimal("0.3548")]
    assert (told.advice.curve.closed, told.advice.curve.watched) == (30, 31)
    assert told.advice.best.net == Decimal("400.00")  # ten days overdue nothing more came of the others: 1000 x 50 % x 80 %
    assert own_curve(firm.creditor, is_consumer=True, on=day(80)) is None
    # the same on the agency's page, of the debts that it takes
    with CaptureQueriesContext(connection) as queries:
        [largest] = outlooks_at(agency, on=day(80))
    assert len(queries) <= 9
    assert (largest.customer, largest.outlook.amount, largest.outlook.said) == (customer, Decimal(1000), told.said)
    firm.owes(firm.customer(kind="consumer"), amount="2000.00", due=70)
    assert [row.outlook.amount for row in outlooks_at(agency, on=day(80))] == [Decimal(2000), Decimal(1000)]
    assert outlooks_at(agency, on=day(80))[0].outlook.said is NoCurve.TOO_FEW
    for terms, amounts in (
        ({"takes": "firms"}, [1000]),
        ({"takes": "consumers"}, [2000]),
        ({"countries": ["DE"]}, []),
        ({"currencies": ["EUR"]}, []),
    ):
        narrow = Agency(creditor=firm.creditor, slug="narrow", name="Narrow", **terms)
        narrow.save()
        assert [row.outlook.amount for row in outlooks_at(narrow, on=day(80))] == amounts
        narrow.delete()


# -- by the interface


def test_an_agency_reports_by_the_interface(placed: Placed) -> None:
    token, secret = make_token(placed.firm.creditor, name="agency", scopes=["agencies:write"], now=settings.CLOCK)
    other, without = make_token(placed.firm.creditor, name="shop", scopes=["credit:read"], now=settings.CLOCK)
    body = {"records": [placed.record(placed.first, "received", agency_ref="A-1")]}

    def post(body: dict[str, Any], bearer: str = secret, slug: str = "fast") -> Any:
        headers = {"authorization": f"Bearer {bearer}"}
        return Client().post(f"/api/v1/agencies/{slug}/reports", json.dumps(body), content_type="application/json", headers=headers)

    assert post(body, without).status_code == 403
    assert post(body, slug="slow").status_code == 404
    bad = post({"records": [*body["records"], {"case_id": "nobody's", "status": "received"}]})
    assert (bad.status_code, [each["place"] for each in bad.json()["errors"]]) == (422, ["records.1.case_id"])
    assert placed.states() == ["sent", "sent"]
    assert [post(body).json() for _ in range(2)] == [{"taken": 1, "known": 0}, {"taken": 0, "known": 1}]
    assert placed.states() == ["received", "sent"]
    assert token.pk != other.pk


def test_the_same_money_by_file_by_interface_and_by_hand_is_booked_once(placed: Placed) -> None:
    _, secret = make_token(placed.firm.creditor, name="agency", scopes=["agencies:write"], now=settings.CLOCK)
    with_id = placed.record(placed.first, "paid_to_agency", amount="40.00", commission="4.00", id="E-1")
    without = placed.record(placed.second, "paid_to_agency", amount="70.00", note="by transfer")
    placed.take(with_id, without)
    after = placed.state()
    headers = {"authorization": f"Bearer {secret}"}
    body = json.dumps({"records": [with_id, {**without, "agency_ref": "A-2", "note": ""}]})
    answer = Client().post("/api/v1/agencies/fast/reports", body, content_type="application/json", headers=headers)
    assert answer.json() == {"taken": 0, "known": 2}
    assert not collect_by_hand(placed.first, amount=Decimal(40), on=day(9), own_id="E-1")
    with pytest.raises(Refused, match="booked already"):
        collect_by_hand(placed.second, amount=Decimal(70), on=day(9))
    with pytest.raises(Refused, match="something else"):
        collect_by_hand(placed.first, amount=Decimal(41), on=day(9), own_id="E-1")
    book_commission(placed.first, amount=Decimal(4), on=day(10), reference="E-1")
    assert placed.state() == after


def test_a_commission_that_comes_after_its_money_was_typed_in_is_booked(placed: Placed) -> None:
    assert collect_by_hand(placed.first, amount=Decimal(40), on=day(9), own_id="E-1")
    report = placed.record(placed.first, "paid_to_agency", amount="40.00", commission="4.00", id="E-1")
    assert (placed.take(report), placed.take(report, name="again.json")) == ((1, 0), (0, 1))
    assert (Payment.objects.count(), Commission.objects.get().amount) == (1, Decimal(4))
    assert placed.refused({**report, "commission": "5.00"}) == [(1, "status")]


def test_money_typed_in_without_a_number_is_recognised_in_the_report_that_has_one(placed: Placed) -> None:
    assert collect_by_hand(placed.first, amount=Decimal(40), on=day(9))
    report = placed.record(placed.first, "paid_to_agency", amount="40.00", commission="4.00", id="E-1")
    other = placed.record(placed.first, "paid_to_agency", amount="40.00", id="E-2")
    placed.take(report)
    assert (Payment.objects.count(), Commission.objects.get().amount) == (1, Decimal(4))
    assert placed.take(report, name="again.json") == (0, 1)
    assert not collect_by_hand(placed.first, amount=Decimal(40), on=day(9), own_id="E-1")
    placed.take(report, other)  # equal, and other money: its own number says so
    assert list(Payment.objects.values_list("amount", flat=True)) == [Decimal(40), Decimal(40)]


@pytest.mark.parametrize(("amount", "on"), [("41.00", day(9)), ("40.00", day(8))], ids=["another sum", "another day"])
def test_other_money_than_what_was_typed_in_is_booked(placed: Placed, amount: str, on: date) -> None:
    collect_by_hand(placed.first, amount=Decimal(40), on=day(9))
    placed.take(placed.record(placed.first, "paid_to_agency", amount=amount, date=on.isoformat(), id="E-1"))
    assert Payment.objects.count() == 2


def test_what_was_typed_in_and_taken_back_is_not_recognised(placed: Placed) -> None:
    collect_by_hand(placed.first, amount=Decimal(40), on=day(9))
    reverse_payment(Payment.objects.get(), on=day(10))
    placed.take(placed.record(placed.first, "paid_to_agency", amount="40.00", id="E-1"))
    assert Payment.objects.filter(reverses=None, reversal=None).count() == 1


def test_money_for_what_never_left_is_refused(placed: Placed) -> None:
    Placement.objects.filter(pk=placed.first.pk).update(state="closed", sent_on=None, end="not_sent")
    assert placed.refused(placed.record(placed.first, "paid_to_agency", amount="40.00")) == [(1, "case_id")]
    with pytest.raises(Refused, match="never left"):
        collect_by_hand(placed.first, amount=Decimal(40), on=day(9))


def test_what_the_agency_has_collected_in_full_ends_by_itself(placed: Placed) -> None:
    placed.take(placed.record(placed.first, "paid_to_agency", amount="100.00", id="E-1"))
    assert placed.states() == ["sent", "sent"]
    tell_agencies(placed.firm.creditor, on=day(10), now=settings.CLOCK)
    placed.first.refresh_from_db()
    assert (placed.first.state, placed.first.end, placed.first.events.filter(kind="told").count()) == ("closed", "settled", 0)
    after = placed.states()
    assert tell_agencies(placed.firm.creditor, on=day(10), now=settings.CLOCK) == 0
    assert placed.take(placed.record(placed.first, "closed", note="paid")) == (1, 0)  # what the agency says of it then is only noted
    assert placed.states() == after


def test_money_typed_in_by_customer_is_booked_once(placed: Placed) -> None:
    placed.take(placed.record(placed.first, "paid_to_agency", amount="40.00", id="E-1"))
    after = placed.state()
    assert not collect_of(placed.first.customer, amount=Decimal(40), on=day(9), own_id="E-1")
    with pytest.raises(Refused, match="booked already"):
        collect_of(placed.first.customer, amount=Decimal(40), on=day(9))
    assert placed.state() == after


HOOK_SECRET = "dGhpc2lzYWJhc2U2NGVuY29kZWRzZWNyZXQ="


class Calling:
    """The agency as Debitura, which calls the address that its way has."""

    def __init__(self, placed: Placed) -> None:
        self.placed, self.client = placed, Client()
        Agency.objects.update(delivery="rest")
        AgencyDelivery.objects.create(
            agency=placed.agency, url="https://agency.example.com", secret=KEY, hook_key="k" * 32, hook_secret=HOOK_SECRET
        )

    def post(self, body: bytes, *, signature: str | None = None, key: str = "k" * 32) -> int:
        headers = {SIGNATURE: signed(body, at=clock.now()) if signature is None else signature}
        return self.client.post(f"/hooks/agencies/{key}/", body, content_type="application/json", headers=headers).status_code

    def tell(self, event: str, kind: str, **data: Any) -> tuple[str, str]:
        """The event comes, signed, about the first hand-over, and is taken; what became of it."""
        data = {"caseId": "c1", "reference": "Q8OAXF3W", "creditorReference": self.placed.first.case_key, **data}
        assert self.post(json.dumps({"id": event, "event": kind, "data": data}).encode()) == 200
        take_agency_calls(now=settings.CLOCK)
        call = AgencyCall.objects.get(event=event)
        self.placed.first.refresh_from_db()
        return call.state, call.result

    @property
    def tasks(self) -> int:
        return Task.objects.filter(kind="agency_says", closed_on=None, about=f"placement:{self.placed.first.pk}").count()


def test_a_call_is_stored_once_and_only_with_its_proof(placed: Placed) -> None:
    calling, body = Calling(placed), b'{"id": "e1", "event": "chat.created", "data": {"caseId": "c1"}}'
    good = signed(body, at=clock.now())
    assert calling.post(body.replace(b"c1", b"c2"), signature=good) == 403
    assert calling.post(body, signature="") == 403
    assert calling.post(body, signature=signed(body, at=clock.now() - timedelta(minutes=6))) == 403
    assert calling.post(body, key="x" * 32) == 404
    assert calling.post(b"[]") == 400
    AgencyDelivery.objects.update(hook_secret=None)
    assert calling.post(body) == 403
    AgencyDelivery.objects.update(hook_secret=HOOK_SECRET)
    assert AgencyCall.objects.count() == 0
    assert [calling.post(body) for _ in range(2)] == [200, 200]
    assert AgencyCall.objects.values_list("event", "kind", "state").get() == ("e1", "chat.created", "waiting")


def test_states_of_the_agency_become_ours_once(placed: Placed) -> None:
    calling = Calling(placed)
    assert calling.tell("e1", "case.created") == ("taken", "nothing follows")
    assert calling.tell("e2", "case.updated", status="Pending Verification") == ("taken", "in_progress")
    for _ in range(2):
        assert calling.tell("e3", "case.updated", lifecycle="Active") == ("taken", "received")
    assert (placed.first.state, placed.first.reference) == ("received", "Q8OAXF3W")
    assert placed.first.events.filter(kind="received").count() == 1 and calling.tasks == 0
    assert calling.tell("e4", "case.closed", lifecycle="Closed", closeCode="Debtor Untraceable") == ("taken", "returned")
    assert (placed.first.state, placed.first.end) == ("returned", "uncollected")


def test_what_needs_a_person_is_a_task_and_nobody_is_chased(placed: Placed) -> None:
    calling = Calling(placed)
    calling.tell("e1", "case.updated", lifecycle="Active")
    for event, kind, data in (
        ("e2", "payment.created", {"amount": 100.00, "currency": "PLN"}),
        ("e3", "case.closed", {"lifecycle": "Closed", "closeCode": "Paid"}),
        ("e4", "case.closed", {"lifecycle": "Closed", "closeCode": "Debtor Insolvent/Bankrupt"}),
        ("e5", "case.of_tomorrow", {}),
    ):
        assert calling.tell(event, kind, **data) == ("taken", "a person looks")
    assert (placed.first.state, calling.tasks, Payment.objects.count()) == ("received", 1, 0)
    collect_by_hand(placed.first, amount=Decimal("100.00"), on=day(10))
    assert calling.tell("e6", "case.closed", lifecycle="Closed", closeCode="Paid")[0] == "taken"
    assert placed.first.state == "closed"
    assert calling.tell("e7", "case.closed", lifecycle="Closed", closeCode="Paid") == ("taken", "nothing follows")


def test_a_case_that_is_not_ours_is_kept_with_the_reason(placed: Placed) -> None:
    calling = Calling(placed)
    assert calling.tell("e1", "case.updated", lifecycle="Active", creditorReference="x" * 64, reference="other") == ("refused", NOT_OURS)
    assert placed.first.state == "sent"


def test_what_an_event_does_not_say_is_asked_of_the_agency(placed: Placed, monkeypatch: pytest.MonkeyPatch) -> None:
    calling = Calling(placed)
    settings.AGENCIES_IN_PRIVATE_NETWORK = True
    monkeypatch.setattr("receivables.messaging.mode.is_live", lambda: True)
    with case_server() as server:
        AgencyDelivery.objects.update(url=server.url, sends=True)
        server.cases["ours"] = {"id": "c1", "creditorReference": placed.first.case_key, "lifecycle": "Active", "reference": "Q8OAXF3W"}
        server.habits["GET by id"] = "503"
        body = b'{"id": "e1", "event": "case.updated", "data": {"caseId": "c1", "reference": "Q8OAXF3W"}}'
        assert calling.post(body) == 200
        assert take_agency_calls(now=clock.now()) == 0
        assert AgencyCall.objects.get().state == "waiting"
        del server.habits["GET by id"]
        assert take_agency_calls(now=clock.now()) == 1
    placed.first.refresh_from_db()
    assert (AgencyCall.objects.get().state, placed.first.state) == ("taken", "received")


def test_a_call_is_asked_for_no_longer_than_a_day(placed: Placed, monkeypatch: pytest.MonkeyPatch) -> None:
    calling = Calling(placed)
    monkeypatch.setattr("receivables.messaging.mode.is_live", lambda: True)
    AgencyDelivery.objects.update(url="https://127.0.0.1:1", sends=True)
    assert calling.post(b'{"id": "e1", "event": "case.updated", "data": {"caseId": "c1"}}') == 200
    assert [take_agency_calls(now=clock.now() + timedelta(hours=hours)) for hours in (1, 25)] == [0, 1]
    assert AgencyCall.objects.values_list("state", "result").get() == ("refused", NOT_ASKED)


CASE_ALONE = b'{"id": "%s", "event": "case.updated", "data": {"caseId": "%s"}}'


def test_where_nobody_may_ask_whose_case_it_is_it_waits_and_then_a_person_looks(placed: Placed) -> None:
    calling = Calling(placed)  # in quarantine
    assert [calling.post(CASE_ALONE % (event, b"c1")) for event in (b"e1", b"e2")] == [200, 200]
    assert [take_agency_calls(now=clock.now() + timedelta(hours=hours)) for hours in (0, 23, 25)] == [0, 0, 2]
    assert set(AgencyCall.objects.values_list("state", "result")) == {("refused", NOT_ASKED)}
    assert Task.objects.get(kind="agency_says").about == f"agency:{placed.agency.pk}"


def test_the_id_that_the_agency_gave_when_it_took_the_package_is_known(placed: Placed) -> None:
    calling, message = Calling(placed), placed.first.message or placed.first.notice.message
    Attempt.objects.create(message=message, number=99, at=clock.now(), outcome="accepted", reference="c1")
    assert calling.tell("e1", "case.updated", lifecycle="Active", reference="", creditorReference="") == ("taken", "received")


def test_an_agency_that_does_not_answer_is_asked_once_and_holds_up_no_other(placed: Placed, monkeypatch: pytest.MonkeyPatch) -> None:
    calling, asked = Calling(placed), []

    class Interface:
        def __init__(self, setup: AgencyDelivery) -> None:
            self.agency = setup.agency_id

        def case(self, case_id: str) -> dict[str, str]:
            asked.append(case_id)
            if self.agency == placed.agency.pk:
                raise NotConnected("It does not answer.")
            return {}

    monkeypatch.setattr("receivables.messaging.mode.is_live", lambda: True)
    monkeypatch.setattr("dunning.actions.agency_calls.rest_to", Interface)
    other = Agency.objects.create(creditor=placed.firm.creditor, slug="other", name="Other", delivery="rest")
    AgencyDelivery.objects.create(agency=other, url="https://other.example.com", secret=KEY, hook_key="o" * 32, hook_secret=HOOK_SECRET)
    AgencyDelivery.objects.update(sends=True)
    for event, key in (("e1", "k"), ("e2", "k"), ("e3", "k"), ("e4", "o"), ("e5", "o")):
        assert calling.post(CASE_ALONE % (event.encode(), event.encode()), key=key * 32) == 200
    assert calling.post(b'{"id": "e6", "event": "x", "data": {"creditorReference": "%s"}}' % placed.first.case_key.encode()) == 200
    assert take_agency_calls(now=clock.now(), most=2) == 2
    assert (take_agency_calls(now=clock.now()), asked) == (1, ["e1", "e4", "e5", "e1"])
    assert dict(AgencyCall.objects.exclude(state="waiting").values_list("event", "result")) == {
        "e4": NOT_OURS, "e5": NOT_OURS, "e6": "a person looks",
    }  # fmt: skip


def test_no_two_agencies_share_an_address_and_no_event_counts_twice(placed: Placed) -> None:
    Calling(placed)
    other = Agency.objects.create(creditor=placed.firm.creditor, slug="slow", name="Slow")
    with pytest.raises(IntegrityError, match="agency_hook_of_one_agency"), transaction.atomic():
        AgencyDelivery.objects.create(agency=other, hook_key="k" * 32)
    with pytest.raises(IntegrityError, match="agency_event_taken_once"), transaction.atomic():
        for _ in range(2):
            AgencyCall.objects.create(agency=other, event="e", kind="x", body=b"", came_at=settings.CLOCK)
