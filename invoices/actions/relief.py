"""VAT relief on bad debts is a person's deed: net and VAT stated, relief taken in a month, given back when money came, taken back."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from invoices.actions.checks import short_line
from invoices.actions.rows import locked_customer, refreshed
from invoices.balances import SIGNED
from invoices.models import AllocationEntry, Customer, Invoice, Item, Relief, ReliefLine, VatLine, VatStatement
from invoices.states import DocumentKind
from invoices.vat import CURRENCY, Taxed, checked, month_of, next_part, part_of, reversals_due
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.clock import now
from receivables.core.errors import Refused
from receivables.core.money import round_to_unit
from receivables.core.sentences import gettext_noop
from receivables.countries.taxes import TaxRelief

ZERO = Decimal(0)
NO_RELIEF = AllocationEntry.Source.WRITE_OFF  # what is written off was not paid: the relief stays


@transaction.atomic
def state_vat(invoice: Invoice, lines: Iterable[Taxed], *, by: User | None = None) -> VatStatement:
    """Keep net and VAT of an invoice by rate, in zloty. Relief that was taken before keeps its figures."""
    customer = locked_customer(invoice.customer_id)
    invoice = refreshed(invoice)
    if not DocumentKind(invoice.kind).is_claim or invoice.kind == DocumentKind.CREDIT_NOTE:
        raise Refused(gettext_noop("%(number)s is no claim: there is no relief on it."), number=invoice.number)
    found = checked(lines, gross=round_to_unit(invoice.gross, invoice.currency), currency=invoice.currency)
    statement = VatStatement.objects.create(creditor=customer.creditor, invoice=invoice, recorded_at=now(), by=by)
    VatLine.objects.bulk_create(
        [VatLine(statement=statement, rate_percent=line.rate, net=line.net, vat=line.vat, currency=CURRENCY) for line in found]
    )
    record(customer.creditor, "vat_stated", invoice, by=by, customer=customer.pk, statement=statement.pk)
    return statement


def stated_vat(invoices: Iterable[int]) -> dict[int, tuple[Taxed, ...]]:
    """By invoice what was stated last; those of which nothing is known are left out. Two queries."""
    rows = VatStatement.objects.filter(invoice__in=list(invoices)).order_by("invoice", "-pk").distinct("invoice")
    newest = dict(rows.values_list("pk", "invoice"))
    found: dict[int, tuple[Taxed, ...]] = {}
    for statement, rate, net, vat in _lines_of(newest):
        found[newest[statement]] = (*found.get(newest[statement], ()), Taxed(rate, net, vat))
    return found


@transaction.atomic
def take_relief(item: Item, *, days: TaxRelief, period: date, today: date, proof: str = "", by: User | None = None) -> Relief:
    """Note that relief was taken, in the return of a month, for all that is open on an item.

    Raises `Refused` before day 90, for a month before it or after the window, where nothing is open or relief stands already, where net
    and VAT are not known, and without the proof that some debtors need.
    """
    customer = locked_customer(item.customer_id)
    item = _fresh(item)
    _check_days(item, days, period, today=today)
    if days.needs_proof and not proof.strip():
        raise Refused(
            gettext_noop("Of a consumer or one who pays no VAT a proof is needed: a title, an entry in a register, or bankruptcy.")
        )
    if Relief.objects.standing().filter(item=item, kind=Relief.Kind.TAKEN).exists():
        raise Refused(gettext_noop("Relief on %(item)s is taken already. Take that back first if it is wrong."), item=item.label)
    known = stated_vat([item.invoice_id]).get(item.invoice_id)
    if known is None:
        raise Refused(gettext_noop("Net and VAT of %(number)s are not known. State them first."), number=item.invoice.number)
    lines = part_of(known, item.open_amount, item.invoice.gross)
    if not lines:
        raise Refused(gettext_noop("%(number)s bears no VAT: there is nothing to relieve."), number=item.invoice.number)
    row = Relief(item=item, kind=Relief.Kind.TAKEN, period=period, part=item.open_amount, currency=item.currency, proof=proof.strip()[:200])
    return _kept(row, customer, lines, "relief_taken", by=by)


@transaction.atomic
def give_back_relief(relief: Relief, *, period: date, by: User | None = None) -> Relief:
    """Note that relief was given back in a month's return, as far as money or credit of that month settled it."""
    customer = locked_customer(relief.customer_id)
    _check_stands(relief)
    if relief.kind != Relief.Kind.TAKEN:
        raise Refused(gettext_noop("Only relief that was taken is given back."))
    settled, done = settled_since(relief), given_back(relief)
    part = reversals_due(relief.part, since=relief.period, settled=settled, done=done).get(period)
    if not part:
        raise Refused(gettext_noop("Nothing was paid in %(month)s that has not been given back."), month=f"{period:%Y-%m}")
    before = sum(done.values(), ZERO)
    taken = [Taxed(line.rate_percent, line.net, line.vat) for line in relief.lines.order_by("-rate_percent")]
    lines = next_part(taken, before=before, after=before + part, whole=relief.part)
    paid_on = max(on for on, amount in settled if amount > 0 and month_of(on, since=relief.period) == period)
    row = Relief(
        item_id=relief.item_id, kind=Relief.Kind.GIVEN_BACK, period=period, part=part, currency=relief.currency, paid_on=paid_on, of=relief
    )
    return _kept(row, customer, lines, "relief_given_back", by=by)


