"""States of the process and their legal moves. Pure."""

from enum import StrEnum


class CaseState(StrEnum):
    """One item's walk up the ladder. Holds, promises and disputes are facts with an end, not states."""

    RUNNING = "running"
    WITH_AGENCY = "with_agency"
    CLOSED = "closed"


CASE_MOVES: dict[str, frozenset[str]] = {
    CaseState.RUNNING: frozenset({CaseState.WITH_AGENCY, CaseState.CLOSED}),
    CaseState.WITH_AGENCY: frozenset({CaseState.RUNNING, CaseState.CLOSED}),
    CaseState.CLOSED: frozenset({CaseState.RUNNING}),
}


class RunState(StrEnum):
    """A run is a stored plan: proposed, released as far as nobody is needed or everybody has answered, done when all has an end."""

    PROPOSED = "proposed"
    RELEASED = "released"
    DONE = "done"


class NoticeState(StrEnum):
    """A notice is a message of the plan: it waits for a person, or is released, or is dropped in one of three ways."""

    PROPOSED = "proposed"
    RELEASED = "released"
    REJECTED = "rejected"  # by a person, for that day
    DROPPED = "dropped"  # by the late check: nothing was left to say
    SUPERSEDED = "superseded"  # by a later run's plan


NOTICE_MOVES: dict[str, frozenset[str]] = {
    NoticeState.PROPOSED: frozenset({NoticeState.RELEASED, NoticeState.REJECTED, NoticeState.DROPPED, NoticeState.SUPERSEDED}),
    NoticeState.RELEASED: frozenset(),
    NoticeState.REJECTED: frozenset(),
    NoticeState.DROPPED: frozenset(),
    NoticeState.SUPERSEDED: frozenset(),
}


class PlacementState(StrEnum):
    """Where a hand-over to an agency stands."""

    DRAFT = "draft"  # proposed by a person, for a second one
    APPROVED = "approved"  # its package is on the way
    SENT = "sent"
    RECEIVED = "received"
    RETURNED = "returned"
    CLOSED = "closed"


PLACEMENT_MOVES: dict[str, frozenset[str]] = {
    PlacementState.DRAFT: frozenset({PlacementState.APPROVED, PlacementState.CLOSED}),
    PlacementState.APPROVED: frozenset({PlacementState.SENT, PlacementState.CLOSED}),
    PlacementState.SENT: frozenset({PlacementState.RECEIVED, PlacementState.RETURNED, PlacementState.CLOSED}),
    PlacementState.RECEIVED: frozenset({PlacementState.RETURNED, PlacementState.CLOSED}),
    PlacementState.RETURNED: frozenset(),
    PlacementState.CLOSED: frozenset(),
}


class PlacementEnd(StrEnum):
    """Why a hand-over ended."""

    REFUSED = "refused"
    NOT_SENT = "not_sent"
    REJECTED = "rejected"
    RECALLED = "recalled"
    UNCOLLECTED = "uncollected"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"
    CAPTURED = "captured"
    ENDED = "ended"


class Reported(StrEnum):
    """What happened to a hand-over."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    SENT = "sent"
    RECEIVED = "received"
    REJECTED = "rejected"
    STATUS = "status"
    PROMISE = "promise"
    COLLECTED = "collected"
    TOLD = "told"
    RECALLED = "recalled"
    RETURNED = "returned"
    CLOSED = "closed"


class Debtors(StrEnum):
    """From whom an agency collects."""

    ANY = "any"
    FIRMS = "firms"
    CONSUMERS = "consumers"


class DataRole(StrEnum):
    """What an agency is in data protection (GDPR art. 4(7), 28)."""

    PROCESSOR = "processor"
    CONTROLLER = "controller"


class OnFile(StrEnum):
    """What a document about an agency is."""

    CONTRACT = "contract"
    COST_TERMS = "cost_terms"
    DATA = "data"
    OTHER = "other"


class Waits(StrEnum):
    """Why an item waits, in the order in which the reasons are judged (SCENARIOS.md, `waits`)."""

    WITH_AGENCY = "with_agency"
    ON_PLAN = "on_plan"
    HELD = "held"
    UNREAD_REPLY = "unread_reply"
    DISPUTED = "disputed"
    PROMISED = "promised"
    FIRST_CONTACT = "first_contact"
    UNCONFIRMED = "unconfirmed"
    LADDER_ENDED = "ladder_ended"
    TOO_EARLY = "too_early"
    BANK_STALE = "bank_stale"
    BELOW_MINIMUM = "below_minimum"
    NO_ADDRESS = "no_address"
    NO_AGENCY = "no_agency"
    NOT_ANNOUNCED = "not_announced"
    NOT_CALLED = "not_called"
    UNMATCHED_MONEY = "unmatched_money"
    UNDELIVERED = "undelivered"
    APPROVAL = "approval"
    CLOSED_HOURS = "closed_hours"
    CAPPED = "capped"


NOT_HELD = (str(Waits.TOO_EARLY), str(Waits.APPROVAL), "")
"""What is no hold-up of an item: its day has not come, it stands in the plan, or it went."""

NOT_REACHED = "not reached"
"""What a step's result says when a call was made in vain."""


