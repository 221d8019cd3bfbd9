"""Papers and their numbers: no gap, no double, and never a change."""

import hashlib
import itertools
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, IntegrityError, connections, transaction

from receivables.accounts.models import Creditor
from receivables.core.errors import RenderError
from receivables.documents import actions
from receivables.documents.actions import next_number, numbered_pdf, store
from receivables.documents.models import Document, NumberRange
from tests.unit.papers import facts

NOW = datetime(2026, 5, 3, 9, tzinfo=UTC)
ON = date(2026, 5, 3)

_numbers = itertools.count(1)


@pytest.fixture
def creditor() -> Creditor:
    return make_creditor()


def make_creditor() -> Creditor:
    number = next(_numbers)
    return Creditor.objects.create(slug=f"paper-firm-{number}", name=f"Firma {number}")


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The numbers that letters were set with; the typesetting itself is tested elsewhere."""
    numbers: list[str] = []

    def set_quickly(html: str) -> bytes:
        found = re.search(r"[WP]/\d+/\d+", html)
        numbers.append(found.group() if found else "")
        return f"%PDF {numbers[-1]}".encode()

    monkeypatch.setattr(actions, "render_pdf", set_quickly)
    return numbers


def demand(creditor: Creditor, *, on: date = ON, prefix: str = "W", key: str = "") -> Document:
    return numbered_pdf(creditor, kind={"W": "demand", "P": "reminder"}[prefix], on=on, language="pl", facts=facts(), now=NOW, key=key)


@pytest.mark.django_db
def test_numbers_run_by_creditor_prefix_and_year(creditor: Creditor, printed: list[str]) -> None:
    other = make_creditor()
    papers = [demand(creditor), demand(creditor), demand(other), demand(creditor, prefix="P"), demand(creditor, on=date(2027, 1, 2))]
    assert [paper.number for paper in papers] == ["W/2026/0001", "W/2026/0002", "W/2026/0001", "P/2026/0001", "W/2027/0001"]
    assert printed == [paper.number for paper in papers]
    assert bytes(papers[1].content) == b"%PDF W/2026/0002"
    assert papers[0].name == "W-2026-0001.pdf"


@pytest.mark.django_db
def test_a_letter_that_cannot_be_made_uses_up_no_number(creditor: Creditor, printed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(html: str) -> bytes:
        raise RenderError("no logo")

    with monkeypatch.context() as patch:
        patch.setattr(actions, "render_pdf", fail)
        for _ in range(2):
            with pytest.raises(RenderError, match="no logo"):
                demand(creditor)
    assert demand(creditor).number == "W/2026/0001"


@pytest.mark.django_db
def test_a_number_is_given_back_when_its_transaction_fails(creditor: Creditor) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        assert next_number(creditor, "W", 2026) == "W/2026/0001"
        raise ZeroDivisionError
    assert next_number(creditor, "W", 2026) == "W/2026/0001"


@pytest.mark.django_db
def test_who_was_overtaken_sets_the_letter_again_with_the_right_number(
    creditor: Creditor, printed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    quickly = actions.render_pdf
    overtaking = iter([True])

    def overtaken(html: str) -> bytes:
        if next(overtaking, False):
            next_number(creditor, "W", 2026)  # somebody else's letter
        return quickly(html)

    monkeypatch.setattr(actions, "render_pdf", overtaken)
    paper = demand(creditor)
    assert (paper.number, bytes(paper.content)) == ("W/2026/0002", b"%PDF W/2026/0002")
    assert printed == ["W/2026/0001", "W/2026/0002"]


@pytest.mark.django_db
def test_made_for_the_same_message_it_is_the_same_paper(creditor: Creditor, printed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    first = demand(creditor, key="message-1")
    assert demand(creditor, key="message-1") == first
    assert len(printed) == 1
    quickly = actions.render_pdf

    def meanwhile(html: str) -> bytes:
        with monkeypatch.context() as patch:
            patch.setattr(actions, "render_pdf", quickly)
            demand(creditor, key="message-2")
        return quickly(html)

    with monkeypatch.context() as patch:
        patch.setattr(actions, "render_pdf", meanwhile)
        assert demand(creditor, key="message-2").number == "W/2026/0002"
    assert NumberRange.objects.get(creditor=creditor, kind="W").last == 2
    assert demand(creditor, key="message-3").number == "W/2026/0003"


@pytest.mark.django_db
def test_a_paper_is_kept_with_its_digest_and_facts(creditor: Creditor) -> None:
    paper = store(
        creditor, kind="agency_package", name="package.zip", content=b"PK", media_type="application/zip", facts={"a": 1}, now=NOW, key="k"
    )
    kept = Document.objects.get(pk=paper.pk)
    assert bytes(kept.content) == b"PK"
    assert kept.sha256 == hashlib.sha256(b"PK").hexdigest()
    assert (kept.facts, kept.number, kept.media_type) == ({"a": 1}, "", "application/zip")
    assert store(creditor, kind="agency_package", name="other.zip", content=b"other", facts={}, now=NOW, key="k") == paper
    assert store(make_creditor(), kind="agency_package", name="other.zip", content=b"other", facts={}, now=NOW, key="k") != paper


@pytest.mark.django_db
def test_the_same_number_twice_is_refused(creditor: Creditor) -> None:
    store(creditor, kind="demand", name="a.pdf", content=b"a", number="W/2026/0001", facts={}, now=NOW)
    with pytest.raises(IntegrityError, match="paper_number_given_once"), transaction.atomic():
        store(creditor, kind="demand", name="b.pdf", content=b"b", number="W/2026/0001", facts={}, now=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"content": b"x"}, {"number": "W/2026/0009"}, {"facts": {}}])
def test_a_paper_never_changes(creditor: Creditor, change: dict[str, object]) -> None:
    paper = store(creditor, kind="demand", name="a.pdf", content=b"a", facts={"a": 1}, now=NOW)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Document.objects.filter(pk=paper.pk).update(**change)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        paper.delete()


@pytest.mark.django_db(transaction=True)
def test_letters_made_at_once_have_numbers_without_gap_or_double(printed: list[str]) -> None:
    creditor = make_creditor()

    def make(number: int) -> str:
        try:
            return demand(creditor, key=f"m-{number % 20}").number  # each of 20 twice
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        given = list(pool.map(make, range(40)))
    assert sorted(set(given)) == [f"W/2026/{number:04}" for number in range(1, 21)]
    assert NumberRange.objects.get(creditor=creditor).last == 20
    for paper in Document.objects.filter(creditor=creditor):
        assert bytes(paper.content) == f"%PDF {paper.number}".encode()


@pytest.mark.django_db
def test_each_letter_has_a_check_code_of_its_own_and_the_version_of_its_template(creditor: Creditor, printed: list[str]) -> None:
    first, second = demand(creditor), demand(creditor)
    assert len({first.code, second.code, ""}) == 3 and len(first.code) == 10
    assert re.fullmatch(r"documents/demand/pl [0-9a-f]{16}", first.template)
    with pytest.raises(IntegrityError, match="check_code_given_once"), transaction.atomic():
        store(make_creditor(), kind="demand", name="a.pdf", content=b"a", facts={}, now=NOW, code=first.code)
