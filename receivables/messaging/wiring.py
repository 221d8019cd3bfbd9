"""From the settings to the adapters' own configs: the only place that knows both."""

from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

from django.conf import settings

from receivables.core.money import CURRENCIES
from receivables.messaging.channels.anymail import ESPS, Anymail, AnymailConfig
from receivables.messaging.channels.letter_batch import LetterBatch
from receivables.messaging.channels.sms_file import SmsFile, SmsFileConfig
from receivables.messaging.channels.smsapi import Smsapi, SmsapiConfig
from receivables.messaging.channels.smtp import Security, Smtp, SmtpConfig
from receivables.messaging.channels.twilio import Twilio, TwilioConfig
from receivables.messaging.outgoing import Channel
from receivables.messaging.printing.http import HttpPrinter, HttpPrinterConfig
from receivables.messaging.printing.protocol import PRINTERS
from receivables.messaging.protocols import CHANNELS
from receivables.outside import NotAllowed, Reach, allowed_url

SMS_PROVIDERS = ("file", "smsapi", "twilio")
PRINT_PROVIDERS = ("", "http")


def register_channels() -> None:
    """The real adapters, by channel name. A channel whose provider lacks something gets none; `missing` says what, and checks refuse."""
    if not missing_for_email():
        CHANNELS.register("email", email_channel())
    if not missing_for_sms():
        CHANNELS.register("sms", sms_channel())
    CHANNELS.register("letter", LetterBatch())
    if settings.PRINT_PROVIDER == "http" and not missing_for_printing():
        PRINTERS.register("http", HttpPrinter(HttpPrinterConfig(settings.PRINT_URL, settings.PRINT_TOKEN)))


def email_channel() -> Channel:
    """SMTP, or the provider that EMAIL_PROVIDER names."""
    if settings.EMAIL_PROVIDER == "smtp":
        return Smtp(smtp_config())
    key, secret = settings.EMAIL_PROVIDER_KEY, settings.EMAIL_PROVIDER_SECRET
    return Anymail(AnymailConfig(settings.EMAIL_PROVIDER, key, secret=secret, url=settings.EMAIL_PROVIDER_URL))


def sms_channel() -> Channel:
    """A file, or the provider that SMS_PROVIDER names."""
    if settings.SMS_PROVIDER == "smsapi":
        return Smsapi(smsapi_config())
    if settings.SMS_PROVIDER == "twilio":
        return Twilio(twilio_config())
    return SmsFile(SmsFileConfig(file=settings.DATA_DIR / "sms" / "outbox.jsonl"))


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


def smsapi_config(*, is_trial: bool = False) -> SmsapiConfig:
    """What SMSAPI_… says. It reports only where it can find us, and where a secret stands in the address."""
    secret = settings.HOOK_SECRET
    return SmsapiConfig(
        token=settings.SMSAPI_TOKEN,
        sender=settings.SMSAPI_SENDER,
        url=settings.SMSAPI_URL,
        normalize=not settings.SMSAPI_DIACRITICS,
        most_parts=settings.SMSAPI_MAX_PARTS,
        notify_url=f"{_public_url()}/hooks/smsapi/{secret}/" if secret and _public_url() else "",
        is_trial=is_trial,
    )


def twilio_config() -> TwilioConfig:
    """What TWILIO_… says. Twilio signs its reports, so their address needs no secret."""
    return TwilioConfig(
        account_sid=settings.TWILIO_ACCOUNT_SID,
        auth_token=settings.TWILIO_AUTH_TOKEN,
        sender=settings.TWILIO_FROM,
        url=settings.TWILIO_URL,
        callback_url=f"{_public_url()}/hooks/twilio/" if _public_url() else "",
    )


def part_price() -> tuple[Decimal, str] | None:
    """What one part of an SMS costs, and in which currency; None where SMS_PART_PRICE says nothing. Raises ValueError where it is none."""
    if not settings.SMS_PART_PRICE:
        return None
    number, _, currency = settings.SMS_PART_PRICE.partition(" ")
    try:
        price = Decimal(number)
    except InvalidOperation:
        raise ValueError(number) from None
    if not (price.is_finite() and 0 <= price < 1000) or currency not in CURRENCIES:
        raise ValueError(settings.SMS_PART_PRICE)
    return price, currency


def missing_for_email() -> list[str]:
    """What the provider of e-mail lacks, a sentence each that says what to do."""
    provider = settings.EMAIL_PROVIDER
    if provider == "smtp":
        return []
    if provider not in ESPS:
        return [f"EMAIL_PROVIDER is {provider!r}. Write smtp, or one of: {', '.join(ESPS)}."]
    needed = ["EMAIL_PROVIDER_KEY", *(["EMAIL_PROVIDER_SECRET"] if ESPS[provider].secret else [])]
    return [*_unset("EMAIL_PROVIDER", needed), *_bad_urls(["EMAIL_PROVIDER_URL"])]


def missing_for_sms() -> list[str]:
    """What the provider of SMS lacks, a sentence each that says what to do."""
    provider = settings.SMS_PROVIDER
    if provider not in SMS_PROVIDERS:
        return [f"SMS_PROVIDER is {provider!r}. Write one of: {', '.join(SMS_PROVIDERS)}."]
    if provider == "smsapi":
        return [*_unset("SMS_PROVIDER", ["SMSAPI_TOKEN", "SMSAPI_URL"]), *_bad_urls(["SMSAPI_URL"]), *_bad_parts()]
    if provider == "twilio":
        needed = ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM", "TWILIO_URL"]
        return [*_unset("SMS_PROVIDER", needed), *_bad_urls(["TWILIO_URL"])]
    return []


def missing_for_printing() -> list[str]:
    """What PRINT_PROVIDER lacks, a sentence each; empty where it lacks nothing, or people print by hand."""
    if settings.PRINT_PROVIDER not in PRINT_PROVIDERS:
        return [f"PRINT_PROVIDER is {settings.PRINT_PROVIDER!r}. Leave it empty, or choose: http."]
    if not settings.PRINT_PROVIDER:
        return []
    return [*_unset("PRINT_PROVIDER", ["PRINT_URL"]), *_bad_urls(["PRINT_URL"])]


def _unset(provider: str, names: list[str]) -> list[str]:
    chosen, unset = getattr(settings, provider), [name for name in names if not getattr(settings, name)]
    return [f"{provider} is {chosen}, but {name} is not set. Set it, or choose another provider." for name in unset]


def _bad_urls(names: list[str]) -> list[str]:
    wrong: list[str] = []
    for name in names:
        try:
            allowed_url(getattr(settings, name) or "https://unset.invalid", reach=Reach.CHOSEN)
        except NotAllowed as refusal:
            wrong.append(f"{name}: {refusal}")
    return wrong


def _bad_parts() -> list[str]:
    return [] if 1 <= settings.SMSAPI_MAX_PARTS <= 10 else ["SMSAPI_MAX_PARTS must be a number from 1 to 10."]


def _public_url() -> str:
    """The address under which providers find us; empty where there is none by https."""
    return settings.BASE_URL.rstrip("/") if settings.BASE_URL.startswith("https://") else ""
