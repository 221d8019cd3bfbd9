"""Forms that are opened from a reply: filled in from it, and once saved they deal with it, in the transaction of the deed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from dunning.actions import handle_reply
from dunning.models import Reply
from dunning.prefill import amount_in, day_in
from dunning.states import LimitationKind, ProofKind
from invoices.models import Invoice, Payment
from receivables import clock
from receivables.dashboard.access import StaffRequest, of_company
from receivables.dashboard.paging import whole

HOW = {
    "customer_promise": Reply.How.PROMISE,
    "customer_agreement": Reply.How.INSTALMENTS,
    "customer_deferral": Reply.How.DEFERRAL,
    "customer_complaint": Reply.How.COMPLAINT,
    "customer_contact": Reply.How.CONTACT,
    "customer_payment": Reply.How.PAYMENT,
    "customer_hold": Reply.How.HOLD,
    "payment_allocate": Reply.How.PAYMENT,
    "invoice_dispute": Reply.How.DISPUTE,
    "limitation_note": Reply.How.LIMITATION,
}
"""By screen what is done about a reply there."""


def reply_of(request: StaffRequest) -> Reply | None:
    """The reply that this form was opened from: one of the company and of the same customer. None costs no query."""
    pk, name = whole(request.GET.get("reply")), _screen(request)
    if not pk or name not in HOW:
        return None
    reply = of_company(request, Reply.objects.select_related("mail", "creditor")).filter(pk=pk).first()
    return reply if reply is not None and reply.customer_id == _customer(request, name) else None


@contextmanager
def dealing_with(request: StaffRequest) -> Iterator[None]:
    """What is done inside deals with the reply as well, or nothing is done. One that is dealt with already stays as it is."""
    with transaction.atomic():
        yield
        reply = reply_of(request)
        if reply is not None and reply.handled_at is None:
            handle_reply(reply, how=HOW[_screen(request)], now=clock.now(), by=request.user)


def filled_in(reply: Reply, name: str) -> dict[str, Any]:
    """What a form can be filled in with; a person looks at all of it."""
    said = reply.mail.text
    is_text = reply.mail.channel == "sms"
    proof = ProofKind.OTHER if is_text else ProofKind.EMAIL
    source = (_("Text message from %(sender)s, %(day)s") if is_text else _("E-mail from %(sender)s, %(day)s")) % {
        "sender": reply.mail.sender or reply.mail.sender_name or _("unknown"),
        "day": f"{reply.received_on:%d.%m.%Y}",
    }
    figure = amount_in(said)
    amount, day, short = (figure[0] if figure else None), day_in(said, on=reply.received_on), " ".join(said.split())[:150]
    fields: dict[str, dict[str, Any]] = {
        "customer_promise": {"amount": amount, "by": day, "reason": source[:200]},
        "customer_agreement": {"reason": source[:200]},
        "customer_deferral": {"until": day, "reason": source[:200]},
        "customer_complaint": {"text": said[:4000], "received_on": reply.received_on},
        "customer_hold": {"reason": source[:200]},
        "customer_payment": {"amount": amount},
        "invoice_dispute": {"reason": short},
        "limitation_note": {
            "kind": LimitationKind.ACKNOWLEDGEMENT, "on": reply.received_on, "proof": proof, "source": source[:200],
        },
    }  # fmt: skip
    return {field: value for field, value in fields.get(name, {}).items() if value not in (None, "")}


def initial_of(request: StaffRequest, reply: Reply | None) -> dict[str, Any]:
    """The same for the form that is shown now."""
    return filled_in(reply, _screen(request)) if reply is not None and request.method != "POST" else {}


def _screen(request: StaffRequest) -> str:
    return (request.resolver_match.url_name or "") if request.resolver_match else ""


def _customer(request: StaffRequest, name: str) -> int | None:
    """Whom a form is about: named by its address, or behind the invoice or payment that is."""
    pk = int(request.resolver_match.kwargs.get("pk", 0)) if request.resolver_match else 0
    if name in ("invoice_dispute", "limitation_note"):
        return Invoice.objects.filter(pk=pk).values_list("customer", flat=True).first()
    if name == "payment_allocate":
        return Payment.objects.filter(pk=pk).values_list("customer", flat=True).first()
    return pk
