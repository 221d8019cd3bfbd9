"""Codes: who gets one, how often, where and how long it works, and that nothing gives away whether an address is known."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from invoices.models import Contact
from receivables.core.typed_codes import ALPHABET, read_code
from receivables.messaging.models import Message
from receivables.messaging.protocols import GUARDS, RENDERERS, Unguarded
from receivables.portal import codes, cookies
from receivables.portal.access import source_of
from receivables.portal.models import Ask, Code, PortalSession
from receivables.portal.tokens import LENGTH, address_hash, new_code
from tests.web.portal.conftest import ask, code_in, mailed
from tests.web.portal.world import World

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
UNKNOWN = "nobody@example.com"
pytestmark = pytest.mark.django_db


def shape(response: HttpResponse) -> tuple[object, ...]:
    """All that a stranger can compare: status, header names, target, cookie names and the page but for its tokens."""
    page = re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"', b"", response.content)
    lives = {name: (morsel["max-age"], morsel["path"], morsel["samesite"]) for name, morsel in response.cookies.items()}
    return response.status_code, sorted(response.headers), response.headers.get("Location"), lives, page


def asked(email: str, *, now: datetime = NOW, source: str = "192.0.2.1") -> str:
    return codes.ask(email, source=source, now=now)


def code_for(email: str, *, now: datetime = NOW) -> tuple[str, str]:
    """Asked and mailed: the browser's secret and the code."""
    return asked(email, now=now), code_in(mailed(now)[0])


@pytest.mark.parametrize("page", ["ask", "code"])
def test_known_and_unknown_addresses_get_the_same_answer_from_the_same_work(world: World, page: str) -> None:
    answers, works = [], []
    for email in (world.email, UNKNOWN):
        browser = Client()
        with CaptureQueriesContext(
            connection,
        ) as work:
            response = browser.post(reverse("portal:ask"), {"email": email})
            if page == "code":
                mailed()
                response = browser.post(reverse("portal:code"), {"code": "00000000"})
        answers.append(shape(response))
        works.append([re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in work.captured_queries] if page == "ask" else [])
    assert answers[0] == answers[1]
    assert works[0] == works[1]


def test_the_page_never_looks_for_the_address(world: World) -> None:
    email = world.email
    with CaptureQueriesContext(connection) as work:
        ask(Client(), email)
    assert not [query for query in work.captured_queries if "invoices_" in query["sql"]]


def test_only_a_known_address_is_written_to_and_as_it_is_stored(world: World) -> None:
    asked(UNKNOWN)
    asked(world.email.upper(), source="192.0.2.2")
    assert [message.recipient for message in mailed(NOW)] == [world.email]


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        pytest.param("strasse@example.com", "straße@example.com", id="sharp s"),
        pytest.param("mail@example.com", "maıl@example.com", id="dotless i"),
    ],
)
def test_letters_that_only_look_alike_are_another_address(world: World, stored: str, typed: str) -> None:
    Contact.objects.filter(pk=world.contact.pk).update(email=stored)
    asked(typed)
    assert mailed(NOW) == []
    assert address_hash(stored) != address_hash(typed)


def test_a_contact_without_access_gets_nothing(world: World) -> None:
    Contact.objects.filter(pk=world.contact.pk).update(portal_access=False)
    asked(world.email)
    assert mailed(NOW) == []


def test_the_message_goes_past_the_ladder_and_keeps_the_code_sealed(world: World) -> None:
    asked(world.email)
    (message,) = mailed(NOW)
    assert isinstance(GUARDS.get(message.purpose), Unguarded)
    assert message.purpose in RENDERERS.names()
    plain = code_in(message).replace("-", "")
    assert plain not in str(message.facts) and code_in(message) not in str(message.facts)
    assert message.not_after - message.not_before == codes.LIMITS.alive
    assert "?" not in message.text and "/portal/code" not in message.text


@pytest.mark.parametrize("language", ["pl", "en"])
def test_the_message_speaks_the_contacts_language(world: World, language: str) -> None:
    Contact.objects.filter(pk=world.contact.pk).update(language=language)
    asked(world.email)
    (message,) = mailed(NOW)
    assert ("Dzień dobry" in message.text) is (language == "pl")


def test_a_code_works_once(world: World) -> None:
    secret, code = code_for(world.email)
    assert codes.redeem(secret, code, now=NOW)
    again = asked(world.email, source="192.0.2.9")
    assert codes.redeem(secret, code, now=NOW) is None
    assert codes.redeem(again, code, now=NOW) is None


