from dunning.actions.opening import import_opening
from invoices.actions import FileReport
from invoices.intake.profile import ColumnProfile
from invoices.management.importing import ENDS, ImportCommand
from receivables.accounts.models import Creditor
from receivables.clock import today


class Command(ImportCommand):
    help = (
        "Load invoices of the first day with what another system did about them: last step, claims, hold, promise, plan, agency, court. "
        f"Nobody is contacted before a person releases the first-contact list. {ENDS}"
    )
    table = "opening"

    def load(self, company: Creditor, *, name: str, data: bytes, profile: ColumnProfile, dry_run: bool) -> FileReport:
        return import_opening(company, name=name, data=data, profile=profile, on=today(company.time_zone), dry_run=dry_run)
