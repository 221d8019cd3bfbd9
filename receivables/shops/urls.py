"""Where shops call; none of them needs a signed-in person, each call proves itself."""

from django.urls import path

from receivables.shops.views import called

app_name = "shops"

urlpatterns = [path("<str:key>/", called, name="called")]
