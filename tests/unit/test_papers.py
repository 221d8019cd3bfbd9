"""The papers: the whole text of each in each language, what must and may not stand there, codes that a decoder reads, and refusals."""

import os
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from dunning import papers
from dunning.registers import Missing, RegisterStanding
from receivables.core.errors import Refused
from receivables.core.printed import amount_text, printed
from receivables.countries.law import PACKS
from receivables.countries.papers import Content, Permit
from receivables.countries.words import Debtor
from receivables.documents.labels import LANGUAGES, TITLES, language_of
from receivables.documents.letters import KINDS, letter_html
from tests.unit.paper_samples import (
    BUYER_OF_DEBTS,
    CODE,
    DEADLINE,
    LINES,
    REGISTER,
    SAMPLES,
    claims,
    codes_of,
    demanded,
    head,
    page,
    register_for,
    text_of,
)  # fmt: skip

GOLDEN = Path(__file__).parent / "golden"
EVERY = [(name, language) for name in SAMPLES for language in LANGUAGES]
D = Decimal


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_the_whole_text_of_a_paper(name: str, language: str) -> None:
    """With GOLDEN=write the texts are written anew, to be read before they are committed."""
    path, text = GOLDEN / f"{name}.{language}.txt", text_of(page(name, language))
    if os.environ.get("GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_each_kind_has_a_sample_and_a_title() -> None:
    assert {kind for kind, _ in SAMPLES.values()} == set(KINDS) == set(TITLES)
    assert {path.name for path in GOLDEN.iterdir()} == {f"{name}.{language}.txt" for name, language in EVERY}
    assert all(len(kind) <= 20 for kind in KINDS)  # the column of the archive


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_no_paper_says_what_it_may_not(name: str, language: str) -> None:
    kind, made = SAMPLES[name]
    debtor = Debtor(made().get("customer", {"kind": "business"})["kind"])
    permits = {Permit.REGISTER_OPEN} if kind in ("register_warning", "payment_policy") else set()
    faults = PACKS["PL"].paper_rules().faults(text_of(page(name, language)), debtor, permits=permits)
    assert [(rule.key, words) for rule, words in faults] == []


@pytest.mark.parametrize(
    ("text", "debtor"),
    [
        ("Wyślemy komornika.", Debtor.BUSINESS),
        ("Der Gerichtsvollzieher kommt.", Debtor.BUSINESS),
        ("Wir informieren Ihren Arbeitgeber.", Debtor.BUSINESS),
        ("Es drohen Zwangsvollstreckung und Pfändung.", Debtor.BUSINESS),
        ("Należy się rekompensata.", Debtor.CONSUMER),
        ("Compensation for recovery costs is due.", Debtor.CONSUMER),
        ("Die Beitreibungspauschale ist fällig.", Debtor.CONSUMER),
    ],
)
def test_the_lint_finds_what_is_banned_in_each_language(text: str, debtor: Debtor) -> None:
    assert list(PACKS["PL"].paper_rules().faults(text, debtor))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("name", "rules"),
    [("demand", "demand"), ("demand_consumer", "demand"), ("final_demand", "demand"), ("register_warning", "demand"),
     ("register_warning", "register_warning"), ("register_warning_consumer", "register_warning")],
)  # fmt: skip
def test_a_demand_names_all_that_the_law_or_custom_wants(name: str, rules: str, language: str) -> None:
    kind, made = SAMPLES[name]
    said, text = made(), text_of(page(name, language))
    shown = printed(said, language)
    wanted = {
        Content.CREDITOR: said["creditor"]["name"],
        Content.DEBTOR: said["customer"]["name"],
        Content.INVOICE: "FV/2026/0001",
        Content.ISSUED_ON: shown["items"][0]["issued_on_short"],
        Content.PRINCIPAL: shown["principal"],
        Content.DUE_ON: shown["items"][0]["due_on_short"],
        Content.INTEREST: shown["interest"],
        Content.RATE: shown["claims"][0]["periods"][0]["rate_percent"],
        Content.COMPENSATION: shown["compensation"],
        Content.DEADLINE: shown["deadline_on"],
        Content.ACCOUNT: shown["creditor"]["bank_account"],
        Content.CONSEQUENCES: {"pl": "sąd", "en": "court", "de": "Gericht"}[language] if rules == "demand" and kind != rules else "",
        Content.PAPER_DATE: shown["on"],
        Content.SIGNATURE: {"pl": "Z poważaniem", "en": "Yours faithfully", "de": "Mit freundlichen Grüßen"}[language],
        Content.BASIS: "481",
        Content.REGISTER_NAME: REGISTER,
        Content.REGISTER_OBJECTION: "15a",
    }
    if kind == "register_warning":
        wanted[Content.CONSEQUENCES] = shown["entry_on"]
    for content in PACKS["PL"].paper_rules().contents(rules, Debtor(said["customer"]["kind"])):
        assert " ".join(wanted[content].split()) in text, content


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_each_amount_of_a_claim_traces_to_days_rate_and_source(name: str, language: str) -> None:
    _kind, made = SAMPLES[name]
    said, text = made(), text_of(page(name, language))
    shown = printed(said, language)
    for claim in shown.get("claims", ()):
        for period in claim.get("periods", ()):
            row = f"{period['first_on_short']} – {period['last_on_short']} | {period['days']} | {period['principal']} | {period['rate_percent']}"
            assert " ".join(row.split()) in text
        if claim["kind"] == "compensation":
            assert claim["table"] in text and claim["rate"] in text and claim["rate_on_short"] in text
    if any(claim["kind"] == "interest" for claim in said.get("claims", ())):
        assert {"pl": "Źródło stopy", "en": "Source of the rate", "de": "Quelle des Zinssatzes"}[language] in text