@transaction.atomic
def take_back_relief(relief: Relief, *, reason: str, by: User | None = None) -> Relief:
    """Say that it was noted by mistake: a contra-row, and it counts no more."""
    customer = locked_customer(relief.customer_id)
    _check_stands(relief)
    if relief.reverses_id is not None:
        raise Refused(gettext_noop("This row takes back another one."))
    if Relief.objects.standing().filter(of=relief).exists():
        raise Refused(gettext_noop("Some of it was given back. Take that back first."))
    row = Relief(
        item_id=relief.item_id, kind=relief.kind, period=relief.period, part=relief.part, currency=relief.currency, paid_on=relief.paid_on,
        of_id=relief.of_id, reverses=relief, reason=short_line(reason, longest=200, what="The reason"),
    )  # fmt: skip
    return _kept(row, customer, (), "relief_taken_back", by=by)


def due_back(relief: Relief) -> dict[date, Decimal]:
    """By month the parts of taken relief that were settled since and have to be given back. Two queries."""
    return reversals_due(relief.part, since=relief.period, settled=settled_since(relief), done=given_back(relief))


def settled_since(relief: Relief) -> list[tuple[date, Decimal]]:
    """By day what settled the item after the relief was noted, without what was written off. One query."""
    rows = AllocationEntry.objects.filter(item=relief.item_id, recorded_at__gt=relief.recorded_at).exclude(source=NO_RELIEF)
    return list(rows.order_by("on").values_list("on").annotate(settled=Sum(SIGNED)))


def given_back(relief: Relief) -> dict[date, Decimal]:
    """By month the part that was given back by now. One query."""
    rows = Relief.objects.standing().filter(of=relief).order_by("period").values_list("period")
    return dict(rows.annotate(total=Sum("part")))


def _check_days(item: Item, days: TaxRelief, period: date, *, today: date) -> None:
    if today < days.day_90:
        raise Refused(gettext_noop("Day 90 after the due date is %(day)s. Before it there is no relief."), day=days.day_90)
    if not days.month <= period <= days.window_until:
        raise Refused(
            gettext_noop("The month must be from %(month)s, in which day 90 passes, through %(until)s."),
            month=f"{days.month:%Y-%m}",
            until=f"{days.window_until:%Y-%m}",
        )
    if not item.open_amount:
        raise Refused(gettext_noop("Nothing is open on %(item)s any more: there is no relief."), item=item.label)


def _check_stands(relief: Relief) -> None:
    if Relief.objects.filter(reverses=relief).exists():
        raise Refused(gettext_noop("This was taken back already."))


def _fresh(item: Item) -> Item:
    return Item.objects.select_related("invoice").get(pk=item.pk)


def _kept(row: Relief, customer: Customer, lines: Iterable[Taxed], verb: str, *, by: User | None) -> Relief:
    row.creditor_id, row.customer, row.recorded_at, row.by = customer.creditor_id, customer, now(), by
    row.save(force_insert=True)
    ReliefLine.objects.bulk_create(
        [ReliefLine(relief=row, rate_percent=line.rate, net=line.net, vat=line.vat, currency=CURRENCY) for line in lines]
    )
    record(
        customer.creditor,
        verb,
        row,
        by=by,
        customer=customer.pk,
        item=row.item_id,
        period=row.period,
        amount=row.part,
        currency=row.currency,
    )
    return row


def _lines_of(statements: Iterable[int]) -> Iterable[tuple[int, Decimal, Decimal, Decimal]]:
    rows = VatLine.objects.filter(statement__in=list(statements)).order_by("statement", "-rate_percent")
    return rows.values_list("statement", "rate_percent", "net", "vat")
