"""Rates in the admin: one enters, another approves, and what is shipped stands beside them."""

from typing import Any

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from receivables.accounts.models import User
from receivables.audit.models import Entry
from receivables.rates.models import InterestRate, MidRate
from receivables.rates.stored import current_book
from tests.builders import make_user
from tests.db.rates.world import NOW, TODAY, a_mid, a_rate, entered

pytestmark = pytest.mark.django_db

RATE = {
    "country": "PL", "regime": "nbp_reference", "valid_from": "2026-09-10", "known_until": "2026-11-28", "rate_percent": "3.50", "source": "NBP",
}  # fmt: skip
MID = {"country": "PL", "rate_on": "2026-08-31", "price": "4.25", "table_number": "168/A/NBP/2026", "source": "NBP"}


@pytest.fixture(autouse=True)
def today() -> Any:
    with override_settings(CLOCK=NOW, LANGUAGE_CODE="en"):
        yield


def person() -> tuple[User, Client]:
    user, client = make_user(is_staff=True, is_superuser=True), Client()
    client.force_login(user)
    return user, client


def address(model: Any, page: str, *parts: Any) -> str:
    return reverse(f"admin:rates_{model._meta.model_name}_{page}", args=parts)


def decide(client: Client, row: InterestRate | MidRate, action: str) -> str:
    answer = client.post(address(type(row), "changelist"), {"action": action, "_selected_action": [row.pk]}, follow=True)
    return " ".join(str(message) for message in answer.context["messages"])


@pytest.mark.parametrize(("model", "values"), [(InterestRate, RATE), (MidRate, MID)])
def test_one_enters_and_another_approves(model: Any, values: dict[str, str]) -> None:
    author, one = person()
    approver, other = person()
    assert one.post(address(model, "add"), values).status_code == 302
    row = model.objects.get()
    assert (row.author, row.entered_at, row.approved_at) == (author, NOW, None)
    assert "Somebody else has to approve this" in decide(one, row, "approve")
    assert not model.objects.in_force().exists()
    assert "is approved" in decide(other, row, "approve")
    assert model.objects.in_force().get().approver == approver
    assert list(Entry.objects.order_by("pk").values_list("verb", "actor")) == [("rate_entered", author.pk), ("rate_approved", approver.pk)]
    assert "decided already" in decide(other, row, "approve")


def test_a_refused_rate_never_counts() -> None:
    _user, client = person()
    row = entered(a_rate())
    assert "is refused" in decide(client, row, "refuse")
    assert current_book().table("PL", "nbp_reference").known_until() < TODAY


@pytest.mark.parametrize(
    ("model", "values", "complaint"),
    [
        (InterestRate, {**RATE, "regime": "kc_delay"}, "follows from nbp_reference by law"),
        (InterestRate, {**RATE, "valid_from": "2026-08-01"}, "Give the reason why that is wrong"),
        (InterestRate, {**RATE, "rate_percent": "NaN"}, "Enter a number"),
        (InterestRate, {**RATE, "source": " "}, "This field is required"),
        (MidRate, {**MID, "rate_on": "2026-08-28"}, "The last working day of that month is 2026-08-31"),
    ],
)
def test_what_cannot_be_is_said_at_the_form_and_not_kept(model: Any, values: dict[str, str], complaint: str) -> None:
    _user, client = person()
    answer = client.post(address(model, "add"), values)
    assert answer.status_code == 200 and complaint in answer.content.decode()
    assert not model.objects.exists()


@pytest.mark.parametrize(("model", "make", "shipped"), [(InterestRate, a_rate, "commercial_delay"), (MidRate, a_mid, "147/A/NBP/2026")])
def test_nothing_is_edited_or_deleted_and_the_shipped_rows_are_shown(model: Any, make: Any, shipped: str) -> None:
    _user, client = person()
    row = entered(make())
    assert client.post(address(model, "change", row.pk), {**RATE, **MID}).status_code == 403
    assert client.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    page = client.get(address(model, "changelist")).content.decode()
    assert shipped in page and "waits for approval" in page and "delete_selected" not in page


def test_who_may_only_look_neither_enters_nor_decides() -> None:
    user, client = make_user(is_staff=True), Client()
    client.force_login(user)
    row = entered(a_rate())
    assert client.get(address(InterestRate, "add")).status_code == 403
    assert client.post(address(InterestRate, "changelist"), {"action": "approve", "_selected_action": [row.pk]}).status_code == 403
    assert not InterestRate.objects.in_force().exists()
