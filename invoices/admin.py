"""The books to look at; customers and column profiles to keep. Money is moved by the verbs in `invoices.actions` alone."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from invoices.actions.customers import RELATED
from invoices.actions.identifiers import phone_in_full, plain_email, tax_id_problem
from invoices.actions.imports.files import profile_named
from invoices.actions.imports.profiles import keep_version
from invoices.actions.postings import tell
from invoices.intake.csv_table import parse_profile
from invoices.intake.sheets import SETTLEMENTS
from invoices.models import (
    AllocationEntry,
    BankAccount,
    BankLine,
    BankStatement,
    Claim,
    ClaimEntry,
    ClaimRules,
    Contact,
    ContractRate,
    Customer,
    CustomerMove,
    Dispute,
    ImportedFile,
    Invoice,
    Item,
    Payment,
    PayoutPartner,
    Profile,
    SisterBooking,
    SisterMoney,
    SparedCustomer,
    WriteOff,
)
from invoices.statements.csv_profile import parse_bank_profile
from invoices.statements.parsed import compact
from receivables import clock
from receivables.audit.admin import Audited, acting
from receivables.clock import today
from receivables.core.errors import ProfileError, Refused
from receivables.db.admin import LookOnly, LookOnlyInline


class ContactForm(forms.ModelForm):
    """Addresses as the books keep them."""

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        try:
            given["email"] = plain_email(given.get("email", ""))
            given["phone"] = phone_in_full(given["phone"], country=self.instance.customer.country) if given.get("phone") else ""
        except Refused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        if not (given["email"] or given["phone"]):
            raise forms.ValidationError(_("Give an e-mail address or a phone number."))
        return given


class ContactInline(admin.TabularInline):
    model = Contact
    form = ContactForm
    extra = 0


class ItemInline(LookOnlyInline):
    model = Item
    fields = ("label", "due_on", "amount", "open_amount", "currency", "closed_on", "closed_as")


class EntryInline(LookOnlyInline):
    model = AllocationEntry
    fields = ("on", "source", "item", "amount", "currency", "is_reversal", "recorded_at")


class DisputeInline(LookOnlyInline):
    model = Dispute


class CustomerForm(forms.ModelForm):
    """Two companies share no customers."""

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        creditor = given.get("creditor") or self.instance.creditor
        for role in RELATED:
            if (related := given.get(role)) and related.creditor_id != creditor.pk:
                self.add_error(role, _("This is a customer of another company."))
        return given


@admin.register(Customer)
class CustomerAdmin(Audited):
    """Customers with their contacts. What is changed here is news to the ladder, as everything in the books is."""

    form = CustomerForm
    list_display = ("number", "name", "kind", "creditor", "city")
    list_filter = ("creditor", "kind")
    list_select_related = ("creditor",)
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("=number", "name", "=tax_id")
    autocomplete_fields = RELATED
    inlines = (ContactInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Customer | None = None) -> Any:
        return ("creditor", "number", "currency", "kind") if obj else ()  # the kind: by its verb, which works claims out anew

    def has_delete_permission(self, request: HttpRequest, obj: Customer | None = None) -> bool:
        return False

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        customer: Customer = form.instance
        if customer.tax_id and (doubt := tax_id_problem(customer.country, customer.tax_id)):
            messages.warning(request, f"{doubt} It is kept as it is.")
        tell(customer.pk, on=today(customer.creditor.time_zone))


@admin.register(Invoice)
class InvoiceAdmin(LookOnly):
    """Papers with what is owed on them."""

    list_display = ("number", "kind", "state", "customer", "gross", "currency", "issued_on")
    list_filter = ("creditor", "kind", "state")
    list_select_related = ("customer",)
    search_fields = ("=number",)
    ordering = ("-pk",)
    inlines = (ItemInline,)


@admin.register(Item)
class ItemAdmin(LookOnly):
    """What is owed, with all that changed it."""

    list_display = ("label", "customer", "due_on", "amount", "open_amount", "currency", "closed_as")
    list_filter = ("creditor", "closed_as")
    list_select_related = ("customer",)
    search_fields = ("=label",)
    ordering = ("-pk",)
    inlines = (EntryInline, DisputeInline)


@admin.register(Payment)
class PaymentAdmin(LookOnly):
    """Money with what it settled. A payer's account number is not shown."""

    list_display = ("reference", "customer", "amount", "currency", "booked_on", "reverses")
    list_filter = ("creditor",)
    list_select_related = ("customer", "reverses")
    search_fields = ("=reference",)
    ordering = ("-pk",)
    exclude = ("payer_account", "payer_account_hash")
    inlines = (EntryInline,)


@admin.register(WriteOff)
class WriteOffAdmin(LookOnly):
    """Rests that are not claimed any more."""

    list_display = ("item", "amount", "currency", "on", "reason", "by")
    list_select_related = ("item", "by")
    ordering = ("-pk",)


class ClaimEntryInline(LookOnlyInline):
    model = ClaimEntry
    fields = ("on", "type", "amount", "currency", "is_reversal", "reason", "payment", "by")
    fk_name = "claim"


@admin.register(Claim)
class ClaimAdmin(LookOnly):
    """The ledger of claims beside the principal."""

    list_display = ("invoice", "kind", "customer", "first_on", "last_on", "step", "currency")
    list_filter = ("creditor", "kind")
    list_select_related = ("customer", "invoice")
    search_fields = ("=invoice__number",)
    ordering = ("-pk",)
    inlines = (ClaimEntryInline,)


