"""One walk through the program as its users take it: clerk, approver, customer."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, Page, expect

from dunning.actions import assign, publish
from dunning.day import deliver_all
from dunning.models import LadderRules, Notice
from invoices.models import Customer
from receivables import clock
from receivables.accounts.models import Creditor, Role, User
from receivables.messaging.models import Message
from receivables.portal.tasks import answer
from tests.builders import make_creditor, make_customer, make_invoice, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "a long enough password"
POLICY = """
name: Demand at once
steps:
  - {key: demand, after_due: 10, channel: [letter], also: [email], document: demand, deadline_days: 7, approval: true}
"""


def staff(username: str, role: Role, creditor: Creditor) -> User:
    user = make_user(username, role=role, creditor=creditor)
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    return user


@pytest.fixture
def debtor() -> Customer:
    """A customer twenty days late, and two people to deal with it."""
    creditor = make_creditor("wisla", name="Ceramika Wisła", bank_account="PL61109010140000071219812874")
    LadderRules.objects.create(creditor=creditor, calendar=LadderRules.Calendar.NONE, first_run_waits=False)
    assign(creditor, publish(creditor, POLICY, now=clock.now()).policy)
    today = clock.today(creditor.time_zone)
    customer = make_customer(creditor, name="Żółta Łódź sp. z o.o.", email="anna@example.com", language="en")
    make_invoice(customer, Decimal("1234.50"), number="FV/1", issued_on=today - timedelta(days=34), due_on=today - timedelta(days=20))
    staff("celina", Role.CLERK, creditor)
    staff("adam", Role.APPROVER, creditor)
    return customer


def sign_in(browser: Browser, address: str, username: str) -> Page:
    page = browser.new_context(locale="en-GB", accept_downloads=True).new_page()
    page.goto(address)
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return page


def test_from_an_overdue_customer_to_the_portal(chromium: Browser, live_server, debtor: Customer) -> None:
    clerk = sign_in(chromium, live_server.url, "celina")
    clerk.get_by_role("link", name="Customers").first.click()
    clerk.get_by_role("link", name="Żółta Łódź").first.click()
    expect(clerk.get_by_text("FV/1").first).to_be_visible()
    expect(clerk.get_by_text("1,234.50").first).to_be_visible()

    clerk.goto(f"{live_server.url}/runs/start/")
    clerk.get_by_role("button", name="Run the day").click()
    assert Notice.objects.get().state == "proposed"

    approver = sign_in(chromium, live_server.url, "adam")
    approver.get_by_role("link", name="Runs").first.click()
    approver.get_by_role("link", name="Run", exact=False).filter(has_text=re.compile(r"^\s*(Run )?\d+")).first.click()
    approver.get_by_role("checkbox", name="Żółta Łódź").check()
    approver.get_by_role("button", name="Approve selected").click()
    approver.get_by_role("button", name="Approve and send").click()
    deliver_all(debtor.creditor, now=clock.now())  # what the worker does

    approver.get_by_role("link", name="Mailbox").first.click()
    approver.locator("main table").get_by_role("link").first.click()
    with approver.expect_download() as download:
        approver.get_by_role("link", name=re.compile(r"\.pdf")).first.click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")

    customer = chromium.new_context(locale="en-GB", viewport={"width": 390, "height": 844}).new_page()
    customer.goto(f"{live_server.url}/portal/")
    customer.get_by_label("Your e-mail address").fill("anna@example.com")
    customer.get_by_role("button", name="Send me a code").click()
    expect(customer.get_by_role("heading", name="Type in the code")).to_be_visible()
    answer()
    letter = Message.objects.get(purpose=Message.Purpose.PORTAL).text
    code = re.search(r"^\s{2,}(\S{8,})\s*$", letter, re.MULTILINE)
    assert code, letter
    customer.get_by_label("Code from the message").fill(code[1])
    customer.get_by_role("button", name="Show my account").click()
    expect(customer.get_by_text("1,234.50").first).to_be_visible()
    expect(customer.get_by_text("FV/1").first).to_be_visible()
