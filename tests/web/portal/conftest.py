"""A world, a visitor's browser, and the way in."""

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from receivables import clock
from receivables.messaging.models import Message
from receivables.portal.codes import answer_asks
from receivables.portal.rendering import CodeRenderer
from tests.web.portal.world import World, make_world

CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """The world, built once for a module in a transaction that is rolled back after it; each test has a savepoint of its own inside."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_world(clock.today("Europe/Warsaw"))
        transaction.set_rollback(True)


@pytest.fixture
def world(built: World, db: None) -> World:
    """A copy that a test may change."""
    return deepcopy(built)


def ask(browser: Client, email: str) -> None:
    """Ask on the page."""
    browser.post(reverse("portal:ask"), {"email": email})


def mailed(now: datetime | None = None) -> list[Message]:
    """Let the worker answer; the new messages, rendered."""
    messages = list(Message.objects.filter(pk__in=answer_asks(now=now or datetime.now(UTC), send_at=clock.now())))
    for message in messages:
        message.text = CodeRenderer().render(message).text
    return messages


def code_in(message: Message) -> str:
    found = CODE.search(message.text)
    assert found
    return found.group()


@pytest.fixture
def sign_in() -> Callable[[str], Client]:
    """A browser in which whoever reads this address has signed in."""

    def signed_in(email: str) -> Client:
        browser = Client()
        ask(browser, email)
        browser.post(reverse("portal:code"), {"code": code_in(mailed()[0])})
        return browser

    return signed_in


@pytest.fixture
def mine(world: World, sign_in: Callable[[str], Client]) -> Client:
    """The browser of the world's own customer."""
    return sign_in(world.email)
