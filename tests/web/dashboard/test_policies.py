"""Policies and segments on the screen: importing, writing, playing, publishing, moving, and what chose a policy."""

from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from dunning import actions
from dunning.models import Case, LadderRules, Policy, PolicyVersion, Segment
from receivables.audit.models import Entry
from tests.builders import make_customer, make_invoice
from tests.web.dashboard.test_deeds import said
from tests.web.dashboard.world import DAY, NOW, SILENCE, TODAY, World

State = PolicyVersion.State
NOISY = SILENCE.replace("expect: {notices: []}", "expect: {items: {I1: {step: overdue}}}")


def post(client: Client, screen: str, parts: list[int] | None = None, /, **values: Any) -> Any:
    return client.post(reverse(f"dashboard:{screen}", args=parts or []), values, headers={"accept-language": "en"})


def page(client: Client, name: str, *parts: Any, **asked: Any) -> str:
    answer = client.get(reverse(f"dashboard:{name}", args=parts), asked, headers={"accept-language": "en"})
    assert answer.status_code == 200
    return " ".join(unescape(answer.content.decode()).split())


def text_of(world: World, state: str = State.PUBLISHED) -> str:
    return world.ours.policy.versions.get(state=state).text


# -- import and export


def test_a_policy_is_imported_as_a_draft_and_a_broken_one_is_shown_with_its_line(world: World) -> None:
    client, text = world.client("manager"), text_of(world).replace("Standard B2B", "New")
    broken = post(client, "policy_import", text=text.replace("after_due: 3", "after_due: soon", 1))
    assert broken.status_code == 422 and b"line " in broken.content and b"after_due: soon" in broken.content
    assert post(client, "policy_import", text=text).status_code == 302
    file = SimpleUploadedFile("p.yaml", text.replace("after_due: 3", "after_due: 5", 1).encode())
    assert client.post(reverse("dashboard:policy_import"), {"file": file}).status_code == 302
    draft = PolicyVersion.objects.get(policy__name="New")
    assert (draft.state, draft.number, draft.author) == (State.DRAFT, 1, world.people["manager"])
    assert "after_due: 5" in draft.text
    assert client.post(reverse("dashboard:policy_import"), {"file": SimpleUploadedFile("p.yaml", b"\xff\xfe\x00")}).status_code == 422


def test_what_is_exported_is_imported_without_loss(world: World) -> None:
    client = world.client("manager")
    answer = world.client("viewer").get(reverse("dashboard:policy_export", args=[world.ours.policy.pk]))
    assert answer.content.decode() == text_of(world)
    assert "attachment" in answer["Content-Disposition"]
    client.post(reverse("dashboard:policy_import"), {"file": SimpleUploadedFile("p.yaml", answer.content)})
    assert text_of(world, State.DRAFT) == text_of(world)


def test_a_policy_that_comes_with_the_program_is_taken_as_a_draft(world: World) -> None:
    client = world.client("manager")
    assert "Gentle B2B" in page(client, "policies")
    assert "Gentle B2B" not in page(world.client("viewer"), "policies")
    assert post(client, "policy_offer", key="pl-b2b-gentle").status_code == 302
    assert PolicyVersion.objects.get(policy__name="Gentle B2B", policy__creditor=world.ours.creditor).state == State.DRAFT
    assert "Choose one" in said(post(client, "policy_offer", key="../x"))


# -- the draft


def test_the_steps_of_a_draft_are_looked_at_before_it_is_kept(world: World) -> None:
    client, pk, text = world.client("manager"), world.ours.policy.pk, text_of(world)
    changed = text.replace("after_due: 3", "after_due: 6", 1)
    looked = post(client, "policy_draft", [pk], text=changed, look="yes")
    assert looked.status_code == 200 and b"6 days after the due date" in looked.content
    assert text_of(world, State.DRAFT) != changed
    assert post(client, "policy_draft", [pk], text=changed).status_code == 302
    assert text_of(world, State.DRAFT) == changed


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("after_due: 3", "after_due: soon", "line 10"),
        ("Standard B2B", "Other", "'Other'"),
        ("channel: [email, sms]", "chanel: [email]", "chanel"),
    ],
)
def test_an_error_in_a_draft_stands_beside_the_text_with_line_and_key(world: World, old: str, new: str, says: str) -> None:
    answer = post(world.client("manager"), "policy_draft", [world.ours.policy.pk], text=text_of(world).replace(old, new, 1))
    content = unescape(answer.content.decode())
    assert answer.status_code == 422 and says in content and new in content


def test_a_draft_is_discarded(world: World) -> None:
    assert post(world.client("manager"), "policy_discard", [world.ours.policy.pk]).status_code == 302
    assert not world.ours.policy.versions.filter(state=State.DRAFT).exists()


# -- publishing


