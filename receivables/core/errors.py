"""Domain exceptions. Each carries a sentence a clerk can act on; screens and commands show it as it is."""


class DomainError(Exception):
    """Something that may not be, in plain words. Nothing was changed."""


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
