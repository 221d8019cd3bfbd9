from dunning.models.agencies import Agency, PlacedItem, Placement
from dunning.models.calls import CallMade
from dunning.models.cases import Case, Hold
from dunning.models.complaints import AwaitedCredit, Complaint
from dunning.models.courtesy import Courtesy, CourtesySwitches
from dunning.models.policies import Assignment, LadderRules, Policy, PolicyVersion
from dunning.models.reasons import NonPayment
from dunning.models.runs import Notice, PlannedLine, Run, StepResult, StepTaken, Task
from dunning.models.stops import StopFact

__all__ = [
    "Agency",
    "Assignment",
    "AwaitedCredit",
    "CallMade",
    "Case",
    "Complaint",
    "Courtesy",
    "CourtesySwitches",
    "Hold",
    "LadderRules",
    "NonPayment",
    "Notice",
    "PlacedItem",
    "Placement",
    "PlannedLine",
    "Policy",
    "PolicyVersion",
    "Run",
    "StepResult",
    "StepTaken",
    "StopFact",
    "Task",
]
