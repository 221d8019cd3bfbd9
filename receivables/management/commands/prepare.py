from typing import Any

from django.apps import apps
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandParser

from receivables.schema import why_not_ready

DEMO = "seed_demo"


class Command(BaseCommand):
    help = "Make the database ready in one go: migrate where needed and, with --demo, fill an empty database with the demo."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", action="store_true", help="seed the demo when the database has no creditor yet")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        if why_not_ready():
            call_command("migrate", verbosity=0, interactive=False)
            self.stdout.write("database migrated")
        if options["demo"] and DEMO in get_commands() and not apps.get_model("accounts", "Creditor").objects.exists():
            call_command(DEMO)
            self.stdout.write("demo data made")
