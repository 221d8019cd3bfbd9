"""Further channels of a step: they go along when its main message was taken, or its call reached somebody. They complete nothing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef

from dunning.actions.messages import firm_facts, greeted, key_of_steps, message_facts, new_message, stated_by, template_for
from dunning.customer_rows import customer_rows
from dunning.enclosing import Papers, enclosed, papers_of
from dunning.facts import Loaded, facts_for, policy_of
from dunning.grouping import room_left, told
from dunning.models import Notice, StepTaken
from dunning.policy import Channel, Step
from dunning.recipients import recipients_of, stops_of
from dunning.states import NoticeState
from receivables.accounts.models import Creditor
from receivables.core.money import round_to_unit
from receivables.messaging.outbox import NewMessage, plan

SAID_AGAIN = (
    *("run_id", "creditor_id", "customer_id", "version_id", "step", "position", "currency", "invoice_id", "agreement_id", "is_overdue"),
    *("approval", "on", "principal", "credit", "interest", "compensation", "fees", "deadline_on"),
)

Wanted = dict[Notice, list[Channel]]
Said = set[tuple[int, Channel]]


def send_along(notices: Iterable[Notice], *, now: datetime) -> None:
    """Plan the parallel messages of these notices: where a contact exists, the cap has room, and not twice.

    A fixed number of queries: few where no step has such channels, or nobody can be reached by one.
    """
    for (creditor, on), together in _by_day(notices).items():
        if wanted := _reachable(creditor, together):
            _send(creditor, wanted, on=on, now=now)


def _by_day(notices: Iterable[Notice]) -> dict[tuple[Creditor, date], Wanted]:
    """The further channels of each notice's step, of each company and day."""
    found: dict[tuple[Creditor, date], Wanted] = defaultdict(dict)
    for notice in notices:
        step = _step(notice)
        if ways := [way for way in step.also if way != notice.channel] if step else []:
            found[notice.creditor, notice.on][notice] = ways
    return found


def _step(notice: Notice) -> Step | None:
    return next((step for step in policy_of(notice.version).steps if step.key == notice.step), None)


def _reachable(creditor: Creditor, wanted: Wanted) -> Wanted:
    """Those channels that reach somebody: nothing else of the customers is read for that."""
    rows = customer_rows(creditor, {notice.customer_id for notice in wanted}).values()
    reach = recipients_of(rows, stops_of(rows))
    found = {notice: [way for way in ways if way in reach[notice.customer_id]] for notice, ways in wanted.items()}
    return {notice: ways for notice, ways in found.items() if ways}


def _send(creditor: Creditor, wanted: Wanted, *, on: date, now: datetime) -> None:
    loaded = facts_for(creditor, {notice.customer_id for notice in wanted}, on=on)
    taken, said = _taken(wanted), _said_before(wanted)
    papers = _papers(wanted, taken, loaded)
    new: list[tuple[Notice, NewMessage]] = []
    for notice, ways in wanted.items():
        for way in _with_room(notice, ways, said, loaded, on=on):
            new.append(_along(way, notice, taken[notice.pk], loaded, papers, now=now))
    ids = plan([message for _, message in new])
    for along, message in new:
        along.message_id = ids[message.key]
    Notice.objects.bulk_create([along for along, _ in new])


def _with_room(notice: Notice, ways: Sequence[Channel], said: Said, loaded: Loaded, *, on: date) -> list[Channel]:
    """Those that the cap leaves room for and that were not used before; each counts for the next, also of whoever shares the address."""
    pk, rules = notice.customer_id, loaded.rules
    known, going = loaded.persons.known_to(loaded.customers[pk]), list[Channel]()
    for way in ways:
        room = room_left(known, rules, way, on=on)
        if room is None or room > 0:
            known = told(known, (way,), on=on)
            going += [way] if (notice.pk, way) not in said else []
    for way in going:
        if way in known.addresses:
            loaded.persons.heard(way, known.addresses[way], on)
    loaded.customers[pk] = told(loaded.customers[pk], going, on=on)
    return going


