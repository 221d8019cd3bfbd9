"""The layout of an account's CSV files, as a person has described it."""

from django.db import transaction

from invoices.models import BankAccount
from invoices.statements.csv_profile import BankProfile, write_bank_profile
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop


@transaction.atomic
def save_layout(account: BankAccount, layout: BankProfile, *, replaces: bool = False, by: User | None = None) -> BankAccount:
    """Keep it for the account. The same again changes nothing. Raises `Refused` for another one where it is not said that it `replaces`
    the one that the account has; the trail keeps both texts.
    """
    row, text = BankAccount.objects.select_for_update().get(pk=account.pk), write_bank_profile(layout)
    if row.profile == text:
        return row
    if row.profile.strip() and not replaces:
        raise Refused(gettext_noop("The account has a layout already. Say that this replaces it, or choose another account."))
    before, row.profile = row.profile, text
    row.save(update_fields=["profile"])
    record(row.creditor, "save_bank_layout", row, by=by, layout=text, before=before)
    return row
