"""What each screen costs in queries, whatever the number of rows."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from receivables.dashboard.access import RULES
from tests.web.dashboard.world import World, more_of_customer, more_rows, of

# The shell's share of each: session, user, companies, role, dispatch, freshness (2), what waits (2).
COSTS: dict[str, int] = {}
# A download has no shell: session, user, companies, role, then the rows of one batch.
EXPORTS: dict[str, int] = {}


def cost(client: Client, name: str, parts: list[int]) -> int:
    with CaptureQueriesContext(connection) as queries:
        response = client.get(reverse(f"dashboard:{name}", args=parts))
        list(response.streaming_content if response.streaming else [])  # type: ignore[attr-defined]
    assert response.status_code == 200
    return len([query for query in queries if "SAVEPOINT" not in query["sql"]])


@pytest.fixture
def costs(world: World) -> tuple[dict[str, int], dict[str, int]]:
    """Of every screen: what it costs now, and what it costs with more rows of everything."""
    client, mine = world.client("manager"), of(world.ours)
    names = [name for name, rule in RULES.items() if "GET" in rule.methods]
    before = {name: cost(client, name, [mine[name]] if name in mine else []) for name in names}
    more_rows(world.ours, 5)
    more_of_customer(world.ours, 3)
    return before, {name: cost(client, name, [mine[name]] if name in mine else []) for name in names}


def test_what_a_screen_costs_is_known_and_does_not_grow_with_its_rows(costs: tuple[dict[str, int], dict[str, int]]) -> None:
    before, after = costs
    assert after == before
    assert before == COSTS | EXPORTS
