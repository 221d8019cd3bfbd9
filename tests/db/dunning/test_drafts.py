"""From a draft to a published version: what is played, who publishes, and what the database keeps."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from dunning import actions, rehearsal
from dunning.actions import drafts, rehearsals
from dunning.actions.drafts import draft_of, texts_of
from dunning.actions.rehearsals import played_of
from dunning.models import AttachedScenario, Case, LadderRules, Policy, PolicyVersion, Rehearsal
from dunning.rehearsal import Played, rehearse
from receivables.core.errors import PolicyError, Refused, ScenarioError
from tests.builders import audited, make_creditor, make_user
from tests.db.dunning.firm import PLAIN, Firm, day

State = PolicyVersion.State
LATER = PLAIN.replace("after_due: 1,", "after_due: 2,")
LEGAL = PLAIN.replace(
    "channel: [email]}\n  - {key: second",
    "channel: [email]}\n  - {key: demand, after_due: 3, channel: [letter], document: demand}\n  - {key: second",
)
STORY = """\
scenario: The first step goes on the second day
policy: {name: Plain, steps: []}
customers: [{ref: C1, kind: business, email: c1@example.com}]
timeline:
  - on: 2026-05-01
    do: [{invoice: {number: I1, customer: C1, amount: "100.00", due: 2026-05-01}}]
  - on: 2026-05-03
    do: [run]
    expect: {notices: [{customer: C1, step: first, channel: email, items: {I1: "100.00"}}]}
