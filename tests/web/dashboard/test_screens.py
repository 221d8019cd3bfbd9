"""What the screens show: every one, in both languages, with awkward names, empty and full, and without a script."""

import re
from html.parser import HTMLParser

import pytest
from django.db.models import Sum
from django.test import Client
from django.urls import reverse

from dunning.models import Task
from dunning.states import TaskKind
from invoices.actions import import_file
from invoices.intake.csv_table import builtin_profiles
from invoices.models import Customer, Item
from receivables.dashboard.access import RULES
from receivables.dashboard.paging import SIZE
from receivables.messaging.models import Message
from tests.builders import make_creditor, make_customer, make_invoice, make_user, table
from tests.web.dashboard.world import A_PDF, ATTACK, DAY, NOW, OTHER_LETTERS, TODAY, World, of

_FILES = ("_export", "_document", "_html", "_package", "_evidence", "_file", "_xml", "company_paper")
SHOWN = [name for name, rule in RULES.items() if "GET" in rule.methods and not name.endswith(_FILES)]


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def get(client: Client, name: str, parts: list[int] | None = None, language: str = "en", **asked: object) -> str:
    response = client.get(reverse(f"dashboard:{name}", args=parts or []), asked, headers={"accept-language": language})
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("language", ["pl", "en"])
def test_every_screen_is_whole(world: World, language: str) -> None:
    client, mine = world.client("manager"), of(world.ours)
    for name in SHOWN:
        check_page(Page(get(client, name, [mine[name]] if name in mine else [], language)), language)


def check_page(page: Page, language: str) -> None:
    """One heading, nothing inline, every field named."""
    assert page.all("html")[0]["lang"] == language
    assert len(page.all("h1")) == 1
    assert not [attrs for _, attrs in page.tags if "style" in attrs or any(key.startswith("on") for key in attrs)]
    assert all(script.get("src") for script in page.all("script"))
    assert all("csrf" not in (form.get("action") or "") and form.get("method", "get") in ("get", "post") for form in page.all("form"))
    named = {label.get("for") for label in page.all("label")}
    for field in page.all("input"):
        is_named = field.get("type") in ("hidden", "submit") or field.get("aria-label") or field.get("id") in named or not field.get("id")
        assert is_named, field


def test_a_new_company_has_nothing_yet_and_every_list_says_so(world: World) -> None:
    client = Client()
    client.force_login(make_user("fresh", creditor=make_creditor("fresh")))
    for name in set(SHOWN) - set(of(world.ours)):
        assert "<h1" in get(client, name)


def test_names_are_text_wherever_they_stand(world: World) -> None:
    Customer.objects.filter(pk=world.ours.customer.pk).update(name=ATTACK)
    client, mine = world.client("manager"), of(world.ours)
    for name in SHOWN:
        assert ATTACK not in get(client, name, [mine[name]] if name in mine else [])


def test_the_overview_says_what_is_owed_and_what_waits(world: World) -> None:
    page = get(world.client("manager"), "today")
    owed = Item.objects.filter(creditor=world.ours.creditor).aggregate(total=Sum("open_amount"))["total"]
    assert f"PLN\xa0{owed:,.2f}" in page
    assert "waits for approval" in page
    assert f"?kind={world.ours.task.kind}" in page
    assert "Quarantine" in page


def test_what_waits_for_contact_hours_says_so(world: World) -> None:
    message = Message.objects.get(pk=world.ours.message.pk)
    message.pk, message.key, message.message_id = None, "at-night", "<at-night@example.com>"
    message.state, message.reason, message.not_before, message.not_after = "planned", "closed_hours", NOW + DAY, None
    message.save(force_insert=True)
    client = world.client("viewer")
    assert "1 message is ready and waits for contact hours" in get(client, "today")
    assert "waits for contact hours" in get(client, "message", [message.pk])


def test_money_that_came_in_bulk_is_among_what_happened(world: World) -> None:
    row = {"number": "B/1", "customer": "BULK-7", "gross": "100.00", "paid": "40.00", "paid_on": "2026-03-20"}
    import_file(world.ours.creditor, name="f.csv", data=table(row), profile=builtin_profiles()["generic"], on=TODAY)
    shown = get(world.client("viewer"), "customer", [Customer.objects.get(creditor=world.ours.creditor, number="BULK-7").pk])
    happened = shown[shown.index("What happened") :]
    assert "Payment booked" in happened and "40.00" in happened


