"""Texts that companies publish: versions, what was released keeps its own, letterheads, and hostile logos."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pypdf
import pytest
from django.db import DatabaseError, IntegrityError, connections, transaction
from PIL import Image

from dunning.actions import set_courtesy
from dunning.actions.courtesy import give_answer
from dunning.actions.messages import firm_facts
from dunning.courtesy import CourtesyRenderer
from dunning.letterheads import letterhead_now, publish_letterhead
from dunning.rendering import NoticeRenderer
from dunning.states import ComplaintOutcome, CourtesyKind
from dunning.text_samples import sample_facts
from dunning.texts import publish_text, shown
from receivables.accounts.models import Creditor
from receivables.audit.models import Entry
from receivables.core.errors import Refused, RenderError
from receivables.documents import actions
from receivables.documents.actions import numbered_pdf
from receivables.documents.logos import logo_from
from receivables.documents.models import Document
from receivables.messaging.models import Message
from receivables.messaging.templates import render_message
from receivables.texts.actions import restore_version
from receivables.texts.catalogue import ANSWER, KINDS, LANGUAGES, MESSAGE, PAPER, TextKind, kind_of
from receivables.texts.models import CompanyText
from receivables.texts.shipped import shipped_parts
from receivables.texts.values import values_of
from tests.builders import make_creditor, make_customer
from tests.unit.papers import facts

NOW, ON = datetime(2026, 5, 3, 9, tzinfo=UTC), date(2026, 5, 3)
BODY = "Dzień dobry,\n\n%s\n\n{items}\n\n{payment}"


def known(place: str, key: str) -> TextKind:
    kind = kind_of(place, key)
    assert kind
    return kind


OVERDUE, DEMAND = known(MESSAGE, "overdue"), known(PAPER, "demand")


def publish(creditor: Creditor, kind: TextKind, parts: dict[str, str], *, based_on: int = 0, **more: Any) -> CompanyText:
    said = {"reason": "słowa firmy", "on": ON, "now": NOW, "by": None, **more}
    return publish_text(creditor, kind, said.pop("language", "pl"), parts, based_on=based_on, **said)


def message(creditor: Creditor, *, language: str = "pl", step: str = "overdue", channel: str = "sms") -> Message:
    """As it is released now."""
    said = facts(1, step=step, document=None)
    said["creditor"] = {**said["creditor"], **firm_facts(creditor), "name": "Firma", "bank_account": ""}
    return Message(creditor=creditor, template="overdue", language=language, channel=channel, purpose="dunning", facts=said)


def sms(row: Message) -> str:
    return NoticeRenderer().render(row).text


@pytest.mark.django_db
def test_what_was_released_keeps_its_version_whatever_is_published_later() -> None:
    creditor = make_creditor()
    before = message(creditor)
    shipped = sms(before)
    publish(creditor, OVERDUE, {"sms": "{company}: pierwsza {portal}"})
    first = message(creditor)
    two = publish(creditor, OVERDUE, {"sms": "{company}: druga {portal}"}, based_on=1)
    second = message(Creditor.objects.get(pk=creditor.pk))
    publish(creditor, OVERDUE, {}, based_on=2)
    assert (two.version, CompanyText.objects.count()) == (2, 3)
    assert [sms(row).split()[1] for row in (first, second)] == ["pierwsza", "druga"]
    assert sms(before) == sms(message(creditor)) == shipped
    assert Entry.objects.filter(creditor=creditor, verb="published_text").count() == 3


@pytest.mark.django_db
def test_the_text_of_the_step_and_of_the_language_comes_first() -> None:
    creditor = make_creditor()
    for n, (language, step) in enumerate([("pl", ""), ("en", ""), ("de", "")]):
        publish(creditor, OVERDUE, {"sms": f"{{company}}: {language}{n} {{portal}}"}, language=language, step=step)
    row = CompanyText.objects.get(language="pl")
    CompanyText.objects.create(
        creditor=creditor, place=MESSAGE, kind="overdue", step="second", language="pl", version=1, edition=4,
        parts={"sms": "{company}: krok {portal}"}, reason="x", published_at=NOW,
    )  # fmt: skip
    Creditor.objects.filter(pk=creditor.pk).update(text_edition=4)
    creditor.refresh_from_db()
    said = [sms(message(creditor, language=language, step=step)).split()[1] for language, step in (
        ("pl", "overdue"), ("pl", "second"), ("de-AT", "second"), ("cs", "overdue"),
    )]  # fmt: skip
    assert said == ["pl0", "krok", "de2", "en1"]
    assert "Firma:" in sms(message(make_creditor())) and row.version == 1


@pytest.mark.django_db
def test_nothing_is_published_twice_over_another_or_with_a_fault() -> None:
    creditor = make_creditor()
    parts = {"body": BODY % "prosimy o zapłatę."}
    first = publish(creditor, OVERDUE, parts)
    for bad, said, more in [
        (parts, "Nothing differs", {"based_on": 1}),
        ({"body": BODY % "inne"}, "newer version", {"based_on": 0}),
        ({"body": BODY % "inne"}, "Say why", {"based_on": 1, "reason": " "}),
        ({"body": "{items}"}, "payment", {"based_on": 1}),
        ({"subject": "{company}: dług"}, "tells of a debt", {"based_on": 1}),
        ({"body": BODY % "inne"}, "No policy", {"based_on": 0, "step": "nowhere"}),
    ]:
        with pytest.raises(Refused, match=said):
            publish(creditor, OVERDUE, bad, **more)
    publish(creditor, OVERDUE, {"body": BODY % "inne"}, based_on=1)
    back = restore_version(first, based_on=2, reason="lepsze", now=NOW, by=None)
    assert (back.version, back.restores, back.parts) == (3, 1, first.parts)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        CompanyText.objects.filter(pk=first.pk).update(parts={})


@pytest.mark.django_db
def test_a_letter_that_cannot_be_set_is_not_published() -> None:
    with pytest.raises(RenderError):
        publish(make_creditor(), DEMAND, {"before": "Znak, którego nie ma żaden krój: \U00013000"})
    assert not CompanyText.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_text_is_shown_on_the_invented_customer(language: str) -> None:
    creditor = make_creditor(bank_account="PL61109010140000071219812874")
    for kind in KINDS:
        parts = dict(shipped_parts(kind.place, kind.key, language)) or {part.key: "Nasze słowa." for part in kind.parts}
        made = shown(creditor, kind, language, parts, sample_facts(creditor, kind.key, language, on=ON))
        said = made.page or (made.mail.text if made.mail else "")
        assert "FV/2026/0001" in said or kind.place == ANSWER
        assert "{" not in (made.sms + (made.mail.text if made.mail else ""))


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.place == ANSWER], ids=lambda kind: kind.key)
def test_an_answer_begins_with_the_words_of_the_program_and_all_that_they_say(kind: TextKind, language: str) -> None:
    creditor = make_creditor()
    said = sample_facts(creditor, kind.key, language, on=ON)
    shipped = render_message(kind.template, language, said, "email")
    made = shown(creditor, kind, language, shipped_parts(ANSWER, kind.key, language), said)
    assert made.mail is not None and not made.sms
    assert made.mail.subject == shipped.subject
    figures = {word.strip(".,:;()") for word in shipped.text.split() if any(sign.isdigit() for sign in word)}
    optional = set() if "documents" in kind.part("body").required else {said.get("labels")}  # what a complaint need not be about
    assert figures - optional <= {word.strip(".,:;()") for word in made.mail.text.split()}
    assert "{" not in made.mail.text and creditor.name in made.mail.text


@pytest.mark.django_db
def test_an_answer_leaves_in_the_words_that_held_when_it_was_given() -> None:
    customer = make_customer(email="k@example.com")
    kind = kind_of(ANSWER, "promise_noted")
    assert kind is not None
    set_courtesy(customer.creditor, [CourtesyKind.PROMISE_NOTED])
    publish(customer.creditor, kind, {"body": "Nasze słowa: {sum} do {promised_by}."})
    said = {"amount": "120.00", "by_on": "2026-05-20"}
    answer = give_answer(customer, CourtesyKind.PROMISE_NOTED, about="promise:1", said=said, on=ON, currency="PLN")
    publish(customer.creditor, kind, {"body": "Później: {sum} do {promised_by}."}, based_on=1)
    assert answer is not None
    text = CourtesyRenderer().render(answer.message).text.replace("\xa0", " ")
    assert text.startswith("Nasze słowa: 120,00 zł do 20 maja 2026.")


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"upheld": True}, "Mają Państwo rację"),
        ({"upheld": False}, "nie znaleźliśmy błędu"),
        ({"missed": True}, "Nie widzimy wpłaty"),
        ({"missed": False}, "została zakończona"),
        *(({"outcome": str(outcome)}, "eklamację") for outcome in ComplaintOutcome),
        ({}, ""),
    ],
)
def test_what_was_decided_is_said_by_the_program(facts: dict[str, object], says: str) -> None:
    known = {"creditor": {"name": "F"}, "customer": {"name": "K", "number": "1"}, "on": "2026-05-01", "currency": "PLN"}
    said = values_of({**known, **facts}, "pl")["decision"]
    assert says in said and bool(said) == bool(facts)


@pytest.mark.django_db
def test_the_database_keeps_versions_and_editions_apart() -> None:
    creditor = make_creditor()
    row = publish(creditor, OVERDUE, {"sms": "{company} {portal}"})
    said = {"creditor": creditor, "place": MESSAGE, "kind": "overdue", "language": "pl", "reason": "x", "published_at": NOW, "parts": {}}
    for name, values in {
        "text_version_given_once": {"version": row.version, "edition": 9},
        "text_edition_given_once": {"version": 9, "edition": row.edition},
        "text_versions_count_from_one": {"version": 0, "edition": 9},
        "text_is_in_a_language": {"version": 9, "edition": 9, "language": ""},
    }.items():
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            CompanyText.objects.create(**{**said, **values})


def png(width: int = 40, height: int = 20) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(out, "PNG")
    return out.getvalue()


def svg(inside: str = "<rect width='9' height='9' fill='navy'/>", head: str = "") -> bytes:
    return f"{head}<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9' width='90' height='90'>{inside}</svg>".encode()


@pytest.mark.parametrize(
    "content",
    [
        b"GIF89a", b"", b"\x89PNG\r\n\x1a\nbroken", b"x" * 1_000_001, b"<svg", png()[:40],
        svg("<script>1</script>"), svg("<image href='http://127.0.0.1/x.png'/>"), svg("<use href='#a'/>"), svg("<style>*{}</style>"),
        svg("<text>x</text>"), svg("<foreignObject/>"), svg("<a/>"), svg("<animate/>"), svg("<rect onclick='x' width='1'/>"),
        svg(r"<rect fill='\75rl(http://127.0.0.1/)'/>"),
        svg("<rect fill='url(http://127.0.0.1/)'/>"), svg("<rect style='fill:url(file:///etc/passwd)'/>"), svg("<rect/>" * 2001),
        svg("<rect/>", "<!DOCTYPE svg [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"), svg("&a;"),
        b"<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'><path xlink:href='http://127.0.0.1/'/></svg>",
    ],
)  # fmt: skip
def test_a_logo_that_could_run_load_or_explode_is_refused(content: bytes) -> None:
    with pytest.raises(Refused):
        logo_from(content)


@pytest.mark.django_db
def test_logo_and_foot_stand_on_letters_released_after_them() -> None:
    creditor = make_creditor(bank_account="PL61109010140000071219812874")
    plain = sample_facts(creditor, "demand", "pl", on=ON)
    said: dict[str, Any] = {"reason": "nowe logo", "on": ON, "now": NOW, "by": None}
    publish_letterhead(creditor, foot="KRS 0000123456", logo=svg(), based_on=0, **said)
    publish_letterhead(creditor, foot="KRS 0000123456\nSąd Rejonowy", logo=png(), based_on=1, **said)
    publish(creditor, DEMAND, {"after": "Prosimy o telefon do {company}."})
    letters = [
        numbered_pdf(creditor, kind="demand", on=ON, language="pl", facts=one, now=NOW)
        for one in (plain, sample_facts(creditor, "demand", "pl", on=ON))
    ]
    texts = [pypdf.PdfReader(io.BytesIO(bytes(letter.content))).pages[0].extract_text() for letter in letters]
    assert ["Sąd Rejonowy" in text and "Prosimy o telefon" in text for text in texts] == [False, True]
    assert letters[0].template in letters[1].template and letters[1].template.endswith("text 1, head 2")
    assert Document.objects.filter(creditor=creditor, kind="logo").count() == 2
    publish_letterhead(creditor, foot="", keeps_logo=False, based_on=2, **said)
    assert letterhead_now(creditor) == {}


@pytest.mark.django_db(transaction=True)
def test_letters_made_at_once_are_each_set_once(monkeypatch: pytest.MonkeyPatch) -> None:
    creditor, printed = make_creditor(), []

    def set_slowly(html: str) -> bytes:
        printed.append(1)
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.01)")
        return b"%PDF"

    monkeypatch.setattr(actions, "render_pdf", set_slowly)

    def make(n: int) -> str:
        try:
            return numbered_pdf(creditor, kind="demand", on=ON, language="pl", facts=facts(), now=NOW, key=f"k-{n}").number
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        given = list(pool.map(make, range(24)))
    assert sorted(given) == [f"W/2026/{n:04}" for n in range(1, 25)]
    assert len(printed) == 24
