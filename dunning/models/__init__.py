from dunning.models.agencies import Agency, AgencyPaper, CommissionRate
from dunning.models.agreements import AgreedItem, Agreement, Promise, PromisedItem, Rate
from dunning.models.calls import CallMade
from dunning.models.cases import Case, Hold
from dunning.models.complaints import AwaitedCredit, Complaint
from dunning.models.court import (
    CourtCase,
    CourtEvent,
    CourtItem,
    CourtStage,
    DebtSale,
    MediatedItem,
    Mediation,
    MediationEvent,
    SoldItem,
)
from dunning.models.courtesy import Courtesy, CourtesySwitches
from dunning.models.deliveries import AgencyCall, AgencyDelivery, AgencyReportFile, PackageCall, SuccessRate
from dunning.models.limitation import LimitationEvent
from dunning.models.offers import AcceptedItem, AcceptedOffer, OfferPolicy, TermsAsked, offered_kind
from dunning.models.opening import OpeningItem
from dunning.models.papers_sent import BalanceCampaign, BalanceRequest, PaperTerms, StatementSchedule, StatementSent
from dunning.models.placements import Commission, PlacedItem, Placement, PlacementEvent
from dunning.models.policies import Assignment, AttachedScenario, LadderRules, Policy, PolicyVersion, Rehearsal, Segment
from dunning.models.reasons import NonPayment
from dunning.models.reconciling import LedgerDifference, Reconciliation
from dunning.models.registers import EnteredItem, RegisterEntry, RegisterUpdate, RegisterWarning, WarnedItem
from dunning.models.replies import Reply
from dunning.models.runs import Notice, NoticeClaim, PlanEdit, PlannedLine, Run, StepResult, StepTaken, Task
from dunning.models.signs import WarningSign
from dunning.models.stops import StopFact
from dunning.models.withdrawals import Withdrawal
from dunning.models.written import Written

__all__ = [
    "AcceptedItem",
    "AcceptedOffer",
    "Agency",
    "AgencyCall",
    "AgencyDelivery",
    "AgencyPaper",
    "AgencyReportFile",
    "AgreedItem",
    "Agreement",
    "Assignment",
    "AttachedScenario",
    "AwaitedCredit",
    "BalanceCampaign",
    "BalanceRequest",
    "CallMade",
    "Case",
    "Commission",
    "CommissionRate",
    "Complaint",
    "CourtCase",
    "CourtEvent",
    "CourtItem",
    "CourtStage",
    "Courtesy",
    "CourtesySwitches",
    "DebtSale",
    "EnteredItem",
    "Hold",
    "LadderRules",
    "LedgerDifference",
    "LimitationEvent",
    "MediatedItem",
    "Mediation",
    "MediationEvent",
    "NonPayment",
    "Notice",
    "NoticeClaim",
    "OfferPolicy",
    "OpeningItem",
    "PackageCall",
    "PaperTerms",
    "PlacedItem",
    "Placement",
    "PlacementEvent",
    "PlanEdit",
    "PlannedLine",
    "Policy",
    "PolicyVersion",
    "Promise",
    "PromisedItem",
    "Rate",
    "Reconciliation",
    "RegisterEntry",
    "RegisterUpdate",
    "RegisterWarning",
    "Rehearsal",
    "Reply",
    "Run",
    "Segment",
    "SoldItem",
    "StatementSchedule",
    "StatementSent",
    "StepResult",
    "StepTaken",
    "StopFact",
    "SuccessRate",
    "Task",
    "TermsAsked",
    "WarnedItem",
    "WarningSign",
    "Withdrawal",
    "Written",
    "offered_kind",
]
