from receivables.credit.models.insurance import InsuranceNotice, InsurancePolicy
from receivables.credit.models.limits import CreditLimit
from receivables.credit.models.registers import RegisterAnswer
from receivables.credit.models.rules import CreditRules
from receivables.credit.models.standings import CreditChange, CreditOverride, CreditStanding

__all__ = [
    "CreditChange",
    "CreditLimit",
    "CreditOverride",
    "CreditRules",
    "CreditStanding",
    "InsuranceNotice",
    "InsurancePolicy",
    "RegisterAnswer",
]