def test_the_list_of_customers_is_sorted_and_cut(world: World) -> None:
    many_customers(world, SIZE + 5)
    client = world.client("viewer")
    first = get(client, "customers", sort="name")
    names = re.findall(r'<a href="/customers/\d+/">([^<]+)</a>', first)
    assert len(names) == SIZE and names == sorted(names, key=lambda name: name.lower().replace("ć", "c"))
    second = follow(client, first, "next")
    more = re.findall(r'<a href="/customers/\d+/">([^<]+)</a>', second)
    assert more and not set(more) & set(names)
    assert re.findall(r'<a href="/customers/\d+/">([^<]+)</a>', follow(client, second, "prev")) == names


def follow(client: Client, page: str, rel: str) -> str:
    """The page that the link to the next or previous one leads to; empty where there is none."""
    links = [link for link in Page(page).all("a") if link.get("rel") == rel]
    return client.get(f"{reverse('dashboard:customers')}{links[0]['href']}").content.decode() if links else ""


def many_customers(world: World, number: int) -> None:
    Customer.objects.bulk_create(Customer(creditor=world.ours.creditor, number=f"M{n}", name=f"Ćma {n:03d}") for n in range(number))


@pytest.mark.parametrize("sort", ["open", "overdue"])
def test_the_most_owing_come_first_and_pages_do_not_overlap(world: World, sort: str) -> None:
    for n in range(8):
        make_invoice(make_customer(world.ours.creditor), 1000 + n % 3, issued_on=TODAY - 60 * DAY, due_on=TODAY - 40 * DAY)
    many_customers(world, SIZE)
    client = world.client("viewer")
    seen: list[str] = []
    page = get(client, "customers", sort=sort)
    while page:
        seen += re.findall(r'href="/customers/(\d+)/"', page)
        page = follow(client, page, "next")
    assert len(seen) == len(set(seen)) == Customer.objects.standing().filter(creditor=world.ours.creditor).count()


@pytest.mark.parametrize("words", ["gęślą", "Zażółć jaźń", "nasza-1", "NASZA-1"])
def test_customers_are_found_by_what_people_know_of_them(world: World, words: str) -> None:
    assert "Zażółć" in get(world.client("viewer"), "customers", q=words)


def test_a_customer_is_found_by_nip_and_by_mail(world: World) -> None:
    Customer.objects.filter(pk=world.ours.customer.pk).update(tax_id="7251801126")
    mail = world.ours.customer.contacts.get().email
    for words in ("725-180-11-26", "PL 725 180 11 26", mail):
        assert "Zażółć" in get(world.client("viewer"), "customers", q=words)
    assert "Zażółć" not in get(world.client("viewer"), "customers", q="nobody@example.com")


def test_filters_that_make_no_sense_are_left_out(world: World) -> None:
    asked = {"kind": "martian", "policy": "x", "currency": "XXX", "sort": "password", "after": "-1", "before": "9" * 30, "overdue": "maybe"}
    get(world.client("viewer"), "customers", **asked)
    get(world.client("viewer"), "invoices", state="x", age="x", currency="'", customer="x", after="1e9")
    get(world.client("viewer"), "payments", since="yesterday", until="2026-02-30", customer="x")
    get(world.client("viewer"), "mailbox", channel="x", state="x", customer="x")


@pytest.mark.parametrize(("name", "asked"), [("search", "q"), ("credit_check", "q"), ("rates", "regime"), ("customers", "sort")])
def test_an_address_that_no_column_could_hold_is_refused(world: World, name: str, asked: str) -> None:
    assert world.client("viewer").get(reverse(f"dashboard:{name}"), {asked: "a\0b"}).status_code == 400


@pytest.mark.parametrize("asked", ["²", "x", "-1", "9" * 40, ""])
def test_where_a_deferral_was_asked_from_may_be_nonsense(world: World, asked: str) -> None:
    address = reverse("dashboard:customer_deferral", args=[world.ours.customer.pk])
    assert world.client("manager").get(address, {"from": asked}).status_code == 200


def test_an_age_of_the_overview_leads_to_its_invoices(world: World) -> None:
    client = world.client("viewer")
    assert "nasza/1" in get(client, "invoices", age="31-60", currency="PLN")
    assert "nasza/1" not in get(client, "invoices", age="1-30")


