"""A bank's CSV that no layout describes: from the refusal to the columns, the layout of the account, and the books."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from django.urls import reverse

from invoices.actions.bank import add_bank_account
from invoices.models import BankAccount, BankLine
from receivables.audit.models import Entry
from receivables.dashboard.views.bank import known_accounts
from tests.builders import audited, make_creditor, make_user
from tests.web.dashboard.test_deeds import said
from tests.web.dashboard.world import ATTACK, World

CSV = f"""\
Bank Spółdzielczy;Historia
Dzień;Wpłynęło;Wypłynęło;Kto;Za co
04.11.2026;1 234,50;;{ATTACK};FV 700/2026
06.11.2026;;-34,50;GAMMA;czynsz
razem;1 234,50;34,50;;
""".encode()
CHOSEN = {
    "column_0": "booked_on", "column_1": "credit", "column_2": "debit", "column_3": "counterparty", "column_4": "title",
    "dates": "%d.%m.%Y", "decimal": ",", "currency": "pln",
}  # fmt: skip
HERE, FILES = reverse("dashboard:bank_mapping"), reverse("dashboard:bank_import")


def refused(client: Client, data: bytes = CSV, **more: int) -> str:
    """Bring in what is not understood; returns where its page leads."""
    answer = client.post(FILES, {"statements": [SimpleUploadedFile("h.csv", data)], **more}, headers={"accept-language": "en"})
    assert answer.status_code == 422
    (link,) = re.findall(rf'href="({HERE}\?token=[0-9a-f]+)"', answer.content.decode())
    return str(link)


def asked(client: Client, link: str) -> dict[str, str]:
    """What the page of the columns holds at first."""
    page = client.get(link, headers={"accept-language": "en"})
    assert page.status_code == 200
    hidden = dict(re.findall(r'<input type="hidden" name="(token|shape)" value="([^"]*)"', page.content.decode()))
    form = page.context["form"]
    initial = {name: str(form.get_initial_for_field(field, name) or "") for name, field in form.fields.items()}
    return {**{name: value for name, value in initial.items() if value not in ("", "False")}, **hidden}


def test_from_a_file_that_is_not_understood_to_the_books_without_javascript(world: World) -> None:
    client, company = world.client("clerk"), world.ours.creditor
    account = add_bank_account(company, company.bank_account)
    first = asked(client, refused(client))
    assert (first["above"], first["named"], first["delimiter"], first["currency"]) == ("2", "True", ";", "PLN")
    form = {**first, **CHOSEN, "account": str(account.pk)}
    page = client.post(HERE, {**form, "do": "preview"}, headers={"accept-language": "en"})
    text = page.content.decode()
    assert page.status_code == 200 and "1234.50" in text and "-34.50" in text and "2026-11-04" in text and "lines 5" in text
    assert ATTACK not in text and page.context["broken"] == 0
    assert not BankAccount.objects.exclude(profile="").exists() and not BankLine.objects.filter(title="FV 700/2026").exists()
    answer = client.post(HERE, {**form, "do": "save"}, headers={"accept-language": "en"})
    assert answer.status_code == 200 and b"h.csv: 2 new lines" in answer.content and b"The layout is kept" in answer.content
    assert f'action="{FILES}"' in answer.content.decode()
    account.refresh_from_db()
    assert "Wpłynęło" in account.profile and Entry.objects.filter(creditor=company, verb="save_bank_layout").count() == 1
    line = BankLine.objects.get(creditor=company, title="FV 700/2026")
    assert (str(line.amount), line.currency, line.account) == ("1234.5000", "PLN", account)
    later = CSV.replace(b"04.11", b"05.11").replace(b"FV 700", b"FV 701")
    again = client.post(FILES, {"statements": [SimpleUploadedFile("next.csv", later)], "account": account.pk})
    assert again.status_code == 200 and BankLine.objects.filter(title="FV 701/2026").exists()
    add_bank_account(company, "PL27114020040000300201355387")
    newest = CSV.replace(b"FV 700", b"FV 703")
    answer = client.post(FILES, {"statements": [SimpleUploadedFile("newest.csv", newest)]}, headers={"accept-language": "en"})
    assert answer.status_code == 422 and b"Name the account" in answer.content  # its header alone is known
    assert client.post(FILES, {"statements": [SimpleUploadedFile("newest.csv", newest)], "account": account.pk}).status_code == 200
    assert BankLine.objects.get(title="FV 703/2026").account == account


@pytest.mark.django_db
def test_looking_makes_no_account_known_and_posting_does(rf: RequestFactory) -> None:
    company = make_creditor(bank_account="PL61109010140000071219812874")
    for ask, numbers in ((rf.get, []), (rf.post, [company.bank_account]), (rf.post, [company.bank_account])):
        request: Any = ask(HERE)
        request.creditor, request.user = company, make_user(creditor=company)
        assert [account.number for account in known_accounts(request)] == numbers
    assert audited(company).count("add_bank_account") == 1


def test_what_is_missing_or_would_read_nothing_is_said_and_nothing_is_kept(world: World) -> None:
    client, company = world.client("clerk"), world.ours.creditor
    account = add_bank_account(company, company.bank_account)
    form = {**asked(client, refused(client)), **CHOSEN, "account": str(account.pk), "do": "save"}
    for wrong in (
        {"column_0": ""},
        {"column_1": ""},
        {"column_3": "title"},
        {"dates": "%Y-%m-%d"},
        {"currency": "PLX"},
        {"column_0": "title", "column_4": "booked_on"},
        {"account": "0"},
    ):
        assert client.post(HERE, {**form, **wrong}).status_code == 422, wrong
    other = client.post(HERE, {**form, "above": "1"})  # divided otherwise: asked anew
    assert other.status_code == 422 or "column_0" not in other.context["form"].data
    assert client.post(HERE, {**form, "delimiter": ","}).status_code == 422
    account.refresh_from_db()
    assert account.profile == "" and not BankLine.objects.filter(title="FV 700/2026").exists()


def test_a_layout_that_the_account_has_is_replaced_only_when_somebody_says_so(world: World) -> None:
    client, company = world.client("clerk"), world.ours.creditor
    account = add_bank_account(company, company.bank_account)
    account.profile = "name: old\ncolumns: {booked_on: [A], amount: [B], title: [C]}\n"
    account.save(update_fields=["profile"])
    link = refused(client, account=account.pk)
    form = {**asked(client, link), **CHOSEN, "do": "save"}
    assert form["account"] == str(account.pk)
    assert client.post(HERE, form).status_code == 422
    assert client.post(HERE, {**form, "replaces": "on"}).status_code == 200
    entry = Entry.objects.get(creditor=company, verb="save_bank_layout")
    assert entry.facts["before"].startswith("name: old")


def test_a_table_without_a_currency_leads_there_too(world: World) -> None:
    client = world.client("clerk")
    account = add_bank_account(world.ours.creditor, world.ours.creditor.bank_account)
    first = asked(client, refused(client, b"Datum;Betrag;Details\n2026-11-04;10,00;FV 702/2026\n"))
    assert (first["column_0"], first["column_1"], first["column_2"]) == ("booked_on", "amount", "title")
    assert "account" not in first  # of several a person names one
    assert client.post(HERE, {**first, "account": account.pk, "do": "save"}).status_code == 200
    assert BankLine.objects.get(title="FV 702/2026").currency == "PLN"


def test_a_file_of_another_session_or_another_page_is_not_described(world: World) -> None:
    mine, other = world.client("clerk"), world.client("both")
    link = refused(mine)
    answer = other.get(link)
    assert answer["Location"] == FILES and "not kept any more" in said(other.get(FILES))
    assert mine.post(HERE, {"token": "0" * 32})["Location"] == FILES


def test_a_file_is_also_chosen_here_to_change_what_an_account_has(world: World) -> None:
    client = world.client("clerk")
    assert client.get(HERE).status_code == 200
    shown = client.post(HERE, {"file": SimpleUploadedFile("h.csv", CSV)})
    assert shown.status_code == 200 and shown.context["form"].seen.above == 2
    assert client.post(HERE, {"file": SimpleUploadedFile("h.csv", b"%PDF-1.7")}).status_code == 422
    assert client.post(HERE, {}).status_code == 422
