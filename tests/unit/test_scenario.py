"""Scenario texts: every action and expectation is read into its own value, and what is unknown is refused with its line."""

import dataclasses
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from dunning.policy import Channel
from dunning.policy_text import policy_from
from dunning.scenario import ContactCap, Customer, Expect, ExpectedItem, ExpectedNotice, ExpectedTask, Settings, actions, parse_scenario
from dunning.scenario import text as reader
from receivables.core.errors import PolicyError, ScenarioError
from tests.shared_files import SHARED, needs_shared

SCENARIOS = sorted(SHARED.glob("scenarios/*.yaml"))

HEAD = """\
scenario: A story
policy: {name: P, steps: [{key: a, after_due: 1, channel: [email]}]}
customers: [{ref: C1, kind: business}]
"""  # three lines; what follows begins on line 4


def told(timeline: str) -> str:
    """A scenario whose timeline begins on line 5."""
    return HEAD + "timeline:\n" + timeline


def done(line: str) -> actions.Action:
    """The only action of a day."""
    (entry,) = parse_scenario(told(f"  - on: 2026-04-01\n    do:\n      - {line}\n")).timeline
    (action,) = entry.actions
    return action


def expected(line: str) -> Expect:
    (entry,) = parse_scenario(told(f"  - on: 2026-04-01\n    expect:\n      {line}\n")).timeline
    assert entry.expect is not None
    return entry.expect


@needs_shared
@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_every_shared_scenario_is_read(file: Path) -> None:
    story = parse_scenario(file.read_text(encoding="utf-8"))
    assert story.title and story.customers and story.timeline
    assert all(entry.actions or entry.expect for entry in story.timeline)


@needs_shared
def test_all_seventy_shared_scenarios_are_there() -> None:
    assert len(SCENARIOS) == 70


def test_head_settings_and_customers() -> None:
    story = parse_scenario("""\
scenario: A story
source: a book
settings:
  country: DE
  currency: EUR
  language: de
  calendar: country
  bank_freshness_days: 3
  tolerance: "0.50"
  contact_cap: {messages: 3, days: 7}
  allocation: unmatched
policies:
  X: {steps: []}
  Y: {name: Y, currency: PLN, steps: []}
default_policy: Y
customers:
  - {ref: C1, kind: business, email: c1@example.com, phone: "+48500100100", address: true, policy: X, language: pl, currency: USD}
  - {ref: C2, kind: consumer, email: null}
timeline: []
""")
    assert (story.title, story.source, story.default_policy) == ("A story", "a book", "Y")
    assert story.settings == Settings("DE", "EUR", "de", "country", 3, Decimal("0.50"), ContactCap(3, 7), "unmatched")
    assert {name: policy.currency for name, policy in story.policies.items()} == {"X": "EUR", "Y": "PLN"}
    assert story.customers == (
        Customer("C1", "business", "c1@example.com", "+48500100100", True, "X", "pl", "USD"),
        Customer("C2", "consumer"),
    )


def test_settings_that_are_left_out_have_the_defaults_of_the_specification() -> None:
    story = parse_scenario(HEAD + "timeline: []\nsettings: {bank_freshness_days: null, contact_cap: null}\n")
    assert story.settings == Settings("PL", "PLN", "pl", "none", None, Decimal("0.00"), None, "oldest_first")
    assert (story.default_policy, story.source) == ("P", None)


def test_an_entry_knows_its_day_and_its_lines() -> None:
    first, second = parse_scenario(
        told("  - on: 2026-05-01\n    do:\n      - run\n      - bank: {seen_until: 2026-04-30}\n  - on: 2026-04-01\n")
    ).timeline
    assert (first.on, first.line, [action.line for action in first.actions]) == (date(2026, 5, 1), 5, [7, 8])
    assert (second.on, second.line, second.actions, second.expect) == (date(2026, 4, 1), 9, (), None)


def instalment(day: date, amount: str) -> actions.Instalment:
    return actions.Instalment(day, Decimal(amount))


