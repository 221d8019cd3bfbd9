"""The PESEL on its way to an agency: put into the package as it leaves, and kept in no archive, page or mailbox.

It goes only to an agency that gets such numbers and whose role in data protection is on file by then, with the hand-over itself, of a
natural person of whom it is held, and by a way that is encrypted: never into the folder of packages. Each reading is in the audit.
"""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from dunning.agencies.dossier import customer_of
from dunning.agencies.package import with_pesel
from dunning.models import Agency, AgencyDelivery
from invoices.actions import read_pesel
from invoices.models import Customer
from invoices.states import Kind
from receivables.messaging.channels.agency_file import package_of
from receivables.messaging.models import Message
from receivables.messaging.outgoing import Attachment, Outgoing


def named_in(outgoing: Outgoing, message: Message, agency: Agency, *, now: datetime) -> Outgoing:
    """The package with the debtor's PESEL where it may go along, else as it is. The same number gives the same bytes."""
    customer = customer_of(message) if agency.gets_pesel and message.facts.get("action", "new") == "new" else None
    is_live = AgencyDelivery.objects.filter(agency=agency, sends=True).exists()
    if customer is None or not is_live or not may_get(agency, customer, now=now):
        return outgoing
    pesel = read_pesel(customer, why=f"hand-over, message {message.pk}")
    content = with_pesel(package_of(outgoing), pesel)
    name = outgoing.attachments[0].name if outgoing.attachments else "handover.zip"
    return replace(outgoing, attachments=(Attachment(name, "application/zip", content),))


def may_get(agency: Agency, customer: Customer, *, now: datetime) -> bool:
    """Whether this agency may be told this debtor's PESEL on that day."""
    on = now.astimezone(ZoneInfo(customer.creditor.time_zone)).date()
    is_settled = bool(agency.data_role) and agency.data_role_on is not None and agency.data_role_on <= on
    return agency.gets_pesel and is_settled and customer.pesel_hash is not None and customer.kind in (Kind.CONSUMER, Kind.BUSINESS)
