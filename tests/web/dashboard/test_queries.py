"""What each screen costs in queries, whatever the number of rows."""

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.web.dashboard.world import World, more_of_customer, more_rows, of

# With session, user, companies, role, dispatch, freshness (2) and what waits (2): nine of each.
COSTS = {
    "today": 0,
}


def cost(client: Client, name: str, parts: list[int], **asked: Any) -> int:
    with CaptureQueriesContext(connection) as queries:
        response = client.get(reverse(f"dashboard:{name}", args=parts), asked)
        list(getattr(response, "streaming_content", None) or [])
    assert response.status_code == 200
    return len(queries)


@pytest.mark.parametrize("name", list(COSTS))
def test_a_screen_costs_the_same_whatever_it_shows(world: World, name: str) -> None:
    assert Session  # the session is read from the database
    client, mine = world.client("manager"), of(world.ours)
    parts = [mine[name]] if name in mine else []
    before = cost(client, name, parts)
    more_rows(world.ours, 6)
    more_of_customer(world.ours, 4)
    after = cost(client, name, parts)
    assert (before, after) == (COSTS[name], COSTS[name])
