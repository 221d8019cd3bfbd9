"""The channel of hand-overs: finds the agency that a message names, and hands over by its way, so that no key opens two cases.

A key is known only to who was given it. So before a call is begun a row says where it goes, and what is in doubt there goes nowhere else,
nor a second time by mail. The row is written by itself and outlives the process that dies in the call. The folder of packages is such a
place like any other.
"""

import logging
from dataclasses import replace

from dunning.agencies.sealed_number import named_in
from dunning.agencies.ways import account_of, adapter_to, file_way
from dunning.models import Agency, AgencyDelivery, PackageCall
from receivables import clock, faults
from receivables.core.errors import Refused
from receivables.messaging import mode
from receivables.messaging.channels.agency_file import AgencyFile
from receivables.messaging.channels.agency_mail import AgencyMail, new_password, short_case
from receivables.messaging.models import Message
from receivables.messaging.outgoing import Accepted, Channel, Later, Outcome, Outgoing, Unknown
from receivables.messaging.settling import LeftBefore

log = logging.getLogger(__name__)

IN_DOUBT = "The agency may have this package already, and would not know it again. Ask there, then say what became of it."
_PASSWORD_SMS = {
    "pl": "Hasło do paczki {case} od {sender}: {password}",
    "en": "Password of package {case} from {sender}: {password}",
}


class AgencyChannel:
    """All ways to agencies behind one name. Keys live for ever: what cannot be known again is not called again."""

    takes_key = True
    batch = 1
    account = "agencies"

    def send(self, outgoing: Outgoing) -> Outcome:
        """Hand one package over by its agency's way."""
        message = Message.objects.filter(key=outgoing.key).first()
        agency = agency_of(message) if message else None
        if message is None or agency is None:
            return _handed(file_way(), outgoing)
        try:
            return _called(message, agency, outgoing)
        except Refused as refusal:
            return Later(str(refusal))


def agency_of(message: Message) -> Agency | None:
    """The agency that a message's facts name."""
    said = message.facts.get("agency")
    slug = said.get("slug") if isinstance(said, dict) else None
    return Agency.objects.filter(creditor=message.creditor_id, slug=slug).first() if slug else None


def _handed(way: Channel, outgoing: Outgoing) -> Outcome:
    """The call itself. Whoever dies right behind it has handed over what no row of ours tells of."""
    outcome = way.send(outgoing)
    if isinstance(outcome, Accepted):
        faults.at("F19")
    return outcome


def _called(message: Message, agency: Agency, outgoing: Outgoing) -> Outcome:
    before = PackageCall.objects.filter(message=message).first()
    if before is not None and before.is_taken:
        return Accepted(detail="It was taken before.")
    password = str(before.password) if before and before.password else new_password()
    adapter = adapter_to(agency, password=password)
    is_mail, account = isinstance(adapter, AgencyMail), account_of(agency, adapter)
    if before is not None and before.is_open and (is_mail or before.account != account):
        return LeftBefore(IN_DOUBT)
    begun = {"agency": agency, "account": account, "began_at": clock.now(), "is_open": True}
    if not isinstance(adapter, AgencyFile):
        outgoing = named_in(outgoing, message, agency, now=clock.now())
    sealed = {"password": password if is_mail else None}
    call, _ = PackageCall.objects.update_or_create(message=message, defaults={**begun, **sealed})
    outcome = _handed(adapter, outgoing)
    if not isinstance(outcome, Unknown):
        PackageCall.objects.filter(pk=call.pk).update(is_open=False, is_taken=isinstance(outcome, Accepted))
    if is_mail and isinstance(outcome, Accepted):
        _tell_password(call, agency, outgoing, password)
    return LeftBefore(outcome.detail) if is_mail and isinstance(outcome, Unknown) else outcome


def _tell_password(call: PackageCall, agency: Agency, outgoing: Outgoing, password: str) -> None:
    """By SMS where a phone is on file. Where that fails a person shows it once and tells it."""
    phone = AgencyDelivery.objects.values_list("phone", flat=True).get(agency=agency)
    if not phone:
        return
    words = _PASSWORD_SMS.get(outgoing.language, _PASSWORD_SMS["en"])
    text = words.format(case=short_case(outgoing.key), sender=outgoing.sender_name, password=password)
    sms = replace(
        outgoing,
        key=f"{outgoing.key[:56]}-pass",
        channel="sms",
        recipient=phone,
        recipient_name="",
        subject="",
        text=text,
        html="",
        attachments=(),
    )
    try:
        outcome = mode.adapter_for("sms").send(sms)
    except Exception as error:  # the package has gone: whatever became of the SMS, that stands
        log.error("message %s: the SMS with the password raised %s", call.message_id, type(error).__name__)
        return
    if isinstance(outcome, Accepted):
        PackageCall.objects.filter(pk=call.pk).update(told_by_sms_at=clock.now())
