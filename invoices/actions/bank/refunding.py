"""Money that went out and may give a customer's credit back: suggested from what was set aside at the import, booked by a person alone."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from invoices.actions.bank.booking import settle_by_refund, waiting_out
from invoices.actions.bank.told import MONEY_OUT
from invoices.actions.credit_sources import came_on
from invoices.actions.refunds import give_back, spread_over
from invoices.actions.rows import locked_customer
from invoices.balances import credit_sources, open_credit
from invoices.matching import Credit, MoneyOut, RefundProposal, propose_refunds
from invoices.models import BankLine, CreditEntry, Customer, Invoice, Payment
from invoices.states import DocumentKind
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop

LOOKED_BACK = timedelta(days=90)
Source = Payment | Invoice


@dataclass(frozen=True, slots=True)
class RefundSuggestion:
    """A suggestion with its rows: whose credit it gives back, and from which payments and credit notes."""

    proposal: RefundProposal
    customer: Customer
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    """Open credit as the pure part sees it, with its rows."""

    credits: list[Credit]
    customers: Mapping[int, Customer]
    sources: Mapping[tuple[int, str], list[tuple[Source, Decimal]]]


def refund_candidates(creditor: Creditor, *, on: date) -> list[tuple[BankLine, RefundSuggestion]]:
    """Lines of the last 90 days that went out, were set aside by the import, and which something but the amount says to be a refund."""
    known = _known(creditor)
    if not known.credits:
        return []
    most = max(credit.whole for credit in known.credits)
    lines = BankLine.objects.filter(
        creditor=creditor, state=BankLine.State.SET_ASIDE, why=MONEY_OUT, amount__gte=-most, booked_on__gt=on - LOOKED_BACK,
        currency__in={credit.currency for credit in known.credits},
    ).select_related("creditor", "statement")  # fmt: skip
    found = ((line, propose_refunds(_money_of(line), known.credits)) for line in lines.order_by("booked_on", "pk"))
    return [(line, _shown(proposals[0], line, known)) for line, proposals in found if proposals and proposals[0].score >= _TELLING]


_TELLING = 50  # an equal amount alone says nothing among all that a firm pays


def refund_suggestions(line: BankLine) -> list[RefundSuggestion]:
    """What a line of money out may give back, the surest first."""
    if line.amount >= 0:
        return []
    known = _known(line.creditor)
    return [_shown(proposal, line, known) for proposal in propose_refunds(_money_of(line), known.credits)]


@transaction.atomic
def refund_by(line: BankLine, customer: Customer, sources: Sequence[Source], *, by: User) -> list[CreditEntry]:
    """The line gave credit back: all of it, from these payments and credit notes in turn. Raises `Refused` where they are not enough, or
    the line is decided.
    """
    locked_customer(customer)
    row = waiting_out(line)
    if any(source.customer_id != customer.pk or source.currency != row.currency for source in sources):
        raise Refused(gettext_noop("Name payments and credit notes of one customer, in the currency of the line."))
    name = row.references.get("bank") or row.references.get("bank_transaction") or "bank"
    entries = [
        give_back(
            back.source, amount=back.amount, on=max(row.booked_on, came_on(back.source)), reference=f"{name[:100]}/{row.pk}-R{n}",
            reason=row.title[:200], bank_line=row, by=by,
        )
        for n, back in enumerate(spread_over(sources, -row.amount), start=1 + row.refunds.count())
    ]  # fmt: skip
    settle_by_refund(row, customer.number, by=by)
    record(row.creditor, "refund_by_bank_line", row, by=by, customer=customer.pk, entries=[entry.pk for entry in entries])
    return entries


def _known(creditor: Creditor) -> _Known:
    """All open credit of a company. A fixed number of queries."""
    with_some = Q(payments__isnull=False) | Q(invoices__kind=DocumentKind.CREDIT_NOTE)
    ids = Customer.objects.filter(with_some, creditor=creditor).distinct().values_list("pk", flat=True)
    left = {pk for pk, credit in open_credit(ids).items() if any(amount > 0 for amount in credit.values())}
    customers, accounts, sources = Customer.objects.in_bulk(left), _accounts_of(left), _sources_of(left)
    credits_ = [
        Credit(pk, currency, tuple((str(row), part) for row, part in of), customers[pk].name, accounts.get(pk, frozenset()))
        for (pk, currency), of in sources.items()
    ]
    return _Known(credits_, customers, sources)


def _sources_of(customers: Collection[int]) -> dict[tuple[int, str], list[tuple[Source, Decimal]]]:
    found: dict[tuple[int, str], list[tuple[Source, Decimal]]] = defaultdict(list)
    for source, left in credit_sources(customers):
        found[source.customer_id, source.currency].append((source, left))
    return dict(found)


def _accounts_of(customers: Collection[int]) -> dict[int, frozenset[str]]:
    paid = Payment.objects.filter(customer__in=customers, payer_account_hash__isnull=False)
    found: dict[int, set[str]] = defaultdict(set)
    for customer, account in paid.order_by().values_list("customer", "payer_account_hash").distinct():
        found[customer].add(bytes(account or b"").hex())
    return {customer: frozenset(accounts) for customer, accounts in found.items()}


def _money_of(line: BankLine) -> MoneyOut:
    account = bytes(line.payer_account_hash or b"").hex()
    return MoneyOut(-line.amount, line.currency, line.title, line.counterparty, account)


def _shown(proposal: RefundProposal, line: BankLine, known: _Known) -> RefundSuggestion:
    of = known.sources[proposal.customer, line.currency]
    return RefundSuggestion(proposal, known.customers[proposal.customer], tuple(of[n][0] for n in proposal.sources))
