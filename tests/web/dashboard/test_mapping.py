"""A table that nobody described: columns, guesses, a preview, a profile with its versions, and the import."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from invoices.models import Invoice, Profile, ProfileVersion
from receivables.accounts.models import Creditor
from tests.builders import make_creditor, make_user

pytestmark = pytest.mark.django_db

TABLE = """\
Nr faktury;Kontrahent;Data wystawienia;Termin zapłaty;Wartość brutto;Handlowiec
FV 1/2026;Sklep Ewa;01.02.2026;15.02.2026;1 234,50;Jan
FV 2/2026;<b>Ala</b>;13.02.2026;27.02.2026;12,00;Jan
""".encode("cp1250")
HERE = "dashboard:mapping"


@pytest.fixture
def company() -> Creditor:
    return make_creditor(name="Firma")


@pytest.fixture
def clerk(client: Client, company: Creditor) -> Client:
    client.force_login(make_user("mapper", role="manager", creditor=company))
    return client


def uploaded(client: Client, data: bytes = TABLE, table: str = "invoices") -> dict[str, str]:
    """Upload a table; returns what its form holds."""
    page = client.post(reverse(HERE), {"file": SimpleUploadedFile("export.csv", data), "table": table})
    assert page.status_code == 200
    text = page.content.decode()
    said = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text))
    form = page.context["form"]
    return {**said, **{name: str(form.initial.get(name, "")) for name in form.fields if name != "replaces"}}


def test_from_an_unknown_table_to_the_books_without_javascript(clerk: Client, company: Creditor, tmp_path) -> None:
    said = uploaded(clerk) | {"name": "Nasz-ERP"}
    shown = clerk.post(reverse(HERE), {**said, "do": "preview"})
    text = shown.content.decode()
    assert shown.status_code == 200 and "2026-02-15" in text and "1234.50" in text and "<b>Ala" not in text and not Profile.objects.exists()
    tried = clerk.post(reverse(HERE), {**said, "do": "save"})
    assert (tried.status_code, tried.context["report"].new) == (200, 2)
    version = ProfileVersion.objects.get()
    assert (version.profile.name, version.profile.creditor, version.number) == ("nasz-erp", company, 1)
    taken = clerk.post(reverse("dashboard:intake"), {"token": said["token"]})
    assert taken.status_code == 302 and set(Invoice.objects.filter(creditor=company).values_list("number", flat=True)) == {
        "FV 1/2026",
        "FV 2/2026",
    }
    file = tmp_path / "again.csv"
    file.write_bytes(TABLE.replace(b"FV 1", b"FV 9"))
    call_command("import_invoices", str(file), "--profile", "nasz-erp", "--creditor", company.slug)
    assert Invoice.objects.filter(number="FV 9/2026").exists()


def test_what_is_missing_or_twice_is_said_and_nothing_is_kept(clerk: Client) -> None:
    said = uploaded(clerk) | {"name": "x", "column_2": "", "column_5": "due_on", "do": "save"}
    page = clerk.post(reverse(HERE), said)
    assert page.status_code == 422 and not Profile.objects.exists()
    assert page.context["form"].errors["column_5"] and "column_2" not in page.context["form"].errors
    wrong = clerk.post(reverse(HERE), uploaded(clerk) | {"name": "x", "dates": "%Y-%m-%d", "do": "preview"})
    assert (wrong.status_code, wrong.context["broken"]) == (200, 2)
    assert clerk.post(reverse(HERE), {"file": SimpleUploadedFile("x.csv", b"%PDF-1.7"), "table": "invoices"}).status_code == 422
    assert clerk.post(reverse(HERE), {"token": "0" * 32}).status_code == 302
    other = clerk.post(reverse(HERE), uploaded(clerk) | {"delimiter": ",", "name": "x", "do": "save"})
    assert other.status_code in (200, 422) and not Profile.objects.exists()


def test_another_text_under_a_name_is_a_version_that_somebody_meant(clerk: Client, company: Creditor) -> None:
    said = uploaded(clerk) | {"name": "erp", "do": "save"}
    clerk.post(reverse(HERE), said)
    again = uploaded(clerk) | {"name": "erp", "do": "save", "thousands": ""}
    assert clerk.post(reverse(HERE), again).status_code == 422
    clerk.post(reverse(HERE), uploaded(clerk) | {"name": "erp", "do": "save", "thousands": "", "replaces": "on"})
    assert list(ProfileVersion.objects.values_list("number", flat=True)) == [2, 1]
    taken = clerk.post(reverse(HERE), uploaded(clerk) | {"name": "generic-pl", "do": "save"})
    assert taken.status_code == 422
    assert Profile.objects.get().creditor == company


def test_open_items_lead_to_the_agreement_with_the_ledger(clerk: Client) -> None:
    said = uploaded(clerk, b"Numer,Saldo\nF/1,12.50\n", "open_items") | {"name": "saldo", "do": "save"}
    page = clerk.post(reverse(HERE), said)
    assert page.status_code == 302 and page["Location"] == reverse("dashboard:reconciliation")
