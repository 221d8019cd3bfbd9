"""The way to an agency: set up by who may, tried without delivering anything. Each is in the audit; no secret is."""

from collections.abc import Collection
from secrets import token_urlsafe
from uuid import uuid4

from django.db import transaction

from dunning.agencies.ways import Way, missing, rest_to, sftp_to
from dunning.models import Agency, AgencyDelivery
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import Sentence, gettext_noop, sentence
from receivables.messaging import mode
from receivables.messaging.channels.agency_sftp import NotConnected

_NOT_WHOLE = gettext_noop("This way is not set up whole yet, so there is nothing to try.")
_IN_QUARANTINE = gettext_noop("In quarantine nothing is connected. Try it once messages reach people.")
_NOTHING_TO_TRY = gettext_noop("Nothing is connected on this way before a package goes: there is nothing to try.")
_BROKEN = gettext_noop("The connection does not work: %(what)s")
_GOOD = gettext_noop("The connection works; nothing was delivered.")


@transaction.atomic
def set_up_way(setup: AgencyDelivery, way: str, *, changed: Collection[str], by: User | None = None) -> AgencyDelivery:
    """Store a way that a form has checked. `changed`: names of what was changed; those of secrets begin with `new_`.

    A way by REST gets an address for the agency's own calls with it, once and for all.
    """
    if way == Way.REST and not setup.hook_key:
        setup.hook_key = token_urlsafe(24)
    setup.save()
    Agency.objects.filter(pk=setup.agency_id).update(delivery=way)
    told = [name for name in changed if not name.startswith("new_")]
    renewed = [name for name in changed if name.startswith("new_")]
    record(setup.agency.creditor, "agency_way_set_up", setup, by=by, fields=told, secrets=renewed, sends=setup.sends)
    return setup


def try_way(agency: Agency, *, by: User | None = None) -> Sentence:
    """Connect as a hand-over would, log in, look, and hang up: nothing is delivered, whether sending is on or off.

    Raises `Refused` where it does not work, with what is wrong, which is noted; and in quarantine, where nothing is connected.
    """
    setup = AgencyDelivery.objects.filter(agency=agency).first()
    if agency.delivery not in (Way.SFTP, Way.REST):
        raise Refused(_NOTHING_TO_TRY)
    if setup is None or missing(agency.delivery, setup):
        raise Refused(_NOT_WHOLE)
    if not mode.is_live():
        raise Refused(_IN_QUARANTINE)
    problem = _problem(agency.delivery, setup)
    with transaction.atomic():
        AgencyDelivery.objects.filter(pk=setup.pk).update(last_problem=problem[:300])
        record(agency.creditor, "agency_way_tried", setup, by=by, works=not problem)
    if problem:
        raise Refused(_BROKEN, what=problem)
    return sentence(_GOOD)


def _problem(way: str, setup: AgencyDelivery) -> str:
    """Why it does not work, in words that name no address and no secret; empty where it does."""
    try:
        if way == Way.SFTP:
            sftp_to(setup).look()
        else:
            rest_to(setup).look(uuid4().hex)
    except NotConnected as refusal:
        return str(refusal)
    return ""
