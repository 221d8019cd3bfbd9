"""From an agency's set-up to the adapter that hands packages over: the only place that knows both."""

from django.conf import settings

from dunning.models import Agency, AgencyDelivery
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.messaging import mode
from receivables.messaging.channels.agency_file import AgencyFile, AgencyFileConfig
from receivables.messaging.channels.agency_mail import AgencyMail, AgencyMailConfig
from receivables.messaging.channels.agency_rest import AgencyRest, AgencyRestConfig
from receivables.messaging.channels.agency_sftp import AgencySftp, AgencySftpConfig
from receivables.messaging.outgoing import Channel, identity_of
from receivables.outside import Reach

Way = AgencyDelivery.Way


def file_way() -> AgencyFile:
    """The folder of packages that people take to the agency themselves."""
    return AgencyFile(AgencyFileConfig(folder=settings.DATA_DIR / "agency"))


def missing(way: str, setup: AgencyDelivery) -> list[str]:
    """The fields that this way needs and that are empty."""
    needed: dict[str, dict[str, object]] = {
        Way.SFTP: {"host": setup.host, "username": setup.username, "host_key": setup.host_key, "secret": setup.secret or setup.private_key},
        Way.MAIL: {"address": setup.address},
        Way.REST: {"url": setup.url, "secret": setup.secret},
    }
    return [name for name, value in needed.get(way, {}).items() if not value]


def adapter_to(agency: Agency, *, password: str = "") -> Channel:
    """Who takes this agency's packages. Raises `Refused` where its set-up is not whole; `password` locks what goes by mail."""
    setup = AgencyDelivery.objects.filter(agency=agency).first()
    if agency.delivery == Way.FILE:
        return file_way()
    if setup is None or agency.delivery not in Way or missing(agency.delivery, setup):
        raise Refused(
            gettext_noop("The way to %(agency)s is not set up whole. Complete it, or hand the package over by hand."), agency=agency.name
        )
    match agency.delivery:
        case Way.SFTP:
            return sftp_to(setup)
        case Way.REST:
            return rest_to(setup)
    return AgencyMail(AgencyMailConfig(setup.address, does_send=setup.sends), mode.adapter_for("email"), password=password)


def rest_to(setup: AgencyDelivery) -> AgencyRest:
    """The agency's interface."""
    return AgencyRest(AgencyRestConfig(setup.url, str(setup.secret), reach=reach(), does_send=setup.sends))


def sftp_to(setup: AgencyDelivery) -> AgencySftp:
    """The agency's server."""
    return AgencySftp(
        AgencySftpConfig(
            host=setup.host,
            port=setup.port,
            username=setup.username,
            host_key=setup.host_key,
            password=str(setup.secret or ""),
            private_key=str(setup.private_key or ""),
            folder=setup.folder,
            reply_folder=setup.reply_folder,
            reach=reach(),
            does_send=setup.sends,
        )
    )


def reach() -> Reach:
    """Whom a company may let us connect to: people choose these addresses, so private networks are the operator's to open."""
    return Reach.CHOSEN if settings.AGENCIES_IN_PRIVATE_NETWORK else Reach.PUBLIC


def account_of(agency: Agency, adapter: Channel) -> str:
    """Who knows the keys that are given to it: of a mail, whoever reads the mailbox."""
    return f"mail:{agency.pk}" if isinstance(adapter, AgencyMail) else identity_of(adapter)
