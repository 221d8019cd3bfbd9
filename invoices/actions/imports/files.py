"""What the import of any file needs: its company and profile, and the locks under which it writes."""

from collections.abc import Iterable

from invoices.actions.imports.batches import in_batches
from invoices.intake.profile import ColumnProfile, builtin_profiles, parse_profile
from invoices.intake.sheets import INVOICES
from invoices.models import Customer, Profile
from receivables.accounts.models import Creditor
from receivables.audit.actions import record
from receivables.core.errors import ProfileError, Refused


def profile_named(name: str, creditor: Creditor | None, *, table: str = INVOICES.name) -> ColumnProfile:
    """The company's own profile of that name, else the built-in one. Raises `Refused` naming those there are for that kind of table."""
    own = Profile.objects.filter(creditor_id=creditor.pk) if creditor else Profile.objects.none()
    stored, profiles = own.filter(name=name).first(), builtin_profiles()
    found = parse_profile(stored.text) if stored else profiles.get(name)
    if found and found.table == table:
        return found
    known = ", ".join(profiles_for(table, creditor)) or "none yet"
    if found:
        raise Refused(f"The profile {name} reads a table of {found.table}, not of {table}. Known for {table}: {known}.")
    raise Refused(f"There is no profile {name!r}. Known: {known}.")


def profiles_for(table: str, creditor: Creditor | None) -> list[str]:
    """Names of the profiles that read that kind of table, the company's own among them."""
    known = {name: profile.table for name, profile in builtin_profiles().items()}
    for name, text in Profile.objects.filter(creditor_id=creditor.pk).values_list("name", "text") if creditor else ():
        known[name] = _table_of(text)
    return sorted(name for name, read in known.items() if read == table)


def _table_of(text: str) -> str:
    """What a stored profile reads. One that cannot be read any more is shown with the invoices, where choosing it says why."""
    try:
        return parse_profile(text).table
    except ProfileError:
        return INVOICES.name


def company_for_import(slug: str | None) -> Creditor | None:
    """The company of that short name, else the only one; None where there is none yet. Raises `Refused` where it must be named."""
    companies = list(Creditor.objects.order_by("slug"))
    slugs = ", ".join(company.slug for company in companies) or "none yet"
    if slug:
        company = next((company for company in companies if company.slug == slug), None)
        if company is None:
            raise Refused(f"There is no company {slug!r}. Known: {slugs}.")
        return company
    if len(companies) > 1:
        raise Refused(f"There are several companies. Name one with --creditor: {slugs}.")
    return companies[0] if companies else None


def lock_company(creditor: Creditor) -> None:
    """Two files at once would make the same customers."""
    list(Creditor.objects.select_for_update(no_key=True).filter(pk=creditor.pk).values_list("pk"))


def keep_company(creditor: Creditor) -> None:
    """Store a company that was made for the file."""
    if not Creditor.objects.filter(pk=creditor.pk).exists():
        creditor.save(force_insert=True)
        record(creditor, "make_company", creditor, currency=creditor.currency)


def lock_customers(customers: Iterable[int | None]) -> None:
    """Lock these customers in the order of their ids."""
    known = sorted({pk for pk in customers if pk})
    for batch in in_batches(known):
        list(Customer.objects.select_for_update(no_key=True).filter(pk__in=batch).order_by("pk").values_list("pk"))