@pytest.mark.parametrize("name", SAMPLES)
def test_polish_papers_that_ask_state_the_sum_in_words(name: str) -> None:
    kind, _ = SAMPLES[name]
    assert ("słownie:" in text_of(page(name, "pl"))) is (KINDS[kind].asks and kind != "statement")


@pytest.mark.parametrize("name", SAMPLES)
def test_a_decoder_reads_the_codes_of_a_page(name: str) -> None:
    kind, made = SAMPLES[name]
    said, read = made(), list(codes_of(page(name, "pl")))
    assert f"https://pay.zolta-lodz.example/check/{CODE}/" in read
    transfers = [text for text in read if text.startswith(("5261040828|PL|", "7010001454|PL|"))]
    assert len(transfers) == (KINDS[kind].asks and KINDS[kind].whole)
    for text in transfers:
        _nip, _land, account, amount, *_ = text.split("|")
        payee = said.get("payee") or said["creditor"]
        assert (f"PL{account}", D(amount) / 100) == (payee["bank_account"], D(said["asks"]))


def test_a_decoder_reads_the_code_for_euro() -> None:
    said = {**demanded(), "currency": "EUR"}
    said["creditor"] = {**said["creditor"], "bank_account": "DE89370400440532013000"}
    epc = next(text for text in codes_of(letter_html("demand", language="de", facts=said, number="X")) if text.startswith("BCD"))
    assert f"EUR{said['asks']}" in epc.split("\n") and "DE89370400440532013000" in epc


def test_a_salutation_is_the_chosen_one_and_else_neutral() -> None:
    said = demanded()
    assert "Szanowni Państwo," in letter_html("demand", language="pl", facts=said, number="X")
    chosen = letter_html("demand", language="pl", facts={**said, "salutation": "Szanowna Pani Prezes,"}, number="X")
    assert "Szanowna Pani Prezes," in chosen and "Szanowni Państwo," not in chosen


@pytest.mark.parametrize(("reads", "written"), [("pl", "pl"), ("de-AT", "de"), ("en-GB", "en"), ("fr", "en"), ("uk", "en")])
def test_who_reads_another_language_gets_english(reads: str, written: str) -> None:
    assert language_of(reads) == written


def refused(match: str) -> "pytest.RaisesContext[Refused]":  # type: ignore[name-defined]
    return pytest.raises(Refused, match=match)


def test_compensation_is_never_asked_of_a_consumer() -> None:
    with refused("consumer owes no compensation"):
        papers.compensation_note(head("consumer"), LINES, claims("compensation"), deadline_on=DEADLINE)


def test_a_consumer_confirms_no_balance() -> None:
    with refused("keeps no books"):
        papers.balance_confirmation(head("consumer"), LINES, [], as_of_on=DEADLINE, deadline_on=DEADLINE)


def test_nothing_owed_makes_no_paper() -> None:
    paid = [replace(line, open=D(0)) for line in LINES]
    with refused("nothing overdue"):
        papers.demand(head(), paid, [], deadline_on=DEADLINE)
    with refused("Nothing of this kind"):
        papers.interest_note(head(), LINES, claims("compensation"), deadline_on=DEADLINE)
    with refused("Nothing is open"):
        papers.balance_confirmation(head(), paid, [], as_of_on=DEADLINE, deadline_on=DEADLINE)
    with refused("Nothing is owed"):
        papers.agreement(head(), paid, {}, [], label="U", waives_interest=False)


def test_what_is_not_yet_due_is_not_demanded() -> None:
    with refused("nothing overdue"):
        papers.demand(head(), [replace(LINES[0], due_on=date(2026, 7, 10))], [], deadline_on=DEADLINE)


@pytest.mark.parametrize(
    ("missing", "match"), [(Missing.SUM, "below the sum"), (Missing.AGE, "too long ago"), (Missing.CURRENCY, "threshold for this currency")]
)
def test_no_warning_of_an_entry_that_can_never_follow(missing: Missing, match: str) -> None:
    register = register_for(Debtor.BUSINESS)
    with refused(match):
        papers.register_warning(demanded(), register, RegisterStanding(D(1), None, (missing,)), name=REGISTER, due_on=DEADLINE)