def _papers(wanted: Wanted, taken: Mapping[int, Sequence[StepTaken]], loaded: Loaded) -> Papers:
    """Invoices that a mail going along with something else is the first to remind of."""
    mailing = [notice.pk for notice, ways in wanted.items() if Channel.EMAIL in ways]
    lines = [line for pk in mailing for line in taken[pk]]
    return papers_of({line.case_id: line.case.item.invoice_id for line in lines if line.case.item}) if loaded.most_enclosed else {}


def _along(
    way: Channel, notice: Notice, taken: Sequence[StepTaken], loaded: Loaded, papers: Papers, *, now: datetime
) -> tuple[Notice, NewMessage]:
    """The notice that goes along, and its message."""
    said = {name: getattr(notice, name) for name in SAID_AGAIN}
    along = Notice(**said, main=notice, channel=way, state=NoticeState.RELEASED)
    customer, step = loaded.rows[notice.customer_id], _step(notice)
    document = step.document if step else None
    items, claims = _told(notice, loaded)
    firm = firm_facts(customer.creditor)
    facts = message_facts(stated_by(along), customer, items, claims, firm=firm, on=along.on, document=document, base_url=settings.BASE_URL)
    if papers and way is Channel.EMAIL:
        facts |= enclosed((line.case.item.invoice_id for line in taken if line.case.item), papers, most=loaded.most_enclosed)
    template = template_for(document, is_overdue=notice.is_overdue)
    key = key_of_steps(taken, way, parallel=True)
    reader = loaded.recipients[notice.customer_id][way]
    return along, new_message(way, reader, key=key, template=template, facts=greeted(facts, reader), customer=customer, now=now)


def _taken(notices: Iterable[Notice]) -> dict[int, list[StepTaken]]:
    found: dict[int, list[StepTaken]] = defaultdict(list)
    for line in StepTaken.objects.filter(notice__in=[notice.pk for notice in notices]).select_related("case__item").order_by("pk"):
        found[line.notice_id].append(line)
    return found


def _told(notice: Notice, loaded: Loaded) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Items and claims as the main message tells them; after a call, as it was planned."""
    if notice.message is not None:
        return notice.message.facts["items"], notice.message.facts.get("claims", [])
    disputed = {item.case: item.disputed for item in loaded.customers[notice.customer_id].items}
    lines = notice.taken.select_related("case__item__invoice", "case__rate__agreement").order_by("case__item__due_on", "pk")
    items = []
    for line in lines:
        debt = line.case.debt
        items.append(
            {
                "case": line.case_id,
                "label": debt.label,
                "issued_on": line.case.began_on.isoformat(),
                "due_on": debt.due_on.isoformat(),
                "days_late": max((notice.on - debt.due_on).days, 0),
                "amount": _text(debt.amount, debt.currency),
                "open": _text(line.principal, debt.currency),
                "disputed": _text(disputed.get(line.case_id, Decimal(0)), debt.currency),
            }
        )
    labels = {item["case"]: item["label"] for item in items}
    claims = [
        {
            "kind": claim.kind,
            "label": labels[claim.taken.case_id],
            "step": claim.taken.step,
            "amount": _text(claim.amount, claim.currency),
            "is_new": True,
            **claim.detail,
        }
        for claim in notice.claims.select_related("taken").order_by("pk")
    ]
    return items, claims


def _text(amount: Decimal, currency: str) -> str:
    return str(round_to_unit(amount, currency))


def _said_before(wanted: Wanted) -> Said:
    """Notice and channel where every item heard of this step by that channel before: with this message, or one that had to be repeated.

    One query for each channel.
    """
    said = Said()
    for way in {way for ways in wanted.values() for way in ways}:
        asked = {notice.pk for notice, ways in wanted.items() if way in ways}
        before = Notice.objects.filter(main__taken__case=OuterRef("case"), main__taken__step=OuterRef("step"), channel=way)
        before = before.filter(main__taken__episode=OuterRef("episode"))
        fresh = set(StepTaken.objects.filter(notice__in=asked).exclude(Exists(before)).values_list("notice", flat=True))
        said |= {(pk, way) for pk in asked - fresh}
    return said