@pytest.mark.parametrize(
    ("age", "works"),
    [
        pytest.param(timedelta(minutes=9, seconds=59), True, id="a second before ten minutes"),
        pytest.param(timedelta(minutes=10), False, id="ten minutes"),
        pytest.param(timedelta(minutes=10, seconds=1), False, id="a second later"),
    ],
)
def test_a_code_lives_ten_minutes(world: World, age: timedelta, works: bool) -> None:
    secret, code = code_for(world.email)
    assert bool(codes.redeem(secret, code, now=NOW + age)) is works


def test_the_sixth_try_fails_even_when_it_is_right(world: World) -> None:
    secret, code = code_for(world.email)
    for _ in range(5):
        assert codes.redeem(secret, "00000000", now=NOW) is None
    assert codes.redeem(secret, code, now=NOW) is None


def test_the_fifth_try_still_counts(world: World) -> None:
    secret, code = code_for(world.email)
    for _ in range(4):
        codes.redeem(secret, "00000000", now=NOW)
    assert codes.redeem(secret, code, now=NOW)


@pytest.mark.parametrize("other", ["none", "asked for another address", "made up"])
def test_a_code_opens_nothing_in_another_browser(world: World, other: str) -> None:
    _secret, code = code_for(world.email)
    secret = {"none": "", "made up": "0" * 64}.get(other) or asked("anna@example.com", source="192.0.2.7")
    assert codes.redeem(secret, code, now=NOW) is None


def test_a_second_browser_that_asks_for_the_same_address_may_use_the_code_on_its_way(world: World) -> None:
    """So a stranger who asks first keeps nobody out."""
    asked(world.email)
    code = code_in(mailed(NOW)[0])
    second = asked(world.email, now=NOW + MINUTE, source="192.0.2.8")
    assert mailed(NOW + MINUTE) == []
    assert codes.redeem(second, code, now=NOW + 2 * MINUTE)


def test_the_newest_code_wins(world: World) -> None:
    first, old = code_for(world.email)
    second, new = code_for(world.email, now=NOW + 5 * MINUTE)
    assert codes.redeem(second, old, now=NOW + 6 * MINUTE) is None
    assert codes.redeem(first, old, now=NOW + 6 * MINUTE) is None
    assert codes.redeem(first, new, now=NOW + 6 * MINUTE)


@pytest.mark.parametrize(
    "typed", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code} ", lambda code: code.replace("0", "o")]
)
def test_a_code_may_be_typed_as_people_do(world: World, typed: object) -> None:
    secret, code = code_for(world.email)
    assert codes.redeem(secret, typed(code), now=NOW)  # type: ignore[operator]


def test_codes_hold_forty_bits_and_no_letters_that_look_alike() -> None:
    assert len(set(ALPHABET)) ** LENGTH == 2**40
    assert not set("ILOU") & set(ALPHABET)
    assert len({new_code() for _ in range(500)}) == 500
    assert read_code("o1-iL 0O") == "011100"


@pytest.mark.parametrize("method", ["get", "head", "options", "put", "delete"])
def test_only_a_post_of_the_form_uses_a_code_up(world: World, method: str) -> None:
    browser = Client()
    ask(browser, world.email)
    code = code_in(mailed()[0])
    getattr(browser, method)(reverse("portal:code"), {"code": code})
    browser.get(f"{reverse('portal:code')}?code={code}")
    assert not Code.objects.filter(used_at__isnull=False).exists()
    assert not PortalSession.objects.exists()


def test_a_mail_scanner_without_the_browsers_cookie_uses_nothing_up(world: World) -> None:
    browser = Client()
    ask(browser, world.email)
    code = code_in(mailed()[0])
    for _ in range(20):
        Client().post(reverse("portal:code"), {"code": code})
    assert browser.post(reverse("portal:code"), {"code": code}).headers["Location"] == reverse("portal:account")


