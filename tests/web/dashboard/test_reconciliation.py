"""The page that compares a list of open items: first shown, then kept; one that looks wrong takes a person's word."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from dunning.models import Hold, Reconciliation
from invoices.models import Item
from tests.web.dashboard.world import TODAY, World

pytestmark = pytest.mark.django_db
PAGE = "dashboard:reconciliation"


def upload(client: Client, *lines: str) -> Any:
    file = SimpleUploadedFile("l.csv", "\n".join(["Invoice number,Open amount", *lines]).encode())
    values = {"file": file, "profile": "open-items", "as_of": TODAY.isoformat()}
    return client.post(reverse(PAGE), values, headers={"accept-language": "en"})


def keep(client: Client, shown: Any, **more: str) -> Any:
    values = {"token": shown.context["upload"].token, "as_of": TODAY.isoformat(), **more}
    return client.post(reverse(PAGE), values, headers={"accept-language": "en"})


def test_a_list_is_shown_first_and_then_kept(world: World) -> None:
    clerk, items = world.client("clerk"), list(Item.objects.open().filter(creditor=world.ours.creditor).select_related("invoice"))
    numbers = sorted({item.invoice.number for item in items})
    owed = {number: sum(item.open_amount for item in items if item.invoice.number == number) for number in numbers}
    held = Hold.objects.count()
    shown = upload(clerk, *[f"{number},{owed[number]:.2f}" for number in numbers[1:]])
    assert shown.status_code == 200 and numbers[0] in shown.content.decode()
    assert (Hold.objects.count(), Reconciliation.objects.count()) == (held, 0)
    assert keep(clerk, shown)["Location"] == reverse(PAGE)
    assert Hold.objects.count() > held and Reconciliation.objects.count() == 1
    assert "l.csv" in clerk.get(reverse(PAGE)).content.decode()


def test_a_list_that_looks_wrong_is_kept_only_when_a_person_says_so(world: World) -> None:
    clerk = world.client("clerk")
    shown = upload(clerk, "Z/1,5.00")
    assert "Few or none of its numbers are known" in shown.content.decode()
    refused = keep(clerk, shown)
    assert refused.status_code == 422 and Reconciliation.objects.count() == 0
    assert keep(clerk, shown, confirm="1").status_code == 302
    assert Reconciliation.objects.get().is_confirmed


def test_a_list_that_cannot_be_read_names_the_line(world: World) -> None:
    shown = upload(world.client("clerk"), "F/1,much")
    assert shown.status_code == 422 and "is no amount" in shown.content.decode()
