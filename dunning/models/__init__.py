from dunning.models.agencies import Agency, PlacedItem, Placement
from dunning.models.cases import Case, Hold
from dunning.models.policies import Assignment, AttachedScenario, LadderRules, Policy, PolicyVersion, Segment
from dunning.models.runs import Notice, PlannedLine, Run, StepResult, StepTaken, Task

__all__ = [
    "Agency",
    "Assignment",
    "AttachedScenario",
    "Case",
    "Hold",
    "LadderRules",
    "Notice",
    "PlacedItem",
    "Placement",
    "PlannedLine",
    "Policy",
    "PolicyVersion",
    "Run",
    "Segment",
    "StepResult",
    "StepTaken",
    "Task",
]
