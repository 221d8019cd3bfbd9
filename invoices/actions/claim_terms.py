"""What a company decides about claims: when it asks for compensation, of whom never, and what interest a contract agrees."""

from datetime import date
from decimal import Decimal

from django.db import transaction

from invoices.actions.checks import not_before, once, short_line
from invoices.actions.postings import tell
from invoices.actions.rows import locked_customer
from invoices.models import ClaimRules, ContractRate, Customer, Invoice, SparedCustomer
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.clock import now
from receivables.core.errors import Refused
from receivables.core.money import round_to_unit
from receivables.core.sentences import gettext_noop

CEILING_KNOWN = frozenset({"PL"})
"""Countries whose ceiling of contract interest is known: art. 481 par. 2(1) KC."""


@transaction.atomic
def set_claim_rules(
    creditor: Creditor,
    *,
    claims_compensation: bool,
    minimum_amount: Decimal = Decimal(0),
    minimum_days: int = 0,
    on: date,
    by: User | None = None,
) -> ClaimRules:
    """From day `on` flat compensation is claimed like this; what was said before stays. The amount is in the company's currency."""
    if minimum_amount < 0 or minimum_amount != round_to_unit(minimum_amount, creditor.currency) or minimum_amount >= Decimal(10) ** 14:
        raise Refused(
            gettext_noop("The smallest invoice must be an amount in %(currency)s, nought or more; %(minimum_amount)s is none."),
            currency=creditor.currency,
            minimum_amount=minimum_amount,
        )
    if not 0 <= minimum_days <= 3650:
        raise Refused(gettext_noop("The days late must be a number from 0 to 3650."))
    row = ClaimRules.objects.create(
        creditor=creditor, since=on, claims_compensation=claims_compensation, minimum_amount=minimum_amount, currency=creditor.currency,
        minimum_days=minimum_days, recorded_at=now(), by=by,
    )  # fmt: skip
    record(
        creditor, "set_claim_rules", row, by=by, since=on, claims_compensation=claims_compensation, minimum_amount=minimum_amount,
        minimum_days=minimum_days,
    )  # fmt: skip
    return row


@transaction.atomic
def spare_customer(customer: Customer, *, reason: str, on: date, by: User | None = None) -> SparedCustomer:
    """Put a customer on the keep-relations list: no flat compensation from that day."""
    customer = locked_customer(customer)
    reason = short_line(reason, longest=200, what=gettext_noop("The reason"))
    with once({"customer_spared_once": f"{customer.name} is on the list already."}):
        row = SparedCustomer.objects.create(creditor=customer.creditor, customer=customer, since=on, reason=reason, by=by)
    record(customer.creditor, "spare_customer", row, by=by, customer=customer.pk, since=on)
    tell(customer.pk, on=on)
    return row


@transaction.atomic
def end_sparing(spared: SparedCustomer, *, on: date, by: User | None = None) -> SparedCustomer:
    """Take a customer off the list: from that day compensation is claimed again."""
    customer = locked_customer(spared.customer_id)
    row = SparedCustomer.objects.get(pk=spared.pk)
    if row.ended_on is not None:
        raise Refused(gettext_noop("%(name)s is off the list already."), name=customer.name)
    not_before(on, row.since, what=gettext_noop("The end"))
    row.ended_on, row.ended_by = on, by
    row.save(update_fields=["ended_on", "ended_by"])
    record(customer.creditor, "end_sparing", row, by=by, customer=customer.pk, on=on)
    tell(customer.pk, on=on)
    return row


@transaction.atomic
def agree_rate(
    customer: Customer,
    *,
    percent: Decimal | None,
    since: date,
    contract: str,
    invoice: Invoice | None = None,
    on: date,
    by: User | None = None,
) -> ContractRate:
    """Delay interest that a contract agrees from day `since`, in per cent a year, for all of a customer or one invoice; None ends it.

    It may be above the law's ceiling: what is claimed never is. Refused where the ceiling of the company's country is not known.
    """
    customer = locked_customer(customer)
    if customer.creditor.country not in CEILING_KNOWN:
        raise Refused(
            gettext_noop("The ceiling of contract interest in %(country)s is not known here. Claim the statutory rate."),
            country=customer.creditor.country,
        )
    if invoice is not None and invoice.customer_id != customer.pk:
        raise Refused(gettext_noop("%(number)s belongs to another customer."), number=invoice.number)
    if percent is not None and not (0 < percent <= 100 and percent == percent.quantize(Decimal("0.0001"))):
        raise Refused(gettext_noop("The rate must be above 0 and at most 100 % a year, with up to four decimals."))
    row = ContractRate.objects.create(
        creditor=customer.creditor, customer=customer, invoice=invoice, percent=percent, since=since,
        contract=short_line(contract, longest=120, what=gettext_noop("The contract")), recorded_at=now(), by=by,
    )  # fmt: skip
    record(customer.creditor, "agree_rate", row, by=by, customer=customer.pk, invoice=invoice and invoice.pk, percent=percent, since=since)
    tell(customer.pk, on=on)
    return row


def refuse_penalty(creditor: Creditor) -> None:
    """A contractual penalty for late payment of money is void in Poland; elsewhere its law is not known. Always raises `Refused`."""
    if creditor.country == "PL":
        raise Refused(
            gettext_noop(
                "A penalty may not be agreed for money that is paid late (art. 483 KC): it would be void. "
                "Agree contract interest instead, in per cent a year; above the maximum delay interest it is cut to it "
                "(art. 481 par. 2(1) KC)."
            )
        )
    raise Refused(
        gettext_noop("Whether a penalty for late payment is lawful in %(country)s is not known here. Agree contract interest instead."),
        country=creditor.country,
    )
