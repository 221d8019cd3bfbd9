"""How far an invoice may climb, and deferring it, from its page."""

import pytest
from django.urls import reverse

from dunning.models import Agreement, Case
from receivables.audit.models import Entry
from tests.web.dashboard.test_deeds import post, said
from tests.web.dashboard.test_facts import page
from tests.web.dashboard.world import World


def caps(world: World) -> set[str]:
    return set(Case.objects.filter(item__invoice=world.ours.invoice).values_list("max_step", flat=True))


def test_an_invoice_is_capped_with_a_reason_and_the_cap_is_lifted(world: World) -> None:
    client, invoice = world.client("clerk"), world.ours.invoice
    form = page(world, "invoice_cap", invoice.pk)
    assert "took Second overdue notice" in form and "left out: Formal demand" in form and "no limit" in form
    answer = post(client, "invoice_cap", [invoice.pk], step="second", reason="Stały klient")
    assert answer.status_code == 302 and "set" in said(answer) and caps(world) == {"second"}
    shown = page(world, "invoice", invoice.pk)
    for words in ("Nothing above “Second overdue notice” is sent", "Stały klient", "clerk,", "Change or lift it"):
        assert words in shown
    assert post(client, "invoice_cap", [invoice.pk], step="-", reason="Już nie").status_code == 302
    assert caps(world) == {""} and "Stały klient" not in page(world, "invoice", invoice.pk)
    assert [entry.facts["step"] for entry in Entry.objects.filter(verb="ladder_capped").order_by("pk")] == ["second", ""]


@pytest.mark.parametrize(("values", "words"), [({"step": "court", "reason": "x"}, "valid choice"), ({"step": "second"}, "required")])
def test_a_cap_that_cannot_be_is_refused(world: World, values: dict[str, str], words: str) -> None:
    answer = post(world.client("clerk"), "invoice_cap", [world.ours.invoice.pk], **values)
    assert answer.status_code == 422 and words in answer.content.decode() and caps(world) == {""}


def test_an_invoice_is_deferred_from_its_page_and_leads_back_to_it(world: World) -> None:
    invoice = world.ours.invoice
    item = invoice.items.get()
    address = f"{reverse('dashboard:customer_deferral', args=[invoice.customer_id])}?from={invoice.pk}&amp;item={item.pk}"
    assert address in page(world, "invoice", invoice.pk)
    client = world.client("clerk")
    form = client.get(address.replace("&amp;", "&")).content.decode()
    assert f'value="{item.pk}"' in form and "checked" in form and reverse("dashboard:invoice", args=[invoice.pk]) in form
    answer = client.post(address.replace("&amp;", "&"), {"items": [item.pk], "until": "2026-12-31", "interest": "runs"})
    assert (answer.status_code, answer["Location"]) == (302, reverse("dashboard:invoice", args=[invoice.pk]))
    assert Agreement.objects.filter(lines__item=item).exists()


@pytest.mark.parametrize("asked", ["x", "999999", "theirs"])
def test_an_invoice_of_others_is_no_way_back(world: World, asked: str) -> None:
    asked = str(world.theirs.invoice.pk) if asked == "theirs" else asked
    customer = world.ours.customer
    shown = world.client("clerk").get(reverse("dashboard:customer_deferral", args=[customer.pk]), {"from": asked})
    assert shown.status_code == 200 and world.theirs.invoice.number not in shown.content.decode()
