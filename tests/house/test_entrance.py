"""What every page shares: login, headers, sessions, health."""

import time

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.urls import reverse

from receivables.sessions import BEGAN

PASSWORD = "correct horse battery staple"


@pytest.fixture
def admin(db):
    return get_user_model().objects.create_superuser("admin", "admin@example.com", PASSWORD)


def test_healthz_needs_no_login_no_database_and_no_https(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    response = client.get(reverse("healthz"))
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_readyz_names_the_part_that_does_not_work(client, db):
    response = client.get(reverse("readyz"))
    assert response.status_code == 503
    assert response.json() == {"database": "ok", "broker": "ok", "beat": "silent"}


def test_everything_else_needs_a_login(client, db):
    response = client.get("/accounts/password/change/")
    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))


def test_the_admin_has_no_login_of_its_own(client, db):
    response = client.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))


def test_a_person_without_rights_does_not_get_into_the_admin(client, db):
    client.force_login(get_user_model().objects.create_user("clerk"))
    assert client.get("/admin/", follow=True).status_code == 403


def test_a_login_by_user_name(client, admin):
    client.post(reverse("account_login"), {"login": "admin", "password": PASSWORD})
    assert client.get("/admin/").status_code == 200


def test_too_many_wrong_passwords_lock_even_the_right_one_out(client, admin):
    for _ in range(6):
        client.post(reverse("account_login"), {"login": "admin", "password": "wrong"})
    client.post(reverse("account_login"), {"login": "admin", "password": PASSWORD})
    assert client.get("/admin/").status_code == 302


def test_nobody_signs_up(client, db):
    client.post("/accounts/signup/", {"username": "stranger", "password1": PASSWORD})
    assert not get_user_model().objects.exists()


def test_a_page_may_load_nothing_from_elsewhere_and_run_nothing_inline(client, db):
    headers = client.get(reverse("account_login")).headers
    policy = dict(directive.split(" ", 1) for directive in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(("hours", "status"), [(11.9, 200), (12.1, 302)])
def test_a_session_ends_twelve_hours_after_the_login(client, admin, hours, status):
    client.force_login(admin)
    session = client.session
    session[BEGAN] = int(time.time() - hours * 3600)
    session.save()
    assert client.get("/admin/").status_code == status


def test_a_session_ends_after_half_an_hour_without_a_request(client, admin):
    client.force_login(admin)
    client.get("/admin/")
    assert client.cookies["sessionid"]["max-age"] == 30 * 60


def test_every_file_that_a_style_sheet_names_exists(settings, tmp_path):
    """Else the image could not be built."""
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}}
    call_command("collectstatic", interactive=False, verbosity=0)
    assert (tmp_path / "staticfiles.json").exists()