@admin.register(ClaimRules)
class ClaimRulesAdmin(LookOnly):
    """When compensation was claimed; set on the company's page of claims."""

    list_display = ("creditor", "since", "claims_compensation", "minimum_amount", "minimum_days", "by")
    list_filter = ("creditor",)
    list_select_related = ("creditor", "by")


@admin.register(ContractRate)
class ContractRateAdmin(LookOnly):
    """Interest that contracts agree."""

    list_display = ("customer", "invoice", "percent", "since", "contract", "by")
    list_filter = ("creditor",)
    list_select_related = ("customer", "invoice", "by")
    ordering = ("-pk",)


@admin.register(SparedCustomer)
class SparedCustomerAdmin(LookOnly):
    """The keep-relations list."""

    list_display = ("customer", "since", "reason", "by", "ended_on")
    list_filter = ("creditor",)
    list_select_related = ("customer", "by")
    ordering = ("-pk",)


@admin.register(ImportedFile)
class ImportedFileAdmin(LookOnly):
    """Files that were read in."""

    list_display = ("name", "creditor", "profile", "new", "changed", "unchanged", "at", "by")
    list_filter = ("creditor", "profile")
    list_select_related = ("creditor", "by")
    ordering = ("-pk",)


class ProfileForm(forms.ModelForm):
    """A profile that cannot be read is not kept."""

    class Meta:
        model = Profile
        fields = ("creditor", "name", "text")

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        try:
            parse_profile(text)
        except ProfileError as complaint:
            raise forms.ValidationError(str(complaint)) from complaint
        return text


@admin.register(Profile)
class ProfileAdmin(Audited):
    """Column profiles; see docs/import.md."""

    form = ProfileForm

    def save_model(self, request: HttpRequest, obj: Profile, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        keep_version(obj, obj.text, now=clock.now(), by=acting(request))

    list_display = ("name", "creditor")
    list_filter = ("creditor",)
    list_select_related = ("creditor",)


class BankAccountForm(forms.ModelForm):
    """An account as the bank names it, compact; a layout that cannot be read is not kept."""

    class Meta:
        model = BankAccount
        fields = ("creditor", "number", "label", "profile")

    def clean_number(self) -> str:
        return compact(self.cleaned_data["number"])

    def clean_profile(self) -> str:
        text: str = self.cleaned_data["profile"]
        try:
            if text.strip():
                parse_bank_profile(text)
        except ProfileError as complaint:
            raise forms.ValidationError(str(complaint)) from complaint
        return text


@admin.register(BankAccount)
class BankAccountAdmin(Audited):
    """The company's accounts whose statements are read; see docs/bank.md."""

    form = BankAccountForm
    list_display = ("number", "label", "creditor")
    list_filter = ("creditor",)
    list_select_related = ("creditor",)


@admin.register(BankStatement)
class BankStatementAdmin(LookOnly):
    """Statements as they were stored."""

    list_display = ("account", "number", "currency", "opening", "closing", "closed_on", "entries", "is_held")
    list_filter = ("creditor", "is_held")
    list_select_related = ("account",)
    ordering = ("-pk",)


@admin.register(BankLine)
class BankLineAdmin(LookOnly):
    """Movements of money, and what became of them."""

    list_display = ("booked_on", "amount", "currency", "counterparty", "title", "state", "why")
    list_filter = ("creditor", "state")
    exclude = ("payer_account", "payer_account_hash")
    ordering = ("-pk",)


@admin.register(CustomerMove)
class CustomerMoveAdmin(LookOnly):
    """Merges, splits and what was put back; see docs/customers.md."""

    list_display = ("on", "kind", "source", "target", "reason", "by")
    list_filter = ("creditor", "kind")
    list_select_related = ("source", "target", "by")
    ordering = ("-pk",)


class PayoutPartnerForm(forms.ModelForm):
    """Its profile has to read settlement reports."""

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        company, profile = given.get("creditor"), given.get("profile")
        if company and profile:
            try:
                profile_named(profile, company, table=SETTLEMENTS.name)
            except Refused as refusal:
                raise forms.ValidationError({"profile": str(refusal)}) from refusal
        return given


@admin.register(PayoutPartner)
class PayoutPartnerAdmin(Audited):
    form = PayoutPartnerForm
    list_display = ["name", "creditor", "kind", "payer", "is_active"]
    list_filter = ["creditor", "kind", "is_active"]


@admin.register(SisterMoney)
class SisterMoneyAdmin(LookOnly):
    """Money that came for a sister company; see docs/bank.md."""

    list_display = ("bank_line", "creditor", "receiver", "customer", "taken_back_on")
    list_filter = ("creditor", "receiver")
    list_select_related = ("bank_line", "creditor", "receiver", "customer")
    ordering = ("-pk",)


@admin.register(SisterBooking)
class SisterBookingAdmin(LookOnly):
    """Its bookings at the company where the money came."""

    list_display = ("on", "kind", "amount", "currency", "creditor", "payment", "reverses")
    list_filter = ("creditor", "kind")
    list_select_related = ("creditor", "payment", "reverses")
    ordering = ("-pk",)
