"""What the last call and a register's warning say beside a demand: the calls before it, the proofs, the bureau and its conditions."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from dunning import papers
from dunning.claimed import debtor_of
from dunning.customer_rows import AnyCustomer
from dunning.models import Notice
from dunning.policy import FINAL_DEMAND, LEGAL_DOCUMENTS, REGISTER_WARNING, Channel, paper_of
from dunning.registers import RegisterDebt, register_standing
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.countries.law import pack_of
from receivables.messaging.states import ARRIVED

Calls = Mapping[int, Sequence[tuple[str, date]]]
"""By customer the demands that reached it, with their numbers and days."""


def earlier_calls(customers: Collection[int]) -> Calls:
    """The demands that reached these customers and were not withdrawn, oldest first. One query."""
    rows = Notice.objects.filter(
        customer__any=customers, main=None, message__state__in=ARRIVED, message__document__kind__in=LEGAL_DOCUMENTS,
        message__document__withdrawal=None,
    )  # fmt: skip
    found: dict[int, list[tuple[str, date]]] = defaultdict(list)
    for customer, number, on in rows.order_by("on", "pk").values_list("customer", "message__document__number", "on"):
        found[customer].append((number, on))
    return found


def with_paper(facts: dict[str, Any], document: str | None, customer: AnyCustomer, *, register: str, calls: Calls) -> dict[str, Any]:
    """The facts of a message with what its paper needs besides. Raises `Refused` for a warning that no entry could follow."""
    kind = paper_of(document)
    if kind == FINAL_DEMAND:
        earlier = calls.get(customer.pk, ())
        proofs = [item["label"] for item in facts["items"]]
        return papers.final_demand(facts, earlier=earlier, proofs=[*proofs, *(number for number, _ in earlier)])
    if kind == REGISTER_WARNING:
        return _warning(facts, customer, register=register)
    return facts


def _warning(facts: dict[str, Any], customer: AnyCustomer, *, register: str) -> dict[str, Any]:
    on = date.fromisoformat(facts["on"])
    law = pack_of(customer.creditor.country, on=on).register(debtor_of(customer))
    if law is None:
        raise Refused(gettext_noop("No debtor register of the company's country is known."))
    if not facts["deadline_on"]:
        raise Refused(gettext_noop("A register's warning names a day to pay by: give its step deadline_days."))
    debts = [_debt(line, facts["currency"]) for line in facts["items"]]
    standing = register_standing(law, debts, on=on)
    return papers.register_warning(facts, law, standing, name=register, due_on=max(debt.effective_due_on for debt in debts))


def _debt(line: Mapping[str, Any], currency: str) -> RegisterDebt:
    due_on = date.fromisoformat(line["due_on"])
    return RegisterDebt(line["case"], line["label"], currency, Decimal(line["open"]), due_on, due_on)


def refuse_way(kind: str, channel: str, customer: AnyCustomer, *, on: date) -> None:
    """Raise `Refused` where the law lets this paper not go by that way: a consumer is warned of a register by letter alone (LAW.md A6)."""
    law = pack_of(customer.creditor.country, on=on).register(debtor_of(customer)) if kind == REGISTER_WARNING else None
    if law is not None and channel == Channel.EMAIL and not law.warning_by_email:
        raise Refused(gettext_noop("A consumer is warned by registered letter or by hand only, never by e-mail."))