class TaskKind(StrEnum):
    """What a person has to do."""

    CALL = "call"
    APPROVE = "approve"
    MATCH_PAYMENT = "match_payment"
    BAD_CONTACT = "bad_contact"
    UNKNOWN_OUTCOME = "unknown_outcome"
    BROKEN_PROMISE = "broken_promise"
    REVIEW = "review"
    FILE_CLAIM = "file_claim"
    STOP_FACT = "stop_fact"
    COMPLAINT = "complaint"
    COMPLAINT_ALERT = "complaint_alert"
    CREDIT_NOTE_MISSING = "credit_note_missing"
    WRONG_DEMAND = "wrong_demand"
    RECONCILE = "reconcile"
    REPLY = "reply"
    CHECK_INVOICE = "check_invoice"
    TELL_REGISTER = "tell_register"
    COURT = "court"
    BALANCE_DIFFERS = "balance_differs"
    TERMS_ASKED = "terms_asked"
    GRANT_CREDIT = "grant_credit"
    AGENCY_SAYS = "agency_says"


OF_COMPLAINTS = frozenset({TaskKind.COMPLAINT, TaskKind.COMPLAINT_ALERT})
"""Tasks with the clock of a complaint."""

OWED_OR_NOT = OF_COMPLAINTS | {
    TaskKind.WRONG_DEMAND,
    TaskKind.REPLY,
    TaskKind.CHECK_INVOICE,
    TaskKind.TELL_REGISTER,
    TaskKind.COURT,
    TaskKind.BALANCE_DIFFERS,
    TaskKind.GRANT_CREDIT,
    TaskKind.AGENCY_SAYS,
}
"""Tasks that stand whether something is owed or not: complaints, replies and questions are answered, a wrong demand is put right, a
register is told of the payment, a court of what is due there, a balance that differs is cleared up, a credit that was promised for paying
is granted, what an agency tells of money or a close is looked at."""


class OfferKind(StrEnum):
    """A way to pay that a company offers by its policy."""

    INSTALMENTS = "instalments"
    DEFERRAL = "deferral"
    DISCOUNT = "discount"  # less to who settles by a day
    CREDIT = "credit"  # for the next purchase, to who settles by a day


class NoDiscount(StrEnum):
    """Why a discount that the policy has is not offered on an item that other ways to pay are offered on."""

    IN_PART = "in_part"  # something of its invoice is settled
    NOT_ALL = "not_all"  # another part of its invoice is not overdue, or is left out
    NOT_NOW = "not_now"  # outside the days of the policy
    DOES_NOT_FIT = "does_not_fit"  # the books could not hold it


class OfferWay(StrEnum):
    """How an offer was accepted."""

    PORTAL = "portal"
    LETTER = "letter"  # they answered a letter, and a person noted it
    PERSON = "person"  # they told a person


class OfferBar(StrEnum):
    """Why nothing is offered on an item."""

    DISPUTED = "disputed"
    AGREED = "agreed"  # a promise or an agreement stands
    AWAY = "away"  # with an agency, in court or before a mediator
    TIME_BARRED = "time_barred"
    HELD = "held"
    NOT_OVERDUE = "not_overdue"
    HAD_ONE = "had_one"  # an offer was accepted before, and did not end the debt: a person decides
    MONEY = "money"  # money of theirs waits to be assigned: what is owed is not sure


class StopKind(StrEnum):
    """What has become of a customer so that the ladder stops; of a represented one the representative hears everything."""

    BANKRUPTCY = "bankruptcy"
    RESTRUCTURING = "restructuring"
    DEATH = "death"
    STRUCK_OFF = "struck_off"
    REPRESENTED = "represented"


