"""Policies as text: what is read, what is refused and how, and that nothing is lost in writing."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunning.policy import Channel, Fee, Grouping, Policy, Step
from dunning.policy_text import AUDIENCES, MAX_QUIET_DAYS, parse_policy, policy_from, write_policy
from receivables.core import fields
from receivables.core.errors import PolicyError, ScenarioError
from receivables.core.yaml12 import MAX_BYTES

FULL = """\
name: Standard B2B
currency: PLN            # amounts below are in it
grouping: customer
minimums: {EUR: "10.00"}
steps:
  - key: reminder
    after_due: -3
    until: 0
    channel: [email]
  - key: sms
    after_due: 4
    after_previous: 3
    channel: [sms, email]
    also: [email]
  - key: demand
    after_due: 14
    after_previous: 7
    channel: [letter]
    document: demand
    interest: true
    compensation: true
    fee: "0.00"
    deadline_days: 7
    approval: true
    minimum: "50.00"
  - key: handoff
    after_due: 45
    channel: [agency]
    fee: "15%"
    approval: true
"""


def test_every_field_of_a_policy_is_read() -> None:
    assert parse_policy(FULL) == Policy(
        name="Standard B2B",
        currency="PLN",
        grouping=Grouping.CUSTOMER,
        minimums={"EUR": Decimal("10.00")},
        steps=(
            Step(key="reminder", after_due=-3, until=0, channels=(Channel.EMAIL,)),
            Step(key="sms", after_due=4, after_previous=3, channels=(Channel.SMS, Channel.EMAIL), also=(Channel.EMAIL,)),
            Step(
                key="demand",
                after_due=14,
                after_previous=7,
                channels=(Channel.LETTER,),
                document="demand",
                interest=True,
                compensation=True,
                fee=Fee(fixed=Decimal("0.00")),
                deadline_days=7,
                approval=True,
                minimum=Decimal("50.00"),
            ),
            Step(key="handoff", after_due=45, channels=(Channel.AGENCY,), fee=Fee(percent=Decimal(15)), approval=True),
        ),
    )


def test_a_policy_is_written_as_it_stands_in_the_specification() -> None:
    without_comment = FULL.replace("            # amounts below are in it", "")
    assert write_policy(parse_policy(FULL)) == without_comment


def test_what_is_left_out_has_its_default() -> None:
    policy = parse_policy("name: Nothing\nsteps: []\n")
    assert policy == Policy(name="Nothing", steps=(), currency="PLN", grouping=Grouping.CUSTOMER, minimums={})
    assert write_policy(policy) == "name: Nothing\ncurrency: PLN\ngrouping: customer\nsteps: []\n"


def one_step(*lines: str, head: str = "name: P\n") -> str:
    """A policy of one step; its first line is line 3, further ones follow."""
    return head + "steps:\n" + "  - key: a\n    after_due: 1\n    channel: [email]\n" + "".join(f"    {line}\n" for line in lines)


BROKEN = [
    pytest.param("", 1, "the text is empty", id="nothing"),
    pytest.param("Standard", 1, "the policy must be fields", id="a word"),
    pytest.param("- name: P\n", 1, "the policy must be fields, written key: value; here is a list", id="a list"),
    pytest.param("name: P\nsteps: [\n", 3, "this is not YAML", id="a bracket that is never closed"),
    pytest.param("name: P\nsteps:\n\t- key: a\n", 3, "this is not YAML", id="a tab"),
    pytest.param("steps: []\n", 1, "name is missing; required: name, steps", id="no name"),
    pytest.param("name: P\n", 1, "steps is missing", id="no steps"),
    pytest.param("name: P\nsteps:\n", 2, "steps must be a list", id="steps without members"),
    pytest.param("name: P\nsteps: {a: 1}\n", 2, "steps must be a list", id="steps that are fields"),
    pytest.param("name: P\nsteps: [a]\n", 2, "steps[1] must be fields", id="a step that is a word"),
    pytest.param("name: ''\nsteps: []\n", 1, "name is empty", id="an empty name"),
    pytest.param("name: 2026\nsteps: []\n", 1, "name must be text; '2026' is a number; put it in quotes", id="a name that is a number"),
    pytest.param("name: true\nsteps: []\n", 1, "name must be text", id="a name that is a boolean"),
    pytest.param("name: P\nname: Q\nsteps: []\n", 2, "name stands here a second time", id="two names"),
    pytest.param(
        "name: P\nlevels: []\nsteps: []\n",
        2,
        "levels is unknown. Allowed: name, currency, grouping, minimums, quiet_days, grace_days, min_arrears_days, max_step, audience, fee_basis, steps",
        id="an unknown field",
    ),
    pytest.param("name: P\nstep: []\n", 2, "step is unknown; did you mean steps?", id="a slip in a field"),
    pytest.param("name: P\ncurrency: zł\nsteps: []\n", 2, "currency is 'zł', which is no currency code", id="a sign for a currency"),
    pytest.param("name: P\ncurrency: pln\nsteps: []\n", 2, "no currency code", id="a currency in small letters"),
    pytest.param(
        "name: P\ngrouping: debtor\nsteps: []\n",
        2,
        "grouping is 'debtor', which is unknown. Allowed: customer, invoice, order, contract, branch, source",
        id="an unknown grouping",
    ),
    pytest.param('name: P\nminimums: {EURO: "1.00"}\nsteps: []\n', 2, "minimums.EURO is unknown", id="an unknown currency under minimums"),
    pytest.param('name: P\nminimums: {PLN: "1.00"}\nsteps: []\n', 2, "the policy's own currency", id="the own currency under minimums"),
    pytest.param(
        "name: P\nminimums: {EUR: 10.00}\nsteps: []\n", 2, "minimums.EUR must be an amount in quotes", id="a minimum without quotes"
    ),
    pytest.param('name: P\nminimums: {JPY: "10.50"}\nsteps: []\n', 2, "more decimals than JPY knows", id="a minimum of half a yen"),
    pytest.param('name: P\nminimums: ["1.00"]\nsteps: []\n', 2, "minimums must be fields", id="minimums that are a list"),
    pytest.param(
        one_step("chanel: [sms]"),
        6,
        "steps[1].chanel is unknown; did you mean channel? Allowed: key, after_due, until",
        id="a slip in a step",
    ),
    pytest.param(one_step("afterdue: 3"), 6, "steps[1].afterdue is unknown; did you mean after_due?", id="a missing underscore"),
    pytest.param(
        "name: P\nsteps:\n  - {after_due: 1, channel: [email]}\n",
        3,
        "steps[1].key is missing; required: key, after_due, channel",
        id="no key",
    ),
    pytest.param("name: P\nsteps:\n  - {key: a, channel: [email]}\n", 3, "steps[1].after_due is missing", id="no after_due"),
    pytest.param("name: P\nsteps:\n  - {key: a, after_due: 1}\n", 3, "steps[1].channel is missing", id="no channel"),
    pytest.param(
        "name: P\nsteps:\n  - {key: 1, after_due: 1, channel: [email]}\n", 3, "steps[1].key must be text", id="a key that is a number"
    ),
    pytest.param(
        "name: P\nsteps:\n  - {key: ../x, after_due: 1, channel: [email]}\n", 3, "Allowed: letters, digits", id="a key that climbs folders"
    ),
    pytest.param(
        "name: P\nsteps:\n  - {key: a, after_due: soon, channel: [email]}\n",
        3,
        "steps[1].after_due must be a whole number",
        id="days in words",
    ),
    pytest.param("name: P\nsteps:\n  - {key: a, after_due: 1.5, channel: [email]}\n", 3, "must be a whole number", id="a day and a half"),
    pytest.param("name: P\nsteps:\n  - {key: a, after_due: 99999, channel: [email]}\n", 3, "from -36500 to 36500", id="centuries"),
    pytest.param("name: P\nsteps:\n  - {key: a, after_due: null, channel: [email]}\n", 3, "nothing stands here", id="null for days"),
    pytest.param(
        "name: P\nsteps:\n  - {key: a, after_due: 1, channel: email}\n",
        3,
        "steps[1].channel must be a list, such as [a, b]",
        id="a channel that is no list",
    ),
    pytest.param(
        "name: P\nsteps:\n  - {key: a, after_due: 1, channel: []}\n", 3, "step 1 ('a'): channel is missing", id="an empty list of channels"
    ),
    pytest.param(
        "name: P\nsteps:\n  - {key: a, after_due: 1, channel: [fax]}\n",
        3,
        "steps[1].channel[1] is 'fax', which is unknown. Allowed: email, sms, letter, call, agency",
        id="an unknown channel",
    ),
    pytest.param("name: P\nsteps:\n  - {key: a, after_due: 1, channel: [sms, mail]}\n", 3, "did you mean email?", id="a slip in a channel"),
    pytest.param("name: P\nsteps:\n  - {key: a, after_due: 1, channel: [sms, sms]}\n", 3, "sms a second time", id="a channel twice"),
    pytest.param(one_step("also: [fax]"), 6, "steps[1].also[1] is 'fax'", id="an unknown parallel channel"),
    pytest.param(one_step("also: email"), 6, "steps[1].also must be a list", id="a parallel channel that is no list"),
    pytest.param(one_step("approval: yes"), 6, "steps[1].approval must be true or false; 'yes' is text", id="yes for true"),
    pytest.param(one_step("interest: on"), 6, "steps[1].interest must be true or false; 'on' is text", id="on for true"),
    pytest.param(one_step("compensation: 1"), 6, "steps[1].compensation must be true or false", id="1 for true"),
    pytest.param(one_step("document: [demand]"), 6, "steps[1].document must be text", id="a document that is a list"),
    pytest.param(one_step("document: a/b"), 6, "steps[1].document is 'a/b'", id="a document that is a path"),
    pytest.param(one_step("fee: 10.00"), 6, "steps[1].fee must be an amount in quotes", id="a fee without quotes"),
    pytest.param(one_step('fee: "10"'), 6, "steps[1].fee must be an amount of PLN in quotes", id="a fee without decimals"),
    pytest.param(one_step('fee: "10.001"'), 6, "steps[1].fee must be an amount of PLN", id="a tenth of a grosz"),
    pytest.param(one_step("fee: 15 %"), 6, 'a percentage up to "100%"', id="a space before the per cent sign"),
    pytest.param(one_step('fee: "150%"'), 6, "here stands '150%'", id="more than the debt itself"),
    pytest.param(one_step('fee: "-1.00"'), 6, "steps[1].fee must not be negative", id="a negative fee"),
    pytest.param(one_step('minimum: "50,00"'), 6, "steps[1].minimum must be an amount of PLN", id="a decimal comma"),
    pytest.param(one_step('minimum: "-50.00"'), 6, "steps[1].minimum must not be negative", id="a negative minimum"),
    pytest.param(one_step("until: 0"), 6, "step 1 ('a'): until lies before after_due", id="until before after_due"),
    pytest.param(
        one_step("after_previous: 10"),
        6,
        "step 1 ('a'): after_previous: the first step has none before it",
        id="a gap before the first step",
    ),
    pytest.param(one_step("deadline_days: -1"), 6, "step 1 ('a'): deadline_days is negative", id="a negative deadline"),
    pytest.param(
        one_step() + "  - key: b\n    after_due: 2\n    after_previous: -1\n    channel: [sms]\n",
        8,
        "step 2 ('b'): after_previous is negative",
        id="a negative gap",
    ),
    pytest.param(
        one_step() + "  - after_due: 2\n    channel: [sms]\n    key: a\n",
        8,
        "step 2 ('a'): key: another step has the same; keys are unique",
        id="a key twice",
    ),
    pytest.param(one_step("until: 5", "until: 6"), 7, "until stands here a second time; the first is on line 6", id="a field twice"),
    pytest.param("name: &n P\nsteps: []\n", 1, "anchors", id="an anchor"),
    pytest.param("name: P\nsteps: *s\n", 2, "aliases", id="an alias"),
    pytest.param("name: !!str P\nsteps: []\n", 1, "tags", id="a tag"),
    pytest.param("name: P\nsteps: []\n---\nname: Q\n", 3, "second document", id="two documents"),
    pytest.param("name: P\nsteps: " + "[" * 40, 2, "nested too deeply", id="forty lists in one another"),
    pytest.param("name: P\nsteps: []\n#" + "x" * MAX_BYTES, 1, "at most 256 kB", id="a text that is too large"),
    pytest.param("name: P\nsteps: [" + "{}, " * 101 + "]\n", 2, "at most 100 steps", id="more steps than a ladder can have"),
]


@pytest.mark.parametrize(("text", "line", "says"), BROKEN)
def test_a_faulty_policy_is_refused_with_line_and_key(text: str, line: int, says: str) -> None:
    with pytest.raises(PolicyError) as refusal:
        parse_policy(text)
    assert str(refusal.value).startswith(f"line {line}: ")
    assert says in str(refusal.value)


def test_a_policy_within_another_text_takes_name_and_currency_from_it() -> None:
    at = fields.place("policies:\n  X: {steps: []}\n", error=ScenarioError, what="the scenario").entries()["policies"].entries()["X"]
    assert policy_from(at, currency="EUR", name="X") == Policy(name="X", steps=(), currency="EUR")


def test_a_policy_within_another_text_may_not_contradict_its_name() -> None:
    at = fields.place("X: {name: Y, steps: []}\n", error=ScenarioError, what="the scenario").entries()["X"]
    with pytest.raises(PolicyError, match=r"line 1: X\.name is 'Y', but the policy stands here under the name 'X'"):
        policy_from(at, name="X")


def test_amounts_follow_the_decimals_of_their_currency() -> None:
    policy = parse_policy(
        'name: P\ncurrency: JPY\nminimums: {KWD: "1.125"}\nsteps:\n  - {key: a, after_due: 1, channel: [email], minimum: "500"}\n'
    )
    assert (policy.steps[0].minimum, policy.minimums) == (Decimal(500), {"KWD": Decimal("1.125")})
    assert parse_policy(write_policy(policy)) == policy


# -- nothing is lost in writing

days = st.integers(-400, 400)
counts = st.none() | st.integers(0, 400)
cents = st.decimals(0, 10**9, places=2)
shares = st.decimals(0, 100, places=3)
fees = st.builds(Fee, fixed=cents) | st.builds(Fee, percent=shares)
keys = st.from_regex(r"\A[a-zA-Zżółć0-9]([\w .-]{0,10}\w)?\Z").filter(str.isprintable)
channels = st.lists(st.sampled_from(Channel), min_size=1, unique=True).map(tuple)
letters = st.characters(exclude_categories=("C", "Z"), include_characters=" ")
names = st.text(letters, min_size=1, max_size=60).filter(lambda name: name.strip())


@st.composite
def ladders(draw: st.DrawFn, grace: int = 0) -> tuple[Step, ...]:
    steps = []
    for number, key in enumerate(draw(st.lists(keys, max_size=5, unique=True))):
        after_due, ways = draw(days), draw(channels)
        document = draw(st.none() | keys)
        earliest = max(after_due, grace + 1) if after_due > 0 else after_due
        steps.append(
            Step(
                key=key,
                after_due=after_due,
                channels=ways,
                until=draw(st.none() | st.integers(earliest, 900)),
                after_previous=draw(counts) if number else None,
                also=draw(channels | st.just(())),
                document=document,
                interest=draw(st.booleans()),
                compensation=draw(st.booleans()),
                fee=draw(st.none() | fees),
                deadline_days=draw(counts),
                approval=draw(st.booleans()),
                minimum=draw(st.none() | cents),
                minimum_percent=draw(st.none() | shares),
                required=bool(document) or Channel.AGENCY in ways or draw(st.booleans()),
            )
        )
    return tuple(steps)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    grace = draw(st.just(0) | st.integers(0, 400))
    steps = draw(ladders(grace))
    return Policy(
        name=draw(names),
        steps=steps,
        grouping=draw(st.sampled_from(Grouping)),
        minimums=draw(st.dictionaries(st.sampled_from(["EUR", "USD", "GBP"]), cents)),
        quiet_days=draw(st.none() | st.integers(1, MAX_QUIET_DAYS)),
        grace_days=grace,
        min_arrears_days=draw(st.just(0) | st.integers(0, 400)),
        max_step=draw(st.none() | st.sampled_from([step.key for step in steps])) if steps else None,
        audience=tuple(draw(st.lists(st.sampled_from(AUDIENCES), unique=True, max_size=3))),
        fee_basis=draw(st.none() | st.sampled_from(["§ 7 of the contract", "yes", "3: a 'quote'", "#5"])),
    )


@given(policies())
def test_a_policy_that_is_written_reads_back_the_same(policy: Policy) -> None:
    assert parse_policy(write_policy(policy)) == policy


OPTIONAL = """\
name: Gentle
currency: PLN
grouping: branch
quiet_days: 14
grace_days: 3
min_arrears_days: 5
max_step: demand
steps:
  - key: nudge
    after_due: 4
    channel: [sms]
    minimum: "50.00"
    minimum_percent: "10"
    required: false
  - key: demand
    after_due: 14
    channel: [letter]
    document: demand
"""


def test_the_optional_keys_are_read_and_written_where_they_stand_here() -> None:
    policy = parse_policy(OPTIONAL)
    assert (policy.quiet_days, policy.grace_days, policy.min_arrears_days, policy.max_step) == (14, 3, 5, "demand")
    assert (policy.grouping, policy.top) == (Grouping.BRANCH, 2)
    nudge, demand = policy.steps
    assert (nudge.minimum_percent, nudge.required, demand.minimum_percent, demand.required) == (Decimal(10), False, None, True)
    assert write_policy(policy) == OPTIONAL


def test_a_policy_made_in_the_program_is_checked_like_one_that_is_read() -> None:
    with pytest.raises(PolicyError, match=r"max_step is 'b', which is no step of this policy. Allowed: a"):
        Policy(name="P", steps=(Step(key="a", after_due=1, channels=(Channel.EMAIL,)),), max_step="b")


@given(st.text(max_size=300) | st.text(st.sampled_from("name: steps[]{}-&*!|>%\n\t'\"#,?123"), max_size=300))
def test_whatever_is_no_policy_is_refused_with_a_line(text: str) -> None:
    with pytest.raises(PolicyError, match=r"^line [1-9][0-9]*: "):
        parse_policy(text)
