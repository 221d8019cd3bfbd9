"""Where providers report to. None of them needs a signed-in person; each asks for its own proof."""

from django.urls import path

from receivables.messaging.hooks import views

app_name = "hooks"

urlpatterns = [
    path("smsapi/<str:secret>/", views.smsapi, name="smsapi"),
    path("smsapi/<str:secret>/incoming/", views.smsapi_incoming, name="smsapi_incoming"),
    path("twilio/incoming/", views.twilio_incoming, name="twilio_incoming"),
    path("twilio/<str:key>/", views.twilio, name="twilio"),
    path("anymail/<slug:esp>/tracking/", views.anymail, name="anymail"),
    path("anymail/<slug:esp>/inbound/", views.mails, name="mails"),
]