"""
WRONG = STORY.replace("on: 2026-05-03", "on: 2026-05-02")


def plain(firm: Firm) -> Policy:
    return Policy.objects.get(creditor=firm.creditor, name="Plain")


def drafted(firm: Firm, text: str = LATER, **values: Any) -> PolicyVersion:
    return actions.save_draft(firm.creditor, text, now=firm.noon(0), **values)


def states(policy: Policy) -> list[tuple[int, str]]:
    return list(policy.versions.order_by("number").values_list("number", "state"))


# -- drafts


def test_a_draft_changes_nothing_until_it_is_published(firm: Firm) -> None:
    draft = drafted(firm)
    item = firm.owes()
    assert states(plain(firm)) == [(1, State.PUBLISHED), (2, State.DRAFT)]
    assert firm.case(item).version.number == 1
    actions.publish_draft(plain(firm), now=firm.noon(1))
    assert states(plain(firm)) == [(1, State.RETIRED), (2, State.PUBLISHED)]
    assert (firm.case(item).version.number, firm.case(firm.owes()).version_id) == (1, draft.pk)


def test_there_is_one_draft_and_it_is_edited(firm: Firm) -> None:
    first, again = drafted(firm), drafted(firm, LEGAL)
    assert (first.pk, again.text, draft_of(plain(firm)).pk) == (again.pk, LEGAL, again.pk)
    with pytest.raises(IntegrityError, match="one_draft_per_policy"), transaction.atomic():
        PolicyVersion.objects.create(policy=plain(firm), number=9, text=PLAIN, created_at=firm.noon(0))


def test_a_text_that_cannot_be_read_is_refused_with_its_line(firm: Firm) -> None:
    with pytest.raises(PolicyError, match="line 3"):
        drafted(firm, PLAIN.replace("after_due: 1", "after_due: soon"))
    assert states(plain(firm)) == [(1, State.PUBLISHED)]


def test_a_draft_of_a_policy_keeps_its_name(firm: Firm) -> None:
    with pytest.raises(Refused, match="'Other'"):
        drafted(firm, LATER.replace("Plain", "Other"), policy=plain(firm))


def test_a_draft_that_is_discarded_leaves_no_empty_policy(firm: Firm) -> None:
    drafted(firm), drafted(firm, PLAIN.replace("Plain", "New"))
    actions.discard_draft(plain(firm))
    actions.discard_draft(Policy.objects.get(name="New"))
    assert list(Policy.objects.filter(creditor=firm.creditor).values_list("name", flat=True)) == ["Plain"]
    with pytest.raises(Refused, match="no draft"):
        actions.discard_draft(plain(firm))


def test_a_draft_that_was_overtaken_gets_the_next_number(firm: Firm) -> None:
    drafted(firm)
    actions.publish(firm.creditor, PLAIN.replace("after_due: 9", "after_due: 10"), now=firm.noon(0))
    actions.publish_draft(plain(firm), now=firm.noon(1))
    assert states(plain(firm)) == [(1, State.RETIRED), (3, State.RETIRED), (4, State.PUBLISHED)]


# -- four eyes


@pytest.mark.parametrize(("text", "four_eyes", "refused"), [(LATER, True, False), (LEGAL, True, True), (LEGAL, False, False)])
def test_a_changed_demand_takes_a_second_person_where_four_eyes_are_on(firm: Firm, text: str, four_eyes: bool, refused: bool) -> None:
    LadderRules.objects.update(four_eyes=four_eyes)
    author = make_user()
    drafted(firm, text, by=author)
    if refused:
        with pytest.raises(Refused, match="Somebody else"):
            actions.publish_draft(plain(firm), now=firm.noon(1), by=author)
        with pytest.raises(Refused, match="person has to approve"):
            actions.publish_draft(plain(firm), now=firm.noon(1))
    by = make_user() if refused else author
    assert actions.publish_draft(plain(firm), now=firm.noon(1), by=by).approver == by


def test_a_change_beside_the_demand_takes_no_second_person(firm: Firm) -> None:
    LadderRules.objects.update(four_eyes=True)
    author = make_user()
    actions.publish(firm.creditor, LEGAL, now=firm.noon(-1))
    drafted(firm, LEGAL.replace("after_due: 9", "after_due: 10"), by=author)
    assert actions.publish_draft(plain(firm), now=firm.noon(1), by=author).number == 3


# -- scenarios


def test_scenarios_are_played_with_the_policy_in_question() -> None:
    played = rehearse(LATER, {"right": STORY, "wrong": WRONG, "broken": "scenario: x"})
    assert [(one.name, one.passed) for one in played] == [("right", True), ("wrong", False), ("broken", False)]
    assert played[0].title == "The first step goes on the second day"


def test_scenarios_that_take_too_long_are_given_up_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsal, "SECONDS", 0.2)
    with pytest.raises(Refused, match="longer than"):
        rehearse(LATER, {"right": STORY})


def test_publishing_is_refused_while_a_scenario_fails_unless_a_person_says_why(firm: Firm) -> None:
    actions.attach_scenario(plain(firm), name="second day", text=WRONG)
    drafted(firm)
    with pytest.raises(Refused, match="'second day' fails"):
        actions.publish_draft(plain(firm), now=firm.noon(1))
    version = actions.publish_draft(plain(firm), now=firm.noon(1), reason="The story is out of date")
    assert (version.state, version.override_reason) == (State.PUBLISHED, "The story is out of date")


def test_a_scenario_that_passes_needs_no_reason_and_none_is_kept(firm: Firm) -> None:
    actions.attach_scenario(plain(firm), name="second day", text=STORY)
    drafted(firm)
    assert actions.publish_draft(plain(firm), now=firm.noon(1), reason="in any case").override_reason == ""


def test_a_scenario_is_attached_by_name_read_first_and_detached(firm: Firm) -> None:
    with pytest.raises(ScenarioError, match="line"):
        actions.attach_scenario(plain(firm), name="x", text="scenario: x")
    with pytest.raises(Refused, match="name"):
        actions.attach_scenario(plain(firm), name=" ", text=STORY)
    actions.attach_scenario(plain(firm), name="second  day", text=WRONG)
    actions.attach_scenario(plain(firm), name="second day", text=STORY)
    scenario = AttachedScenario.objects.get()
    assert scenario.text == STORY
    actions.detach_scenario(scenario)
    assert not AttachedScenario.objects.exists()


# -- retiring


def test_a_policy_in_use_is_not_retired(firm: Firm) -> None:
    other = actions.publish(firm.creditor, PLAIN.replace("Plain", "Other"), now=firm.noon(0)).policy
    with pytest.raises(Refused, match="1 assignments"):
        actions.retire(plain(firm))
    rule = actions.save_segment(firm.creditor, name="all", policy=other, conditions={})
    with pytest.raises(Refused, match="segment 'all'"):
        actions.retire(other)
    actions.delete_segment(rule)
    actions.retire(other)
    assert states(other) == [(1, State.RETIRED)]
    with pytest.raises(Refused, match="no published version"):
        actions.retire(other)


# -- what the database keeps


@pytest.mark.parametrize(
    ("number", "values"),
    [(1, {"text": "x"}), (1, {"state": "draft"}), (1, {"number": 7}), (2, {"state": "retired"})],
    ids=["its text", "back to draft", "its number", "a draft cannot retire"],
)
def test_a_published_version_never_changes(firm: Firm, number: int, values: dict[str, Any]) -> None:
    drafted(firm)
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyVersion.objects.filter(policy=plain(firm), number=number).update(**values)


def test_a_published_version_is_not_deleted_and_a_retired_one_does_not_come_back(firm: Firm) -> None:
    drafted(firm)
    actions.publish_draft(plain(firm), now=firm.noon(1))
    with pytest.raises(IntegrityError, match="never edited"), transaction.atomic():
        PolicyVersion.objects.filter(policy=plain(firm), number=2).delete()
    PolicyVersion.objects.filter(number=2).update(state=State.RETIRED)
    with pytest.raises(IntegrityError, match="cannot become"), transaction.atomic():
        PolicyVersion.objects.filter(number=2).update(state=State.PUBLISHED)


# -- segments: the verbs


def test_rules_are_added_behind_moved_and_deleted_with_an_entry_each(firm: Firm) -> None:
    policy, by = plain(firm), make_user()
    rows = [actions.save_segment(firm.creditor, name=name, policy=policy, conditions={}, by=by) for name in ("a", "b", "c")]
    order = lambda: "".join(firm.creditor.segments.order_by("position").values_list("name", flat=True))  # noqa: E731
    actions.move_segment(rows[2], to="up", by=by)
    assert order() == "acb"
    actions.move_segment(rows[0], to="up", by=by)
    actions.move_segment(rows[1], to="down", by=by)
    assert order() == "acb"
    actions.delete_segment(rows[0], by=by)
    actions.save_segment(firm.creditor, name="d", policy=policy, conditions={"kind": ["public"]}, by=by)
    assert order() == "cbd"
    assert audited(firm.creditor)[-6:] == ["segment_saved"] * 3 + ["segment_moved", "segment_deleted", "segment_saved"]


def test_a_rule_that_cannot_be_is_refused(firm: Firm) -> None:
    policy = plain(firm)
    actions.save_segment(firm.creditor, name="a", policy=policy, conditions={})
    other = actions.publish(make_creditor(), PLAIN, now=firm.noon(0)).policy
    for values, said in [
        ({"name": " a "}, "already"),
        ({"name": ""}, "name"),
        ({"name": "b", "policy": other}, "same company"),
        ({"name": "b", "conditions": {"kind": ["martian"]}}, "martian"),
    ]:
        with pytest.raises(Refused, match=said):
            actions.save_segment(firm.creditor, **{"policy": policy, "conditions": {}, **values})  # type: ignore[arg-type]


# -- moving running cases


def test_cases_move_after_the_step_they_have_completed(firm: Firm) -> None:
    item, fresh = firm.owes(), firm.owes(due=20)
    firm.run(1)
    old = firm.case(item).version
    target = actions.publish(
        firm.creditor, PLAIN.replace("{key: first", "{key: before, after_due: 0, channel: [email]}\n  - {key: first"), now=firm.noon(1)
    )
    assert actions.move_cases(old, target, expected=2, on=day(2)) == 2
    assert [(firm.case(one).version_id, firm.case(one).position, firm.case(one).step) for one in (item, fresh)] == [
        (target.pk, 2, "first"),
        (target.pk, 0, ""),
    ]
    firm.run(5)
    assert firm.arrived(item) == ["first", "second"]
    assert audited(firm.creditor).count("cases_moved") == 1


def test_what_was_not_previewed_is_not_moved(firm: Firm) -> None:
    item = firm.owes()
    old, target = firm.case(item).version, actions.publish(firm.creditor, LATER, now=firm.noon(0))
    for version, expected, said in [(target, 2, "not 2"), (old, 1, "another version")]:
        with pytest.raises(Refused, match=said):
            actions.move_cases(old, version, expected=expected, on=day(0))
    assert firm.case(item).version == old


def test_a_case_moved_to_another_policy_says_so(firm: Firm) -> None:
    item = firm.owes()
    target = actions.publish(firm.creditor, LATER.replace("Plain", "Other"), now=firm.noon(0))
    actions.move_cases(firm.case(item).version, target, expected=1, on=day(0))
    assert firm.case(item).chosen_by == Case.ChosenBy.MOVED


# -- played by a worker


def asked(firm: Firm, draft: PolicyVersion, **scenarios: str) -> Rehearsal:
    for name, text in scenarios.items():
        actions.attach_scenario(plain(firm), name=name, text=text)
    return actions.ask_rehearsal(plain(firm), draft, texts_of(plain(firm)), now=firm.noon(0))


def test_what_a_worker_played_counts_when_the_draft_is_published(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = drafted(firm)
    row = asked(firm, draft, right=STORY)
    assert row.is_under_way
    assert (actions.play_asked(now=firm.noon(0)), actions.play_asked(now=firm.noon(0))) == (1, 0)
    row.refresh_from_db()
    assert not row.is_under_way and [one.passed for one in played_of(row)] == [True]
    monkeypatch.setattr(drafts, "rehearse", nobody_plays)
    assert actions.publish_draft(plain(firm), now=firm.noon(1)).override_reason == ""


def test_what_was_played_with_another_text_does_not_count(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    asked(firm, drafted(firm), right=STORY)
    actions.play_asked(now=firm.noon(0))
    drafted(firm, LATER.replace("after_due: 9", "after_due: 11"))
    monkeypatch.setattr(drafts, "rehearse", nobody_plays)
    with pytest.raises(Refused, match="a worker does it"):
        actions.publish_draft(plain(firm), now=firm.noon(1))


def test_what_changes_before_a_worker_comes_is_said(firm: Firm) -> None:
    row = asked(firm, drafted(firm), right=STORY)
    drafted(firm, LEGAL)
    actions.play_asked(now=firm.noon(0))
    row.refresh_from_db()
    assert row.played == [] and "changed meanwhile" in row.problem


def test_where_nobody_can_play_the_page_says_so(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    row = asked(firm, drafted(firm), right=STORY)
    monkeypatch.setattr(rehearsals, "rehearse", nobody_plays)
    actions.play_asked(now=firm.noon(0))
    row.refresh_from_db()
    assert "cannot be played here" in row.problem


def test_what_a_lost_worker_had_is_begun_anew(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    row = asked(firm, drafted(firm), right=STORY)
    Rehearsal.objects.filter(pk=row.pk).update(begun_at=firm.noon(0))
    monkeypatch.setattr(rehearsals, "rehearse", nobody_plays)
    assert actions.play_asked(now=firm.noon(0)) == 0
    assert actions.play_asked(now=firm.noon(1)) == 1


def test_asking_without_scenarios_or_twice_is_refused(firm: Firm) -> None:
    draft = drafted(firm)
    with pytest.raises(Refused, match="No scenario"):
        asked(firm, draft)
    asked(firm, draft, right=STORY)
    with pytest.raises(Refused, match="being played already"):
        asked(firm, draft)


def test_a_rehearsal_begins_before_it_ends(firm: Firm) -> None:
    row = asked(firm, drafted(firm), right=STORY)
    with pytest.raises(IntegrityError, match="rehearsal_begins_before_it_ends"), transaction.atomic():
        Rehearsal.objects.filter(pk=row.pk).update(ended_at=firm.noon(0))


def test_the_role_of_replays_speaks_instead_of_the_programs(settings: Any) -> None:
    settings.REPLAY_DATABASE_URL = "postgres://replay@db/postgres"
    said = rehearsal._environment()
    assert {said["DATABASE_URL"], said["OWNER_DATABASE_URL"]} == {"postgres://replay@db/postgres"}
    assert not said["DATABASE_URL_FILE"] and not said["OWNER_DATABASE_URL_FILE"]


def nobody_plays(*_: Any, **__: Any) -> list[Played]:
    raise Refused("Scenarios cannot be played here: it takes the right to create databases.")
