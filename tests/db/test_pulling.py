"""Invoices pulled from a service: each once, the mark never past what did not come, what is refused is kept."""

import json
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DataError

from invoices.actions.papers import import_papers
from invoices.actions.pulling import PullReport, pull_all, pull_invoices, try_again
from invoices.models import Invoice, NotTaken, PullMark
from invoices.pulling.ksef_api import Ksef
from invoices.pulling.protocol import CannotPull, Known, Pulled, PulledFile
from receivables.accounts.models import Creditor
from receivables.core.errors import Refused
from tests.builders import make_creditor
from tests.loopback import Handler, reply, serving
from tests.unit.intake.fake_ksef import TOKEN, FakeKsef, ksef_serving, number
from tests.unit.intake.files import SELLER_NIP, ksef

pytestmark = pytest.mark.django_db

FIRST_LOOK = Ksef.first_look
NOW = datetime(2026, 2, 20, 12, tzinfo=UTC)
ON = date(2026, 2, 20)


class Service:
    """Gives what it is told to, and remembers what it was asked."""

    name = form = "ksef"
    first_look = FIRST_LOOK

    def __init__(self, *files: PulledFile, mark: str = "M2", trouble: CannotPull | None = None, retry_after: int = 0) -> None:
        self.files, self.mark, self.trouble, self.retry_after = files, mark, trouble, retry_after
        self.asked: list[str] = []

    def pull(self, mark: str, *, known: Known) -> Pulled:
        self.asked.append(mark)
        if self.trouble:
            raise self.trouble
        there = set(known([file.key for file in self.files]))
        rest = tuple(file for file in self.files if file.key not in there)
        return Pulled(self.mark, rest, bool(self.retry_after), self.retry_after, known=len(there))


def file(n: int, data: bytes | None = None) -> PulledFile:
    return PulledFile(number(n), f"{number(n)}.xml", data or ksef(f"FV/{n}"))


@pytest.fixture
def company() -> Creditor:
    return make_creditor(tax_id=SELLER_NIP)


def pull(company: Creditor, service: Service, *, now: datetime = NOW, **more: str) -> PullReport:
    return pull_invoices(company, service, on=ON, now=now, **more)


def keys() -> Collection[str]:
    return set(Invoice.objects.values_list("source_file__ksef_number", flat=True))


def test_each_once_and_from_where_the_last_one_ended(company):
    service = Service(file(1), file(2))
    assert pull(company, service) == PullReport(new=2)
    assert pull(company, service) == PullReport(known=2)
    assert service.asked == [(NOW - FIRST_LOOK).isoformat(), "M2"]
    assert keys() == {number(1), number(2)}
    pull(company, service, since="2026-01-01T00:00:00+00:00")
    assert service.asked[-1] == "2026-01-01T00:00:00+00:00"


def test_what_is_refused_is_kept_and_tried_again_by_a_person(company):
    service = Service(file(1), file(2, ksef("FV/2", seller="9999999999")), file(3))
    assert pull(company, service) == PullReport(new=2, not_taken=1)
    assert pull(company, service) == PullReport(known=3)
    kept = NotTaken.objects.get()
    assert kept.key == number(2) and "a purchase" in kept.reasons[0]
    assert try_again(kept, on=ON, now=NOW).refused and kept.settled_at is None
    Creditor.objects.update(tax_id="9999999999")
    assert try_again(NotTaken.objects.get(), on=ON, now=NOW).new == 1
    assert NotTaken.objects.get().settled_at == NOW and Invoice.objects.filter(number="FV/2").exists()


def test_what_the_database_refuses_stops_nothing(company, monkeypatch):
    def taken(creditor, *, name, **options):
        if number(1) in name:
            raise DataError("value too long")
        return import_papers(creditor, name=name, **options)

    monkeypatch.setattr("invoices.actions.pulling.import_papers", taken)
    assert pull(company, Service(file(1), file(2))) == PullReport(new=1, not_taken=1)
    assert (NotTaken.objects.get().key, PullMark.objects.get().claimed_until, PullMark.objects.get().mark) == (number(1), None, "M2")


def test_trouble_leaves_the_mark_and_waits_as_long_as_the_service_says(company):
    busy = Service(trouble=CannotPull("Enough for now.", retry_after=600))
    assert pull(company, busy) == PullReport(trouble="Enough for now.")
    mark = PullMark.objects.get()
    assert (mark.mark, mark.trouble, mark.claimed_until) == ((NOW - FIRST_LOOK).isoformat(), "Enough for now.", None)
    with pytest.raises(Refused, match="asked to wait until 12:10"):
        pull(company, Service(file(1)), now=NOW + timedelta(seconds=599))
    assert pull(company, Service(file(1)), now=NOW + timedelta(seconds=601)).new == 1
    assert PullMark.objects.get().trouble == ""


