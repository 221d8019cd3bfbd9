from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from receivables import clock
from receivables.messaging.channels.smsapi import Smsapi
from receivables.messaging.outgoing import Accepted, Outgoing
from receivables.messaging.wiring import missing_for_sms, smsapi_config


class Command(BaseCommand):
    help = "Ask the provider of SMS to check a message and send nothing: token, sender name, credit and number. Works in quarantine too."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("channel", choices=["sms"])
        parser.add_argument("--to", required=True, help="a phone number such as +48500100100")
        parser.add_argument("--text", default="Test", help="what it would say")

    def handle(self, *args: Any, **options: Any) -> None:
        if lacking := missing_for_sms():
            raise CommandError(" ".join(lacking))
        if settings.SMS_PROVIDER != "smsapi":
            raise CommandError(f"SMS_PROVIDER is {settings.SMS_PROVIDER}. Only smsapi can check a message without sending it.")
        answer = Smsapi(smsapi_config(is_trial=True)).send(_message(options["to"], options["text"]))
        if not isinstance(answer, Accepted):
            raise CommandError(answer.detail)
        self.stdout.write("SMSAPI would take it. Nothing was sent.")
        if answer.detail:
            self.stdout.write(f"It would cost {answer.detail}.")


def _message(number: str, text: str) -> Outgoing:
    now = clock.now()
    nothing = dict.fromkeys(("message_id", "recipient_name", "sender_name", "sender_address", "reply_to", "subject", "html"), "")
    key, day = f"try-{now:%Y%m%d%H%M%S%f}", now.date()
    return Outgoing(key=key, channel="sms", recipient=number, text=text, attachments=(), language="pl", planned_on=day, **nothing)