def test_the_customer_page_says_what_is_next_and_why_not_yet(world: World) -> None:
    page = get(world.client("manager"), "customer", [world.ours.customer.pk])
    assert "waits" in page and "Every condition in its order" in page
    assert OTHER_LETTERS in page and "Standard" in page


def test_a_viewer_sees_no_button_that_would_be_refused(world: World) -> None:
    client, mine = world.client("viewer"), of(world.ours)
    for name in ("today", "customer", "invoice", "payment", "payments", "runs", "run", "notice", "policies", "policy", "tasks"):
        page = Page(get(client, name, [mine[name]] if name in mine else []))
        own = ("/accounts/", "/language/", "/company/", "/search/")
        assert [form for form in page.all("form") if form.get("method") == "post" and not (form.get("action") or "").startswith(own)] == []


def test_a_message_is_shown_in_a_frame_that_can_do_nothing(world: World) -> None:
    client, pk = world.client("viewer"), world.ours.message.pk
    shown = client.get(reverse("dashboard:message", args=[pk]))
    (frame,) = Page(shown.content.decode()).all("iframe")
    assert frame["sandbox"] in ("", None) and frame["src"] == reverse("dashboard:message_html", args=[pk])
    assert "frame-src 'self'" in shown["Content-Security-Policy"]
    inner = client.get(reverse("dashboard:message_html", args=[pk]))
    assert "default-src 'none'" in inner["Content-Security-Policy"] and "sandbox" in inner["Content-Security-Policy"]
    assert "script-src" not in inner["Content-Security-Policy"]
    assert (inner["X-Frame-Options"], inner["Cache-Control"]) == ("SAMEORIGIN", "no-store")


@pytest.mark.parametrize("name", ["message_document", "invoice_document"])
def test_papers_are_kept_by_nobody_and_opened_by_nothing(world: World, name: str) -> None:
    response = world.client("viewer").get(reverse(f"dashboard:{name}", args=[of(world.ours)[name]]))
    assert b"".join(response.streaming_content) == A_PDF  # type: ignore[attr-defined]
    assert response["Content-Disposition"].startswith("attachment")
    assert (response["Cache-Control"], response["X-Content-Type-Options"]) == ("no-store", "nosniff")


def test_searching_one_thing_opens_it(world: World) -> None:
    client = world.client("viewer")
    answer = client.get(reverse("dashboard:search"), {"q": "nasza/1"})
    assert answer["Location"] == world.ours.invoice.get_absolute_url()
    assert b"Nothing found" in client.get(reverse("dashboard:search"), {"q": "zzzz"}).content


def test_lists_show_at_most_fifty_rows(world: World) -> None:
    many_customers(world, SIZE + 5)
    customers = Customer.objects.filter(creditor=world.ours.creditor, number__startswith="M")
    Task.objects.bulk_create(Task(creditor=world.ours.creditor, customer=one, kind=TaskKind.REVIEW, opened_on=TODAY) for one in customers)
    client = world.client("viewer")
    for name, marks in (("customers", "tr"), ("tasks", "section")):
        page = Page(get(client, name))
        assert [link for link in page.all("a") if link.get("rel") == "next"]
        assert len(page.all(marks)) <= SIZE + 1


def test_the_language_is_switched_before_and_after_signing_in(world: World) -> None:
    for client in (Client(), world.client("viewer")):
        answer = client.post(reverse("set_language"), {"language": "pl", "next": reverse("dashboard:customers")})
        assert (answer.status_code, answer["Location"]) == (302, reverse("dashboard:customers"))
        page = client.get(reverse("account_login"), follow=True, headers={"accept-language": "en"})
        assert b'<html lang="pl">' in page.content


def test_the_coming_days_of_a_customer_are_told_with_step_items_and_amount(world: World) -> None:
    customer = make_customer(world.ours.creditor, name=OTHER_LETTERS)
    make_invoice(customer, "80.00", number="N/1", issued_on=TODAY, due_on=TODAY + 14 * DAY)
    text = get(world.client("viewer"), "customer_coming", [customer.pk])
    assert text.count("N/1") >= 4 and "80.00" in text and "waits for approval" in text
    assert reverse("dashboard:customer_coming", args=[customer.pk]) in get(world.client("viewer"), "customer", [customer.pk])


def test_where_nothing_comes_the_page_says_so(world: World) -> None:
    customer = make_customer(world.ours.creditor)
    assert "Nothing is to be sent in these days" in get(world.client("viewer"), "customer_coming", [customer.pk])
