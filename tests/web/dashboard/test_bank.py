"""The bank's pages: bring files in, book what is suggested as it was shown, split, set aside, undo, release."""

from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from invoices.actions.bank.mailed import STRANGER
from invoices.models import BankLine, Payment, StatementArrival
from receivables.accounts.models import Creditor
from receivables.clock import now
from tests.builders import make_invoice
from tests.web.dashboard.world import ATTACK, World

NOT_FOUND, UNPROCESSABLE = 404, 422


def url(name: str, *parts: int) -> str:
    return reverse(f"dashboard:{name}", args=parts)


def page(client: Client, name: str, *parts: int) -> str:
    return client.get(url(name, *parts)).content.decode()


def test_what_waits_is_shown_with_its_suggestion_and_nothing_runs(world: World) -> None:
    text = page(world.client("viewer"), "bank")
    assert world.ours.line.counterparty in text and ATTACK not in text
    assert "held: it does not balance" in text
    assert "Bring in statements" not in text  # a viewer only looks
    assert "Bring in statements" in page(world.client("clerk"), "bank")


def test_a_file_is_brought_in_and_what_is_certain_is_booked(world: World) -> None:
    client = world.client("clerk")
    invoice = make_invoice(world.ours.customer, "61.50", number="FV/77/2026")
    text = (
        f":20:ST\n:25:{world.ours.creditor.bank_account}\n:28C:9/1\n:60F:C261121PLN0,00\n:61:2611211121C61,50NTRFNONREF//X\n"
        ":86:020~00X\n~20FV/77/2026\n:62F:C261121PLN61,50\n-\n"
    )
    answer = client.post(
        url("bank_import"), {"statements": [SimpleUploadedFile("a.sta", text.encode()), SimpleUploadedFile("b.sta", b"x")]}
    )
    said = answer.content.decode()
    assert answer.status_code == UNPROCESSABLE
    assert "a.sta: 1 new lines" in said and "b.sta was refused" in said and "1 of" in said
    assert Payment.objects.filter(customer=world.ours.customer, entries__item__invoice=invoice).exists()
    assert client.post(url("bank_import"), {}).status_code == UNPROCESSABLE


def test_a_suggestion_is_booked_as_it_was_shown(world: World) -> None:
    client, line = world.client("clerk"), world.ours.line
    invoice = make_invoice(world.ours.customer, "75.00", number="FV/78/2026")
    item = invoice.items.get()
    assert "Book it so" in page(client, "bank_line", line.pk)
    client.post(url("bank_line_book", line.pk), {"customer": world.ours.customer.pk, "item": ["0"]})
    assert BankLine.objects.get(pk=line.pk).state == "waiting"
    client.post(url("bank_line_book", line.pk), {"customer": world.ours.customer.pk, "item": [item.pk]})
    line.refresh_from_db()
    assert (line.state, line.why) == ("booked", "confirmed: name_and_amount")
    item.refresh_from_db()
    assert item.open_amount == 0
    assert "confirmed: the payer" in page(client, "bank_line", line.pk)
    client.post(url("bank_line_back", line.pk))
    item.refresh_from_db()
    assert (BankLine.objects.get(pk=line.pk).state, item.open_amount) == ("waiting", Decimal(75))


def shares(*rows: tuple[str, str]) -> dict[str, str]:
    data = {"form-TOTAL_FORMS": "5", "form-INITIAL_FORMS": "0"}
    for n, (number, amount) in enumerate(rows):
        data |= {f"form-{n}-number": number, f"form-{n}-amount": amount}
    return data


def test_a_line_is_split_by_numbers(world: World) -> None:
    client, line = world.client("clerk"), world.ours.line
    make_invoice(world.ours.customer, "50.00", number="FV/79/2026")
    refused = client.post(url("bank_line_split", line.pk), shares(("FV/79/2026", "50.00"), ("NIC", "25.00")))
    assert refused.status_code == UNPROCESSABLE and "NIC is neither" in refused.content.decode()
    short = client.post(url("bank_line_split", line.pk), shares(("FV/79/2026", "50.00")))
    assert "all of the line" in short.content.decode()
    theirs = client.post(url("bank_line_split", line.pk), shares((world.theirs.invoice.number, "75.00")))
    assert "is neither" in theirs.content.decode()
    done = client.post(url("bank_line_split", line.pk), shares(("FV/79/2026", "50.00"), (world.ours.customer.number, "25.00")))
    assert done.status_code == 302
    assert sorted(line.payments.values_list("amount", flat=True)) == [25, 50]


def test_set_aside_with_a_reason_and_put_back(world: World) -> None:
    client, line = world.client("clerk"), world.ours.line
    assert client.post(url("bank_line_aside", line.pk), {"reason": ""}).status_code == UNPROCESSABLE
    client.post(url("bank_line_aside", line.pk), {"reason": "Odsetki"})
    assert "Odsetki" in client.get(url("bank") + "?state=set_aside").content.decode()
    client.post(url("bank_line_back", line.pk))
    assert BankLine.objects.get(pk=line.pk).state == "waiting"


def test_only_an_approver_releases_a_statement(world: World) -> None:
    held = world.ours.held
    assert world.client("clerk").post(url("statement_release", held.pk), {"reason": "x"}).status_code == 403
    client = world.client("approver")
    assert "does not balance" in page(client, "statement_release", held.pk)
    client.post(url("statement_release", held.pk), {"reason": "Bank potwierdził"})
    held.refresh_from_db()
    assert not held.is_held and held.released_why == "Bank potwierdził"


def test_another_companys_line_is_not_found(world: World) -> None:
    client = world.client("manager")
    assert client.get(url("bank_line", world.theirs.line.pk)).status_code == 404
    assert client.post(url("bank_line_return", world.ours.line.pk), {"payment": world.theirs.payment.pk}).status_code == 404


def test_what_came_by_itself_and_was_refused_waits_until_it_is_seen(world: World) -> None:
    def came(creditor: Creditor) -> StatementArrival:
        told = {"name": f"Wyciąg {ATTACK}", "sender": "bank@example.com", "problems": [["a.sta", "It is odd."], ["", STRANGER]]}
        return StatementArrival.objects.create(creditor=creditor, way="mailbox", key="k", at=now(), **told)

    ours, theirs = came(world.ours.creditor), came(world.theirs.creditor)
    clerk = world.client("clerk")
    text = page(clerk, "bank")
    assert "bank@example.com" in text and "a.sta: It is odd." in text and "not on the list" in text and ATTACK not in text
    assert "I have seen it" not in page(world.client("viewer"), "bank")
    assert clerk.post(url("bank_arrival_seen", theirs.pk)).status_code == NOT_FOUND
    clerk.post(url("bank_arrival_seen", ours.pk))
    assert "bank@example.com" not in page(clerk, "bank")
    theirs.refresh_from_db()
    assert theirs.seen_at is None


def test_the_page_for_files_takes_them_dropped(world: World) -> None:
    text = page(world.client("clerk"), "bank_import")
    assert "data-drop" in text and "js/drop" in text
