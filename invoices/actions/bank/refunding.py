"""Money that went out and may give a customer's credit back: suggested from what was set aside at the import, booked by a person alone."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction

from invoices.actions.bank.booking import settle_by_refund, waiting_out
from invoices.actions.bank.refunded import meant_by, with_exactly
from invoices.actions.bank.told import MONEY_OUT
from invoices.actions.credit_sources import came_on
from invoices.actions.refunds import give_back, spread_over
from invoices.actions.rows import locked_customer
from invoices.balances import credit_sources, open_credit
from invoices.matching import Credit, MoneyOut, RefundProposal, propose_refunds
from invoices.models import BankLine, CreditEntry, Customer, Invoice, Payment
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
    """Open credit of some customers as the pure part sees it, with its rows."""

    credits: list[Credit]
    customers: Mapping[int, Customer]
    sources: Mapping[tuple[int, str], list[tuple[Source, Decimal]]]

    @classmethod
    def of(cls, concerned: Collection[int]) -> "_Known":
        """A fixed number of queries; of nobody, none."""
        credit = open_credit(concerned) if concerned else {}
        left = {pk for pk, amounts in credit.items() if any(amount > 0 for amount in amounts.values())}
        if not left:
            return cls([], {}, {})
        customers, accounts, sources = Customer.objects.in_bulk(left), _accounts_of(left), _sources_of(left)
        credits_ = [
            Credit(pk, currency, tuple((str(row), part) for row, part in of), customers[pk].name, accounts.get(pk, frozenset()))
            for (pk, currency), of in sources.items()
        ]
        return cls(credits_, customers, sources)

    def propose(self, money: MoneyOut) -> list[RefundProposal]:
        """Whose credit it gives back, the surest first."""
        return propose_refunds(money, self.credits)

    def shown(self, proposal: RefundProposal, line: BankLine) -> RefundSuggestion:
        """With its rows."""
        of = self.sources[proposal.customer, line.currency]
        return RefundSuggestion(proposal, self.customers[proposal.customer], tuple(of[n][0] for n in proposal.sources))


def refund_candidates(creditor: Creditor, *, on: date) -> list[int]:
    """Ids of lines of the last 90 days that went out, were set aside by the import, and which something but the amount says to be a refund.
    A fixed number of queries; what is read follows these lines, not the ledger.
    """
    lines = BankLine.objects.filter(
        creditor=creditor, state=BankLine.State.SET_ASIDE, why=MONEY_OUT, amount__lt=0, booked_on__gt=on - LOOKED_BACK
    )
    moneys = {pk: _money(*said) for pk, *said in lines.values_list("pk", *_TOLD)}
    known = _Known.of(meant_by(creditor, moneys.values()) if moneys else set())
    return [pk for pk, money in moneys.items() if any(each.score >= _TELLING for each in known.propose(money)[:1])]


def refund_candidates_shown(lines: Sequence[BankLine]) -> list[tuple[BankLine, RefundSuggestion]]:
    """Of candidates of one company, each line with the surest suggestion."""
    moneys = {line.pk: money_out(line) for line in lines}
    known = _Known.of(meant_by(lines[0].creditor, moneys.values()) if lines else set())
    found = ((line, known.propose(moneys[line.pk])) for line in lines)
    return [(line, known.shown(proposals[0], line)) for line, proposals in found if proposals]


_TELLING = 50  # an equal amount alone says nothing among all that a firm pays
_TOLD = ("amount", "currency", "title", "counterparty", "payer_account_hash")


def refund_suggestions(line: BankLine) -> list[RefundSuggestion]:
    """What a line of money out may give back, the surest first."""
    if line.amount >= 0:
        return []
    money = money_out(line)
    known = _Known.of(meant_by(line.creditor, [money]) | with_exactly(line.creditor, money))
    return [known.shown(proposal, line) for proposal in known.propose(money)]


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


def money_out(line: BankLine) -> MoneyOut:
    """A line as the pure part sees it."""
    return _money(*(getattr(line, name) for name in _TOLD))


def _money(amount: Decimal, currency: str, title: str, counterparty: str, account: bytes | None) -> MoneyOut:
    return MoneyOut(-amount, currency, title, counterparty, bytes(account or b"").hex())
