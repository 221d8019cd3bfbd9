"""Four eyes, in one place: who made a thing, who approves it, and that they differ where they must."""

from receivables.accounts.models import User
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop


def check_approver(*, author: User | None, approver: User | None, four_eyes: bool) -> None:
    """Raise `Refused` where a second person is needed and the approver is the author, or nobody.

    A plan made by the schedule has no author: any approver will do.
    """
    if four_eyes and approver is None:
        raise Refused(gettext_noop("A person has to approve this."))
    if four_eyes and author is not None and author == approver:
        raise Refused(gettext_noop("Somebody else has to approve this: you prepared it."))
