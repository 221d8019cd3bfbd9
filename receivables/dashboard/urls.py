"""The staff screens. What each needs stands in `access.RULES`."""

from django.urls import URLPattern, path

from receivables.dashboard.access import View, guarded
from receivables.dashboard.views import customers, intake, invoices, mailbox, payments, plan_edits, policies, runs, today

app_name = "dashboard"


def screen(route: str, view: View, name: str) -> URLPattern:
    """An address with its rule."""
    return path(route, guarded(name, view), name=name)


urlpatterns = [
    screen("", today.overview, "today"),
    screen("preview/", today.preview, "preview"),
    screen("search/", today.search, "search"),
    screen("company/", today.switch_company, "switch_company"),
    screen("tasks/", today.tasks, "tasks"),
    screen("tasks/<int:pk>/close/", today.task_close, "task_close"),
    screen("customers/", customers.customers, "customers"),
    screen("customers/export.csv", customers.customers_export, "customers_export"),
    screen("customers/<int:pk>/", customers.customer, "customer"),
    screen("customers/<int:pk>/hold/", customers.customer_hold, "customer_hold"),
    screen("customers/<int:pk>/payment/", customers.customer_payment, "customer_payment"),
    screen("customers/<int:pk>/contact/", customers.customer_contact, "customer_contact"),
    screen("customers/<int:pk>/agency/", customers.customer_agency, "customer_agency"),
    screen("holds/<int:pk>/release/", customers.hold_release, "hold_release"),
    screen("invoices/", invoices.invoices, "invoices"),
    screen("invoices/export.csv", invoices.invoices_export, "invoices_export"),
    screen("invoices/import/", intake.intake, "intake"),
    screen("invoices/<int:pk>/", invoices.invoice, "invoice"),
    screen("invoices/<int:pk>/document/", invoices.invoice_document, "invoice_document"),
    screen("invoices/<int:pk>/dispute/", invoices.invoice_dispute, "invoice_dispute"),
    screen("invoices/<int:pk>/resolve/", invoices.dispute_resolve, "dispute_resolve"),
    screen("invoices/<int:pk>/write-off/", invoices.invoice_write_off, "invoice_write_off"),
    screen("payments/", payments.payments, "payments"),
    screen("payments/export.csv", payments.payments_export, "payments_export"),
    screen("payments/new/", payments.payment_new, "payment_new"),
    screen("payments/<int:pk>/", payments.payment, "payment"),
    screen("payments/<int:pk>/allocate/", payments.payment_allocate, "payment_allocate"),
    screen("payments/<int:pk>/reverse/", payments.payment_reverse, "payment_reverse"),
    screen("runs/", runs.runs, "runs"),
    screen("runs/start/", runs.run_start, "run_start"),
    screen("runs/<int:pk>/", runs.run, "run"),
    screen("runs/<int:pk>/answer/", runs.run_answer, "run_answer"),
    screen("notices/<int:pk>/", runs.notice, "notice"),
    screen("notices/<int:pk>/edit/", plan_edits.notice_edit, "notice_edit"),
    screen("mailbox/", mailbox.mailbox, "mailbox"),
    screen("mailbox/<int:pk>/", mailbox.message, "message"),
    screen("mailbox/<int:pk>/page/", mailbox.message_html, "message_html"),
    screen("mailbox/<int:pk>/paper/", mailbox.message_document, "message_document"),
    screen("policies/", policies.policies, "policies"),
    screen("policies/publish/", policies.policy_publish, "policy_publish"),
    screen("policies/<int:pk>/", policies.policy, "policy"),
]
