"""A demand in one click on the screens: the preview, what was looked at goes, and who may let it go."""

from typing import Any

import pytest
from django.urls import reverse

from dunning.models import Notice
from invoices.models import Item
from receivables.documents import actions as documents
from tests.builders import make_customer, make_invoice
from tests.web.dashboard import world as w
from tests.web.dashboard.world import DAY, TODAY, World


@pytest.fixture
def owed(world: World, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Item:
    settings.CLOCK = w.NOW
    monkeypatch.setattr(documents, "render_pdf", lambda html: b"%PDF")
    customer = make_customer(world.ours.creditor, number="wezwij-1", name=f"Wezwij {w.ATTACK}")
    return make_invoice(customer, "300.00", issued_on=TODAY - 60 * DAY, due_on=TODAY - 40 * DAY).items.get()


def demand(world: World, item: Item, role: str = "approver", **values: Any) -> Any:
    said = {"kind": "demand", "deliver": "self", "currency": "PLN", "language": "", "deadline_on": "", **values}
    address = reverse("dashboard:customer_demand", args=[item.customer_id])
    return world.client(role).post(address, said, headers={"accept-language": "en"})


def test_the_preview_stands_there_at_once_and_what_was_looked_at_goes(world: World, owed: Item) -> None:
    page = world.client("clerk").get(
        reverse("dashboard:customer_demand", args=[owed.customer_id]), {"invoice": owed.invoice_id}, headers={"accept-language": "en"}
    )
    assert owed.label in page.text and "beside it" in page.text and w.ATTACK not in page.text
    looked = demand(world, owed)
    assert looked.status_code == 200 and "Make it, I deliver it" in looked.text
    assert demand(world, owed, go="1", looked_at="x").context["is_changed"]
    assert not Notice.objects.filter(customer=owed.customer_id).exists()
    made = demand(world, owed, go="1", looked_at=looked.context["seal"])
    notice = Notice.objects.get(customer=owed.customer_id)
    assert made["Location"] == reverse("dashboard:message", args=[notice.message_id]) and notice.is_by_hand
    shown = world.client("viewer").get(reverse("dashboard:notice", args=[notice.pk]), headers={"accept-language": "en"}).text
    assert "Demand by hand" in shown and "none: a person made it" in shown
    again = demand(world, owed, go="1", looked_at=looked.context["seal"])
    assert again.status_code == 422 and "enough has been sent" in again.text


def test_a_clerk_sees_it_and_an_approver_makes_it(world: World, owed: Item) -> None:
    looked = demand(world, owed, "clerk")
    assert "Ask one to make it" in looked.text and 'name="go"' not in looked.text
    refused = demand(world, owed, "clerk", go="1", looked_at=looked.context["seal"])
    assert refused.status_code == 422 and not Notice.objects.filter(customer=owed.customer_id).exists()
    assert demand(world, owed, "viewer").status_code == 403
    assert demand(world, world.theirs.invoice.items.get()).status_code == 404


def test_the_pdf_of_the_preview_keeps_nothing(world: World, owed: Item, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("receivables.dashboard.downloads.render_pdf", lambda html: b"%PDF " + str(len(html)).encode())
    answer = demand(world, owed, pdf="1")
    assert answer["Content-Type"] == "application/pdf" and b"".join(answer.streaming_content).startswith(b"%PDF")
    assert not Notice.objects.filter(customer=owed.customer_id).exists()
