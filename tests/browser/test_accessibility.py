"""Every staff page on a phone: no barrier that a machine can find (WCAG 2.2 AA), and nothing to scroll sideways for."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as project
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page
from pytest_django import Settings

from receivables.accounts.models import User
from receivables.dashboard.access import RULES
from tests.web.dashboard.world import NOW, World, make_world, of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
_FILES = ("_export", "_document", "_html", "_package", "_evidence", "_file", "_xml", "company_paper")
SHOWN = [name for name, rule in RULES.items() if "GET" in rule.methods and not name.endswith(_FILES)]
AGREED = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def world(settings: Settings) -> World:
    settings.CLOCK = NOW
    settings.LANGUAGE_CODE = "pl"
    return make_world()


@pytest.fixture
def page(chromium: Browser, live_server, world: World) -> Iterator[Page]:
    """The manager's, signed in."""
    context = chromium.new_context(locale="pl-PL", viewport={"width": 390, "height": 844})
    context.add_cookies([{"name": project.SESSION_COOKIE_NAME, "value": session_of(world.people["manager"]), "url": live_server.url}])
    yield context.new_page()
    context.close()


def session_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[project.SESSION_COOKIE_NAME].value


def test_no_page_has_a_barrier_or_is_too_wide(page: Page, live_server, world: World) -> None:
    mine, axe, found = of(world.ours), Axe(), {}
    for name in SHOWN:
        answer = page.goto(live_server.url + reverse(f"dashboard:{name}", args=[mine[name]] if name in mine else []))
        assert answer and (name, answer.status) == (name, 200)
        barriers = [barrier["id"] for barrier in axe.run(page, options=AGREED).response["violations"]]
        wide = page.evaluate(TOO_WIDE)
        if barriers or wide > 0:
            found[name] = [*barriers, *([f"{wide} px too wide"] if wide > 0 else [])]
    assert found == {}
