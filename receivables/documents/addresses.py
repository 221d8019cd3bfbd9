"""Where papers send their reader: to the page that checks letters, and to the firm itself. Pure."""

from collections.abc import Mapping

from receivables.core.printed import one_line


def check_address(portal_url: str, code: str = "") -> str:
    """Where anybody can ask whether a letter is real: beside the portal, with or without the letter's code."""
    return portal_url.removesuffix("portal/") + "check/" + (f"{code}/" if code else "")


def contact_of(creditor: Mapping[str, str]) -> str:
    """Phone and mailbox after a colon, the phone unbroken; nothing where there is neither."""
    ways = (one_line(creditor["phone"]).replace(" ", "\xa0"), one_line(creditor["email"]))
    said = ", ".join(way for way in ways if way)
    return f": {said}" if said else ""