class ComplaintAbout(StrEnum):
    """What a complaint is about."""

    GOODS = "goods"
    INVOICE = "invoice"
    CONDUCT = "conduct"


class ComplaintOutcome(StrEnum):
    """What a complaint was answered."""

    ACCEPTED = "accepted"
    PARTLY = "partly"
    REJECTED = "rejected"


class AwaitedKind(StrEnum):
    """Why a credit note is on its way."""

    RETURN = "return"
    CREDIT_NOTE = "credit_note"


class AwaitedEnd(StrEnum):
    """How the waiting for a credit note ended."""

    CREDITED = "credited"
    LAPSED = "lapsed"
    SETTLED = "settled"
    CALLED_OFF = "called_off"


class WhyUnpaid(StrEnum):
    """Why a customer does not pay."""

    FORGOT = "forgot"
    CASH_FLOW = "cash_flow"
    DISPUTE = "dispute"
    LOST_INVOICE = "lost_invoice"
    APPROVAL = "approval"
    CUSTOMER_UNPAID = "customer_unpaid"
    INSOLVENT = "insolvent"
    UNWILLING = "unwilling"
    OTHER = "other"


class CallOutcome(StrEnum):
    """What came of a call."""

    REACHED = "reached"
    RIGHT_PERSON = "right_person"
    PROMISE = "promise"
    DISPUTE = "dispute"
    NO_ANSWER = "no_answer"
    WRONG_NUMBER = "wrong_number"

    @property
    def is_reached(self) -> bool:
        """Whether somebody at the customer was spoken to: that completes the step."""
        return self not in (CallOutcome.NO_ANSWER, CallOutcome.WRONG_NUMBER)


class CourtesyKind(StrEnum):
    """What an answer is about; each has its switch and its text."""

    PROMISE_NOTED = "promise_noted"
    AGREEMENT_BEGUN = "agreement_begun"
    AGREEMENT_KEPT = "agreement_kept"
    AGREEMENT_ENDED = "agreement_ended"
    DISPUTE_RECEIVED = "dispute_received"
    DISPUTE_DECIDED = "dispute_decided"
    COMPLAINT_RECEIVED = "complaint_received"
    COMPLAINT_DECIDED = "complaint_decided"
    THANKS = "thanks"


class WrittenKind(StrEnum):
    """What goes out beside the ladder and its answers."""

    COMPOSED = "composed"
    COPY = "copy"  # of what has left: the same words and paper, marked as a copy
    AGAIN = "again"  # what never arrived
    PAPER = "paper"  # not by hand: a statement by its schedule, a balance to confirm


class SignKind(StrEnum):
    """What a customer does that, seen early, warns of a debt going bad. No sign has any effect on the ladder."""

    LONGER_TERMS = "longer_terms"
    SILENCE = "silence"
    CONTACT_CHANGED = "contact_changed"
    MORE_COMPLAINTS = "more_complaints"
    ODD_DISCOUNT = "odd_discount"


class LimitationKind(StrEnum):
    """What bears on the limitation of a debt. Demands, reminders, notes and calls do not."""

    ACKNOWLEDGEMENT = "acknowledgement"
    SUIT = "suit"
    ENFORCEMENT = "enforcement"
    JUDGMENT = "judgment"
    MEDIATION = "mediation"
    SETTLEMENT_SUMMONS = "settlement_summons"

    @property
    def lasts(self) -> bool:
        """Whether it goes on until somebody notes its end; else it is of one day."""
        return self not in (LimitationKind.ACKNOWLEDGEMENT, LimitationKind.JUDGMENT)


class ProofKind(StrEnum):
    """What shows that it happened."""

    EMAIL = "email"
    LETTER = "letter"
    PART_PAYMENT = "part_payment"
    PORTAL = "portal"
    COURT_PAPER = "court_paper"
    OTHER = "other"


class ReplyKind(StrEnum):
    """What a reply is about, as the rules or a person sorted it."""

    AUTOMATIC = "automatic"
    PAID = "paid"
    PROMISE = "promise"
    DISPUTE = "dispute"
    INSTALMENTS = "instalments"
    WRONG_PERSON = "wrong_person"
    ACKNOWLEDGEMENT = "acknowledgement"
    OTHER = "other"


class WarningWay(StrEnum):
    """How the register's warning letter reached the debtor."""

    REGISTERED_LETTER = "registered_letter"
    BY_HAND = "by_hand"
    EMAIL = "email"  # against firms only, and only where the contract allows it
