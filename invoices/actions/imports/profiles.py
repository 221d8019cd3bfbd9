"""Column profiles that a company keeps: each text that one had is a version, so that what was read can be understood later."""

from datetime import datetime

from django.db import transaction

from invoices.actions.imports.files import lock_company
from invoices.intake.profile import ColumnProfile, builtin_profiles, write_profile
from invoices.models import Profile, ProfileVersion
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop


@transaction.atomic
def save_profile(
    creditor: Creditor, profile: ColumnProfile, *, now: datetime, replaces: bool = False, by: User | None = None
) -> ProfileVersion:
    """Keep a profile under its name. The same text again changes nothing. Raises `Refused` for the name of a built-in profile, of a profile
    for another kind of table, and of any other text where it is not said that it `replaces` that one.
    """
    lock_company(creditor)
    text, known = write_profile(profile), Profile.objects.filter(creditor=creditor, name=profile.name).first()
    if known is None and profile.name in builtin_profiles():
        raise Refused(gettext_noop("%(name)s is the name of a profile that comes with the program. Choose another one."), name=profile.name)
    if known is None:
        known = Profile.objects.create(creditor=creditor, name=profile.name, text=text)
    elif known.text != text and not replaces:
        raise Refused(
            gettext_noop("There is a profile %(name)s already. Choose another name, or say that this replaces it."), name=profile.name
        )
    return keep_version(known, text, now=now, by=by)


def keep_version(profile: Profile, text: str, *, now: datetime, by: User | None = None) -> ProfileVersion:
    """Make this the profile's text, as its next version where it is another one."""
    last = profile.versions.first()
    if last is not None and last.text == text:
        return last
    if last is None and profile.text != text:  # what it said before versions were kept
        last = ProfileVersion.objects.create(profile=profile, number=1, text=profile.text, at=now)
    if profile.text != text:
        profile.text = text
        profile.save(update_fields=["text"])
    version = ProfileVersion.objects.create(profile=profile, number=last.number + 1 if last else 1, text=text, at=now, by=by)
    record(profile.creditor, "profile_saved", profile, by=by, name=profile.name, version=version.number)
    return version
