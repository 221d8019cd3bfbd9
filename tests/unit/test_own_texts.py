"""Texts that companies write: what is read, what is refused and where, and that a hostile author gets text or a refusal."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from receivables.core.errors import RenderError
from receivables.countries.law import PACKS
from receivables.documents.letters import Look, letter_html
from receivables.documents.pdf import render_pdf
from receivables.messaging.templates import render_message
from receivables.texts.catalogue import KINDS, LANGUAGES, MESSAGE, PAPER, TextKind, kind_of
from receivables.texts.checking import faults, foot_faults
from receivables.texts.language import Kind, as_text, fill, parse
from receivables.texts.reading import OwnText
from receivables.texts.shipped import shipped_parts
from receivables.texts.values import values_of
from tests.unit.paper_samples import SAMPLES, text_of
from tests.unit.papers import HOSTILE_NAME, claiming, facts

RULES = PACKS["PL"].paper_rules()
NAMES = frozenset({"amount", "phone", "portal"})


def known(place: str, key: str) -> TextKind:
    kind = kind_of(place, key)
    assert kind
    return kind


OVERDUE, LETTER, DEMAND = known(MESSAGE, "overdue"), known(PAPER, "overdue"), known(PAPER, "demand")


def own(kind: TextKind, language: str = "pl", **parts: str) -> OwnText:
    return OwnText(kind.place, kind.key, parts, 1, language)


def wrong(kind: TextKind, **parts: str) -> list[str]:
    return [f"{one.part} {one.line}:{one.column} {one.says}" for one in faults(kind, parts, rules=RULES)]


def test_a_text_has_paragraphs_headings_lists_bold_and_placed_parts() -> None:
    text = "# To pay\nSo **much**: {amount}\nnow\n\n- one\n- two\n\n{items}\nthanks"
    found = parse(text, inline=NAMES, placed=frozenset({"items"}))
    assert not found.faults and found.names == {"amount", "items"}
    assert [block.kind for block in found.blocks] == [Kind.HEADING, Kind.PARAGRAPH, Kind.LIST, Kind.PLACED, Kind.PARAGRAPH]
    filled = fill(found.blocks, {"amount": "1,00 zł"})
    assert as_text(filled) == "To pay\n\nSo much: 1,00 zł\nnow\n\n- one\n- two\n\nthanks"
    assert [run.is_bold for run in filled[1].lines[0]] == [False, True, False, False]


def test_what_has_no_value_leaves_out_its_paragraph_or_point_and_never_a_hole() -> None:
    found = parse("Call {phone}\nor write.\n\n- {phone}\n- {amount}", inline=NAMES)
    assert as_text(fill(found.blocks, {"phone": "", "amount": "5"})) == "- 5"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("one\n{amout}", (2, 1)),
        ("{{amount}}", (1, 1)),
        ("a {amount!r}", (1, 3)),
        ("a {amount.real}", (1, 3)),
        ("a }", (1, 3)),
        ("is **bold", (1, 4)),
        ("a\n\nb \u202e c", (3, 3)),
        ("x {items} y", (1, 3)),
    ],
)
def test_a_fault_names_its_place(text: str, place: tuple[int, int]) -> None:
    fault = parse(text, inline=NAMES, placed=frozenset({"items"})).faults[0]
    assert (fault.line, fault.column) == place


@pytest.mark.parametrize(
    ("kind", "parts", "said"),
    [
        (OVERDUE, {"body": "Pay.\n\n{items}"}, "body 0:0 The placeholder {payment} is missing"),
        (OVERDUE, {"body": "{items}\n\n{items}\n\n{payment}"}, "body 0:0 {items} stands here twice"),
        (OVERDUE, {"subject": "{company} {amount}"}, "subject 1:11 There is no placeholder {amount}"),
        (OVERDUE, {"sms": "{company}"}, "sms 0:0 The placeholder {portal} is missing"),
        (OVERDUE, {"subject": "{company}\nBcc: x@example.com"}, "subject 0:0 Write one line"),
        (OVERDUE, {"body": "{items}\n\n{payment}\n\nWkrótce przyjdzie komornik."}, "body 5:19 No automatic message may say “komornik”"),
        (OVERDUE, {"body": "{items}\n\n{payment}\n\nTeraz rabat 10%!"}, "body 5:7 “rabat” sounds like an offer"),
        (DEMAND, {"after": "Powiadomimy prokuraturę."}, "after 1:13 No automatic message may say"),
        (LETTER, {"opening": "prosimy o zapłatę."}, "opening 0:0 The placeholder {pay_by} is missing"),
        (LETTER, {"thanks": "x" * 401}, "thanks 0:0 It is longer than 400"),
    ],
)
def test_what_must_not_be_published_is_refused(kind: TextKind, parts: dict[str, str], said: str) -> None:
    assert any(one.startswith(said) for one in wrong(kind, **parts)), wrong(kind, **parts)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.place}-{kind.key}")
def test_the_words_that_the_editor_begins_with_may_be_published(kind: TextKind, language: str) -> None:
    assert not faults(kind, shipped_parts(kind.place, kind.key, language), rules=RULES)


def test_the_foot_of_papers_is_two_plain_lines() -> None:
    assert not foot_faults("KRS 0000123456, kapitał zakładowy 50 000 zł\nSąd Rejonowy w Gdyni", rules=RULES)
    assert foot_faults("a\nb\nc", rules=RULES) and foot_faults("{company}", rules=RULES) and foot_faults("x" * 91, rules=RULES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["reminder", "overdue", "demand"])
def test_a_mail_in_own_words_has_all_that_the_program_makes(name: str, language: str) -> None:
    said = claiming(step=name) if name == "demand" else facts(2, is_overdue=name == "overdue")
    words = render_message(name, language, said, "email", own=own(known(MESSAGE, name), language, **shipped_parts(MESSAGE, name, language)))
    for text in (words.text, words.html):
        for value in (*(line["label"] for line in said["items"]), "PL61 1090 1014", "K-417" if len(said["items"]) > 2 else "FV/2026/0001"):
            assert value in text
        assert said["portal_url"] in text and "{" not in text.partition("</style>")[2]
    assert f'<a href="{said["portal_url"]}">' in words.html
    assert "Żółta Łódź" in words.subject


def test_the_shipped_words_in_the_language_of_texts_say_what_the_templates_say() -> None:
    said = facts(2)
    shipped = render_message("overdue", "pl", said, "email")
    written = render_message("overdue", "pl", said, "email", own=own(OVERDUE, **shipped_parts(MESSAGE, "overdue", "pl")))
    assert written.subject == shipped.subject
    assert set(shipped.text.split()) - set(written.text.split()) <= {"Prosimy", "zapłatę"}


def test_a_part_that_is_not_written_is_the_shipped_one() -> None:
    said = facts(1)
    mine = own(OVERDUE, sms="{company}: {portal}")
    assert render_message("overdue", "pl", said, "email", own=mine) == render_message("overdue", "pl", said, "email")
    assert render_message("overdue", "pl", said, "sms", own=mine).text == "Zolta Lodz sp. z o.o.: https://pay.zolta-lodz.example/portal/"


@pytest.mark.parametrize("name", [kind.key for kind in KINDS if kind.place == PAPER])
def test_a_letter_keeps_what_the_law_asks_whatever_the_company_writes(name: str) -> None:
    kind, said = known(PAPER, name), SAMPLES[name][1]()
    parts = {part.key: f"Nasze słowa o {part.key}." for part in kind.parts}
    look = Look(own(kind, **parts))
    plain, written = (text_of(letter_html(name, language="pl", facts=said, number="X/2026/0007", look=look)) for look in (Look(), look))
    for words in parts.values():
        assert words in written
    if "before" in parts:
        replaced = {"Szanowni Państwo,", "Z poważaniem", ""}
        assert {line.strip() for line in plain.splitlines()} - {line.strip() for line in written.splitlines()} <= replaced


# What an author may try. Each is refused before it is published, or printed as the text that it is.
PAYLOADS = (
    # template languages
    "{{ settings }}", "{{ settings.SECRET_KEY }}", "{% load static %}", "{% include '/etc/passwd' %}", "{% debug %}", "{{ 7*7 }}",
    "{{ ''.__class__.__mro__ }}", "{{ request.user }}", "{{ items|first }}", "{# comment #}", "{{{ raw }}}", "{{&raw}}",
    "{%raw%}{{x}}{%endraw%}", "{% for i in items %}{{ i }}{% endfor %}", "{{ creditor.bank_account }}", "{{ amount }}",
    # format strings
    "{0}", "{}", "{0.__class__}", "{amount.__init__.__globals__}", "{amount!r}", "{amount:>9999999}", "{amount[0]}", "{__class__}",
    "%(amount)s", "%s%s%s%n", "%x", "${amount}", "${7*7}", "#{7*7}", "$(id)", "`id`", "<%= 7*7 %>", "@(7*7)", "*{7*7}", "~{x}",
    # HTML and script
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>", "<iframe src=URL></iframe>",
    "<a href=javascript:alert(1)>x</a>", "<b>bold</b>", "</p></body></html>", "<!-- comment -->", "<![CDATA[x]]>", "&lt;script&gt;",
    "<base href=URL>", "<meta http-equiv=refresh content=0;URL>", "<link rel=stylesheet href=URL>", "<link rel=attachment href=URL>",
    "<object data=URL></object>", "<embed src=URL>", "<form action=URL>", "\"><script>", "' onmouseover='x",
    # styles and addresses
    "<style>@import url(URL)</style>", "<style>@font-face{src:url(URL)}</style>", "<p style='background:url(URL)'>x</p>",
    "@import url(URL);", "url(file:///etc/passwd)", "<img src=file:///etc/passwd>", "<img src=URL/x.png>", "<img src=//127.0.0.1/x>",
    "<img src='data:image/svg+xml,<svg/>'>", "<img src=asset:///letter.css>", "<img src=../../etc/passwd>", "<image href=URL>",
    "javascript:alert(1)", "file:///etc/passwd", "[x](URL)", "![x](URL)", "<URL>",
    # signs
    "\u202eevil\u202c", "a\u200bb", "a\x00b", "a\x1bb", "\ufeffx", "=?utf-8?q?x?=", "\u2066x\u2069", "a\u2028b", "Zażółć gęślą jaźń",
    "ﷺ" * 3, "x" * 5000, "** **", "**", "# ", "- ",
)  # fmt: skip


@pytest.fixture
def canary() -> Iterator[tuple[str, list[Any]]]:
    """The address of a host that nobody may contact, and who did."""
    callers: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        over = threading.Event()

        def listen() -> None:
            while not over.is_set():
                try:
                    connection, who = server.accept()
                except TimeoutError:
                    continue
                callers.append(who)
                connection.close()

        listener = threading.Thread(target=listen)
        listener.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", callers
        over.set()
        listener.join()


def _texts(url: str) -> tuple[list[str], list[str]]:
    """Of the payloads those that may be published, and those that are refused."""
    texts = [payload.replace("URL", url) for payload in PAYLOADS]
    taken = [text for text in texts if not faults(DEMAND, {"before": text}, rules=RULES)]
    return taken, [text for text in texts if text not in taken]


def test_eighty_payloads_are_text_or_refused_and_nobody_is_called(canary: tuple[str, list[Any]]) -> None:
    url, callers = canary
    taken, refused = _texts(url)
    assert len(PAYLOADS) >= 80 and len(taken) > 40 and len(refused) > 30
    assert all("{" in text or "**" in text or not text.isprintable() or "=?" in text or len(text) > 2000 for text in refused)

    said = "\n\n".join(text for text in taken if text.strip(" #-"))
    mine = OwnText(PAPER, "demand", {"before": said[:20000]}, 1, "pl")
    page = letter_html("demand", language="pl", facts=facts(), number="X", look=Look(mine))
    printed = " ".join(text_of(page).split())
    amount = values_of(facts(), "pl")["amount"]
    for text in (text.replace("{amount}", amount) for text in taken if text.strip("* ")):
        assert " ".join(text.removeprefix("# ").removeprefix("- ").split()) in printed
    mail = render_message("overdue", "pl", facts(), "email", own=own(OVERDUE, body=f"{said}\n\n{{items}}\n\n{{payment}}"))
    shown = mail.html.partition("<main>")[2]
    assert "<script" not in shown and "<iframe" not in shown and "onerror=alert(1)&gt;" in shown and "49" not in said
    assert render_pdf(page.replace("ﷺ", "")).startswith(b"%PDF")
    assert not callers


def test_what_customers_are_called_is_no_template_either(canary: tuple[str, list[Any]]) -> None:
    url, callers = canary
    for name in (HOSTILE_NAME, f"<img src={url}> " + "Długa nazwa " * 450, "{amount} {{ settings }} {0.__class__} %(x)s"):
        said = facts(2)
        said["customer"]["name"] = said["creditor"]["name"] = name
        values = values_of(said, "pl")
        assert "\n" not in values["customer"] and "\u202e" not in values["customer"]
        words = render_message("overdue", "pl", said, "letter", own=own(OVERDUE, body="Od {company} do {customer}\n\n{items}\n\n{payment}"))
        assert " ".join(name.replace("\u202e", "").replace("\u202c", "").split())[:40] in words.text
        page = letter_html("demand", language="pl", facts=said, number="X", look=Look(own(DEMAND, before="Dla {customer}.")))
        assert "<img src=http" not in page
        assert render_pdf(page.replace("😀", "")).startswith(b"%PDF")
    assert not callers


def test_a_page_that_names_anything_outside_stops_and_calls_nobody(canary: tuple[str, list[Any]]) -> None:
    """Past all of the above: what the process that makes PDFs does with a page that somebody forged."""
    url, callers = canary
    for tag in (
        f"<img src={url}/x.png>",
        "<img src=file:///etc/passwd>",
        f"<link rel=attachment href={url}>",
        f"<style>@import '{url}';</style>",
    ):
        with pytest.raises(RenderError, match="not among its own files"):
            render_pdf(f"<html><head><title>x</title></head><body>{tag}</body></html>")
    assert not callers


# Ways to pay: on paper, never in what leaves by itself (LAW.md A9)

OFFERED = [
    {
        "kind": "instalments",
        "parts": [{"due_on": "2026-05-18", "amount": "333.33"}, {"due_on": "2026-06-18", "amount": "333.34"}],
        "gain": "0",
    },
    {"kind": "discount", "parts": [{"due_on": "2026-05-29", "amount": "970.00"}], "gain": "30.00"},
    {"kind": "deferral", "parts": [{"due_on": "2026-06-10", "amount": "1000.00"}], "gain": "0"},
    {"kind": "credit", "parts": [{"due_on": "2026-05-25", "amount": "1000.00"}], "gain": "50.00"},
]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.place == MESSAGE], ids=lambda kind: kind.key)
@pytest.mark.parametrize("part", ["subject", "body", "sms"])
def test_no_message_of_the_ladder_may_have_the_placeholder_of_offers(kind: TextKind, part: str) -> None:
    assert any("offers a way to pay" in said for said in wrong(kind, **{part: "{company} {offers}"}))


@pytest.mark.parametrize(
    "words",
    [
        "Możemy rozłożyć płatność na raty.", "Zapłata w 3 ratach?", "Prosimy o kontakt w sprawie odroczenia.", "Z obniżką 3 %.",
        "You can pay in instalments.", "Ask for a payment plan.", "A deferral is possible.", "Zahlung in Raten ist möglich.",
        "Stundung möglich.", "Bonifikata na następny zakup.",
    ],
)  # fmt: skip
def test_no_message_of_the_ladder_may_offer_a_way_to_pay_in_words(words: str) -> None:
    """Who wishes for one may be told to get in touch, as the shipped texts do: that offers nothing."""
    assert any("offers a way to pay" in said for said in wrong(OVERDUE, body=f"{words}\n\n{{items}}\n\n{{payment}}"))
    assert not any("offers a way to pay" in said for said in wrong(DEMAND, after=words))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.place == MESSAGE], ids=lambda kind: kind.key)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_shipped_message_offers_a_way_to_pay(kind: TextKind, language: str) -> None:
    assert not any("offers a way to pay" in said for said in wrong(kind, **shipped_parts(kind.place, kind.key, language)))


@pytest.mark.parametrize(
    ("language", "says"),
    [("pl", "w 2 ratach po 333,33\xa0zł"), ("en", "in 2 instalments of PLN\xa0333.33"), ("de", "in 2 Raten von 333,33\xa0PLN")],
)
def test_a_letter_says_the_offers_that_its_facts_state(language: str, says: str) -> None:
    assert not wrong(DEMAND, after="Mogą Państwo zapłacić: {offers}.")
    text = as_text(own(DEMAND, language, after="→ {offers}").filled("after", {**facts(), "offers": OFFERED}))
    assert says in text and text.count(";") == 3 and "970" in text and "1" in text


@pytest.mark.parametrize(
    ("language", "says"),
    [("pl", "(propozycja ważna do dnia 15 maja 2026)"), ("en", "(valid until 15 May 2026)"), ("de", "(gültig bis zum 15. Mai 2026)")],
)
def test_a_letter_says_until_when_its_offers_are_valid(language: str, says: str) -> None:
    told = [{**each, "until": "2026-05-15"} for each in OFFERED]
    text = as_text(own(DEMAND, language, after="→ {offers}").filled("after", {**facts(), "offers": told}))
    assert text.replace("\xa0", " ").count(says) == len(told)


def test_without_offers_the_letter_leaves_their_paragraph_out() -> None:
    assert own(DEMAND, after="Mogą Państwo zapłacić: {offers}.").filled("after", facts()) == []