MARCH, APRIL = date(2026, 3, 31), date(2026, 4, 30)
RATES = '[{due: 2026-03-31, amount: "5.00"}, {due: 2026-04-30, amount: "4.00"}]'
ACTIONS = [
    ("run", actions.Run()),
    ("run: {dry: true}", actions.Run(dry=True)),
    ('invoice: {number: I1, customer: C1, amount: "9.00", due: 2026-03-31}', actions.Invoice("I1", "C1", Decimal("9.00"), MARCH)),
    (
        'invoice: {number: I1, customer: C1, amount: "9.00", due: 2026-03-31, issued: 2026-03-31, '
        "currency: USD, sale: services, policy: P, draft: true}",
        actions.Invoice("I1", "C1", Decimal("9.00"), MARCH, MARCH, "USD", "services", "P", None, True),
    ),
    (
        f'invoice: {{number: I1, customer: C1, amount: "9.00", instalments: {RATES}}}',
        actions.Invoice("I1", "C1", Decimal("9.00"), instalments=(instalment(MARCH, "5.00"), instalment(APRIL, "4.00"))),
    ),
    ('credit: {number: K1, customer: C1, amount: "9.00"}', actions.Credit("K1", "C1", Decimal("9.00"))),
    (
        'credit: {number: K1, customer: C1, amount: "9.00", invoice: I1, currency: EUR, draft: true}',
        actions.Credit("K1", "C1", Decimal("9.00"), "I1", "EUR", True),
    ),
    ('pay: {customer: C1, amount: "9.00"}', actions.Pay("C1", Decimal("9.00"))),
    (
        'pay: {customer: C1, amount: "9.00", invoices: [I1, I2#1], id: P1, currency: EUR, unmatched: true}',
        actions.Pay("C1", Decimal("9.00"), ("I1", "I2#1"), "P1", "EUR", True),
    ),
    ("match: {payment: P1, invoices: [I1]}", actions.Match("P1", ("I1",))),
    ('match: {payment: P1, invoices: [I1], amount: "1.00"}', actions.Match("P1", ("I1",), Decimal("1.00"))),
    ("reverse: {payment: P1}", actions.Reverse("P1")),
    ("write_off: {invoice: I1}", actions.WriteOff("I1")),
    ("cancel: {invoice: I1}", actions.Cancel("I1")),
    ("hold: {customer: C1}", actions.Hold(customer="C1")),
    ("hold: {invoice: I1, until: 2026-04-30, reason: waiting for the goods}", actions.Hold("I1", None, APRIL, "waiting for the goods")),
    ("release: {invoice: I1}", actions.Release("I1")),
    ("release: {customer: C1}", actions.Release(customer="C1")),
    ("dispute: {invoice: I1}", actions.Dispute("I1")),
    ('dispute: {invoice: I1, amount: "1.00"}', actions.Dispute("I1", Decimal("1.00"))),
    ("resolve: {invoice: I1, outcome: upheld}", actions.Resolve("I1", "upheld")),
    ('promise: {customer: C1, amount: "9.00", by: 2026-04-30}', actions.Promise("C1", Decimal("9.00"), APRIL)),
    (
        'promise: {customer: C1, amount: "9.00", by: 2026-04-30, invoices: [I1], currency: EUR}',
        actions.Promise("C1", Decimal("9.00"), APRIL, ("I1",), "EUR"),
    ),
    (
        f"plan: {{id: A1, customer: C1, invoices: [I1], instalments: {RATES}}}",
        actions.Plan("A1", "C1", ("I1",), (instalment(MARCH, "5.00"), instalment(APRIL, "4.00"))),
    ),
    ("approve: {step: a}", actions.Approve("a")),
    ("reject: {step: a, customer: C1}", actions.Reject("a", "C1")),
    ("outcome: {customer: C1, step: a, result: bounced}", actions.Outcome("C1", "a", "bounced")),
    ("channel: {email: ok, sms: timeout}", actions.Channels({Channel.EMAIL: "ok", Channel.SMS: "timeout"})),
    ("contact: {customer: C1, email: null, phone: x}", actions.Contact("C1", {"email": None, "phone": "x"})),
    ("contact: {customer: C1, address: true}", actions.Contact("C1", {"address": True})),
    ("contact: {customer: C1, address: null}", actions.Contact("C1", {"address": False})),
    ("assign: {policy: P, customer: C1}", actions.Assign("P", customer="C1")),
    ("assign: {policy: P, invoice: I1}", actions.Assign("P", invoice="I1")),
    ("bank: {seen_until: 2026-04-30}", actions.Bank(APRIL)),
    ("accept: {customer: C1}", actions.Accept("C1")),
    ("recall: {customer: C1}", actions.Recall("C1")),
    ('agency_paid: {customer: C1, amount: "9.00"}', actions.AgencyPaid("C1", Decimal("9.00"))),
    ("done: {customer: C1, step: a, reached: false}", actions.Done("C1", "a", False)),
    ("done: {customer: C1, kind: review}", actions.Done("C1", kind="review")),
    ('pay: {customer: C1, amount: "-9.00"}', actions.Pay("C1", Decimal("-9.00"))),
]


