from invoices.actions import FileReport, import_customers
from invoices.intake.profile import ColumnProfile
from invoices.management.importing import ENDS, ImportCommand
from receivables.accounts.models import Creditor
from receivables.clock import today


class Command(ImportCommand):
    help = f"Load customers from CSV or XLSX files. Who is new is contacted only once a person has released them. {ENDS}"
    table = "customers"

    def load(self, company: Creditor, *, name: str, data: bytes, profile: ColumnProfile, dry_run: bool) -> FileReport:
        return import_customers(company, name=name, data=data, profile=profile, on=today(company.time_zone), dry_run=dry_run)
