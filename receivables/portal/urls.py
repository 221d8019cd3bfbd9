"""The addresses of the portal. None of them holds a secret."""

from django.urls import path

from receivables.portal import views

app_name = "portal"

urlpatterns = [
    path("", views.ask, name="ask"),
    path("code/", views.code, name="code"),
    path("choose/", views.choose, name="choose"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("language/", views.language, name="language"),
    path("account/", views.account, name="account"),
    path("items/<str:which>/", views.items, name="items"),
    path("invoices/<int:pk>/", views.invoice, name="invoice"),
    path("invoices/<int:pk>/pdf/", views.invoice_pdf, name="invoice_pdf"),
    path("payments/", views.payments, name="payments"),
    path("ways/", views.ways, name="ways"),
    path("ways/ask/", views.ask_way, name="ask_way"),
    path("ways/<str:currency>/<slug:key>/", views.way, name="way"),
    path("balances/<int:pk>/", views.balance, name="balance"),
    path("balances/<int:pk>/pdf/", views.balance_pdf, name="balance_pdf"),
    path("letters/", views.letters, name="letters"),
    path("letters/<int:pk>/pdf/", views.letter_pdf, name="letter_pdf"),
    path("contact/", views.contact, name="contact"),
]