@pytest.mark.parametrize(("line", "action"), ACTIONS, ids=[line[:60] for line, _ in ACTIONS])
def test_an_action_is_read_as_it_stands(line: str, action: actions.Action) -> None:
    assert done(line) == action


def test_every_action_of_the_specification_is_known_by_its_word() -> None:
    kinds = {kind.word: kind for kind in actions.Action.__subclasses__()}
    assert set(kinds) == set(reader._WORDS)
    assert {type(action) for _, action in ACTIONS} | {actions.Publish} == set(kinds.values())


@pytest.mark.parametrize(
    ("kind", "readers"),
    [
        (actions.Invoice, reader._INVOICE),
        (actions.Credit, reader._CREDIT),
        (actions.Pay, reader._PAY),
        (actions.Promise, reader._PROMISE),
        (actions.Plan, reader._PLAN),
        (actions.Hold, reader._HOLD),
        (actions.Outcome, reader._OUTCOME),
        (actions.Done, reader._DONE),
        (Settings, reader._SETTINGS),
        (Customer, reader._CUSTOMER),
        (ExpectedNotice, reader._NOTICE),
        (ExpectedTask, reader._TASK),
        (Expect, reader._EXPECT),
    ],
    ids=lambda value: getattr(value, "__name__", "readers"),
)
def test_every_field_of_a_value_has_a_reader(kind: Any, readers: Any) -> None:
    assert {field.name for field in dataclasses.fields(kind)} - {"line"} == set(readers)
    assert get_type_hints(kind)


def test_a_faulty_policy_in_publish_is_kept_as_written_until_it_is_published() -> None:
    action = done("publish: {name: P, steps: [{key: a, after_due: 1, channel: [fax]}]}")
    assert isinstance(action, actions.Publish)
    with pytest.raises(PolicyError, match=r"line 7: .*publish\.steps\[1\]\.channel\[1\] is 'fax'"):
        policy_from(action.policy)


def test_expectations_are_typed_and_know_what_was_not_said() -> None:
    story = parse_scenario(
        told("""\
  - on: 2026-05-01
    expect:
      notices:
        - {customer: C1, step: a, channel: email, items: {I1: "300.00", A1#2: "1.00"}, asks: "310.00", interest: "1.00", currency: EUR}
      planned: []
      items:
        I1: {open: "300.00", step: a, state: running, reason: null, next: 2026-05-02, waits: too_early, skipped: [b]}
        I2: {step: null}
      tasks: [{customer: C1, kind: approve, step: a}, {customer: C1, kind: review}]
      credit: {C1: "5.00", C2: {EUR: "1.00", PLN: "0.00"}}
      refused: true
""")
    )
    assert story.timeline[0].expect == Expect(
        notices=(
            ExpectedNotice(
                "C1", "a", Channel.EMAIL, {"I1": Decimal(300), "A1#2": Decimal(1)}, asks=Decimal(310), interest=Decimal(1), currency="EUR"
            ),
        ),
        planned=(),
        items={
            "I1": ExpectedItem(
                {
                    "open": Decimal(300),
                    "step": "a",
                    "state": "running",
                    "reason": None,
                    "next": date(2026, 5, 2),
                    "waits": "too_early",
                    "skipped": ("b",),
                }
            ),
            "I2": ExpectedItem({"step": None}),
        },
        tasks=(ExpectedTask("C1", "approve", "a"), ExpectedTask("C1", "review")),
        credit={"C1": Decimal(5), "C2": {"EUR": Decimal(1), "PLN": Decimal(0)}},
        refused=True,
    )
    assert expected("{}") == Expect(notices=None, planned=None, items={}, tasks=None, credit={}, refused=False)


