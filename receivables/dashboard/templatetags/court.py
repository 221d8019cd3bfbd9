"""Court in words."""

from django import template

from dunning.court import CourtClock
from dunning.epu import Claim, ClaimKind
from dunning.epu_files import regime_words
from receivables.dashboard.queries.court import clock_words

register = template.Library()


@register.filter
def court_clock(clock: CourtClock | None) -> str:
    """What has to be done, or may be done, by when."""
    return clock_words(clock)


@register.filter
def is_compensation(claim: Claim) -> bool:
    """Whether it is the flat sum."""
    return claim.kind is ClaimKind.COMPENSATION


@register.filter
def court_regime(regime: str) -> str:
    """What interest is called in a claim."""
    return regime_words(regime)
