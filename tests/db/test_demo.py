"""The demo: believable, reserved for fiction where it could reach somebody, the same on every machine, and whole or not there."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import phonenumbers
import pytest
import stdnum.iban
import stdnum.pl.nip
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import transaction

from dunning.actions import dry_run
from dunning.models import (
    AcceptedOffer,
    BalanceCampaign,
    Case,
    Hold,
    LimitationEvent,
    Notice,
    OfferPolicy,
    Placement,
    Run,
    StatementSchedule,
    StatementSent,
    Task,
)
from dunning.states import CaseState, NoticeState, TaskKind
from invoices.models import Contact, Customer, Dispute, Invoice, Item, Payment
from invoices.states import Closing, DocumentKind, InvoiceState
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import verify
from receivables.countries.rules import calendar_of
from receivables.demo import LOGINS, PASSWORD, PORTAL_EMAIL, SEED
from receivables.demo.digest import BOOKS, LADDER, digest_of
from receivables.demo.events import Story
from receivables.demo.seeding import Scale, is_seeded, seed_demo
from receivables.demo.story import EXPORT, SHOP, export_story, shop_story
from receivables.documents.models import Document
from receivables.messaging.models import Dispatch, Message
from tests.builders import make_creditor, make_user

ON = date(2026, 11, 23)  # a Monday
SMALL = Scale(customers=12, export=((2, 1), (366, 120)))
STEPS = {"reminder", "overdue", "second", "demand", "handoff"}


def silent(_percent: int, _about: str) -> None:
    pass


# -- the story


@pytest.fixture(scope="module")
def story() -> Story:
    return shop_story(SEED, on=ON, calendar=calendar_of("PL"))


def test_the_same_seed_and_day_tell_the_same_story(story: Story) -> None:
    assert shop_story(SEED, on=ON, calendar=calendar_of("PL")) == story
    assert export_story(SEED, on=ON) == export_story(SEED, on=ON)


def test_another_seed_tells_another_story(story: Story) -> None:
    assert shop_story("another", on=ON, calendar=calendar_of("PL")) != story


def test_it_is_a_year_of_about_120_customers_and_1500_invoices(story: Story) -> None:
    invoices = [paper for paper in story.papers if paper.kind == "invoice"]
    assert 110 <= len(story.buyers) <= 130
    assert 1400 <= len(invoices) <= 1650
    assert min(paper.issued_on for paper in invoices) <= ON - timedelta(days=360)
    assert max(paper.issued_on for paper in invoices) < ON
    assert all(40 <= paper.gross <= 45_000 for paper in invoices if paper.currency == "PLN")


def test_two_in_three_customers_are_businesses_with_a_tax_number(story: Story) -> None:
    kinds = Counter(buyer.kind for buyer in story.buyers)
    assert kinds["business"] / len(story.buyers) > 0.66
    assert kinds["consumer"] >= 15 and kinds["public"] >= 5
    assert all(buyer.tax_id for buyer in story.buyers if buyer.kind == "business" and buyer.country == "PL")


def test_tax_numbers_pass_their_check_and_belong_to_nobody(story: Story) -> None:
    numbers = [buyer.tax_id for buyer in story.buyers if buyer.tax_id]
    assert len(set(numbers)) == len(numbers)
    for number in numbers:
        assert stdnum.pl.nip.is_valid(number)
        assert number[1:3] == "00"  # no tax office's: see demo/numbers.py


def test_accounts_pass_their_check_and_belong_to_no_bank(story: Story) -> None:
    accounts = [buyer.account for buyer in story.buyers if buyer.account]
    for account in (*accounts, SHOP.bank_account, EXPORT.bank_account):
        assert stdnum.iban.is_valid(account)
        assert account[4:8] == "0000"


def test_mail_goes_to_reserved_domains_only(story: Story) -> None:
    """RFC 2606: .example, example.com, example.net, example.org."""
    reaches = [reach for buyer in (*story.buyers, *export_story(SEED, on=ON).buyers) for reach in buyer.reaches]
    addresses = [reach.email for reach in reaches if reach.email] + [SHOP.email, EXPORT.email]
    assert len(addresses) > 100
    for address in addresses:
        assert re.search(r"(\.example|@example\.(com|net|org))$", address) and address.isascii()


def test_telephones_look_right_and_belong_to_nobody(story: Story) -> None:
    """None is Polish for fiction, so numbers are of a range without area or network; British and German ones are kept for drama."""
    reaches = [reach for buyer in (*story.buyers, *export_story(SEED, on=ON).buyers) for reach in buyer.reaches]
    numbers = [reach.phone for reach in reaches if reach.phone]
    for number in numbers:
        parsed = phonenumbers.parse(number)
        assert phonenumbers.is_possible_number(parsed)
        if parsed.country_code == 48:
            assert not phonenumbers.is_valid_number(parsed)
        else:
            assert number.startswith(("+447700900", "+493023125"))


def test_names_are_written_with_their_own_letters(story: Story) -> None:
    names = " ".join(buyer.name for buyer in story.buyers)
    assert set("ąćęłńóśźż") <= set(names.lower())


def test_numbers_count_by_month_without_gaps(story: Story) -> None:
    months = Counter(paper.number.rsplit("/", 1)[0] for paper in story.papers)
    assert all(re.fullmatch(r"(FV|ZAL|KOR|ND|PRO|SZKIC)/\d{4}/\d{2}/\d{4}", paper.number) for paper in story.papers)
    assert {f"{month}/{n:04}" for month, count in months.items() for n in range(1, count + 1)} == {paper.number for paper in story.papers}


def test_nothing_happens_on_the_first_day_or_later(story: Story) -> None:
    assert all(event.on < ON for event in (*story.papers, *story.receipts, *story.deeds))


def test_the_bank_gives_titles_with_numbers_and_some_without(story: Story) -> None:
    papers = {paper.ref: paper.number for paper in story.papers}
    named = [receipt for receipt in story.receipts if receipt.pays]
    assert all(papers[ref] in receipt.title for receipt in named for ref in receipt.pays)
    assert any(len(receipt.pays) > 1 for receipt in named)
    assert any(not receipt.pays for receipt in story.receipts)
    assert len({receipt.reference for receipt in story.receipts}) == len(story.receipts)


# -- the seeded demo


@pytest.fixture(scope="module")
def seeded(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """A small demo, the second one made: yields the digest of the first, which was taken back."""
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        with transaction.atomic():
            seed_demo(on=ON, progress=silent, scale=SMALL)
            first = digest_of(BOOKS), digest_of(LADDER)
            transaction.set_rollback(True)
        seed_demo(on=ON, progress=silent, scale=SMALL)
        yield first
        transaction.set_rollback(True)


def test_made_twice_it_is_the_same(seeded: tuple[str, str]) -> None:
    assert (digest_of(BOOKS), digest_of(LADDER)) == seeded


def test_there_are_two_firms_that_share_nothing(seeded: object) -> None:
    shop, export = Creditor.objects.get(slug=SHOP.slug), Creditor.objects.get(slug=EXPORT.slug)
    assert (shop.currency, export.currency) == ("PLN", "EUR")
    assert Customer.objects.filter(creditor=export).count() == 6
    assert set(Invoice.objects.filter(creditor=export).values_list("currency", flat=True)) == {"EUR"}
    clerk = User.objects.get(username="clerk")
    assert list(Creditor.objects.visible_to(clerk)) == [shop]


def test_invoices_stand_in_every_state(seeded: object) -> None:
    assert set(Invoice.objects.values_list("state", flat=True)) == set(InvoiceState)
    assert set(Invoice.objects.values_list("kind", flat=True)) == set(DocumentKind) - {DocumentKind.ORDER}
    assert set(Item.objects.exclude(closed_as="").values_list("closed_as", flat=True)) == set(Closing)
    assert Item.objects.overdue(on=ON).count() > 30
    assert Item.objects.open().filter(due_on__gte=ON).exists()
    assert Invoice.objects.filter(items__position=4).exists()


def test_cases_stand_in_every_state(seeded: object) -> None:
    assert set(Case.objects.values_list("state", flat=True)) == set(CaseState)


def test_money_went_every_way(seeded: object) -> None:
    assert Payment.objects.exclude(reverses=None).exists()
    assert Payment.objects.filter(entries=None).exists()  # waits to be matched
    assert Payment.objects.exclude(payer_account_hash=None).exists()


def test_disputes_and_holds_are_open_and_ended(seeded: object) -> None:
    assert Dispute.objects.filter(resolved_on=None).count() == 3
    assert set(Dispute.objects.exclude(resolved_on=None).values_list("outcome", flat=True)) == {"upheld", "rejected"}
    assert Hold.objects.filter(released_on=None, until=None).exists()
    assert Hold.objects.filter(released_on=None, until__gt=ON).exists()
    assert Hold.objects.exclude(released_on=None).exists()


def test_today_a_run_takes_every_step(seeded: object) -> None:
    """Beat makes it; the demo leaves it to do."""
    plan = dry_run(Creditor.objects.get(slug=SHOP.slug), on=ON)
    assert {group.step.key for _, group in plan.groups} >= STEPS


def test_plans_wait_for_the_approver(seeded: object) -> None:
    waiting = Counter(Notice.objects.filter(state=NoticeState.PROPOSED).values_list("step", flat=True))
    assert waiting["demand"] >= 3 and waiting["handoff"] >= 1
    assert Notice.objects.filter(state=NoticeState.REJECTED).exists()


def test_people_have_work_of_several_kinds(seeded: object) -> None:
    kinds = set(Task.objects.filter(closed_on=None).values_list("kind", flat=True))
    assert kinds >= {TaskKind.CALL, TaskKind.MATCH_PAYMENT, TaskKind.BAD_CONTACT, TaskKind.REVIEW}


def test_agencies_have_been_given_cases(seeded: object) -> None:
    assert set(Placement.objects.values_list("state", flat=True)) == {"sent", "received", "returned"}


def test_every_step_was_captured_and_none_left(seeded: object) -> None:
    assert set(Message.objects.values_list("state", "captured")) == {("accepted", True)}
    assert set(Message.objects.values_list("channel", flat=True)) == {"email", "sms", "letter", "agency"}
    assert Document.objects.filter(kind="demand").count() >= 4


def test_balances_were_asked_and_some_differ(seeded: object) -> None:
    campaign = BalanceCampaign.objects.get(creditor__slug=SHOP.slug)
    assert campaign.is_open and campaign.deadline_on > ON
    asked = campaign.requests.filter(left_out="")
    assert asked.exclude(written=None).count() == 7 and asked.filter(written=None).exists()  # the workers send the others
    assert asked.filter(answer="").exclude(written=None).exists()
    assert Counter(asked.values_list("answer", flat=True))["differs"] == 2
    assert set(asked.filter(answer="agrees").values_list("came_by", flat=True)) >= {"paper", "email"}
    assert campaign.requests.exclude(left_out="").values("left_out").distinct().count() >= 2
    assert Task.objects.filter(kind=TaskKind.BALANCE_DIFFERS, closed_on=None).count() == 2


def test_statements_go_out_by_schedule(seeded: object) -> None:
    assert StatementSchedule.objects.get().is_on
    assert StatementSent.objects.filter(left_out="").count() == 3


def test_ways_to_pay_are_offered_and_one_was_taken(seeded: object) -> None:
    assert set(OfferPolicy.objects.values_list("kind", flat=True)) == {"business", "consumer"}
    taken = AcceptedOffer.objects.get()
    assert taken.agreement is not None and taken.agreement.ended_on is None
    assert LimitationEvent.objects.filter(kind="acknowledgement", customer=taken.customer).exists()


def test_no_run_had_a_problem(seeded: object) -> None:
    assert not Run.objects.exclude(problems=[]).exists()
    assert Run.objects.latest("on").on == ON - timedelta(days=1)


def test_every_case_has_its_history_from_real_runs(seeded: object) -> None:
    overdue = Case.objects.running().filter(item__due_on__lt=ON - timedelta(days=21), position__gte=3)
    assert overdue.exists()
    assert all(case.steps.filter(notice__run__on__lte=case.completed_on).exists() for case in overdue)


def test_the_audit_chains_hold(seeded: object) -> None:
    assert [verify(creditor) for creditor in Creditor.objects.all()] == [[], []]


def test_customers_are_reached_in_all_ways_and_in_none(seeded: object) -> None:
    assert Customer.objects.filter(contacts=None, city="").exists()
    assert Customer.objects.filter(contacts__email="", contacts__phone__gt="").exists()
    assert Contact.objects.filter(objections__channel="sms").exists()
    assert Contact.objects.filter(email=PORTAL_EMAIL).exists()
    assert Customer.objects.exclude(payer=None).exclude(letters_to=None).exists()


def test_who_may_log_in_is_a_demo_user(seeded: object) -> None:
    users = {user.username: user for user in User.objects.all()}
    assert [name for name, *_ in LOGINS] == [*users, "/portal/"]
    assert all(user.is_demo and user.check_password(PASSWORD) for user in users.values())
    assert [user.username for user in users.values() if user.is_superuser] == ["admin"]


def test_the_clock_runs_again_afterwards(seeded: object) -> None:
    assert settings.CLOCK is None


# -- where it may be made, and where not


@pytest.mark.django_db
def test_stopped_half_way_nothing_is_left() -> None:
    class Stopped(Exception):
        pass

    def stop(percent: int, _about: str) -> None:
        if percent > 30:
            raise Stopped

    with pytest.raises(Stopped):
        seed_demo(on=ON, progress=stop, scale=SMALL)
    assert not Creditor.objects.exists() and not User.objects.exists() and not is_seeded()
    assert settings.CLOCK is None


@pytest.mark.django_db
def test_it_is_refused_beside_companies_of_others() -> None:
    make_creditor()
    with pytest.raises(CommandError, match="empty database") as refusal:
        call_command("seed_demo")
    assert refusal.value.returncode == 2


@pytest.mark.django_db
def test_it_is_refused_on_a_live_system() -> None:
    Dispatch.objects.update(mode=Dispatch.Mode.LIVE, database_identity="another")
    with pytest.raises(CommandError, match="live"):
        call_command("seed_demo")


@pytest.mark.django_db
def test_a_second_time_it_is_there_already(capsys: pytest.CaptureFixture[str]) -> None:
    shop = make_creditor(SHOP.slug)
    make_user("clerk", creditor=shop, is_demo=True)
    call_command("seed_demo")
    assert "there already" in capsys.readouterr().out


@pytest.mark.long
@pytest.mark.django_db
@pytest.mark.parametrize("on", [date(2026, 11, 25), date(2026, 11, 29), date(2027, 1, 7), date(2026, 5, 4)], ids=str)
def test_whatever_the_first_day_it_finds_work(on: date) -> None:
    """A Wednesday, a Sunday, the day after a holiday, the Monday after a long weekend."""
    seed_demo(on=on, progress=silent)
    next_day = on + timedelta(days=on.weekday() == 6)
    plan = dry_run(Creditor.objects.get(slug=SHOP.slug), on=next_day)
    assert {group.step.key for _, group in plan.groups} >= STEPS
    assert Notice.objects.filter(state=NoticeState.PROPOSED).count() >= 3
    assert Task.objects.filter(closed_on=None).values("kind").distinct().count() >= 3
