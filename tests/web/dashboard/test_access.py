"""Who may open what: generated from the addresses themselves, so that a new one cannot be forgotten."""

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from receivables.accounts.models import Role
from receivables.accounts.permissions import _RANK, NEEDED
from receivables.dashboard.access import COMPANY, DO, RULES, deed_of
from tests.web.dashboard.world import World, of

REFUSED, NOT_FOUND, NOT_ALLOWED = 403, 404, 405
ANSWERED = (200, 302, 422)


def addresses(patterns: list[URLPattern | URLResolver], space: str = "") -> list[str]:
    """The full name of every address of the program."""
    names = []
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = ":".join(part for part in (space, pattern.namespace) if part)
            names += addresses(pattern.url_patterns, inner)
        else:
            names.append(f"{space}:{pattern.name}" if space else str(pattern.name or pattern.pattern))
    return names


def test_every_address_of_the_program_says_what_it_needs() -> None:
    names = addresses(get_resolver().url_patterns)
    assert len(names) > 60
    assert [name for name in names if deed_of(name) is None] == []


def test_every_rule_has_an_address_and_a_deed_that_exists() -> None:
    screens = {name.removeprefix("dashboard:") for name in addresses(get_resolver().url_patterns) if name.startswith("dashboard:")}
    assert screens == set(RULES)
    assert {rule.deed for rule in RULES.values()} <= set(NEEDED)


def test_an_address_that_nobody_declared_is_noticed() -> None:
    assert deed_of("dashboard:secret") is None
    assert deed_of("elsewhere:page") is None
    assert deed_of("page") is None


def ask(client: Client, name: str, method: str, parts: list[int]) -> int:
    """The status of one request; what it changed is taken back."""
    with transaction.atomic():
        status: int = getattr(client, method)(reverse(f"dashboard:{name}", args=parts)).status_code
        transaction.set_rollback(True)
    return status


def cells() -> list[tuple[str, str]]:
    return [(name, method.lower()) for name, rule in RULES.items() for method in rule.methods if method != "HEAD"]


@pytest.mark.parametrize("role", [str(role) for role in Role])
def test_each_role_may_do_its_deeds_at_its_own_company_and_sees_no_other(world: World, role: str) -> None:
    client, mine, theirs = world.client(role), of(world.ours), of(world.theirs)
    wrong = {}
    for name, method in cells():
        may = _RANK[Role(role)] >= _RANK[NEEDED[RULES[name].deed]]
        status = ask(client, name, method, [mine[name]] if name in mine else [])
        if name == "switch_company":
            continue
        if not (status in ANSWERED if may else status == REFUSED):
            wrong[name, method, "own"] = status
        if name in theirs and (other := ask(client, name, method, [theirs[name]])) != (NOT_FOUND if may else REFUSED):
            wrong[name, method, "other"] = other
    assert wrong == {}


def test_nobody_gets_in_without_signing_in(world: World) -> None:
    client, mine = world.client(""), of(world.ours)
    for name, method in cells():
        response = getattr(client, method)(reverse(f"dashboard:{name}", args=[mine[name]] if name in mine else []))
        assert (name, response.status_code) == (name, 302)
        assert response["Location"].startswith(reverse("account_login"))


def test_a_person_without_a_company_is_told_so(world: World) -> None:
    response = world.client("nobody").get(reverse("dashboard:today"))
    assert response.status_code == REFUSED
    assert b"You belong to no company" in response.content


def test_a_superuser_sees_every_company(world: World) -> None:
    client = world.client("nobody")
    world.people["nobody"].is_superuser = True
    world.people["nobody"].save(update_fields=["is_superuser"])
    assert ask(client, "customer", "get", [world.ours.customer.pk]) == 200


def test_what_changes_something_does_not_answer_a_link_and_what_only_shows_takes_no_post(world: World) -> None:
    client, mine = world.client("manager"), of(world.ours)
    for name, rule in RULES.items():
        parts = [mine[name]] if name in mine else []
        if rule.methods == DO:
            assert (name, ask(client, name, "get", parts)) == (name, NOT_ALLOWED)
        if "POST" not in rule.methods:
            assert (name, ask(client, name, "post", parts)) == (name, NOT_ALLOWED)


def test_forms_without_the_token_are_refused(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.people["manager"])
    mine = of(world.ours)
    for name, rule in RULES.items():
        if "POST" in rule.methods:
            response = client.post(reverse(f"dashboard:{name}", args=[mine[name]] if name in mine else []))
            assert (name, response.status_code) == (name, REFUSED)


def test_switching_the_company_changes_what_is_found_and_what_may_be_done(world: World) -> None:
    client = world.client("both")
    theirs = reverse("dashboard:customer", args=[world.theirs.customer.pk])
    assert client.get(theirs).status_code == NOT_FOUND
    answer = client.post(reverse("dashboard:switch_company"), {"creditor": world.theirs.creditor.pk, "next": "/customers/17/?q=x"})
    assert answer["Location"] == reverse("dashboard:customers")
    assert client.get(theirs).status_code == 200
    assert client.get(reverse("dashboard:customer_hold", args=[world.theirs.customer.pk])).status_code == REFUSED


def test_a_company_of_others_cannot_be_chosen(world: World) -> None:
    client = world.client("manager")
    answer = client.post(reverse("dashboard:switch_company"), {"creditor": world.theirs.creditor.pk})
    assert answer.status_code == REFUSED
    session = client.session
    session[COMPANY] = world.theirs.creditor.pk
    session.save()
    assert ask(client, "customer", "get", [world.theirs.customer.pk]) == NOT_FOUND


@pytest.mark.parametrize("asked", ["https://elsewhere.example/customers/", "//elsewhere.example/", "javascript:alert(1)", ""])
def test_switching_the_company_leads_nowhere_else(world: World, asked: str) -> None:
    answer = world.client("both").post(reverse("dashboard:switch_company"), {"creditor": world.ours.creditor.pk, "next": asked})
    assert answer["Location"] == reverse("dashboard:today")
