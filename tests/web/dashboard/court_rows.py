"""A debt in court, one before a mediator, one that was sold, one that is insured and one that was written off, for the staff screens."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from dunning import actions as process
from dunning.actions import Buyer, Reached, Terms
from dunning.court import Path, Stage
from dunning.models import CourtCase, DebtSale, Mediation
from invoices import actions as books
from invoices.models import Item, WriteOff
from receivables.accounts.models import Creditor, User
from receivables.credit import actions as credit
from receivables.credit.models import InsuranceNotice
from receivables.credit.states import LimitKind
from receivables.documents.models import Document
from tests.builders import make_customer, make_invoice

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CourtRows:
    """One of each."""

    case: CourtCase  # in EPU, discontinued: a suit is to be filed
    talks: Mediation
    sale: DebtSale
    notice: InsuranceNotice
    insured: Item  # of which nobody was notified
    written_off: WriteOff

    def ids(self) -> dict[str, int]:
        """The id that each address takes."""
        of_case = ("court_case", "court_stage", "court_take_back", "court_claim_export", "court_xml", "court_sheet")
        of_customer = ("customer_court", "court_prepare", "mediation_begin", "debt_sell")
        return {
            **dict.fromkeys(of_case, self.case.pk),
            **dict.fromkeys(of_customer, self.case.customer_id),
            "court_document": self.case.stages.standing().exclude(document=None).get().pk,
            **dict.fromkeys(("mediation_settle", "mediation_fail"), self.talks.pk),
            **dict.fromkeys(("debt_sale", "debt_sale_take_back"), self.sale.pk),
            "insurance_notify": self.insured.pk,
            "insurance_take_back": self.notice.pk,
            "write_off_take_back": self.written_off.pk,
        }


def court_rows(creditor: Creditor, author: User, *, today: Any, paper: Callable[[Creditor, str], Document], said: str) -> CourtRows:
    """All of it, some weeks old; `said` is what people typed."""

    def owed(amount: str = "800.00") -> Item:
        invoice = make_invoice(make_customer(creditor), amount, issued_on=today - 90 * DAY, due_on=today - 60 * DAY)
        return invoice.items.get()

    item = owed()
    case = process.prepare_case(item.customer, [item], path=Path.EPU, prepared_on=today - 30 * DAY, today=today, attempt=said, by=author)
    filed = Reached(Stage.FILED, today - 29 * DAY, "Nc-e 1/26", said, paper(creditor, "pozew.pdf"))
    for reached in (filed, Reached(Stage.DISCONTINUED, today - 9 * DAY, "Nc-e 1/26")):
        process.reach_stage(case, reached, today=today, by=author)
    talked = owed()
    talks = process.begin_mediation(talked.customer, [talked], mediator=f"Anna {said}", began_on=today - 9 * DAY, today=today, by=author)
    sold = owed()
    terms = Terms(Decimal(300), price_due_on=today, sold_on=today - DAY)
    sale = process.sell_debt(sold.customer, [sold], Buyer(f"Fundusz {said}", "5265877635"), terms, today=today, by=author)
    credit.set_insurance(
        creditor, insurer="Ubezpieczyciel", number="P/1", notify_days=65, percent=Decimal(90), since=today - 400 * DAY, until=None,
        today=today, by=author,
    )  # fmt: skip
    told, insured = owed(), owed()
    for each in (told, insured):
        credit.set_limit(
            each.customer,
            kind=LimitKind.INSURED,
            amount=Decimal(500),
            currency="PLN",
            reason=said,
            on=today,
            source="P/1 dec. 7",
            by=author,
        )
    notice = credit.notify_insurer(told, on=today - DAY, today=today, reference=said, by=author)
    (written_off,) = books.write_off(owed("30.00"), on=today - DAY, reason=said, by=author)
    return CourtRows(CourtCase.objects.get(pk=case.pk), talks, sale, notice, insured, written_off)