def test_a_warning_names_the_bureau() -> None:
    with refused("Name the bureau"):
        papers.register_warning(demanded(), register_for(Debtor.BUSINESS), RegisterStanding(D(901), None, ()), name=" ", due_on=DEADLINE)


@pytest.mark.parametrize(
    ("due_on", "sent", "entry"),
    [("2026-03-26", "2026-07-10", "2026-08-11"), ("2026-07-09", "2026-07-10", "2026-08-11"), ("2026-03-26", "2026-01-31", "2026-04-26")],
)
def test_the_day_from_which_an_entry_may_follow(due_on: str, sent: str, entry: str) -> None:
    """The later of 31 days after the due date and a day after one calendar month from the letter."""
    said = papers.register_warning(
        {**demanded(), "on": sent}, register_for(Debtor.BUSINESS), RegisterStanding(D(901), None, ()), name=REGISTER,
        due_on=date.fromisoformat(due_on),
    )  # fmt: skip
    assert said["entry_on"] == entry


def test_what_the_law_lets_nobody_assign_is_refused() -> None:
    terms = {"assignee": BUYER_OF_DEBTS, "price": D(1), "price_due_on": DEADLINE, "passes_on": DEADLINE, "proofs": ()}
    with refused("cannot be assigned"):
        papers.assignment(head(), LINES[:1], {"compensation": D(1)}, **terms)  # type: ignore[arg-type]
    with refused("undisputed"):
        papers.assignment(head(), [replace(LINES[0], disputed=D(1))], {}, **terms)  # type: ignore[arg-type]


def test_a_notice_of_assignment_does_not_tell_the_price() -> None:
    said = SAMPLES["assignment_notice"][1]()
    assert "700" not in str(said) and said["payee"]["bank_account"] == BUYER_OF_DEBTS["bank_account"]


def test_instalments_that_are_not_the_debt_are_refused() -> None:
    with refused("do not add up"):
        papers.agreement(head(), LINES[:1], {}, [papers.Instalment("1", DEADLINE, D(1))], label="U", waives_interest=False)


def test_a_withdrawal_says_why() -> None:
    with refused("Say why"):
        papers.withdrawal(head(), number="W/1", of=DEADLINE, reason=" ")


def test_a_statement_begins_with_what_was_before_it_and_ends_with_the_balance() -> None:
    said = SAMPLES["statement"][1]()
    assert (said["opening"], said["closing"], said["asks"]) == ("400.00", "901.25", "901.25")
    assert [line["balance"] for line in said["lines"]] == ["1401.10", "901.25", "1151.25", "901.25"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_claim_paid_in_part_is_worked_out_in_full_and_then_lowered(language: str) -> None:
    asked = [{**claim, "amount": "70.00", "settled": "98.93"} for claim in claims("compensation")]
    said = papers.compensation_note(head(), LINES, asked, deadline_on=DEADLINE)
    text = text_of(letter_html("compensation_note", language=language, facts=said, number="X"))
    full, less = (amount_text(amount, "PLN", language).replace("\xa0", " ") for amount in ("168.93", "98.93"))
    rows = text.replace("\xa0", " ").split("\n")
    at = next(at for at, row in enumerate(rows) if "040/A/NBP/2026" in row)
    assert rows[at].endswith(f"| {full}") and rows[at + 1].endswith(f"| −{less}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_is_not_known_to_be_a_firm_is_warned_as_a_consumer(language: str) -> None:
    standing = RegisterStanding(D("901.25"), None, ())
    said = papers.register_warning(demanded("unknown"), register_for(Debtor.CONSUMER), standing, name=REGISTER, due_on=date(2026, 3, 26))
    text = text_of(letter_html("register_warning", language=language, facts=said, number="X")).lower().replace("article", "art.")
    assert "art. 14" in text and "art. 15 " not in text and "art. 15(1)" not in text


@pytest.mark.parametrize("kind", ["demand", "final_demand"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_demand_without_a_deadline_asks_for_payment_at_once(kind: str, language: str) -> None:
    text = text_of(letter_html(kind, language=language, facts={**SAMPLES[kind][1](), "deadline_on": None}, number="X"))
    assert "None" not in text
    assert not any(words in text for words in ("przed upływem terminu", "before the deadline", "vor Ablauf der Frist"))


@pytest.mark.parametrize(("language", "only_with_a_day"), [("pl", "w tym terminie"), ("en", "by then"), ("de", "bis dahin")])
def test_a_demand_without_a_day_speaks_of_none(language: str, only_with_a_day: str) -> None:
    dated = demanded()
    assert only_with_a_day in text_of(letter_html("demand", language=language, facts=dated, number="X"))
    assert only_with_a_day not in text_of(letter_html("demand", language=language, facts={**dated, "deadline_on": None}, number="X"))
