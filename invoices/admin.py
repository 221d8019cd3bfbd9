"""The books to look at, and column profiles to keep. What changes the books are the verbs in `invoices.actions`."""

from django import forms
from django.contrib import admin

from invoices.intake.csv_table import parse_profile
from invoices.models import AllocationEntry, Contact, Customer, Dispute, ImportedFile, Invoice, Item, Payment, Profile, WriteOff
from receivables.audit.admin import Audited
from receivables.core.errors import ProfileError
from receivables.db.admin import LookOnly, LookOnlyInline


class ContactInline(LookOnlyInline):
    model = Contact


class ItemInline(LookOnlyInline):
    model = Item
    fields = ("label", "due_on", "amount", "open_amount", "currency", "closed_on", "closed_as")


class EntryInline(LookOnlyInline):
    model = AllocationEntry
    fields = ("on", "source", "item", "amount", "currency", "is_reversal", "recorded_at")


class DisputeInline(LookOnlyInline):
    model = Dispute


@admin.register(Customer)
class CustomerAdmin(LookOnly):
    """Customers with their contacts."""

    list_display = ("number", "name", "kind", "creditor", "city")
    list_filter = ("creditor", "kind")
    list_select_related = ("creditor",)
    search_fields = ("=number", "name", "=tax_id")
    inlines = (ContactInline,)


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
    list_display = ("name", "creditor")
    list_filter = ("creditor",)
    list_select_related = ("creditor",)
