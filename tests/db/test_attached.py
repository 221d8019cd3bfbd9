"""Papers of invoices from watched folders and by the interface for programs."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client

from invoices.actions.watched import WatchReport, take_papers
from invoices.models import InvoicePaper
from receivables.accounts.models import Creditor
from receivables.api.actions.tokens import make_token
from receivables.audit.models import Entry
from tests.builders import make_creditor, make_customer, make_invoice

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PDF = b"%PDF-1.7 "


@pytest.fixture
def company(settings, tmp_path: Path) -> Creditor:
    settings.WATCH_DIR = str(tmp_path)
    company = make_creditor()
    (tmp_path / company.slug / "papers").mkdir(parents=True)
    return company


def put(company: Creditor, settings, name: str, content: bytes = PDF) -> Path:
    path = Path(settings.WATCH_DIR) / company.slug / "papers" / name
    path.write_bytes(content)
    at = (NOW - timedelta(hours=1)).timestamp()
    os.utime(path, (at, at))
    return path


def test_papers_find_their_invoice_by_name_or_description(company, settings) -> None:
    customer = make_customer(company)
    first, second = make_invoice(customer, number="FV/1/2026"), make_invoice(customer, number="FV/1/2026/A")
    make_invoice(number="FV/1/2026")  # another company's
    put(company, settings, "FV-1-2026_umowa ramowa.pdf", PDF + b"1")
    put(company, settings, "fv_1_2026_a wz.pdf", PDF + b"2")
    put(company, settings, "scan0001.pdf", PDF + b"3")
    put(company, settings, "scan0001.pdf.json", b'{"invoice": "FV/1/2026", "kind": "order"}')
    put(company, settings, "FV-9.pdf", PDF + b"4")
    put(company, settings, "FV-1-2026.exe", b"MZ")
    assert take_papers(now=NOW) == {company.slug: WatchReport(attached=3, refused=2)}
    assert set(first.papers.values_list("kind", flat=True)) == {"contract", "order"} and second.papers.get().kind == "proof"
    folder = Path(settings.WATCH_DIR) / company.slug / "papers"
    assert sorted(path.name for path in folder.iterdir()) == ["done", "refused"]
    assert "musi zaczynać się" in (folder / "refused" / "FV-9.pdf.reason.txt").read_text()
    assert Entry.objects.filter(verb="paper_attached").latest("pk").facts["through"] == "watched folder"
    put(company, settings, "FV-1-2026 again.pdf", PDF + b"1")
    assert take_papers(now=NOW) == {company.slug: WatchReport(known=1)}


def test_a_folder_that_cannot_be_used_stops_no_other_company(company, settings) -> None:
    other = make_creditor()
    (Path(settings.WATCH_DIR) / other.slug / "papers").mkdir(parents=True)
    for one in (company, other):
        make_invoice(make_customer(one), number="FV/1")
        put(one, settings, "FV-1.pdf")
    (Path(settings.WATCH_DIR) / company.slug / "papers" / "done").write_bytes(b"no folder")
    assert take_papers(now=NOW) == {one.slug: WatchReport(attached=1) for one in (company, other)}
    assert take_papers(now=NOW)[company.slug] == WatchReport(known=1)


def test_a_name_that_means_two_invoices_is_refused_and_off_means_off(company, settings) -> None:
    customer = make_customer(company)
    make_invoice(customer, number="FV/1"), make_invoice(customer, number="FV-1")
    put(company, settings, "FV 1.pdf")
    assert take_papers(now=NOW) == {company.slug: WatchReport(refused=1)}
    put(company, settings, "x.pdf")
    put(company, settings, "x.pdf.json", b'{"invoice": ["FV/1"]}')
    assert take_papers(now=NOW) == {company.slug: WatchReport(refused=1)}
    settings.WATCH_DIR = ""
    assert take_papers(now=NOW) == {}


def test_programs_attach_papers_once(client: Client) -> None:
    company = make_creditor()
    invoice, other = make_invoice(make_customer(company), number="FV/1"), make_invoice()
    _row, token = make_token(company, name="erp", now=NOW, scopes=["documents:write", "documents:read"])
    _row, reader = make_token(company, name="reader", now=NOW, scopes=["documents:read"])

    def send(pk: int, content: bytes = PDF, *, query: str = "?kind=contract&name=../umowa.pdf", secret: str = token, **more: str):
        headers = {"authorization": f"Bearer {secret}", **more}
        return client.post(f"/api/v1/invoices/{pk}/papers{query}", content, content_type="application/pdf", headers=headers)

    made = send(invoice.pk, **{"idempotency-key": "1"})
    assert made.status_code == 201 and (made.json()["kind"], made.json()["name"]) == ("contract", "..-umowa.pdf")
    assert send(invoice.pk, **{"idempotency-key": "1"})["Idempotency-Replayed"] == "true"
    assert (send(invoice.pk).status_code, InvoicePaper.objects.count()) == (200, 1)
    assert send(invoice.pk, secret=reader).status_code == 403
    assert send(other.pk).status_code == 404
    assert send(invoice.pk, b"MZ").status_code == 422
    assert send(invoice.pk, query="?kind=secret").status_code == 422
    large = send(invoice.pk, PDF + b"x" * 3_000_000)
    assert large.status_code == 201, large.content
    assert send(invoice.pk, PDF + b"x" * 10_000_000).status_code == 413
    listed = client.get(f"/api/v1/invoices/{invoice.pk}/papers", headers={"authorization": f"Bearer {reader}"})
    assert [row["kind"] for row in listed.json()["items"]] == ["contract", "contract"]
