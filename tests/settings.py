"""The program's settings, with servers for the tests and nothing that leaves the process or takes its time."""

from tests import servers

servers.take()

from receivables.settings import *  # noqa: E402, F403 - settings are made this way

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
CELERY_BROKER_URL = "memory://"

DATABASES["default"]["CONN_MAX_AGE"] = 0  # noqa: F405 - the threads of a live server leave no connection behind
