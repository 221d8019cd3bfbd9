"""Discounts, small differences, refunds, other currencies, prepayments: each a question of its own, each a booking of its own."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from invoices import actions as books
from invoices.actions import left_of
from invoices.actions.allowances import DEFAULT_TOLERANCE
from invoices.actions.bank.collective import note_collective_id
from invoices.actions.prepayments import WAITING_FOR
from invoices.matching import BorneAs
from invoices.models import CreditEntry, DifferenceRule, Invoice, Item, Payment, Prepayment
from invoices.states import DocumentKind
from receivables.core.money import Money
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest, of_company
from receivables.dashboard.asking import Ask, asked, done, given
from receivables.dashboard.forms.settling import (
    CollectiveForm,
    DifferenceForm,
    DifferenceRuleForm,
    EarlyPaymentForm,
    ExchangeForm,
    GiveBackForm,
    PrepaymentForm,
    RestForm,
    UndoRefundForm,
)
from receivables.dashboard.queries import settling as queries
from receivables.dashboard.templatetags.look import amount as shown
from receivables.dashboard.views.common import to, today
from receivables.dashboard.words import payment_word

PAYMENTS = Payment.objects.select_related("customer__creditor", "creditor")


def payment_give_back(request: StaffRequest, pk: int) -> HttpResponse:
    """What is left of a payment went back to the customer."""
    row = access.get(request, PAYMENTS, pk)
    return _give_back(request, row, to("payment", row.pk), payment_word(row))


def credit_note_give_back(request: StaffRequest, pk: int) -> HttpResponse:
    """What is left of a credit note was paid out."""
    row = get_object_or_404(of_company(request, Invoice.objects.select_related("customer")), pk=pk, kind=DocumentKind.CREDIT_NOTE)
    return _give_back(request, row, to("invoice", row.pk), row.number)


def _give_back(request: StaffRequest, source: Payment | Invoice, back: str, label: str) -> HttpResponse:
    ask = Ask(
        heading=_("Money given back"),
        submit=_("Book the refund"),
        back=back,
        back_label=label,
        text=_("Credit that went back to the customer. Where the bank's statement tells the transfer, book it from there instead."),
        facts=[
            {"label": _("Customer"), "value": source.customer.name},
            {"label": _("Left"), "amount": left_of(source), "currency": source.currency},
        ],
    )

    def deed(said: dict[str, Any]) -> str:
        row = books.give_back(
            source, amount=said["amount"], on=said["on"], reference=said["reference"] or None, reason=said["reason"], by=request.user
        )
        return _("%(amount)s went back to the customer.") % {"amount": shown(Money(row.amount, row.currency))}

    return asked(request, GiveBackForm(**given(request), initial={"on": today(request)}), ask, deed)


def refund_undo(request: StaffRequest, pk: int) -> HttpResponse:
    """The money did not go, or came back: it is credit again."""
    row = access.get(request, CreditEntry.objects.select_related("payment", "credit_note", "customer"), pk)
    back, label = to("invoice", row.credit_note_id or 0), str(row.credit_note)
    if row.payment:
        back, label = to("payment", row.payment_id), payment_word(row.payment)
    ask = Ask(
        heading=_("Take the refund back?"),
        submit=_("Take back"),
        tone="danger",
        back=back,
        back_label=label,
        text=_("The money is the customer's credit again. A line of the bank that told it can be put back afterwards."),
        facts=[{"label": _("Amount"), "amount": row.amount, "currency": row.currency}],
    )

    def deed(said: dict[str, Any]) -> str:
        books.undo_refund(row, on=said["on"], reason=said["reason"], by=request.user)
        return _("The refund is taken back.")

    return asked(request, UndoRefundForm(**given(request), initial={"on": today(request)}), ask, deed)


def payment_rest(request: StaffRequest, pk: int) -> HttpResponse:
    """Close the open rest of an item that a payment settles in part: as a small difference, or as the discount for paying early."""
    row = access.get(request, PAYMENTS, pk)
    ask = Ask(
        heading=_("Close the open rest"),
        submit=_("Book it"),
        **_back(row),
        text=_("The company bears the rest; it is a booking of its own and falls with the payment. A discount needs a correction invoice."),
        facts=[{"label": _("Customer"), "value": row.customer.name}],
    )

    def deed(said: dict[str, Any]) -> str:
        if said["kind"] == BorneAs.BANK_FEE:
            made = books.bear_difference(row, said["item"], by=request.user)
        else:
            made = books.grant_discount(row, said["item"], late=said["kind"] == BorneAs.DISCOUNT_LATE, by=request.user)
        return _("%(amount)s is borne by the company.") % {"amount": shown(Money(made.amount, made.currency))}

    return asked(request, RestForm(**given(request), items=queries.with_a_rest(row)), ask, deed)


def payment_exchange(request: StaffRequest, pk: int) -> HttpResponse:
    """Let money settle an invoice in another currency, at the rate that somebody has stated."""
    row = access.get(request, PAYMENTS, pk)
    items = Item.objects.open().filter(customer=row.customer).exclude(currency=row.currency).order_by("due_on", "pk")
    ask = Ask(
        heading=_("Settle in another currency"),
        submit=_("Settle"),
        **_back(row),
        text=_("Nothing is converted by itself: state what the money settles. The exchange difference is booked afterwards."),
        facts=[{"label": _("Left"), "amount": left_of(row), "currency": row.currency}],
    )

    def deed(said: dict[str, Any]) -> str:
        entry = books.settle_in_other_currency(row, by=request.user, **said)
        return _("%(amount)s is settled.") % {"amount": shown(Money(entry.amount, entry.currency))}

    return asked(request, ExchangeForm(**given(request), items=items, initial={"on": today(request)}), ask, deed)


def payment_difference(request: StaffRequest, pk: int) -> HttpResponse:
    """Book what exchange rates made of a payment, with the mid rates and their source."""
    row = access.get(request, PAYMENTS, pk)
    entries = queries.without_difference(row)
    ask = Ask(
        heading=_("Book the exchange difference"),
        submit=_("Book it"),
        **_back(row),
        text=_(
            "What was received, less what the invoice stood for in the books, both in %(currency)s. That currency has no rate. "
            "A rate that is left empty is taken from the tables below, where they are known."
        )
        % {"currency": row.creditor.currency},
        facts=[_table_fact(table) for table in queries.tables_of(row, entries)],
    )

    def deed(said: dict[str, Any]) -> str:
        made = books.book_exchange_difference(
            said["entry"], source=said["source"], received=_mid(said, "received"), settled=_mid(said, "settled"), by=request.user
        )
        words = _("A gain of %(amount)s is booked.") if made.is_gain else _("A loss of %(amount)s is booked.")
        return words % {"amount": shown(Money(made.amount, made.currency))}

    return asked(request, DifferenceForm(**given(request), entries=entries), ask, deed)


def _table_fact(table: queries.Table) -> dict[str, Any]:
    """The rate that counts, or the day of the table that a person has to look up."""
    label = _("Table before invoice %(number)s") % {"number": table.item} if table.item else _("Table before the money")
    if table.kept is None:
        return {"label": label, "on": table.on}
    price, of = localize(table.kept.price.normalize()), f"{table.kept.named}, {table.kept.table_on:%d.%m.%Y}"
    return {"label": label, "value": f"1 {table.currency} = {price} ({of})"}


def _mid(said: dict[str, Any], side: str) -> tuple[Any, Any] | None:
    rate = said[f"{side}_rate"]
    return None if rate is None else (rate, said[f"{side}_on"])


def payment_prepaid(request: StaffRequest, pk: int) -> HttpResponse:
    """Say what money that came early waits for."""
    row = access.get(request, PAYMENTS, pk)
    papers = Invoice.objects.filter(customer=row.customer, kind__in=WAITING_FOR).order_by("-issued_on", "-pk")
    ask = Ask(
        heading=_("What does the money wait for?"),
        submit=_("Note it"),
        **_back(row),
        text=_("The invoice that carries the order number, or names the pro-forma, is settled by this money as soon as it comes."),
        facts=[{"label": _("Left"), "amount": left_of(row), "currency": row.currency}],
    )

    def deed(said: dict[str, Any]) -> str:
        books.note_prepayment(row, paper=said["paper"], order_number=said["order_number"], on=today(request), by=request.user)
        return _("The money waits for its invoice.")

    return asked(request, PrepaymentForm(**given(request), papers=papers), ask, deed)


def prepayment_end(request: StaffRequest, pk: int) -> HttpResponse:
    """The money waits for nothing any more."""
    row = access.get(request, Prepayment.objects.all(), pk)

    def deed() -> str:
        books.call_prepayment_off(row, on=today(request), by=request.user)
        return _("The money is open credit like any other.")

    return done(request, to("payment", row.payment_id), deed)


def invoice_discount(request: StaffRequest, pk: int) -> HttpResponse:
    """Note a discount that the invoice grants to who pays early."""
    row = access.get(request, Invoice.objects.select_related("creditor", "customer"), pk)
    offered = books.offers_of(row)
    ask = Ask(
        heading=_("Discount for paying early"),
        submit=_("Note it"),
        back=to("invoice", row.pk),
        back_label=row.number,
        text=_("It does not change the invoice. Money that comes in time and is less by exactly the discount closes it."),
        facts=[
            {
                "label": _("%(percent)s %% within %(days)s days") % {"percent": f"{offer.percent.normalize():f}", "days": offer.days},
                "amount": offer.amount,
                "currency": row.currency,
                "note": _("by %(day)s") % {"day": f"{offer.until:%d.%m.%Y}"},
            }
            for offer in offered
        ],
    )

    def deed(said: dict[str, Any]) -> str:
        books.note_early_payment(row, by=request.user, **said)
        return _("The discount is noted.")

    return asked(request, EarlyPaymentForm(**given(request)), ask, deed)


def difference_rules(request: StaffRequest) -> HttpResponse:
    """How small a difference the company bears, by currency; what was set before."""
    rules = DifferenceRule.objects.in_force(request.creditor, on=today(request))
    ask = Ask(
        heading=_("Small differences"), submit=_("Set from today"), back=to("difference_rules"), back_label=_("Small differences"),
        template="dashboard/difference_rules.html",
    )  # fmt: skip

    def deed(said: dict[str, Any]) -> str:
        books.set_difference_rule(request.creditor, on=today(request), by=request.user, **said)
        return _("Set from today on; what was said before stays.")

    history = of_company(request, DifferenceRule.objects.select_related("by")).order_by("-since", "-pk")
    defaults = {code: most for code, most in DEFAULT_TOLERANCE.items() if code not in rules}
    form = DifferenceRuleForm(**given(request), currency=request.creditor.currency)
    return asked(request, form, ask, deed, history=history, defaults=defaults.items())


def collective_id(request: StaffRequest) -> HttpResponse:
    """Note the invoices that a collective identifier of KSeF stands for."""
    ask = Ask(
        heading=_("Collective payment identifier"),
        submit=_("Note it"),
        back=to("bank"),
        back_label=_("Bank"),
        text=_("One transfer for many invoices: the title names the identifier, and KSeF tells its seller which invoices it stands for."),
    )

    def deed(said: dict[str, Any]) -> str:
        count = note_collective_id(request.creditor, said["number"], said["invoices"], by=request.user)
        return ngettext("%(n)d invoice is noted.", "%(n)d invoices are noted.", count) % {"n": count}

    return asked(request, CollectiveForm(**given(request)), ask, deed)


def _back(row: Payment) -> dict[str, str]:
    return {"back": to("payment", row.pk), "back_label": payment_word(row)}
