import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from receivables.core.errors import DomainError, Refused
from receivables.countries.rates import shipped
from receivables.countries.worked.document import completed, read
from receivables.countries.worked.printed import printed
from receivables.rates.stored import current_book

LARGEST = 100_000_000  # bytes


class Command(BaseCommand):
    help = "Complete a document of debts with interest, compensation, limitation and the rest that follows. See docs/law.md."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--stored", action="store_true", help="go by the rates of the database, too, not only by those that ship")
        parser.add_argument("--json", action="store_true", help="print the completed document as JSON")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        """Exit code 2 with one sentence, and nothing else, where any case cannot be completed."""
        try:
            document = completed(read(_text(options["file"])), current_book() if options["stored"] else shipped())
        except DomainError as error:
            self.stderr.write(str(error))
            raise SystemExit(2) from error
        self.stdout.write(json.dumps(document, ensure_ascii=False, indent=1) if options["json"] else printed(document))


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise Refused(f"{path} is larger than {LARGEST} bytes; split it.")
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise Refused(f"{path} cannot be read: {reason}.") from error
