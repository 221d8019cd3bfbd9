from dunning.models.agencies import Agency, PlacedItem, Placement
from dunning.models.agreements import AgreedItem, Agreement, Promise, PromisedItem, Rate
from dunning.models.cases import Case, Hold
from dunning.models.policies import Assignment, LadderRules, Policy, PolicyVersion
from dunning.models.runs import Notice, PlanEdit, PlannedLine, Run, StepResult, StepTaken, Task

__all__ = [
    "Agency",
    "AgreedItem",
    "Agreement",
    "Assignment",
    "Case",
    "Hold",
    "LadderRules",
    "Notice",
    "PlacedItem",
    "Placement",
    "PlanEdit",
    "PlannedLine",
    "Policy",
    "PolicyVersion",
    "Promise",
    "PromisedItem",
    "Rate",
    "Run",
    "StepResult",
    "StepTaken",
    "Task",
]
