"""The first-contact list: who waits is seen by everybody, released by who may approve, one by one or all at once."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from dunning.models import OpeningItem
from invoices.models import Customer
from receivables.audit.models import Entry
from tests.builders import make_customer
from tests.opening_rows import opening
from tests.web.dashboard.world import World

pytestmark = pytest.mark.django_db
PAGE = "dashboard:first_contact"


def release(client: Client, **values: Any) -> Any:
    return client.post(reverse("dashboard:first_contact_release"), values, headers={"accept-language": "en"}, follow=True)


def waiting(world: World) -> list[str]:
    return list(Customer.objects.filter(creditor=world.ours.creditor, waits_for_release=True).order_by("pk").values_list("name", flat=True))


def test_the_first_day_is_taken_in_and_its_customers_are_released(world: World) -> None:
    clerk = world.client("clerk")
    address = reverse("dashboard:opening_import")
    rows = [{"customer_number": f"N{n}", "customer_name": f"Nowak {n}", "number": f"N/{n}"} for n in (1, 2, 3)]
    file = SimpleUploadedFile("o.csv", opening(*rows))
    checked = clerk.post(address, {"file": file, "profile": "opening"}, headers={"accept-language": "en"})
    assert checked.status_code == 200 and waiting(world) == []
    answer = clerk.post(address, {"token": checked.context["upload"].token})
    assert answer["Location"] == reverse(PAGE)
    assert waiting(world) == ["Nowak 1", "Nowak 2", "Nowak 3"]
    assert OpeningItem.objects.count() == 3
    page = clerk.get(reverse(PAGE), headers={"accept-language": "en"}).content.decode()
    assert "Nowak 2" in page and "Release" not in page
    assert b"First contact" in clerk.get(reverse("dashboard:today"), headers={"accept-language": "en"}).content

    approver = world.client("approver")
    assert "Release all who wait (3)" in approver.get(reverse(PAGE), headers={"accept-language": "en"}).content.decode()
    theirs = Customer.objects.get(number="N2")
    said = release(approver, pk=[theirs.pk]).content.decode()
    assert "1 customer may be contacted from now on." in said
    assert waiting(world) == ["Nowak 1", "Nowak 3"]
    assert "Nobody of them waits" in release(approver, pk=[theirs.pk]).content.decode()
    shown = approver.get(reverse(PAGE)).context["seen"]
    late = make_customer(world.ours.creditor, number="N9", name="Nowak 9", waits_for_release=True)
    release(approver, all="1", count=shown.count, last=shown.last)
    assert waiting(world) == ["Nowak 9"]
    release(approver, pk=[late.pk])
    assert list(Entry.objects.filter(verb="first_contact_released").values_list("facts__customers", flat=True)) == [1, 2, 1]


def test_customers_of_another_company_are_not_released_along(world: World) -> None:
    theirs = Customer.objects.filter(creditor=world.theirs.creditor)
    theirs.update(waits_for_release=True)
    approver = world.client("approver")
    assert "Nobody of them waits" in release(approver, pk=[theirs[0].pk]).content.decode()
    assert "Nobody of them waits" in release(approver, all="1", count=1, last=2**40).content.decode()
    assert theirs.filter(waits_for_release=False).count() == 0


def test_all_are_not_released_where_others_wait_than_were_shown(world: World) -> None:
    creditor, approver = world.ours.creditor, world.client("approver")
    one, two = (make_customer(creditor, number=f"N{n}", name=f"Nowak {n}", waits_for_release=True) for n in (1, 2))
    assert f'name="last" value="{two.pk}"' in approver.get(reverse(PAGE)).content.decode()
    release(approver, pk=[one.pk])
    for form in ({"count": 2, "last": two.pk}, {"count": "x", "last": two.pk}, {"last": two.pk}):
        assert "Other customers wait now" in release(approver, all="1", **form).content.decode()
    assert "Nobody of them waits" in release(approver, all="1").content.decode()
    assert waiting(world) == ["Nowak 2"]