def test_two_pulls_at_once_are_one(company):
    pull(company, Service())
    PullMark.objects.update(claimed_until=NOW + timedelta(minutes=5))
    with pytest.raises(Refused, match="under way"):
        pull(company, Service(file(1)))
    assert pull(company, Service(file(1)), now=NOW + timedelta(minutes=6)).new == 1  # its process died


def test_the_command_from_the_api_to_the_books(company, settings):
    with pytest.raises(CommandError, match="KSEF_TOKEN"):
        call_command("pull_invoices")
    fake = FakeKsef({number(n): (f"2026-02-{n:02d}T12:00:00+00:00", ksef(f"FV/{n}")) for n in (3, 4)})
    with ksef_serving(fake):
        settings.KSEF_URL, settings.KSEF_TOKEN = fake.url, TOKEN
        out = StringIO()
        call_command("pull_invoices", "--since", "2026-02-01T00:00:00+00:00", "--json", stdout=out)
    said = {"company": company.slug, "source": "ksef", "new": 2, "known": 0, "not_taken": 0, "more": False, "trouble": ""}
    assert json.loads(out.getvalue()) == {"sources": [said]}
    assert keys() == {number(3), number(4)}


FAKTUROWNIA = {
    "id": 7, "number": "FV 7/2026", "kind": "vat", "issue_date": "2026-02-01", "sell_date": "2026-02-01", "payment_to": "2026-02-15",
    "price_gross": "123.0", "paid": "23.0", "paid_date": "2026-02-10", "currency": "PLN", "status": "partial", "income": "1",
    "seller_tax_no": SELLER_NIP, "seller_bank_account": "PL61109010140000071219812874", "buyer_name": "Sklep Ewa", "buyer_tax_no": "5252248481",
    "buyer_email": "ewa@sklep.example", "payment_type": "transfer", "updated_at": "2026-02-10T12:00:00+01:00",
}  # fmt: skip
"""Ours, made from the documented shape: no answer of the service was recorded."""


def test_a_service_of_one_company_of_several_and_what_is_paid_there_later(company, settings):
    other = make_creditor(tax_id="5260250274")
    listed = [FAKTUROWNIA, {**FAKTUROWNIA, "id": 8, "number": "FV 8/2026", "price_gross": "x"}]

    def answer(handler: Handler) -> None:
        reply(json.dumps(listed))(handler)

    with serving(answer) as stub:
        settings.FAKTUROWNIA_KEYS = f"{company.slug}={stub.url}|SECRET-TOKEN"
        (taken,) = pull_all(now=NOW)
        assert taken == (company, "fakturownia", PullReport(new=1, not_taken=1))
        assert not Invoice.objects.filter(creditor=other).exists()
        invoice = Invoice.objects.get()
        assert (invoice.number, invoice.gross, invoice.items.get().open_amount) == ("FV 7/2026", 123, 100)
        assert NotTaken.objects.get().reasons == ["price_gross: 'x' is no amount. Write digits with a decimal point, such as 1234.50."]
        listed[0] = {**FAKTUROWNIA, "paid": "123.0", "status": "paid", "updated_at": "2026-02-20T13:00:00+01:00"}
        listed[1] = {**listed[1], "price_gross": "10", "paid": "0", "updated_at": "2026-02-20T13:30:00+01:00"}
        assert pull_all(now=NOW + timedelta(hours=1))[0][2] == PullReport(new=1)
        assert pull_all(now=NOW + timedelta(hours=1))[0][2] == PullReport()
    assert invoice.items.get().open_amount == 0 and NotTaken.objects.get().settled_at
    assert "SECRET-TOKEN" not in str([mark.__dict__ for mark in PullMark.objects.all()])


def test_trouble_of_one_source_keeps_no_other_back_and_the_command_says_whose_keys_are_wrong(company, settings):
    settings.INFAKT_KEYS, settings.INFAKT_URL = "KEY", "http://127.0.0.1:9"
    with serving(reply(json.dumps({"response": {"Kod": 0, "Wynik": []}}))) as stub:
        settings.IFIRMA_KEYS, settings.IFIRMA_URL = "demo|C1C4B5B3F1E0B4B5", stub.url
        done = {source: report.trouble for _company, source, report in pull_all(now=NOW)}
    assert "does not answer" in done["infakt"] and done["ifirma"] == ""
    make_creditor()
    with pytest.raises(CommandError, match="INFAKT_KEYS: say whose key it is"):
        call_command("pull_invoices", "--source", "infakt")
