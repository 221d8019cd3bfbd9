"""Where agencies call; none of them needs a signed-in person, each call proves itself."""

from django.urls import path

from dunning.agency_hook import called

app_name = "agencies"

urlpatterns = [path("<str:key>/", called, name="called")]