def test_the_draft_is_published_once_its_scenarios_pass(world: World) -> None:
    client, pk = world.client("manager"), world.ours.policy.pk
    shown = page(client, "policy_publish", pk)
    assert "3 days before the due date, at the latest on the due date, e.g. Fri 2026-12-04: Reminder" in shown
    assert "+ after_due: 4" in shown and "- after_due: 3" in shown and "Cisza" in shown
    assert post(client, "policy_publish", [pk]).status_code == 302
    assert list(world.ours.policy.versions.values_list("number", "state")) == [(2, State.PUBLISHED), (1, State.RETIRED)]


def test_a_scenario_that_fails_keeps_the_draft_back_until_a_person_says_why(world: World) -> None:
    client, pk = world.client("manager"), world.ours.policy.pk
    actions.attach_scenario(world.ours.policy, name="Hałas", text=NOISY)
    refused = post(client, "policy_publish", [pk])
    assert refused.status_code == 422 and "Hałas" in refused.content.decode()
    assert post(client, "policy_play", [pk]).status_code == 302
    assert "being played" in page(client, "policy_scenarios", pk)
    assert "being played already" in unescape(client.post(reverse("dashboard:policy_play", args=[pk]), follow=True).content.decode())
    actions.play_asked(now=NOW)
    played = unescape(page(client, "policy_scenarios", pk))
    assert "not passed" in played and "Hałas" in played
    assert post(client, "policy_publish", [pk], reason="Nieaktualny").status_code == 302
    assert "Nieaktualny" in page(client, "policy", pk)


def test_who_wrote_a_changed_demand_does_not_publish_it(world: World) -> None:
    LadderRules.objects.update(four_eyes=True)
    client, pk = world.client("manager"), world.ours.policy.pk
    post(client, "policy_draft", [pk], text=text_of(world).replace("after_due: 21", "after_due: 20"))
    assert "somebody else" in page(client, "policy_publish", pk)
    assert post(client, "policy_publish", [pk]).status_code == 422
    assert post(world.client("both"), "policy_publish", [pk]).status_code == 302


def test_a_policy_in_use_is_not_retired_and_is_told_why(world: World) -> None:
    answer = post(world.client("manager"), "policy_retire", [world.ours.policy.pk])
    assert answer.status_code == 422 and b"still used" in answer.content


def test_versions_are_compared(world: World) -> None:
    shown = page(world.client("viewer"), "policy_diff", world.ours.policy.pk)
    assert "<ins>+ after_due: 4</ins>" in shown and "<del>- after_due: 3</del>" in shown
    same = page(world.client("viewer"), "policy_diff", world.ours.policy.pk, **{"from": "1", "to": "1"})
    assert "The two texts are the same." in same


def test_a_scenario_is_attached_refused_and_detached(world: World) -> None:
    client, pk = world.client("manager"), world.ours.policy.pk
    bad = post(client, "policy_scenarios", [pk], name="x", text="scenario: x")
    assert bad.status_code == 422 and b"line 1" in bad.content
    assert post(client, "policy_scenarios", [pk], name="Druga", text=SILENCE).status_code == 302
    assert post(client, "scenario_detach", [world.ours.policy.scenarios.get(name="Druga").pk]).status_code == 302
    assert list(world.ours.policy.scenarios.values_list("name", flat=True)) == ["Cisza"]


# -- moving


def test_running_items_move_only_after_a_preview_and_as_it_said(world: World) -> None:
    client = world.client("manager")
    source = world.ours.policy.versions.get(state=State.PUBLISHED)
    post(client, "policy_publish", [world.ours.policy.pk])
    running = Case.objects.running().filter(version=source)
    count = running.count()
    assert count > 0
    shown = page(client, "policy_move", source.pk, target=world.ours.policy.pk)
    assert f"of {count} items move" in shown and world.ours.invoice.number in shown
    target = {"target": world.ours.policy.pk}
    assert post(client, "policy_move", [source.pk], **target, expected=count + 1).status_code == 422
    assert post(client, "policy_move", [source.pk], **target).status_code == 422
    assert running.count() == count
    assert post(client, "policy_move", [source.pk], **target, expected=count).status_code == 302
    assert running.count() == 0  # also what is on its way: its step counts once it is confirmed
    assert Entry.objects.filter(creditor=world.ours.creditor, verb="cases_moved").count() == 1


def test_items_do_not_move_to_another_company(world: World) -> None:
    source = world.ours.policy.versions.get(state=State.PUBLISHED)
    answer = post(world.client("manager"), "policy_move", [source.pk], target=world.theirs.policy.pk, expected=1)
    assert answer.status_code == 422


# -- segments


