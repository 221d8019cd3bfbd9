"""Domain exceptions. Each carries a sentence a clerk can act on; commands show it as it is, screens in their language."""

from typing import Any


def gettext_noop(text: str) -> str:
    """Mark a sentence for the catalogue; nothing is translated here."""
    return text


class DomainError(Exception):
    """Something that may not be, in plain words. Nothing was changed.

    `text` has a placeholder "%(name)s" for each fact, so that a screen can translate it. Written as a literal it is in the catalogue.
    """

    def __init__(self, text: object = "", /, **facts: Any) -> None:
        self.text, self.facts = str(text), facts
        super().__init__(self.text % facts if facts else self.text)


class IllegalMove(DomainError):
    """A state may not change that way."""


class CurrencyMismatch(DomainError):
    """Two currencies met where one was expected; they are never added or compared."""


class Refused(DomainError):
    """An action names something unknown or closed, or asks for what cannot be. Nothing was changed."""


class PolicyError(DomainError):
    """A policy that cannot work: names place and reason."""


class NotSupportedYet(DomainError):
    """A part of the text format that this version does not implement; the message ends with the word."""


class ScenarioError(DomainError):
    """A scenario text that cannot be read: names line, key and what is allowed. Not a rule that its timeline breaks."""


class ProfileError(DomainError):
    """A column profile that cannot be read or would have to guess: names line, key and what is allowed."""


class RenderError(DomainError):
    """A message or paper that cannot be made: nothing leaves with a hole in it."""
