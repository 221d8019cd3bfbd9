"""The interface for shops: who gets in, what they see, and what is refused how."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from invoices.models import Customer
from receivables import clock
from receivables.accounts.models import Creditor
from receivables.api.actions import make_token, revoke_token
from receivables.api.actions.events import body_of
from receivables.api.models import ApiToken
from receivables.credit.actions import follow_due, override, set_limit
from receivables.credit.models import CreditChange
from receivables.credit.states import CreditState, LimitKind
from tests.builders import audited, make_creditor, make_customer, make_invoice, make_user, pay

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TODAY = NOW.date()
DAY = timedelta(days=1)
NIP = "1234563218"


@pytest.fixture(autouse=True)
def clean_cache(settings: Settings) -> None:
    settings.CLOCK = NOW
    cache.clear()


@pytest.fixture
def creditor() -> Creditor:
    return make_creditor("firma")


@pytest.fixture
def customer(creditor: Creditor) -> Customer:
    return make_customer(creditor, number="K/7", tax_id=NIP)


@pytest.fixture
def token(creditor: Creditor) -> str:
    return make_token(creditor, name="shop", now=NOW)[1]


def get(token: str, address: str = "/api/v1/customers/K/7/credit", **headers: str) -> HttpResponse:
    return Client(enforce_csrf_checks=True).get(address, headers={"authorization": f"Bearer {token}", **headers})  # type: ignore[return-value]


def told(token: str, address: str = "/api/v1/customers/K/7/credit") -> dict[str, Any]:
    response = get(token, address)
    assert response.status_code == 200, response.content
    answer: dict[str, Any] = json.loads(response.content)
    return answer


def detail(response: HttpResponse) -> str:
    assert response["Content-Type"] == "application/problem+json"
    problem = json.loads(response.content)
    assert problem["status"] == response.status_code
    return str(problem["detail"])


ADDRESSES = [
    "/api/v1/customers/K/7/credit", "/api/v1/customers/credit?nip=1234563218", "/api/v1/", "/api/v2/anything", "/api/v1/customers/none",
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_address_of_the_interface_needs_a_token(address: str, customer: Customer) -> None:
    for headers in ({}, {"authorization": "Bearer x"}, {"authorization": "Basic dTpw"}, {"authorization": "Bearer rcv_0_0"}):
        response = Client().get(address, headers=headers)
        assert (address, response.status_code, response["WWW-Authenticate"]) == (address, 401, "Bearer")
        assert NIP not in response.content.decode() and not response.cookies


def test_a_signed_in_person_is_nobody_here(customer: Customer) -> None:
    client = Client()
    client.force_login(make_user(is_superuser=True))
    assert client.get(ADDRESSES[0]).status_code == 401


def test_a_customer_that_nobody_has_judged_is_open(customer: Customer, token: str) -> None:
    assert told(token) == {
        "number": "K/7", "tax_id": NIP, "state": "open", "reason": "nothing_against", "reasons": [], "since": None, "until": None,
        "sequence": 0, "limit": None, "insured_limit": None, "exposure": [],
    }  # fmt: skip


def test_state_reason_limit_and_exposure(customer: Customer, token: str) -> None:
    invoice = make_invoice(customer, 300, issued_on=TODAY - 60 * DAY, due_on=TODAY - 31 * DAY)
    set_limit(customer, kind=LimitKind.OWN, amount=Decimal(1000), currency="PLN", reason="x", on=TODAY, valid_until=TODAY + DAY)
    follow_due(customer.creditor, on=TODAY)
    answer = told(token)
    assert (answer["state"], answer["reason"], answer["since"]) == ("prepayment", "overdue", TODAY.isoformat())
    assert answer["reasons"] == [{"code": "overdue", "text": "The oldest debt is 31 days overdue, more than 30."}]
    assert answer["limit"] == {"amount": "1000.00", "currency": "PLN", "left": "700.00", "valid_until": (TODAY + DAY).isoformat()}
    assert answer["exposure"] == [{"currency": "PLN", "open": "300.00", "overdue": "300.00", "not_due": "0.00", "credit": "0.00"}]
    before = answer["sequence"]
    pay(customer, 300, invoice, booked_on=TODAY)
    answer = told(token)
    assert (answer["state"], answer["exposure"]) == ("open", []) and answer["sequence"] > before


def test_a_decision_has_its_last_day(customer: Customer, token: str) -> None:
    override(customer, state=CreditState.STOP, until=TODAY + DAY, reason="Zarząd", on=TODAY)
    answer = told(token)
    assert (answer["state"], answer["reason"], answer["until"]) == ("stop", "set_by_person", (TODAY + DAY).isoformat())


def test_what_a_person_wrote_stays_in_the_house(customer: Customer, token: str) -> None:
    override(customer, state=CreditState.STOP, until=TODAY + DAY, reason="Zarząd: choroba właściciela", on=TODAY)
    said = [{"code": "set_by_person", "text": f"A person decided so until {TODAY + DAY}."}]
    assert told(token)["reasons"] == said
    assert json.loads(body_of(CreditChange.objects.get(customer=customer), customer))["credit"]["reasons"] == said


@pytest.mark.parametrize("nip", ["1234563218", "PL1234563218", "123-456-32-18"])
def test_by_tax_number(nip: str, customer: Customer, token: str) -> None:
    assert told(token, f"/api/v1/customers/credit?nip={nip}")["number"] == "K/7"


@pytest.mark.parametrize(
    ("address", "status", "says"),
    [
        ("/api/v1/customers/K/8/credit", 404, "no customer with this number"),
        ("/api/v1/customers/credit?nip=5265877635", 404, "no customer with this tax number"),
        ("/api/v1/customers/credit", 400, "Ask with ?nip="),
        ("/api/v1/customers/credit?nip=--", 400, "Ask with ?nip="),
        ("/api/v1/nothing", 404, "nothing at this address"),
        ("/api/v1/customers/%00/credit", 404, "no customer with this number"),
        ("/api/v1/customers/%0A/credit", 404, "nothing at this address"),
    ],
)
def test_what_is_refused_is_said_in_a_sentence(address: str, status: int, says: str, customer: Customer, token: str) -> None:
    response = get(token, address)
    assert response.status_code == status and says in detail(response)


def test_a_tax_number_of_several_customers(customer: Customer, token: str) -> None:
    make_customer(customer.creditor, tax_id=NIP)
    response = get(token, f"/api/v1/customers/credit?nip={NIP}")
    assert response.status_code == 409 and "Several customers" in detail(response)


def test_another_companys_customers_are_not_there(customer: Customer) -> None:
    _row, other = make_token(make_creditor(), name="x", now=NOW)
    assert get(other).status_code == get(other, f"/api/v1/customers/credit?nip={NIP}").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_it_is_read_only(method: str, customer: Customer, token: str) -> None:
    response = getattr(Client(enforce_csrf_checks=True), method)(ADDRESSES[0], headers={"authorization": f"Bearer {token}"})
    assert response.status_code == 405 and response["Allow"] == "GET, HEAD" and "read-only" in detail(response)


def test_a_revoked_token_opens_nothing(customer: Customer, token: str) -> None:
    row = ApiToken.objects.get()
    revoke_token(row, now=NOW)
    assert get(token).status_code == 401
    assert audited(customer.creditor)[-2:] == ["api_token_made", "api_token_revoked"] or "api_token_revoked" in audited(customer.creditor)


def test_only_the_digest_of_a_token_is_kept(token: str) -> None:
    row = ApiToken.objects.get()
    assert token.startswith(row.handle) and token.rpartition("_")[2].encode() not in bytes(row.digest)
    stored = " ".join(str(value) for value in ApiToken.objects.values().get().values())
    assert token not in stored


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-1],
        lambda token: token + "x",
        lambda token: token.upper(),
        lambda token: token[:17] + "x" * 43,
        lambda token: f" {token}x",
        lambda token: token * 50,
    ],
)
def test_a_token_that_is_nearly_right_is_wrong(change: Any, customer: Customer, token: str) -> None:
    assert get(change(token)).status_code == 401


def test_last_used_is_known_to_the_minute(customer: Customer, token: str, settings: Settings) -> None:
    for seconds, used in ((0, 0), (59, 0), (61, 61)):
        settings.CLOCK = NOW + timedelta(seconds=seconds)
        get(token)
        assert ApiToken.objects.get().used_at == NOW + timedelta(seconds=used)


def test_a_token_asks_only_so_often_a_minute(customer: Customer, token: str, settings: Settings) -> None:
    settings.API_PER_MINUTE = 2
    assert [get(token).status_code for _ in range(3)] == [200, 200, 429]
    response = get(token)
    assert response["Retry-After"] == "60" and "At most 2 requests a minute" in detail(response)
    assert get(make_token(customer.creditor, name="other", now=NOW)[1]).status_code == 200
    settings.CLOCK = clock.now() + timedelta(minutes=1)
    assert get(token).status_code == 200


def test_a_dead_cache_lets_the_shop_ask(customer: Customer, token: str, settings: Settings) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "unix:///nowhere/valkey.sock"}}
    assert get(token).status_code == 200


def test_the_same_answer_is_not_sent_twice_and_nobody_on_the_way_keeps_it(customer: Customer, token: str) -> None:
    first = get(token)
    assert first["Cache-Control"] == "no-store" and not first.cookies
    second = get(token, **{"if-none-match": first["ETag"]})
    assert (second.status_code, second.content, second["Cache-Control"]) == (304, b"", "no-store")
    override(customer, state=CreditState.STOP, until=TODAY, reason="x", on=TODAY)
    assert get(token, **{"if-none-match": first["ETag"]}).status_code == 200


def test_an_answer_costs_a_fixed_number_of_queries(customer: Customer, token: str, django_assert_max_num_queries: Any) -> None:
    for _ in range(3):
        make_invoice(customer, due_on=TODAY + DAY, issued_on=TODAY)
    with django_assert_max_num_queries(13):
        get(token)


class TestAdmin:
    """Tokens and webhooks are set up there."""

    @pytest.fixture
    def boss(self, client: Client) -> Client:
        client.force_login(make_user("boss", is_staff=True, is_superuser=True))
        return client

    def test_a_token_is_shown_once_and_works(self, boss: Client, customer: Customer) -> None:
        page = boss.post(
            reverse("admin:api_apitoken_add"), {"creditor": customer.creditor_id, "name": "shop", "scopes": ["credit:read"]}, follow=True
        )
        shown = next(str(message).rpartition(" ")[2] for message in page.context["messages"] if "rcv_" in str(message))
        assert get(shown).status_code == 200
        assert shown not in boss.get(reverse("admin:api_apitoken_change", args=[ApiToken.objects.get().pk])).content.decode()

    def test_a_token_is_revoked(self, boss: Client, token: str, customer: Customer) -> None:
        chosen = {"action": "revoke", "_selected_action": [ApiToken.objects.get().pk]}
        boss.post(reverse("admin:api_apitoken_changelist"), chosen)
        assert get(token).status_code == 401

    def test_staff_who_are_no_superusers_make_none(self, client: Client, creditor: Creditor) -> None:
        client.force_login(make_user(is_staff=True))
        assert client.get(reverse("admin:api_apitoken_add")).status_code == 403


def test_whoever_may_look_at_tokens_in_the_admin_does_not_revoke_them(creditor: Creditor, token: str) -> None:
    looker = make_user("looker", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_apitoken"))
    browser, address = Client(), reverse("admin:api_apitoken_changelist")
    browser.force_login(looker)
    assert browser.get(address).status_code == 200
    browser.post(address, {"action": "revoke", "_selected_action": [ApiToken.objects.get().pk]})
    assert get(token, "/api/v1/customers/none/credit").status_code == 404