def test_a_rule_is_added_changed_moved_and_deleted(world: World) -> None:
    client, policy = world.client("manager"), world.ours.policy
    values = {"name": "Spóźnialscy", "policy": policy.pk, "is_active": "on", "late_invoices_at_least": "3", "kind": ["business", "public"],
              "tags": "vip, klucz", "balance_at_most": "1 000,50", "insured": "no"}  # fmt: skip
    assert post(client, "segment_new", **values).status_code == 302
    rule = Segment.objects.get(name="Spóźnialscy")
    assert rule.conditions == {
        "kind": ["business", "public"], "tags": ["klucz", "vip"], "balance": {"at_most": "1000.50"}, "late_invoices": {"at_least": "3"},
        "insured": False,
    }  # fmt: skip
    edit = page(client, "segment", rule.pk)
    assert 'value="1000.50"' in edit and 'value="klucz, vip"' in edit
    assert post(client, "segment", [rule.pk], **{**values, "name": "Stali", "tags": ""}).status_code == 302
    assert post(client, "segment_move", [rule.pk], to="up").status_code == 302
    shown = page(client, "segments")
    assert shown.index("Stali") < shown.index("Duże faktury")
    assert "at least 3" in shown and "insured: no" in shown
    assert post(client, "segment_delete", [rule.pk]).status_code == 302
    assert not Segment.objects.filter(pk=rule.pk).exists()


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"name": ""}, "required"),
        ({"name": "Duże faktury"}, "already"),
        ({"late_invoices_at_least": "1.5"}, "whole number"),
        ({"rating_at_least": "many"}, "number"),
        ({"kind": "martian"}, "martian"),
        ({"policy": "0"}, "valid choice"),
    ],
    ids=["no name", "known name", "half an invoice", "no number", "no kind", "no policy"],
)
def test_a_rule_that_cannot_be_is_refused_with_what_was_entered(world: World, values: dict[str, str], says: str) -> None:
    entered = {"name": "Nowa", "policy": world.ours.policy.pk, "country": "PL", **values}
    answer = post(world.client("manager"), "segment_new", **entered)
    assert answer.status_code == 422 and says in answer.content.decode() and 'value="PL"' in answer.content.decode()
    assert world.ours.creditor.segments.count() == 1


def test_a_rule_that_can_never_apply_is_reported_when_saved_and_in_the_list(world: World) -> None:
    client = world.client("manager")
    answer = post(client, "segment_new", name="Ogromne", policy=world.ours.policy.pk, is_active="on", amount_at_least="2000000")
    assert "can never apply" in said(answer) and "Duże faktury" in said(answer)
    assert "never applies" in page(client, "segments")
    upside_down = post(
        client, "segment_new", name="Nikt", policy=world.ours.policy.pk, is_active="on", rating_at_least="90", rating_at_most="10"
    )
    assert "nothing meets its condition on paid in time" in said(upside_down)


def test_a_viewer_sees_the_rules_and_no_buttons(world: World) -> None:
    shown = page(world.client("viewer"), "segments")
    assert "Duże faktury" in shown and "Delete" not in shown and "New rule" not in shown


def test_a_policy_of_another_company_cannot_be_chosen(world: World) -> None:
    answer = post(world.client("manager"), "segment_new", name="x", policy=world.theirs.policy.pk)
    assert answer.status_code == 422


# -- what chose it


def test_customer_and_invoice_say_what_chose_the_policy_and_what_would_choose_now(world: World) -> None:
    client = world.client("viewer")
    customer = make_customer(world.ours.creditor)
    invoice = make_invoice(customer, "100.00", issued_on=TODAY - 10 * DAY, due_on=TODAY - 5 * DAY)
    assert "the company's default." in page(client, "customer", customer.pk)
    assert "Would now be" not in page(client, "customer", customer.pk)
    other = Policy.objects.filter(creditor=world.ours.creditor).exclude(pk=world.ours.policy.pk)[0]
    actions.save_segment(world.ours.creditor, name="Wszyscy", policy=other, conditions={})
    for shown in (page(client, "customer", customer.pk), page(client, "invoice", invoice.pk)):
        assert f"Would now be {other.name}, chosen by the rule “Wszyscy”." in shown
    later = make_invoice(customer, "100.00", issued_on=TODAY, due_on=TODAY)
    assert f"Policy {other.name} v1, chosen by the rule “Wszyscy”." in page(client, "invoice", later.pk)
    assert NOW.date() == TODAY


def test_a_policy_is_assigned_after_a_look_at_what_moves(world: World) -> None:
    client, invoice = world.client("manager"), world.ours.invoice
    version = another_policy(world)
    shown = page(client, "invoice_policy", invoice.pk, target=version.policy_id)
    assert invoice.number in shown and "Other v1" in shown
    assert post(client, "invoice_policy", [invoice.pk], target=version.policy_id).status_code == 302
    case = Case.objects.get(item__invoice=invoice)
    assert (case.version, case.chosen_by) == (version, Case.ChosenBy.INVOICE)
    assert post(client, "customer_policy", [world.ours.customer.pk], target=world.theirs.policy.pk).status_code == 422


def another_policy(world: World) -> PolicyVersion:
    text = "name: Other\nsteps: [{key: second, after_due: 5, channel: [email]}, {key: demand, after_due: 90, channel: [letter]}]"
    return actions.publish(world.ours.creditor, text, now=NOW)
