"""Which courtesy messages the company sends by itself."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from dunning import actions
from dunning.models import CourtesySwitches
from dunning.states import CourtesyKind
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import Ask, asked, given
from receivables.dashboard.forms.facts import CourtesyForm
from receivables.dashboard.views.common import to


def courtesy(request: StaffRequest) -> HttpResponse:
    """Switch each kind on or off."""
    switches = CourtesySwitches.objects.filter(creditor=request.creditor).first()
    chosen = [kind.value for kind in CourtesyKind if switches and switches.is_on(kind)]
    ask = Ask(
        heading=_("Courtesy messages"),
        submit=_("Save"),
        back=to("rules"),
        back_label=_("Rules of the ladder"),
        text=_("Answers to what customers do, by e-mail. They are no steps: they neither count as contacts nor move the ladder."),
    )

    def deed(said: dict[str, Any]) -> str:
        actions.set_courtesy(request.creditor, [CourtesyKind(kind) for kind in said["kinds"]], by=request.user)
        return _("The courtesy messages are set.")

    return asked(request, CourtesyForm(**given(request), initial={"kinds": chosen}), ask, deed)
