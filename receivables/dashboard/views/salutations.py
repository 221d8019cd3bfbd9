"""How letters and mails begin for a contact: chosen by a person, never guessed."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from invoices import actions as books
from invoices.models import Contact, Customer
from receivables.dashboard.access import StaffRequest, of_company
from receivables.dashboard.asking import Ask, asked, given
from receivables.dashboard.forms.deeds import SalutationForm
from receivables.dashboard.views.common import to


def contact_salutation(request: StaffRequest, pk: int) -> HttpResponse:
    """Choose it, or leave it empty for the neutral one."""
    mine = of_company(request, Customer.objects.all())
    contact = get_object_or_404(Contact.objects.select_related("customer").filter(customer__in=mine), pk=pk)
    ask = Ask(
        heading=_("Salutation"),
        submit=_("Save"),
        back=to("customer", contact.customer_id),
        back_label=contact.customer.name,
        text=_("Letters and mails to this contact begin so. Empty: Szanowni Państwo, Dear Sir or Madam, Sehr geehrte Damen und Herren."),
        facts=[{"label": _("Contact"), "value": str(contact)}],
    )

    def deed(said: dict[str, str]) -> str:
        books.choose_salutation(contact, said["salutation"], by=request.user)
        return _("The salutation is saved.")

    return asked(request, SalutationForm(**given(request), initial={"salutation": contact.salutation}), ask, deed)
