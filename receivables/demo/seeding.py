"""Play the story: everything in one transaction, so that a demo is there whole or not at all, whenever it is stopped."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from threading import Thread
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction

from dunning.policy import Channel
from receivables.accounts.models import Creditor, User
from receivables.core.collector import without_collector
from receivables.core.errors import Refused, RenderError
from receivables.countries.rules import calendar_of
from receivables.demo import SEED
from receivables.demo.beside import Beside
from receivables.demo.books import Books
from receivables.demo.company import add_buyers, give_limits, make_company, make_ladder, make_users
from receivables.demo.events import Deed, Paper, Receipt, Story
from receivables.demo.ladder import EARLY, MORNING, Ladder
from receivables.demo.mailbox import YearOfMail
from receivables.demo.story import EXPORT, SHOP, Firm, Rhythm, export_story, shop_story, sittings
from receivables.documents.pdf import render_pdf
from receivables.messaging import mode
from receivables.messaging.channels.mailbox import MailboxConfig

Progress = Callable[[int, str], None]  # percent done, and what it is about
_LOCK = 0x64656D6F  # "demo"
MAIL_DAYS = 14  # of which captured messages are files too


def refuse_elsewhere() -> None:
    """Raise `Refused` where the demo has no business: a live system, one that others can reach, or real books."""
    stands = mode.standing()
    if stands.is_live or stands.is_locked:
        raise Refused("This system is live. The demo is for a database of its own.")
    if stands.is_halted:
        raise Refused("Sending is halted, and the demo captures a year of messages. Run: manage.py resume")
    if settings.HTTPS:
        raise Refused("HTTPS is on, so others can reach this system, and the demo's passwords are known to all. Use a private database.")
    others = Creditor.objects.exclude(memberships__user__is_demo=True)
    if others.exists():
        raise Refused("There are companies that the demo has not made. The demo is for an empty database.")


def is_seeded() -> bool:
    """Whether the demo is there. It is whole then."""
    return Creditor.objects.filter(slug=SHOP.slug, memberships__user__is_demo=True).exists()


@dataclass(frozen=True, slots=True)
class Scale:
    """How much of the year is played: how many of the shop's ordinary customers, and on which days the firms sit down to their books."""

    customers: int | None = None  # all
    shop: Rhythm = ((8, 1), (44, 4), (366, 28))
    export: Rhythm = ((2, 1), (366, 45))


FULL = Scale()


def seed_demo(*, on: date, progress: Progress, seed: str = SEED, scale: Scale = FULL) -> None:
    """Make both firms and play their years up to the day before `on`. Raises `Refused` where somebody else has just done it."""
    with transaction.atomic(), without_savepoints(), without_collector():
        _one_at_a_time()
        _tell(on=on, progress=progress, seed=seed, scale=scale)


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    if is_seeded():
        raise Refused("The demo is there already.")


def _tell(*, on: date, progress: Progress, seed: str, scale: Scale) -> None:
    users, calendar = make_users(), calendar_of("PL")
    staff = Staff(users["clerk"], users["approver"], users["manager"])
    shop = Play(SHOP, shop_story(seed, on=on, calendar=calendar, customers=scale.customers), staff)
    export = Play(EXPORT, export_story(seed, on=on), replace(staff, clerk=users["manager"]))
    since = datetime.combine(on - timedelta(days=MAIL_DAYS), EARLY, ZoneInfo(SHOP.time_zone))
    Thread(target=_start_pdf_process, daemon=True).start()
    mailbox = YearOfMail(MailboxConfig(settings.DATA_DIR / "mailbox"), since=since)
    with mode.standing_in({str(channel): mailbox for channel in Channel}):
        days = sittings(shop.story, calendar=calendar, rhythm=scale.shop)
        shop.play(days, _part(progress, 0, 94), beside=lambda ladder: Beside.of(ladder, staff.manager, days, calendar))
        export.play(sittings(export.story, calendar=calendar, rhythm=scale.export), _part(progress, 94, 100))
    mailbox.write()


def _start_pdf_process() -> None:
    """It loads for seconds, so it may do that while the first months are played. What is wrong with it is said where a letter is needed."""
    with suppress(RenderError):
        render_pdf("<p>Dzień dobry</p>")


@dataclass(frozen=True, slots=True)
class Staff:
    """Who does what at a firm."""

    clerk: User
    approver: User
    manager: User


@dataclass(frozen=True, slots=True)
class Play:
    """A firm and its story, ready to be played."""

    firm: Firm
    story: Story
    staff: Staff

    def play(self, days: Sequence[date], progress: Progress, *, beside: Callable[[Ladder], Beside] | None = None) -> None:
        """Book and run day by day; what happened between two of these days is booked on the second."""
        books, ladder = self._begin(days[0])
        also = beside(ladder) if beside else None
        papers, receipts = deque(self.story.papers), deque(self.story.receipts)
        deeds = deque(self.story.deeds)
        for n, day in enumerate(days, start=1):
            with clock_at(ladder.at(day, EARLY)):
                books.issue(_until(papers, day), on=day)
                for deed in _until(deeds, day):
                    books.bank(_until(receipts, deed.on), on=deed.on)
                    books.do(deed)
                books.bank(_until(receipts, day), on=day)
            with clock_at(ladder.at(day, MORNING)):
                ladder.work(day)
                if also:
                    also.work(day)
            progress(100 * n // len(days), f"{self.firm.name}, {day}")

    def _begin(self, day: date) -> tuple[Books, Ladder]:
        clerk, approver, manager = self.staff.clerk, self.staff.approver, self.staff.manager
        creditor = make_company(self.firm, dict.fromkeys([clerk, approver, manager]))
        ladder = Ladder(creditor, self.story.on, clerk, approver)
        now = ladder.at(day, EARLY)
        with clock_at(now):
            make_ladder(creditor, now=now, author=manager, approver=approver)
            customers = add_buyers(creditor, self.story.buyers, on=day, by=clerk)
            give_limits(self.story.buyers, customers, on=day, by=manager)
        buyers = {buyer.number: buyer for buyer in self.story.buyers}
        return Books(creditor, buyers, customers, clerk, {paper.ref: paper for paper in self.story.papers}), ladder


Event = TypeVar("Event", Paper, Receipt, Deed)


def _until(queue: deque[Event], day: date) -> list[Event]:
    """Take from the front what has happened by then."""
    taken = []
    while queue and queue[0].on <= day:
        taken.append(queue.popleft())
    return taken


def _part(progress: Progress, first: int, last: int) -> Progress:
    """Tell a part's percent as the whole's."""
    return lambda percent, about: progress(first + (last - first) * percent // 100, about)


@contextmanager
def without_savepoints() -> Iterator[None]:
    """The first error ends the demo, where the program would set one customer aside and go on; and thousands of statements fall away."""
    before, connection.features.uses_savepoints = connection.features.uses_savepoints, False
    try:
        yield
    finally:
        connection.features.uses_savepoints = before


@contextmanager
def clock_at(moment: datetime) -> Iterator[None]:
    """Let it be that moment for everybody who asks `receivables.clock`."""
    before, settings.CLOCK = settings.CLOCK, moment
    try:
        yield
    finally:
        settings.CLOCK = before
