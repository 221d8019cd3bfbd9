"""All settings. What the operator sets is read from the environment here, through `receivables.env`, and nowhere else."""

from pathlib import Path

from receivables.env import env, secret

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()

DEBUG = False
SECRET_KEY = secret("SECRET_KEY", default="not-a-secret-only-for-the-first-skeleton")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])

INSTALLED_APPS = [
    "receivables.accounts",
    "receivables.audit",
    "receivables.messaging",
    "receivables.documents",
    "invoices",
    "dunning",
    "receivables.reporting",
    "receivables.dashboard",
    "receivables.portal",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
]

DATABASES = {"default": env.db_url("DATABASE_URL", default="postgres://postgres@127.0.0.1:5432/receivables")}

AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "pl"
LANGUAGES = [("pl", "polski"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "Europe/Warsaw"
