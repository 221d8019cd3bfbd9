"""What the books and the ladder say, as two short texts: equal ones on two machines mean the same demo, whatever the row ids are."""

import hashlib
from collections.abc import Iterable, Sequence

from django.conf import settings
from django.db.models import Model

from dunning.models import Case, Hold, Notice, Placement, PlannedLine, PolicyVersion, Run, StepResult, StepTaken, Task
from invoices.models import AllocationEntry, Contact, Customer, Dispute, Invoice, Item, Objection, Payment, WriteOff
from receivables.documents.models import Document
from receivables.messaging.models import Message

Facts = Sequence[tuple[type[Model], str]]

BOOKS: Facts = (
    (
        Customer,
        "creditor__slug number name kind language country currency tax_id street postcode city payer__number letters_to__number note",
    ),
    (Contact, "customer__number name role email phone language position"),
    (Objection, "contact__customer__number contact__name channel since"),
    (Invoice, "creditor__slug number kind state customer__number currency gross issued_on corrects__number source source_digest"),
    (Item, "invoice__number label due_on currency amount open_amount closed_on closed_as"),
    (Payment, "creditor__slug reference customer__number amount currency booked_on title payer_name reverses__reference recorded_at"),
    (AllocationEntry, "item__label source payment__reference credit_note__number amount on is_reversal recorded_at"),
    (WriteOff, "item__label amount on reason by__username"),
    (Dispute, "item__label amount reason opened_on resolved_on outcome"),
)
LADDER: Facts = (
    (PolicyVersion, "policy__creditor__slug policy__name number state text"),
    (
        Case,
        "item__label version__policy__name state reason entered_on round position step completed_on deadline_on skipped look_again_on",
    ),
    (Run, "creditor__slug on state judged expected waiting problems"),
    (Notice, "customer__number step channel currency state on principal credit deadline_on answered_by__username answered_on reason"),
    (PlannedLine, "case__item__label step principal"),
    (StepTaken, "case__item__label step round principal on"),
    (StepResult, "taken__case__item__label taken__step kind on captured"),
    (Hold, "customer__number item__label since until reason released_on"),
    (Task, "customer__number kind step opened_on closed_on result"),
    (Placement, "customer__number state sent_on ended_on"),
    (Message, "recipient channel language template state handed_at captured subject text html"),
    (Document, "creditor__slug kind number created_at"),
)


def digest_of(facts: Facts) -> str:
    """The first signs of a SHA-256 over these columns of all rows, sorted. Where the program is seen from does not matter."""
    seal = hashlib.sha256()
    for model, columns in facts:
        rows = model._default_manager.values_list(*columns.split())
        seal.update(_text(model, rows).encode())
    return seal.hexdigest()[:16]


def _text(model: type[Model], rows: Iterable[tuple[object, ...]]) -> str:
    lines = sorted("|".join(str(value) for value in row) for row in rows)
    return "\n".join([model.__name__, *lines, ""]).replace(settings.BASE_URL, "")
