"""Each target for a moment: good input with bytes replaced, dropped and put in, and rubbish. `python -m tests.fuzz` goes on for hours."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_damage_and_rubbish_end_with_a_sentence(name, data):
    target = TARGETS[name]
    seed = data.draw(st.sampled_from(target.seeds))
    at = data.draw(st.integers(0, len(seed)))
    target.run(seed[:at] + data.draw(st.binary(max_size=12)) + seed[at + data.draw(st.integers(0, 12)) :])
    target.run(data.draw(st.binary(max_size=100)))


@pytest.mark.parametrize("name", TARGETS)
def test_what_it_begins_with_is_good(name):
    target = TARGETS[name]
    if name != "cii":
        for seed in target.seeds:
            target.read(seed)
