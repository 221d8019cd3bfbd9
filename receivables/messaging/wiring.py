"""From the settings to the adapters' own configs: the only place that knows both."""

from urllib.parse import urlsplit

from django.conf import settings

from receivables.messaging.channels.agency_file import AgencyFile, AgencyFileConfig
from receivables.messaging.channels.letter_file import LetterFile, LetterFileConfig
from receivables.messaging.channels.sms_file import SmsFile, SmsFileConfig
from receivables.messaging.channels.smtp import Security, Smtp, SmtpConfig
from receivables.messaging.protocols import CHANNELS


def register_channels() -> None:
    """The real adapters, by channel name."""
    CHANNELS.register("email", Smtp(smtp_config()))
    CHANNELS.register("sms", SmsFile(SmsFileConfig(file=settings.DATA_DIR / "sms" / "outbox.jsonl")))
    CHANNELS.register("letter", LetterFile(LetterFileConfig(folder=settings.DATA_DIR / "post")))
    CHANNELS.register("agency", AgencyFile(AgencyFileConfig(folder=settings.DATA_DIR / "agency")))


def smtp_config() -> SmtpConfig:
    """What EMAIL_URL says."""
    security = Security.TLS if settings.EMAIL_USE_SSL else Security.STARTTLS if settings.EMAIL_USE_TLS else Security.NONE
    return SmtpConfig(
        host=settings.EMAIL_HOST,
        port=int(settings.EMAIL_PORT),
        username=settings.EMAIL_HOST_USER,
        password=settings.EMAIL_HOST_PASSWORD,
        security=security,
        own_name=urlsplit(settings.BASE_URL).hostname or "localhost",
    )
