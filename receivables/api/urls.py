"""The interface, version 1. Every address is made by `access.route`; a test says so."""

from receivables.api.access import route
from receivables.api.views import credit_by_nip, credit_by_number, nothing_here

app_name = "api"

urlpatterns = [
    route("v1/customers/credit", credit_by_nip, "credit_by_nip"),
    route("v1/customers/<path:number>/credit", credit_by_number, "credit_by_number"),
    route("<path:rest>", nothing_here, "nothing_here"),
]
