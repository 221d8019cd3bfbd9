"""Rows → a firm's past as dated events, for simulations: a fixed number of queries, whatever the number of customers."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from itertools import groupby

from dunning.decide import ItemFacts, Rules
from dunning.models import AgreedItem, Hold, PromisedItem, Rate
from dunning.policy import Channel
from dunning.recipients import recipients_of, stops_of
from dunning.simulation import events as happened
from dunning.simulation.replay import NONE, Happened, Past
from invoices.balances import SIGNED
from invoices.models import SETTLED_BY_PAYING, AllocationEntry, CreditEntry, Customer, Dispute, Invoice, Item, Payment
from invoices.states import DocumentKind, InvoiceState
from receivables.accounts.models import Creditor
from receivables.core.calendar import next_working_day

ZERO = Decimal(0)
NO_CONTACT = frozenset({Channel.AGENCY})
Changes = dict[tuple[date, int, str, bool], Decimal]  # day, customer, currency, is it money → by how much open credit grew


def past_of(creditor: Creditor, rules: Rules, *, until: date, anybody: bool = True) -> Past:
    """All that was booked through a day, in order: invoices on the day of issue, money on the day on which the bank had it.

    Contacts have no history: those of today are taken. With `anybody`, a customer without any is taken to be reachable by
    every channel, for a ledger that came without contacts would show nothing.
    """
    entries = list(AllocationEntry.objects.filter(item__creditor=creditor, on__lte=until).select_related("item__invoice"))
    entries.sort(key=lambda entry: (entry.on, entry.pk))
    # in the order in which things of one day happen: what is entered can be settled, what is settled changes credit
    found = [
        *_entered(creditor, rules, until=until),
        *_promised(creditor, until=until),
        *_settled(entries),
        *_credit(creditor, entries, until=until),
        *_agreed(creditor, rules, until=until),
        *_disputed(creditor, until=until),
        *_held(creditor, until=until),
    ]
    return Past(_reach(creditor, anybody=anybody), sorted(found, key=lambda one: one.on))


def _reach(creditor: Creditor, *, anybody: bool) -> dict[int, frozenset[Channel]]:
    customers = Customer.objects.filter(creditor=creditor).select_related("letters_to", "payer", "creditor").order_by("pk")
    ways = {pk: frozenset(known) for pk, known in recipients_of(customers, stops_of(customers)).items()}
    return {pk: frozenset(Channel) if anybody and known <= NO_CONTACT else known for pk, known in ways.items()}


def _entered(creditor: Creditor, rules: Rules, *, until: date) -> Iterator[Happened]:
    rows = Item.objects.filter(creditor=creditor, invoice__issued_on__lte=until).order_by("invoice__issued_on", "pk")
    fields = ("pk", "label", "invoice", "due_on", "currency", "amount", "customer", "invoice__issued_on")
    for pk, label, invoice, due_on, currency, amount, customer, issued_on in rows.values_list(*fields):
        due_on = next_working_day(rules.calendar, due_on)
        facts = ItemFacts(pk, label, invoice, due_on, currency, amount, ZERO, 1, NONE)
        yield Happened(issued_on, customer, happened.Enter(facts))


def _settled(entries: Iterable[AllocationEntry]) -> Iterator[Happened]:
    """What settled an item before it was issued does so on its first day."""
    for entry in entries:
        is_money = entry.source in SETTLED_BY_PAYING
        event = happened.Settle(entry.item_id, _signed(entry), is_money, entry.reverses_id or entry.pk)
        yield Happened(max(entry.on, entry.item.invoice.issued_on), entry.item.customer_id, event)


def _signed(entry: AllocationEntry) -> Decimal:
    return -entry.amount if entry.is_reversal else entry.amount


def _credit(creditor: Creditor, entries: Iterable[AllocationEntry], *, until: date) -> Iterator[Happened]:
    """Money and credit notes that came less what was allocated of them, given back or exchanged, day by day."""
    changes: Changes = defaultdict(Decimal)
    paid = Payment.objects.filter(creditor=creditor, booked_on__lte=until)
    for on, customer, currency, amount, reverses in paid.values_list("booked_on", "customer", "currency", "amount", "reverses"):
        changes[on, customer, currency, True] += -amount if reverses else amount
    taken_back: dict[int, date] = {}
    for entry in entries:
        if entry.payment_id or entry.credit_note_id:
            changes[entry.on, entry.item.customer_id, entry.currency, entry.payment_id is not None] -= _signed(entry)
        if entry.credit_note_id and entry.is_reversal:
            taken_back[entry.credit_note_id] = entry.on
    gone = CreditEntry.objects.filter(creditor=creditor, on__lte=until)
    for on, customer, currency, payment, used in gone.annotate(used=SIGNED).values_list("on", "customer", "currency", "payment", "used"):
        changes[on, customer, currency, payment is not None] -= used
    _add_notes(changes, creditor, taken_back, until=until)
    for (on, customer, currency, is_money), amount in changes.items():
        if amount:
            yield Happened(on, customer, happened.ChangeCredit(currency, amount, is_money))


def _add_notes(changes: Changes, creditor: Creditor, taken_back: dict[int, date], *, until: date) -> None:
    """A credit note that was taken back counted until its entries were; one that never had any is taken never to have counted."""
    notes = Invoice.objects.filter(creditor=creditor, kind=DocumentKind.CREDIT_NOTE, issued_on__lte=until).exclude(state=InvoiceState.DRAFT)
    for pk, on, customer, currency, gross, state in notes.values_list("pk", "issued_on", "customer", "currency", "gross", "state"):
        if state == InvoiceState.ISSUED or pk in taken_back:
            changes[on, customer, currency, False] += gross
        if state == InvoiceState.CANCELLED and pk in taken_back:
            changes[taken_back[pk], customer, currency, False] -= gross


def _disputed(creditor: Creditor, *, until: date) -> Iterator[Happened]:
    rows = Dispute.objects.filter(item__creditor=creditor, opened_on__lte=until).order_by("opened_on", "pk")
    fields = ("item", "item__customer", "amount", "opened_on", "resolved_on", "item__invoice__issued_on")
    for item, customer, amount, opened_on, resolved_on, issued_on in rows.values_list(*fields):
        yield Happened(max(opened_on, issued_on), customer, happened.Dispute(item, amount))
        if resolved_on is not None and resolved_on <= until:
            yield Happened(max(resolved_on, issued_on), customer, happened.Dispute(item, ZERO))


def _held(creditor: Creditor, *, until: date) -> Iterator[Happened]:
    rows = Hold.objects.filter(creditor=creditor, since__lte=until).order_by("since", "pk")
    for customer, item, since, last, released_on in rows.values_list("customer", "item", "since", "until", "released_on"):
        yield Happened(since, customer, happened.Hold(item, last))
        if released_on is not None and released_on <= until:
            yield Happened(released_on, customer, happened.LetGo(item))


def _promised(creditor: Creditor, *, until: date) -> Iterator[Happened]:
    """Promises over what was issued by then. They end by themselves: kept, over, or replaced by the next one."""
    lines = PromisedItem.objects.filter(promise__creditor=creditor, promise__made_on__lte=until).select_related("promise", "item__invoice")
    for _, together in groupby(lines.order_by("promise", "pk"), key=lambda line: line.promise_id):
        rows = list(together)
        promise = rows[0].promise
        cases = tuple(line.item_id for line in rows if line.item.invoice.issued_on <= promise.made_on)
        if cases:
            event = happened.Promise(cases, promise.by, promise.amount, promise.after_entry)
            yield Happened(promise.made_on, promise.customer_id, event)


def _agreed(creditor: Creditor, rules: Rules, *, until: date) -> Iterator[Happened]:
    """Agreements over what was issued by then, and the ends of those that ended."""
    rates: dict[int, list[ItemFacts]] = defaultdict(list)
    for rate in Rate.objects.filter(agreement__creditor=creditor, agreement__made_on__lte=until).order_by("agreement", "position"):
        due_on = next_working_day(rules.calendar, rate.due_on)
        facts = ItemFacts(-rate.pk, rate.label, -rate.agreement_id, due_on, rate.currency, rate.amount, ZERO, 1, NONE, is_rate=True)
        rates[rate.agreement_id].append(facts)
    lines = AgreedItem.objects.filter(agreement__in=rates).select_related("agreement", "item__invoice").order_by("agreement", "position")
    for pk, together in groupby(lines, key=lambda line: line.agreement_id):
        rows = list(together)
        agreement, cases = rows[0].agreement, tuple(line.item_id for line in rows)
        if any(line.item.invoice.issued_on > agreement.made_on for line in rows):
            continue
        yield Happened(agreement.made_on, agreement.customer_id, happened.Plan(cases, tuple(rates[pk])))
        if agreement.ended_on and agreement.ended_on <= until:
            yield Happened(agreement.ended_on, agreement.customer_id, happened.EndPlan(cases))
