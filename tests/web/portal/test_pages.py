"""What the pages say, and how: sums, words, weight, form."""

import re
from datetime import date, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext, override

from dunning.actions import hold, post_claimable
from dunning.policy import Channel, Policy, Step
from invoices.models import Customer
from invoices.states import ClaimKind
from receivables.portal.account import claims_of, statement_of
from receivables.portal.coming import Kind, coming_to, days_of, kind_of
from tests.builders import credit, dispute, make_invoice, make_item, pay
from tests.web.portal.world import World, letter_to

pytestmark = pytest.mark.django_db
HOSTILE = [
    '<script>alert("x")</script>',
    "'\"><img src=x onerror=y>",
    "A" * 200,
    "{{ settings }}{% load x %}",
    "\u202egnp.exe",
    "=cmd|' /C calc'!A0",
]
PAGES = ("account", "payments", "ways", "letters", "contact")


class Elements(HTMLParser):
    """Every start tag of a page with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append((tag, dict(attrs)))

    def named(self, *tags: str) -> list[dict[str, str | None]]:
        return [attrs for tag, attrs in self.all if tag in tags]


@pytest.fixture
def customer(world: World) -> Customer:
    """Somebody of the world who owes 321 in one invoice, and 12.34 came too much."""
    return world.theirs


def test_the_sum_is_what_a_letter_would_ask_for(world: World) -> None:
    dues = statement_of(world.mine, on=world.on).dues
    assert [(due.currency, due.to_pay) for due in dues] == [("PLN", Decimal("2280.50")), ("EUR", Decimal("120.00"))]
    assert dues[0].oldest_on == world.on - timedelta(days=40)
    assert dues[0].title == world.mine.number  # too many labels for one line
    assert dues[1].title == "FV/2026/11/0005/EUR"


def test_credit_is_taken_off_and_never_more_than_is_owed(world: World) -> None:
    pay(world.mine, "280.50", unmatched=True, booked_on=world.on)
    (due, _euro) = statement_of(world.mine, on=world.on).dues
    assert (due.overdue, due.credit, due.to_pay) == (Decimal("2280.50"), Decimal("280.50"), Decimal("2000.00"))
    pay(world.mine, "5000.00", unmatched=True, booked_on=world.on)
    (due, _euro) = statement_of(world.mine, on=world.on).dues
    assert due.to_pay == 0 and due.qr == ""


@pytest.mark.parametrize(("days", "overdue"), [(-1, True), (0, False), (1, False)], ids=["the day after", "the day", "the day before"])
def test_overdue_starts_the_day_after_the_due_date(world: World, days: int, overdue: bool) -> None:
    item = make_item(world.foreign, "10.00", number="EDGE/1", due_on=world.on + timedelta(days=days))
    statement = statement_of(world.foreign, on=world.on)
    assert (item.pk in {line.item.pk for line in statement.overdue}) is overdue
    assert (item.pk in {line.item.pk for line in statement.upcoming}) is not overdue


def test_a_wholly_disputed_debt_asks_for_nothing(world: World, customer: Customer) -> None:
    dispute(customer.invoices.get(), on=world.on)
    statement = statement_of(customer, on=world.on)
    assert statement.dues == ()
    assert statement.disputed == {"PLN": Decimal("320.99")}


def test_a_list_that_is_long_has_a_page_of_its_own(mine: Client, world: World) -> None:
    for number in range(60):
        make_invoice(world.mine, "1.00", number=f"MANY/{number:02}", due_on=world.on - timedelta(days=100 + number))
    page = mine.get(reverse("portal:account")).text
    assert reverse("portal:items", kwargs={"which": "overdue"}) in page
    assert len(re.findall(r"MANY/\d\d</a>", page)) == 15
    second = mine.get(reverse("portal:items", kwargs={"which": "overdue"}), {"page": 3}).text
    assert len(re.findall(r"<th scope=\"row\">", second)) == 16
    assert mine.get(reverse("portal:items", kwargs={"which": "nonsense"})).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_pages_cost_the_same_queries_however_much_is_owed(mine: Client, world: World, name: str) -> None:
    counts = []
    for number in (0, 1):
        with CaptureQueriesContext(connection) as work:
            mine.get(reverse(f"portal:{name}"))
        counts.append(len(work))
        for each in range(8):
            invoice = make_invoice(world.mine, "1.00", number=f"MANY/{number}/{each}", due_on=world.on - timedelta(days=100 + each))
            if each % 2:
                pay(world.mine, "1.00", invoice, booked_on=world.on)
            letter_to(world.mine, world.on - timedelta(days=each), "demand", "letter", "1.00", number=f"W/2026/{number}{each}")
    assert counts[0] == counts[1] <= 42


# What happens next


def ladder() -> Policy:
    return Policy(
        name="x",
        steps=(
            Step("reminder", -3, (Channel.EMAIL,), until=0),
            Step("overdue", 3, (Channel.EMAIL,)),
            Step("call", 8, (Channel.CALL,), after_previous=2),
            Step("demand", 21, (Channel.LETTER,), after_previous=7, document="demand", deadline_days=7),
            Step("handoff", 30, (Channel.AGENCY,), after_previous=1, document="package"),
        ),
    )


def test_steps_are_named_as_the_debtor_meets_them() -> None:
    assert [kind_of(step) for step in ladder().steps] == [Kind.REMINDER, Kind.REMINDER, Kind.CALL, Kind.DEMAND, Kind.FURTHER]


def test_the_earliest_days_of_the_steps_ahead() -> None:
    due_on = date(2026, 11, 1)
    ahead = [(step.key, day) for step, day in days_of(ladder(), "overdue", date(2026, 11, 23), due_on)]
    assert ahead == [
        ("overdue", date(2026, 11, 23)),
        ("call", date(2026, 11, 25)),
        ("demand", date(2026, 12, 2)),
        ("handoff", date(2026, 12, 10)),
    ]


def test_what_happens_next_names_days_for_overdue_items(world: World) -> None:
    with translation.override("en"):
        events = coming_to(world.mine, on=world.on)
    words = [(event.on, event.words.split(",")[0]) for event in events if "FV/2026/09/0117" in event.labels]
    assert words[0] == (world.on, "We send a reminder") or words[0][0] >= world.on
    assert "We send a formal demand for payment" in {word for _day, word in words}


def test_nothing_internal_is_told(mine: Client, world: World) -> None:
    hold(world.theirs, on=world.on, reason="never tell them")
    for language in ("pl", "en"):
        mine.post(reverse("portal:language"), {"language": language, "next": "/portal/"})
        text = "".join(mine.get(reverse(f"portal:{name}")).text for name in PAGES).lower()
        for word in (
            "friend of the boss",
            "standard b2b",
            "policy",
            "approv",
            "bank data",
            "run ",
            "look_again",
            "quarantine",
            "written off",
        ):
            assert word not in text


# Form


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_names_stay_text(mine: Client, world: World, hostile: str) -> None:
    Customer.objects.filter(pk=world.mine.pk).update(name=hostile)
    creditor = world.mine.creditor
    creditor.name = creditor.bank_name = creditor.phone = creditor.street = hostile[:40]
    creditor.save(update_fields=["name", "bank_name", "phone", "street"])
    make_invoice(world.mine, "5.00", number=hostile[:100], due_on=world.on - timedelta(days=2))
    for name in PAGES:
        page = mine.get(reverse(f"portal:{name}"))
        elements = Elements(page.text)
        assert page.status_code == 200
        assert len(elements.named("script")) == 1 and "onerror" not in str([attrs.keys() for _tag, attrs in elements.all])
    invoice = world.mine.invoices.get(number=hostile[:100])
    assert mine.get(reverse("portal:invoice", kwargs={"pk": invoice.pk})).status_code == 200


def page_texts(mine: Client, world: World) -> list[str]:
    addresses = [reverse(f"portal:{name}") for name in PAGES] + [reverse("portal:choose")]
    addresses += [
        reverse("portal:items", kwargs={"which": "overdue"}),
        reverse("portal:invoice", kwargs={"pk": world.mine.invoices.first().pk}),
        reverse("portal:way", kwargs={"currency": "PLN", "key": "instalments-3"}),
        reverse("portal:ask_way"),
        reverse("portal:balance", kwargs={"pk": world.mine.balance_requests.get().pk}),
    ]
    out = [Client().get(reverse("portal:ask")).text, Client().post(reverse("portal:ask"), {"email": "x"}).text]
    return out + [Client().post(reverse("portal:code"), {"code": "x"}).text] + [mine.get(address).text for address in addresses]


@pytest.mark.parametrize("language", ["pl", "en"])
def test_pages_are_fit_for_the_policy_and_for_a_screen_reader(mine: Client, world: World, language: str) -> None:
    mine.post(reverse("portal:language"), {"language": language, "next": "/portal/"})
    for text in page_texts(mine, world):
        elements = Elements(text)
        ids = [attrs["id"] for _tag, attrs in elements.all if attrs.get("id")]
        labels = {attrs.get("for") for attrs in elements.named("label")}
        assert len(elements.named("h1")) == 1 and len(ids) == len(set(ids))
        assert not elements.named("style") and all("src" in attrs for attrs in elements.named("script"))
        assert not [attrs for _tag, attrs in elements.all if any(key == "style" or key.startswith("on") for key in attrs)]
        assert len(elements.named("table")) == len(elements.named("caption"))
        assert all(attrs.get("scope") in {"col", "row"} for attrs in elements.named("th"))
        assert all("alt" in attrs for attrs in elements.named("img"))
        assert all(c.get("type") == "hidden" or c.get("id") in labels for c in elements.named("input", "select", "textarea"))
        assert not [
            a for a in elements.named("a", "link", "img", "script") if (a.get("href") or a.get("src") or "").startswith(("http", "//"))
        ]


def test_the_heaviest_page_weighs_less_than_100_kilobytes(mine: Client, world: World) -> None:
    for number in range(60):
        make_invoice(world.mine, "1.00", number=f"MANY/{number:02}", due_on=world.on - timedelta(days=100 + number))
        make_invoice(world.mine, "1.00", number=f"SOON/{number:02}", due_on=world.on + timedelta(days=1 + number))
        credit(world.mine, "1.00", make_invoice(world.mine, "1.00", number=f"PAID/{number:02}"), issued_on=world.on)
    static = Path(settings.BASE_DIR) / "receivables" / "static"
    fixed = sum(
        (static / name).stat().st_size for name in ("css/base.css", "css/portal.css", "img/logo.svg", "img/icons.svg", "js/copy.js")
    )
    pages = [len(mine.get(reverse("portal:account")).content), len(mine.get(reverse("portal:items", kwargs={"which": "overdue"})).content)]
    assert fixed + max(pages) < 100_000


def test_the_way_to_pay_can_be_copied_and_scanned(mine: Client) -> None:
    page = mine.get(reverse("portal:account")).text
    assert 'data-copy="PL61109010140000071219812874"' in page
    assert "PL61 1090 1014 0000 0712 1981 2874" in page
    assert page.count('src="data:image/png;base64,') == 2  # ZBP for złoty, EPC for euro


def test_payments_say_what_they_were_used_for(mine: Client, world: World) -> None:
    pay(world.mine, "7.77", unmatched=True, booked_on=world.on, title="a note to the shop")
    page = mine.get(reverse("portal:payments")).text
    assert "7,77" in page and "jeszcze nierozliczona" in page and "FV/2026/10/0020" in page


def test_the_data_notice_names_the_controller_and_the_rights(mine: Client, world: World) -> None:
    page = mine.get(reverse("portal:contact")).text
    for words in (world.mine.creditor.name, "art. 6 ust. 1 lit. b RODO", "Prezesa Urzędu Ochrony Danych Osobowych", world.mine.number):
        assert words in page


def test_every_string_has_its_polish(mine: Client, world: World) -> None:
    text = "".join(page_texts(mine, world))
    for english in ("To pay", "Overdue", "Sign out", "What happens", "Send me", "Letters", "Settled", "days overdue", "Payee"):
        assert english not in text


def test_posted_claims_stand_apart_from_what_is_owed(mine: Client, world: World) -> None:
    before = statement_of(world.mine, on=world.on).dues
    claims = post_claimable(world.mine, kinds=[ClaimKind.INTEREST], on=world.on)
    assert statement_of(world.mine, on=world.on).dues == before, "beside the principal, never inside it"
    addresses = (reverse("portal:account"), reverse("portal:invoice", args=[claims[0].invoice_id]))
    for address in addresses:
        with override("pl"):
            assert gettext("Claimed besides") in mine.get(address).text
    other = claims_of(world.theirs)
    assert other == [] and sum(claim.open for claim in claims_of(world.mine)) > 0


def test_who_owes_posted_claims_alone_is_not_thanked_for_paying_on_time(mine: Client, world: World) -> None:
    post_claimable(world.mine, kinds=[ClaimKind.INTEREST], on=world.on)
    for due in statement_of(world.mine, on=world.on).dues:
        pay(world.mine, due.overdue, booked_on=world.on, currency=due.currency)
    text = mine.get(reverse("portal:account")).text
    assert "Dotyczy to faktur." in text and "Dziękujemy za terminowe wpłaty" not in text
