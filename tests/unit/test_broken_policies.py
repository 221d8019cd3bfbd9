"""Every broken policy file is refused with the line, the key and what is allowed there."""

import pytest

from dunning.policy_text import parse_policy
from receivables.core.errors import PolicyError
from tests.policies.files import Broken, broken_policies

FILES = broken_policies()


def test_there_are_forty_and_more() -> None:
    assert len(FILES) >= 40


@pytest.mark.parametrize("broken", FILES, ids=[broken.name for broken in FILES])
def test_a_broken_file_is_refused_with_line_key_and_what_is_allowed(broken: Broken) -> None:
    with pytest.raises(PolicyError) as refusal:
        parse_policy(broken.text)
    says = str(refusal.value)
    assert says.startswith(f"line {broken.line}: ")
    assert broken.key in says.replace(broken.allowed, ""), "the key is named beside what is allowed"
    assert broken.allowed in says
    assert says.isprintable(), "a complaint shows what cannot be seen"
