"""The password of a package that went by mail: a person looks at it once, and says it another way."""

from datetime import datetime

from django.db import transaction

from dunning.models import PackageCall
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop


@transaction.atomic
def show_password(call: PackageCall, *, now: datetime, by: User) -> str:
    """The password, which is forgotten with that. Raises `Refused` where it was shown before, or the package has not gone."""
    row = PackageCall.objects.select_for_update(of=("self",)).select_related("agency__creditor").get(pk=call.pk)
    if not row.is_taken:
        raise Refused(gettext_noop("The package has not gone yet."))
    if row.password is None:
        raise Refused(gettext_noop("The password was shown before. Ask whoever saw it, or hand the case over anew."))
    password = str(row.password)
    row.password, row.shown_at, row.shown_to = None, now, by
    row.save(update_fields=["password", "shown_at", "shown_to"])
    record(row.agency.creditor, "package_password_shown", row, by=by, message=row.message_id)
    return password