def test_a_form_from_elsewhere_is_refused(world: World) -> None:
    browser = Client(enforce_csrf_checks=True)
    assert browser.post(reverse("portal:ask"), {"email": world.email}).status_code == 403
    browser.get(reverse("portal:ask"))
    token = {"csrfmiddlewaretoken": browser.cookies["csrftoken"].value, "email": world.email}
    own = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    strangers = [{"Origin": "null", "Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}]
    for stranger in strangers:
        refused = browser.post(reverse("portal:ask"), token, headers=stranger)
        assert refused.status_code == 403 and refused.headers["Referrer-Policy"] == "no-referrer"
    assert browser.post(reverse("portal:ask"), token, headers=own).status_code == 302
    assert browser.post(reverse("portal:ask"), {"email": world.email}, headers=own).status_code == 403


def test_one_mail_in_five_minutes(world: World) -> None:
    code_for(world.email)
    asked(world.email, now=NOW + 5 * MINUTE - timedelta(seconds=1))
    assert mailed(NOW + 5 * MINUTE - timedelta(seconds=1)) == []
    asked(world.email, now=NOW + 5 * MINUTE)
    assert len(mailed(NOW + 5 * MINUTE)) == 1


def test_a_bully_fills_a_mailbox_with_twelve_mails_a_day(world: World) -> None:
    for number in range(24 * 20):  # every three minutes, each time from elsewhere
        now = NOW + number * 3 * MINUTE
        asked(world.email, now=now, source=f"192.0.2.{number % 250}")
        codes.answer_asks(now=now, send_at=now)
    assert Message.objects.filter(purpose="portal").count() == 12


def test_asks_of_one_network_are_limited_and_nobody_is_told(world: World) -> None:
    browser = Client()
    answers = {shape(browser.post(reverse("portal:ask"), {"email": world.email}, REMOTE_ADDR="192.0.2.1"))[:3:2] for _ in range(60)}
    assert Ask.objects.count() == codes.LIMITS.per_source
    assert len(answers) == 1
    ask(Client(REMOTE_ADDR="192.0.2.2"), UNKNOWN)
    assert Ask.objects.count() == codes.LIMITS.per_source + 1


def test_asks_of_all_are_limited(world: World) -> None:
    limits = codes.Limits(in_all=3)
    for number in range(5):
        codes.ask(UNKNOWN, source=f"192.0.2.{number}", now=NOW, limits=limits)
    assert Ask.objects.count() == 3


def test_answering_twice_sends_once(world: World) -> None:
    asked(world.email)
    assert len(mailed(NOW)) == 1
    assert mailed(NOW) == []


def test_an_ask_that_waited_too_long_is_not_answered(world: World) -> None:
    asked(world.email)
    assert mailed(NOW + 10 * MINUTE) == []


def test_an_answered_ask_keeps_no_address(world: World) -> None:
    asked(world.email)
    asked(UNKNOWN)
    mailed(NOW)
    assert set(Ask.objects.values_list("email", flat=True)) == {None}


def test_what_is_no_longer_needed_is_forgotten(world: World) -> None:
    code_for(world.email)
    codes.forget(now=NOW + timedelta(days=3))
    assert not Ask.objects.exists() and not Code.objects.exists()
    codes.forget(now=NOW + timedelta(days=3))


@pytest.mark.parametrize(
    "email", ["", "no address", "a@b", "a@example.com\r\nBcc: b@example.com", "a" * 300 + "@example.com", "<a@example.com>"]
)
def test_what_is_no_address_is_refused_beside_the_field(email: str) -> None:
    response = Client().post(reverse("portal:ask"), {"email": email})
    assert response.status_code == 422
    assert b'aria-invalid="true"' in response.content
    assert not Ask.objects.exists()


@pytest.mark.parametrize("code", ["", "x" * 5000, "\x00", "ſſſſſſſſ", "' OR 1=1 --", "<script>"])
def test_hostile_codes_get_the_neutral_answer(world: World, code: str) -> None:
    browser = Client()
    ask(browser, world.email)
    assert browser.post(reverse("portal:code"), {"code": code}).status_code == 422


def test_cookies_are_out_of_reach_of_scripts_and_with_https_of_everything_else(world: World, settings: object) -> None:
    settings.HTTPS = True  # type: ignore[attr-defined]
    browser = Client()
    cookie = browser.post(reverse("portal:ask"), {"email": world.email}).cookies[f"__Host-{cookies.ASK}"]
    assert cookie["secure"] and cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/" and not cookie["domain"]
    assert len(bytes.fromhex(cookie.value)) == 32


@pytest.mark.parametrize(
    ("headers", "proxy", "source"),
    [
        pytest.param(
            {"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": "198.51.100.1"}, "", "192.0.2.1", id="nobody's word without a proxy"
        ),
        pytest.param(
            {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "6.6.6.6, 198.51.100.1"},
            "X-Forwarded-Proto",
            "198.51.100.1",
            id="the last one",
        ),
        pytest.param({"REMOTE_ADDR": "2001:db8:1:2:3:4:5:6"}, "", "2001:db8:1:2::/64", id="a subscriber of IPv6"),
        pytest.param({"REMOTE_ADDR": ""}, "", "", id="a socket"),
    ],
)
def test_the_network_a_request_comes_from(rf: object, settings: object, headers: dict[str, str], proxy: str, source: str) -> None:
    settings.PROXY_SSL_HEADER = proxy  # type: ignore[attr-defined]
    assert source_of(rf.get("/", **headers)) == source  # type: ignore[attr-defined]
