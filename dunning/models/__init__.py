from dunning.models.agencies import Agency, PlacedItem, Placement
from dunning.models.agreements import AgreedItem, Agreement, Promise, PromisedItem, Rate
from dunning.models.cases import Case, Hold
from dunning.models.policies import Assignment, AttachedScenario, LadderRules, Policy, PolicyVersion, Segment
from dunning.models.runs import Notice, NoticeClaim, PlannedLine, Run, StepResult, StepTaken, Task

__all__ = [
    "Agency",
    "AgreedItem",
    "Agreement",
    "Assignment",
    "AttachedScenario",
    "Case",
    "Hold",
    "LadderRules",
    "Notice",
    "NoticeClaim",
    "PlacedItem",
    "Placement",
    "PlannedLine",
    "Policy",
    "PolicyVersion",
    "Promise",
    "PromisedItem",
    "Rate",
    "Run",
    "Segment",
    "StepResult",
    "StepTaken",
    "Task",
]