def act(line: str) -> str:
    """The action stands on line 7."""
    return told(f"  - on: 2026-04-01\n    do:\n      - {line}\n")


def hope(line: str) -> str:
    """The expectation stands on line 7."""
    return told(f"  - on: 2026-04-01\n    expect:\n      {line}\n")


BROKEN = [
    pytest.param("", 1, "empty", id="nothing"),
    pytest.param("scenario: A\ncustomers: []\ntimeline: []\n", 1, "either policy or policies", id="no policy"),
    pytest.param(HEAD + "policies: {X: {steps: []}}\ntimeline: []\n", 1, "not both", id="policy and policies"),
    pytest.param(HEAD + "timeline: []\nday: x\n", 5, "day is unknown. Allowed: scenario, source, settings", id="an unknown part"),
    pytest.param("scenario: A\npolicy: {name: P, steps: []}\ntimeline: []\n", 1, "customers is missing", id="no customers"),
    pytest.param(
        "scenario: A\npolicy: {name: P, stebs: []}\ncustomers: []\ntimeline: []\n",
        2,
        "policy.stebs is unknown; did you mean steps?",
        id="a faulty policy",
    ),
    pytest.param(
        HEAD + "default_policy: Q\ntimeline: []\n", 4, "default_policy is 'Q', which is unknown", id="a default policy that is not there"
    ),
    pytest.param(
        "scenario: A\npolicies: {X: {steps: []}, Y: {steps: []}}\ncustomers: []\ntimeline: []\n",
        1,
        "default_policy is missing. Allowed: X, Y",
        id="no default among several",
    ),
    pytest.param("scenario: A\npolicies: {}\ncustomers: []\ntimeline: []\n", 1, "there is no policy", id="no policies at all"),
    pytest.param(
        HEAD + "settings: {tolerence: '0.50'}\ntimeline: []\n",
        4,
        "settings.tolerence is unknown; did you mean tolerance?",
        id="an unknown setting",
    ),
    pytest.param(HEAD + "settings: {tolerance: 0.50}\ntimeline: []\n", 4, "must be an amount in quotes", id="a tolerance without quotes"),
    pytest.param(HEAD + "settings: {calendar: PL}\ntimeline: []\n", 4, "Allowed: none, country", id="an unknown calendar"),
    pytest.param(HEAD + "settings: {bank_freshness_days: -1}\ntimeline: []\n", 4, "from 0 to", id="negative freshness"),
    pytest.param(
        HEAD + "settings: {contact_cap: {messages: 3}}\ntimeline: []\n", 4, "contact_cap.days is missing", id="a cap without days"
    ),
    pytest.param(HEAD + "settings: {contact_cap: {messages: 3, days: 0}}\ntimeline: []\n", 4, "from 1 to", id="a cap of no days"),
    pytest.param(HEAD + "settings: {country: Poland}\ntimeline: []\n", 4, "write a code such as PL", id="a country in words"),
    pytest.param(
        HEAD + "settings: {allocation: newest}\ntimeline: []\n", 4, "Allowed: oldest_first, unmatched", id="an unknown allocation"
    ),
    pytest.param(
        HEAD.replace("business", "firm") + "timeline: []\n", 3, "Allowed: business, consumer, public", id="an unknown kind of customer"
    ),
    pytest.param(
        HEAD.replace("kind: business", "kind: business, mail: x") + "timeline: []\n",
        3,
        "customers[1].mail is unknown; did you mean email?",
        id="an unknown contact",
    ),
    pytest.param(
        HEAD.replace("business", "business, policy: Q") + "timeline: []\n", 3, "customers[1].policy is 'Q'", id="a policy that is not there"
    ),
    pytest.param(
        HEAD.replace("business}", "business}, {ref: C1, kind: public}") + "timeline: []\n",
        3,
        "customers[2] repeats the ref 'C1'",
        id="a ref twice",
    ),
    pytest.param(HEAD.replace("business", "business, address: yes") + "timeline: []\n", 3, "'yes' is text", id="yes for true"),
    pytest.param(told("  - do: [run]\n"), 5, "timeline[1].on is missing", id="no day"),
    pytest.param(told("  - on: 1 April 2026\n"), 5, "timeline[1].on must be a date", id="a day in words"),
    pytest.param(told("  - {on: 2026-04-01, then: [run]}\n"), 5, "timeline[1].then is unknown", id="an unknown part of an entry"),
    pytest.param(told("  - {on: 2026-04-01, do: run}\n"), 5, "timeline[1].do must be a list", id="actions that are no list"),
    pytest.param(act("sleep"), 7, "timeline[1].do[1] is 'sleep', which is unknown. Allowed: run", id="an unknown word alone"),
    pytest.param(act("approve"), 7, "'approve', which is unknown. Allowed: run", id="an action without its fields"),
    pytest.param(act("payment: {customer: C1}"), 7, "do[1].payment is unknown", id="an unknown action"),
    pytest.param(
        act("{pay: {customer: C1, amount: '1.00'}, accept: {customer: C1}}"),
        7,
        "must be one action; here are 2",
        id="two actions behind one dash",
    ),
    pytest.param(act("{}"), 7, "must be one action; here are 0", id="no action behind a dash"),
    pytest.param(act("run: null"), 7, "run must be fields", id="run with nothing"),
    pytest.param(act("run: {dry: yes}"), 7, "run.dry must be true or false", id="a dry run with yes"),
    pytest.param(act("pay: {customer: C1}"), 7, "pay.amount is missing; required: customer, amount", id="a payment without an amount"),
    pytest.param(act("pay: {customer: C1, amount: 5.00}"), 7, "pay.amount must be an amount in quotes", id="an amount without quotes"),
    pytest.param(act("pay: {customer: C1, amount: '5'}"), 7, "with two decimals", id="an amount without decimals"),
    pytest.param(
        act("pay: {customer: C1, amount: '5.00', invoice: I1}"), 7, "pay.invoice is unknown; did you mean invoices?", id="an unknown field"
    ),
    pytest.param(
        act("pay: {customer: C1, amount: '5.00', invoices: I1}"), 7, "pay.invoices must be a list", id="invoices that are no list"
    ),
    pytest.param(act("pay: {customer: C1, amount: '5.00', currency: ABC}"), 7, "no currency code", id="an unknown currency"),
    pytest.param(
        act("invoice: {number: 7, customer: C1, amount: '5.00', due: 2026-04-01}"),
        7,
        "'7' is a number; put it in quotes",
        id="a number that is a number",
    ),
    pytest.param(
        act("invoice: {number: I1, customer: C1, amount: '5.00'}"),
        7,
        "needs due or instalments: exactly one",
        id="neither due nor instalments",
    ),
    pytest.param(
        act("invoice: {number: I1, customer: C1, amount: '5.00', due: 2026-04-01, instalments: []}"),
        7,
        "needs due or instalments: exactly one",
        id="due and instalments",
    ),
    pytest.param(
        act("invoice: {number: I1, customer: C1, amount: '5.00', due: 2026-02-30}"),
        7,
        "must be a date of the calendar",
        id="the 30th of February",
    ),
    pytest.param(
        act("invoice: {number: I1, customer: C1, amount: '5.00', instalments: [{due: 2026-04-01}]}"),
        7,
        "instalments[1].amount is missing",
        id="an instalment without an amount",
    ),
    pytest.param(
        act("invoice: {number: I1, customer: C1, amount: '5.00', due: 2026-04-01, sale: food}"),
        7,
        "Allowed: goods, services",
        id="an unknown sale",
    ),
    pytest.param(act("hold: {until: 2026-04-30}"), 7, "hold needs invoice or customer: exactly one", id="a hold of nothing"),
    pytest.param(act("release: {invoice: I1, customer: C1}"), 7, "release needs invoice or customer: exactly one", id="a release of both"),
    pytest.param(act("assign: {policy: P}"), 7, "assign needs customer or invoice: exactly one", id="an assignment to nobody"),
    pytest.param(act("resolve: {invoice: I1, outcome: settled}"), 7, "Allowed: upheld, rejected", id="an unknown outcome"),
    pytest.param(
        act("outcome: {customer: C1, step: a, result: read}"), 7, "Allowed: delivered, bounced, failed, unknown", id="an unknown result"
    ),
    pytest.param(act("channel: {fax: ok}"), 7, "channel.fax is unknown", id="an unknown channel"),
    pytest.param(act("channel: {email: broken}"), 7, "Allowed: ok, temporary_failure", id="an unknown behaviour"),
    pytest.param(act("channel: {}"), 7, "names no channel", id="no channel"),
    pytest.param(act("contact: {customer: C1}"), 7, "changes nothing", id="a contact that changes nothing"),
    pytest.param(act("contact: {email: x}"), 7, "contact.customer is missing", id="a contact of nobody"),
    pytest.param(act("done: {customer: C1}"), 7, "done needs customer, step and reached, or customer and kind", id="nothing done"),
    pytest.param(act("done: {customer: C1, step: a}"), 7, "done needs customer, step and reached", id="a call without an end"),
    pytest.param(act("done: {customer: C1, kind: dinner}"), 7, "done.kind is 'dinner'", id="an unknown kind of task"),
    pytest.param(act("bank: 2026-04-30"), 7, "bank must be fields", id="a bare day"),
    pytest.param(hope("notice: []"), 7, "expect.notice is unknown; did you mean notices?", id="an unknown expectation"),
    pytest.param(hope("notices: [{customer: C1, step: a, channel: email}]"), 7, "notices[1].items is missing", id="a notice without items"),
    pytest.param(
        hope("notices: [{customer: C1, step: a, channel: fax, items: {}}]"), 7, "channel is 'fax'", id="a notice by an unknown channel"
    ),
    pytest.param(
        hope("planned: [{customer: C1, step: a, channel: sms, items: {}, total: '1.00'}]"),
        7,
        "planned[1].total is unknown",
        id="an unknown part of a notice",
    ),
    pytest.param(hope("items: {I1: {balance: '1.00'}}"), 7, "items.I1.balance is unknown", id="an unknown part of an item"),
    pytest.param(hope("items: {I1: {state: open}}"), 7, "Allowed: running, with_agency, closed", id="an unknown state"),
    pytest.param(hope("items: {I1: {state: null}}"), 7, "state must be one of", id="a state of null"),
    pytest.param(hope("items: {I1: {waits: bored}}"), 7, "items.I1.waits is 'bored'", id="an unknown reason to wait"),
    pytest.param(hope("items: {I1: {reason: lost}}"), 7, "items.I1.reason is 'lost'", id="an unknown reason to close"),
    pytest.param(hope("items: {I1: {open: 1.00}}"), 7, "items.I1.open must be an amount in quotes", id="an open amount without quotes"),
    pytest.param(hope("tasks: [{customer: C1, kind: write}]"), 7, "tasks[1].kind is 'write'", id="an unknown task"),
    pytest.param(hope("credit: {C1: {ABC: '1.00'}}"), 7, "credit.C1.ABC is unknown", id="credit in an unknown currency"),
    pytest.param(hope("refused: yes"), 7, "refused must be true or false", id="refused with yes"),
]


@pytest.mark.parametrize(("text", "line", "says"), BROKEN)
def test_what_is_unknown_in_a_scenario_is_refused_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(ScenarioError) as refusal:
        parse_scenario(text)
    assert str(refusal.value).startswith(f"line {line}: ")
    assert says in str(refusal.value)
