"""Sale of debts: the items close as sold, interest and fees go with them, compensation stays with the seller or is given up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from dunning.actions.agreements import check_free
from dunning.actions.claims import post_claimable
from dunning.actions.contracts import AssignmentPaper, Party, assigned_facts
from dunning.actions.holds import locked
from dunning.models import CourtItem, DebtSale, MediatedItem, SoldItem
from dunning.papers import Facts, assignment_notice
from invoices.actions import close_as_sold, reopen_sold, waive_claim
from invoices.actions.checks import short_line
from invoices.models import Claim, Customer, Dispute, Invoice, Item
from invoices.states import ClaimKind
from receivables import clock
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import DomainError, Refused
from receivables.core.money import round_to_unit
from receivables.core.sentences import gettext_noop
from receivables.documents.actions import numbered_pdf
from receivables.documents.models import Document


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys, as the contract names it."""

    name: str
    tax_id: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = "PL"
    account: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the contract says. `keeps_compensation` False: nobody asks for it any more; the buyer cannot have it (art. 10(4))."""

    price: Decimal  # for all, in the currency of the items
    price_due_on: date
    sold_on: date
    keeps_compensation: bool = True
    note: str = ""


@transaction.atomic
def sell_debt(customer: Customer, items: Sequence[Item], buyer: Buyer, terms: Terms, *, today: date, by: User | None = None) -> DebtSale:
    """Note that open items of one currency were sold. They close as sold; what was posted beside them follows the contract.

    Posted interest and fees pass with the debt and are waived here. Compensation that is kept is posted where it was not, and stays open.
    The contract and the notice to the debtor are made with it and kept: see `sale_papers`.
    Raises `RenderError` where a paper cannot be set, and `Refused` for what is disputed, in a mediation, in court, with an agency or
    agreed, and for a price or day that cannot be.
    """
    customer = locked(customer.pk)
    rows = list(Item.objects.filter(pk__in=[item.pk for item in items]).select_related("invoice").order_by("due_on", "label"))
    _check(customer, rows, terms, today=today)
    name = short_line(buyer.name, longest=200, what=gettext_noop("The buyer"))
    if terms.keeps_compensation:
        _post_compensation(customer, rows, on=today, by=by)
    assigned = assigned_facts(customer, rows, _assignment(buyer, terms), on=today)  # before they close
    currency = rows[0].currency
    sale = DebtSale.objects.create(
        creditor=customer.creditor, customer=customer, buyer=name, buyer_tax_id=buyer.tax_id.strip()[:20],
        buyer_street=buyer.street.strip()[:200], buyer_postcode=buyer.postcode.strip()[:20], buyer_city=buyer.city.strip()[:100],
        buyer_country=buyer.country, buyer_account="".join(buyer.account.split())[:34], currency=currency,
        principal=sum((item.open_amount for item in rows), Decimal(0)), price=terms.price, price_due_on=terms.price_due_on,
        sold_on=terms.sold_on, compensation="kept" if terms.keeps_compensation else "waived", note=" ".join(terms.note.split())[:200],
        author=by,
    )  # fmt: skip
    SoldItem.objects.bulk_create([SoldItem(sale=sale, item=item, principal=item.open_amount) for item in rows])
    close_as_sold(customer, rows, on=terms.sold_on)
    _pass_claims(customer, rows, sale, on=today, by=by)
    record(
        customer.creditor, "debt_sold", sale, by=by, customer=customer.pk, items=[item.pk for item in rows], principal=sale.principal,
        price=sale.price, currency=currency, compensation=sale.compensation,
    )  # fmt: skip
    _make_papers(sale, assigned, on=today, by=by)
    return sale


def sale_papers(sale: DebtSale) -> QuerySet[Document]:
    """The contract and the notice to the debtor that were made with the sale; their bytes are not read."""
    made = Document.objects.filter(creditor=sale.creditor_id, kind__in=(CONTRACT, NOTICE), facts__debt_sale=sale.pk)
    return made.defer("content", "facts").order_by("pk")


CONTRACT, NOTICE = "assignment", "assignment_notice"


def _assignment(buyer: Buyer, terms: Terms) -> AssignmentPaper:
    """The sale as the paper of an assignment tells it."""
    named = {name: getattr(buyer, name).strip() for name in ("name", "street", "postcode", "city", "country", "tax_id")}
    party = Party(**named, bank_account="".join(buyer.account.split())[:34])
    return AssignmentPaper(items=(), assignee=party, price=terms.price, price_due_on=terms.price_due_on, passes_on=terms.sold_on)


def _make_papers(sale: DebtSale, assigned: Facts, *, on: date, by: User | None) -> None:
    """Keep the contract, and the notice where the buyer's account is known: without it the debtor cannot be told where to pay."""
    says = {CONTRACT: assigned} | ({NOTICE: assignment_notice(assigned)} if sale.buyer_account else {})
    language = sale.customer.language or sale.creditor.language
    for kind, facts in says.items():
        paper = numbered_pdf(sale.creditor, kind=kind, on=on, language=language, facts={**facts, "debt_sale": sale.pk}, now=clock.now())
        record(sale.creditor, "paper_made", paper, by=by, customer=sale.customer_id, kind=kind, number=paper.number)


