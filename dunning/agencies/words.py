"""The points of a checklist, the reasons of an agency and what it has on file, in words."""

from collections.abc import Iterable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dunning.agencies.checks import Check, Point

MET: Mapping[Point, str | Promise] = {
    Point.OWED: gettext_lazy("something is owed"),
    Point.OVERDUE: gettext_lazy("all of it is overdue"),
    Point.ONE_CURRENCY: gettext_lazy("all of it is in one currency"),
    Point.IN_LADDER: gettext_lazy("nothing of it is closed or under no policy"),
    Point.NOT_BARRED: gettext_lazy("nothing of it is time-barred"),
    Point.NOT_PLACED: gettext_lazy("no agency has it"),
    Point.NO_PLAN: gettext_lazy("no instalment agreement is running"),
    Point.NOT_HELD: gettext_lazy("nothing of it is held"),
    Point.NO_REPLY: gettext_lazy("no reply waits to be read"),
    Point.NOT_DISPUTED: gettext_lazy("nothing of it is disputed"),
    Point.NOT_PROMISED: gettext_lazy("no promise is running"),
    Point.NOTHING_OUT: gettext_lazy("no message about it is on its way"),
    Point.NO_MONEY: gettext_lazy("no money waits to be allocated"),
    Point.TERMS: gettext_lazy("the agency takes such a debt"),
    Point.CONTRACT: gettext_lazy("the contract with the agency is on file"),
    Point.COST_TERMS: gettext_lazy("it is on file who bears which costs"),
    Point.DATA_ROLE: gettext_lazy("the agency's role in data protection is on file"),
    Point.ANNOUNCED: gettext_lazy("a demand has announced the hand-over"),
    Point.CALLED: gettext_lazy("somebody was called, or tried twice"),
    Point.REASON: gettext_lazy("the reason is stated"),
    Point.INVOICES: gettext_lazy("the invoices are in the package"),
    Point.DEMAND: gettext_lazy("the demand is in the package"),
    Point.DELIVERY: gettext_lazy("it is recorded how the invoices were delivered"),
    Point.ADDRESS: gettext_lazy("the debtor's address is known"),
    Point.TAX_ID: gettext_lazy("the debtor's tax number is known"),
}
MISSING: Mapping[Point, str | Promise] = {
    Point.OWED: gettext_lazy("nothing is owed"),
    Point.OVERDUE: gettext_lazy("not all of it is overdue"),
    Point.ONE_CURRENCY: gettext_lazy("it is in several currencies: propose one hand-over for each"),
    Point.IN_LADDER: gettext_lazy("some of it is closed, time-barred or under no policy"),
    Point.NOT_BARRED: gettext_lazy("some of it is time-barred"),
    Point.NOT_PLACED: gettext_lazy("an agency has some of it already"),
    Point.NO_PLAN: gettext_lazy("an instalment agreement is running"),
    Point.NOT_HELD: gettext_lazy("some of it is held"),
    Point.NO_REPLY: gettext_lazy("a reply waits to be read"),
    Point.NOT_DISPUTED: gettext_lazy("some of it is disputed"),
    Point.NOT_PROMISED: gettext_lazy("a promise to pay is running"),
    Point.NOTHING_OUT: gettext_lazy("a message about it is on its way"),
    Point.NO_MONEY: gettext_lazy("money waits to be allocated"),
    Point.TERMS: gettext_lazy("the agency does not take such a debt"),
    Point.CONTRACT: gettext_lazy("no valid contract with the agency is on file"),
    Point.COST_TERMS: gettext_lazy("it is not on file who bears which costs"),
    Point.DATA_ROLE: gettext_lazy("the agency's role in data protection is not on file"),
    Point.ANNOUNCED: gettext_lazy("no demand has announced the hand-over long enough before"),
    Point.CALLED: gettext_lazy(
        "nobody was reached by phone, and it was not tried twice; a call noted by hand on the customer's page counts, too"
    ),
    Point.REASON: gettext_lazy("no reason is stated"),
    Point.INVOICES: gettext_lazy("an invoice has no document"),
    Point.DEMAND: gettext_lazy("no demand from here can go along"),
    Point.DELIVERY: gettext_lazy("it is not recorded how an invoice was delivered"),
    Point.ADDRESS: gettext_lazy("the debtor's address is not known"),
    Point.TAX_ID: gettext_lazy("the debtor's tax number is not known"),
}
UNFIT: Mapping[str, str | Promise] = {
    "debtor": gettext_lazy("kind of debtor"),
    "country": gettext_lazy("country"),
    "currency": gettext_lazy("currency"),
    "amount": gettext_lazy("the sum is too small"),
    "age": gettext_lazy("the debt is too young"),
}
LACKS: Mapping[str, str | Promise] = {
    "contract": gettext_lazy("contract"),
    "cost_terms": gettext_lazy("cost terms"),
    "data_role": gettext_lazy("role in data protection"),
}


def check_words(check: Check) -> str:
    """A point with what it is about: "some of it is disputed: FV 12"."""
    words = str((MET if check.is_met else MISSING)[check.point])
    about = [str(UNFIT.get(each, each)) for each in check.about]
    return words if check.is_met or not about else _("%(what)s: %(about)s") % {"what": words, "about": ", ".join(about)}


def said(checks: Iterable[Check]) -> str:
    """Several points in one line."""
    return "; ".join(check_words(check) for check in checks)
