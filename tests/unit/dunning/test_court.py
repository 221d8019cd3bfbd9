"""The way through court: which stage may follow which, when, what runs, and what it means for limitation."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunning.court import (
    ENDS,
    MOVES,
    At,
    ClockKind,
    CourtClock,
    Effect,
    Path,
    Stage,
    check_next,
    clock_of,
    effect_of,
    following,
)
from dunning.states import LimitationKind
from receivables.core.calendar import EveryDay
from receivables.core.errors import DomainError, IllegalMove, Refused
from receivables.countries.law import pack_of

D = date(2026, 3, 2)
TODAY = date(2026, 12, 1)
CALENDAR = EveryDay()


def at(*stages: Stage, on: date = D) -> list[At]:
    return [At(stage, on) for stage in stages]


EPU_TITLE = at(Stage.PREPARED, Stage.FILED, Stage.ORDER, Stage.TITLE)


@pytest.mark.parametrize(
    ("path", "history", "expected"),
    [
        (Path.EPU, at(Stage.PREPARED), (Stage.FILED, Stage.WITHDRAWN)),
        (Path.EPU, at(Stage.PREPARED, Stage.FILED), (Stage.ORDER, Stage.DISCONTINUED, Stage.PAID, Stage.WITHDRAWN)),
        (Path.EPU, at(Stage.OBJECTION), (Stage.DISCONTINUED, Stage.PAID, Stage.WITHDRAWN)),
        (Path.EPU, at(Stage.DISCONTINUED), (Stage.SUIT, Stage.PAID, Stage.CLOSED)),
        (
            Path.EPU,
            at(Stage.DISCONTINUED, Stage.SUIT),
            (Stage.ORDER, Stage.JUDGMENT, Stage.PAID, Stage.DISMISSED, Stage.WITHDRAWN),
        ),
        (Path.ORDINARY, at(Stage.OBJECTION), (Stage.JUDGMENT, Stage.PAID, Stage.DISMISSED, Stage.WITHDRAWN)),
        (Path.EPU, EPU_TITLE, (Stage.BAILIFF, Stage.PAID, Stage.CLOSED)),
        (Path.EPU, at(Stage.INEFFECTIVE), (Stage.BAILIFF, Stage.PAID, Stage.CLOSED)),
        (Path.EPU, at(Stage.PAID), ()),
    ],
)
def test_following(path: Path, history: list[At], expected: tuple[Stage, ...]) -> None:
    assert following(path, history) == expected


@pytest.mark.parametrize("path", Path)
def test_every_stage_of_a_path_comes_to_an_end(path: Path) -> None:
    for stage in MOVES[path]:
        seen, todo = set[Stage](), [stage]
        while todo:
            one = todo.pop()
            if one not in seen:
                seen.add(one)
                todo += MOVES[path].get(one, MOVES[Path.ORDINARY].get(one, frozenset()))
        assert seen & ENDS


@pytest.mark.parametrize(
    ("history", "new", "words"),
    [
        (at(Stage.PREPARED), At(Stage.TITLE, D), "Note what came between"),
        (at(Stage.PAID), At(Stage.FILED, D), "has ended"),
        (at(Stage.PREPARED), At(Stage.FILED, date(2026, 12, 2)), "future"),
        (at(Stage.FILED), At(Stage.ORDER, date(2026, 3, 1)), "before the last stage"),
        (at(Stage.ORDER), At(Stage.TITLE, date(2026, 3, 16)), "Note the service first"),
        (at(Stage.SERVED), At(Stage.TITLE, date(2026, 3, 16)), "may object through 2026-03-16"),
    ],
)
def test_what_cannot_be_is_refused_in_words(history: list[At], new: At, words: str) -> None:
    with pytest.raises((IllegalMove, Refused), match=words):
        check_next(Path.EPU, history, new, calendar=CALENDAR, today=TODAY)


def test_an_order_is_final_the_day_after_the_time_to_object() -> None:
    check_next(Path.EPU, at(Stage.SERVED), At(Stage.TITLE, date(2026, 3, 17)), calendar=CALENDAR, today=TODAY)


def test_the_time_to_object_does_not_end_on_a_day_off() -> None:
    calendar = pack_of("PL", on=D).calendar()
    assert clock_of(at(Stage.SERVED, on=date(2026, 10, 28)), calendar) == CourtClock(ClockKind.OBJECTION, date(2026, 11, 12))


@pytest.mark.parametrize(
    ("stage", "on", "expected"),
    [
        (Stage.DISCONTINUED, date(2026, 11, 30), CourtClock(ClockKind.SUIT, date(2027, 2, 28))),
        (Stage.BAILIFF, date(2026, 8, 31), CourtClock(ClockKind.INACTION, date(2027, 2, 28))),
        (Stage.FILED, D, None),
        (Stage.TITLE, D, None),
    ],
)
def test_clocks(stage: Stage, on: date, expected: CourtClock | None) -> None:
    assert clock_of(at(stage, on=on), CALENDAR) == expected


SUIT, ENFORCEMENT = LimitationKind.SUIT, LimitationKind.ENFORCEMENT


@pytest.mark.parametrize(
    ("history", "new", "expected"),
    [
        (at(Stage.PREPARED), At(Stage.FILED, D), Effect(begins=SUIT)),
        (at(Stage.DISCONTINUED), At(Stage.SUIT, date(2026, 6, 2)), Effect()),
        (at(Stage.DISCONTINUED), At(Stage.SUIT, date(2026, 6, 3)), Effect(begins=SUIT, undoes=frozenset({SUIT}))),
        (at(Stage.ORDER), At(Stage.TITLE, D), Effect(begins=LimitationKind.JUDGMENT, ends=frozenset({SUIT}))),
        (at(Stage.TITLE), At(Stage.BAILIFF, D), Effect(begins=ENFORCEMENT)),
        (at(Stage.BAILIFF), At(Stage.INEFFECTIVE, D), Effect(ends=frozenset({ENFORCEMENT}))),
        (at(Stage.FILED), At(Stage.WITHDRAWN, D), Effect(undoes=frozenset({SUIT}))),
        (at(Stage.DISCONTINUED), At(Stage.CLOSED, D), Effect(undoes=frozenset({SUIT}))),
        (at(Stage.INEFFECTIVE), At(Stage.CLOSED, D), Effect(ends=frozenset({SUIT, ENFORCEMENT}))),
        (at(Stage.ORDER), At(Stage.SERVED, D), Effect()),
    ],
)
def test_effects_on_limitation(history: list[At], new: At, expected: Effect) -> None:
    assert effect_of(history, new) == expected


@given(st.sampled_from(list(Path)), st.lists(st.sampled_from(list(Stage)), max_size=9))
def test_no_walk_leaves_the_table(path: Path, wishes: list[Stage]) -> None:
    history = at(Stage.PREPARED)
    for wish in wishes:
        try:
            check_next(path, history, At(wish, TODAY), calendar=CALENDAR, today=TODAY)
        except DomainError:
            assert wish not in following(path, history) or wish is Stage.TITLE
        else:
            history.append(At(wish, TODAY))
    assert all(not one.stage.is_end for one in history[:-1])
