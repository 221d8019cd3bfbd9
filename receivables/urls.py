"""Every address of the program."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

from receivables import health
from receivables.portal.check import check
from receivables.portal.stop import stop

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # one login page, with its rate limits

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
    path("language/", login_not_required(set_language), name="set_language"),  # by POST, also before signing in
    path("api/", include("receivables.api.urls")),
    path("hooks/shops/", include("receivables.shops.urls")),
    path("hooks/agencies/", include("dunning.agency_hook_urls")),
    path("hooks/", include("receivables.messaging.hooks.urls")),
    path("stop/<str:token>/", stop, name="stop"),  # of friendly mails: who holds the address may press
    path("check/", check, name="check"),  # is this letter real? Public, behind the code on each paper
    path("check/<str:code>/", check, name="check_code"),
    path("portal/", include("receivables.portal.urls")),
    path("", include("receivables.dashboard.urls")),
]
