"""What commands take from their command line, beyond text and files."""

from argparse import ArgumentTypeError
from datetime import date


def day(text: str) -> date:
    """A date as 2012-12-31, for `type=` of an argument: anything else ends the command with 2 and a sentence."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no date of the calendar such as 2012-12-31.") from None