@transaction.atomic
def take_back_sale(sale: DebtSale, *, reason: str, today: date, by: User | None = None) -> DebtSale:
    """The sale did not come to be, or was undone: its items are open again. What was waived with it stays waived."""
    customer = locked(sale.customer_id)
    sale = DebtSale.objects.get(pk=sale.pk)
    if sale.taken_back_on is not None:
        raise Refused(gettext_noop("This was taken back already."))
    sale.taken_back_on, sale.taken_back_reason = today, short_line(reason, longest=200, what=gettext_noop("The reason"))
    sale.save(update_fields=["taken_back_on", "taken_back_reason"])
    reopen_sold(customer, list(Item.objects.filter(sales__sale=sale)), on=today)
    record(customer.creditor, "debt_sale_taken_back", sale, by=by, customer=customer.pk, reason=sale.taken_back_reason)
    return sale


def _check(customer: Customer, rows: Sequence[Item], terms: Terms, *, today: date) -> None:
    if not rows:
        raise Refused(gettext_noop("Choose at least one item."))
    if any(item.customer_id != customer.pk for item in rows):
        raise Refused(gettext_noop("Name items of this customer only."))
    if closed := next((item for item in rows if not item.open_amount), None):
        raise Refused(gettext_noop("%(label)s is closed: nothing is open on it."), label=closed.label)
    if len({item.currency for item in rows}) > 1:
        raise Refused(gettext_noop("A sale is in one currency. Choose items of one currency only."))
    if terms.sold_on > today:
        raise Refused(gettext_noop("It cannot lie in the future (%(day)s). Note it when it has happened."), day=terms.sold_on)
    if late := next((item.invoice for item in rows if item.invoice.issued_on > terms.sold_on), None):
        raise Refused(gettext_noop("It cannot have happened before the invoice was issued (%(day)s)."), day=late.issued_on)
    if terms.price < 0 or terms.price != round_to_unit(terms.price, rows[0].currency):
        raise Refused(gettext_noop("The price cannot be below nought and has to fit %(currency)s."), currency=rows[0].currency)
    if contested := Dispute.objects.filter(item__in=rows, resolved_on=None).select_related("item").first():
        raise Refused(gettext_noop("%(label)s is disputed. Decide the dispute before it is sold."), label=contested.item.label)
    if talked := MediatedItem.objects.filter(item__in=rows, mediation__ended_on=None).select_related("item").first():
        raise Refused(gettext_noop("%(label)s is in a mediation already."), label=talked.item.label)
    if claimed := CourtItem.objects.filter(item__in=rows, is_standing=True).select_related("item").first():
        raise Refused(gettext_noop("%(label)s is in a court case. Note how the case ended before it is sold."), label=claimed.item.label)
    check_free(rows)


def _post_compensation(customer: Customer, rows: Sequence[Item], *, on: date, by: User | None) -> None:
    """Book what the seller keeps, as far as anything is owed and its rate is known; the rest can be posted later."""
    for invoice in Invoice.objects.filter(items__in=rows).distinct().order_by("pk"):
        try:
            with transaction.atomic():
                post_claimable(customer, kinds=[ClaimKind.COMPENSATION], on=on, invoice=invoice, by=by)
        except DomainError:
            continue


def _pass_claims(customer: Customer, rows: Sequence[Item], sale: DebtSale, *, on: date, by: User | None) -> None:
    """What was posted beside the sold items and does not stay with the seller is given up here."""
    passes = Q(item__in=rows, kind__in=[ClaimKind.INTEREST, ClaimKind.FEE])
    if sale.compensation == "waived":
        passes |= Q(kind=ClaimKind.COMPENSATION, invoice__items__in=rows)
    found: Any = Claim.objects.filter(pk__in=Claim.objects.filter(passes, customer=customer).values("pk")).still_open()
    for claim in found.order_by("pk"):
        waive_claim(claim, reason=f"sold to {sale.buyer}"[:200], on=on, by=by)
