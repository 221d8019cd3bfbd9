"""All settings. What the operator sets is read from the environment here, through `receivables.env`, and nowhere else.

Each variable stands in README.md and .env.example; tests/house/test_configuration.py says so.
"""

import base64
import os
from pathlib import Path
from urllib.parse import urlsplit

from kombu import Queue

from receivables import schedule
from receivables.embedded.places import OWNER, Places
from receivables.env import boolean, env, kept_secret, moment, secret

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("DATA_DIR", default="") or BASE_DIR / "var").resolve()

# Servers. Those that are not named here are private ones below DATA_DIR; see receivables/embedded.
PLACES = Places(DATA_DIR)
DATABASE_URL = secret("DATABASE_URL", default="")
BROKER_URL = secret("BROKER_URL", default="")
PRIVATE_SERVERS = [name for name, url in (("postgres", DATABASE_URL), ("valkey", BROKER_URL)) if not url]

DATABASES = {
    "default": {
        **env.db_url_config(DATABASE_URL or PLACES.database_url()),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
}
# The role that owns the tables. Only `migrate` uses it; the program itself may not change what is append-only.
OWNER_DATABASE = env.db_url_config(
    secret("OWNER_DATABASE_URL", default=DATABASE_URL) or PLACES.database_url(OWNER),
)

# The role that plays scenarios in scratch databases where the owner is not at hand: it may create databases, and nothing else.
REPLAY_DATABASE_URL = secret("REPLAY_DATABASE_URL", default="")

# Secrets. Beside a private database they are made on the first start and kept; elsewhere they must be given.
if DATABASE_URL:
    SECRET_KEY = secret("SECRET_KEY")
    FIELD_KEYS = secret("FIELD_KEYS").split(",")
else:
    _secrets = DATA_DIR / "secrets"
    SECRET_KEY = kept_secret("SECRET_KEY", _secrets, lambda: base64.b64encode(os.urandom(48)).decode())
    FIELD_KEYS = kept_secret("FIELD_KEYS", _secrets, lambda: base64.b64encode(os.urandom(32)).decode()).split(",")

# Where the program is seen from outside, and how safely. receivables/checks.py refuses combinations that are not safe.
DEBUG = False
LOOPBACK_NAMES = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=LOOPBACK_NAMES)
BASE_URL = env.str("BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
BIND = env.str("BIND", default="127.0.0.1:8000")  # host and port of the web process
HTTPS = boolean("HTTPS")
PROXY_SSL_HEADER = env.str("PROXY_SSL_HEADER", default="")  # set by the proxy in front, such as X-Forwarded-Proto

# Messages leave only when a person has switched a creditor live AND this names this very machine; else they are captured.
LIVE_HOST = env.str("LIVE_HOST", default="")
# The file that remembers each hand-over outside the database, best on another disk; its folder must be there.
SEND_JOURNAL = Path(_journal) if (_journal := env.str("SEND_JOURNAL", default="")) else None
RATES_UPDATE = boolean("RATES_UPDATE")  # ask the central bank for new rates once a day
EXCHANGE_RATES = boolean("EXCHANGE_RATES")  # ask the central bank for the daily mid rates that bookings in other currencies need
CLOCK = moment("CLOCK")  # read by receivables/clock.py; never together with LIVE_HOST

INSTALLED_APPS = [
    "receivables",
    "receivables.accounts",
    "receivables.audit",
    "receivables.rates",
    "receivables.texts",
    "receivables.messaging",
    "receivables.documents",
    "invoices",
    "dunning",
    "receivables.credit",
    "receivables.shops",
    "receivables.reporting",
    "receivables.dashboard",
    "receivables.portal",
    "receivables.api",
    "allauth",
    "allauth.account",
    "csp",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "receivables.sessions.LongestSession",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "csp.middleware.CSPMiddleware",
]

ROOT_URLCONF = "receivables.urls"
WSGI_APPLICATION = "receivables.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "receivables.dashboard.context.shell",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# People and their sessions
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]  # also answers for permissions
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "receivables.accounts.adapter.Adapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]  # only to satisfy allauth's checks: the adapter closes sign-up
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "20/m/ip,5/300s/key", "reset_password": "10/m/ip,3/m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if PROXY_SSL_HEADER else 0

SESSION_COOKIE_AGE = 30 * 60  # seconds without a request
SESSION_SAVE_EVERY_REQUEST = True
LONGEST_SESSION = 12 * 60 * 60  # seconds since login

# Cookies and headers. A __Host- cookie is only taken over HTTPS, for the whole host and nothing else.
_prefix = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{_prefix}sessionid"
CSRF_COOKIE_NAME = f"{_prefix}csrftoken"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked from inside the machine, past the proxy
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = (f"HTTP_{PROXY_SSL_HEADER.upper().replace('-', '_')}", "https") if PROXY_SSL_HEADER else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# Static files: hashed names once `collectstatic` has run (the image), straight from the source folders before.
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
_collected = (STATIC_ROOT / "staticfiles.json").exists()
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not _collected
_static_storage = (
    "whitenoise.storage.CompressedManifestStaticFilesStorage" if _collected else "django.contrib.staticfiles.storage.StaticFilesStorage"
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _static_storage},
}

# Language and time
LANGUAGE_CODE = "pl"
LANGUAGES = [("pl", "polski"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "Europe/Warsaw"

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Mail: what the e-mail channel sends through once live, and letters to staff.
_email = env.email_url_config(secret("EMAIL_URL", default="smtp://localhost:25"))
EMAIL_BACKEND = _email["EMAIL_BACKEND"]
EMAIL_HOST = _email["EMAIL_HOST"] or "localhost"
EMAIL_PORT = _email["EMAIL_PORT"] or (587 if _email.get("EMAIL_USE_TLS") else 465 if _email.get("EMAIL_USE_SSL") else 25)
EMAIL_HOST_USER = _email["EMAIL_HOST_USER"] or ""
EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS = _email.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _email.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="receivables@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
MAIL_ENCLOSED_BYTES = env.int("MAIL_ENCLOSED_MB", default=7) * 1_000_000  # invoices that go along with one mail, together
BOUNCE_ADDRESS = env.str("BOUNCE_ADDRESS", default="")  # base of the signed envelope sender; empty: the sender itself
REPLY_IMAP_URL = secret("REPLY_IMAP_URL", default="")  # imaps://user:password@host:993/INBOX; empty: nobody fetches replies

# Who carries messages once live: SMTP or a provider of e-mail, a file or a provider of SMS. docs/channels.md tells what each needs.
EMAIL_PROVIDER = env.str("EMAIL_PROVIDER", default="") or "smtp"
EMAIL_PROVIDER_KEY = secret("EMAIL_PROVIDER_KEY", default="")
EMAIL_PROVIDER_SECRET = secret("EMAIL_PROVIDER_SECRET", default="")
EMAIL_PROVIDER_URL = env.str("EMAIL_PROVIDER_URL", default="")
SMS_PROVIDER = env.str("SMS_PROVIDER", default="") or "file"
SMS_PART_PRICE = env.str("SMS_PART_PRICE", default="")  # of one part, such as 0.09 PLN
SMSAPI_TOKEN = secret("SMSAPI_TOKEN", default="")
SMSAPI_SENDER = env.str("SMSAPI_SENDER", default="")
SMSAPI_DIACRITICS = boolean("SMSAPI_DIACRITICS")  # ą stays ą, and a part holds 70 signs instead of 160
SMSAPI_MAX_PARTS = env.int("SMSAPI_MAX_PARTS", default=3)
SMSAPI_URL = env.str("SMSAPI_URL", default="") or "https://api.smsapi.pl"
TWILIO_ACCOUNT_SID = env.str("TWILIO_ACCOUNT_SID", default="")
TWILIO_AUTH_TOKEN = secret("TWILIO_AUTH_TOKEN", default="")
TWILIO_FROM = env.str("TWILIO_FROM", default="")
TWILIO_URL = env.str("TWILIO_URL", default="") or "https://api.twilio.com"
PRINT_PROVIDER = env.str("PRINT_PROVIDER", default="")  # who prints closed batches of letters; empty: people do, by hand
PRINT_URL = env.str("PRINT_URL", default="").rstrip("/")
PRINT_TOKEN = secret("PRINT_TOKEN", default="")

# Public registers that are asked about customers. One without an address is off; docs/credit.md has the real ones.
WHITE_LIST_URL = env.str("WHITE_LIST_URL", default="")
WHITE_LIST_PER_DAY = env.int("WHITE_LIST_PER_DAY", default=100)
VIES_URL = env.str("VIES_URL", default="")
VIES_REQUESTER = env.str("VIES_REQUESTER", default="")
REGON_URL = env.str("REGON_URL", default="")
REGON_KEY = secret("REGON_KEY", default="")

# KSeF: where it is, and a token of one company that may read its invoices. Without both nothing is pulled.
KSEF_URL = env.str("KSEF_URL", default="").rstrip("/")
KSEF_TOKEN = secret("KSEF_TOKEN", default="")
KSEF_COMPANY = env.str("KSEF_COMPANY", default="")

# Invoicing services that invoices are pulled from: keys of one company, or several as company=KEY. Without keys a service is off.
FAKTUROWNIA_KEYS = secret("FAKTUROWNIA_KEYS", default="")  # https://firma.fakturownia.pl|TOKEN
INFAKT_KEYS = secret("INFAKT_KEYS", default="")
INFAKT_URL = env.str("INFAKT_URL", default="https://api.infakt.pl").rstrip("/")
WFIRMA_KEYS = secret("WFIRMA_KEYS", default="")  # ACCESS|SECRET|APP, and |COMPANY_ID where the account has several
WFIRMA_URL = env.str("WFIRMA_URL", default="https://api2.wfirma.pl").rstrip("/")
IFIRMA_KEYS = secret("IFIRMA_KEYS", default="")  # LOGIN|KEY
IFIRMA_URL = env.str("IFIRMA_URL", default="https://www.ifirma.pl").rstrip("/")
PULL_PAGES = env.int("PULL_PAGES", default=10)  # of a hundred invoices, in one pull

WATCH_DIR = env.str("WATCH_DIR", default="")  # folders that papers and bank statements are put into, one a company; empty: none is watched
STATEMENT_IMAP_URL = secret("STATEMENT_IMAP_URL", default="")  # as REPLY_IMAP_URL, or company=URL for each company; empty: off
STATEMENT_SENDERS = env.str("STATEMENT_SENDERS", default="")  # addresses and @domains that statements are taken from

# The claim in EPU as a file for the portal. Nobody here has seen its current schema: without one the file is marked as unverified.
EPU_XML = boolean("EPU_XML")
EPU_SCHEMA = env.str("EPU_SCHEMA", default="")  # path of the XSD that files are validated against

# Collection agencies. Their servers and interfaces may lie in a private network (a VPN) only where the operator says so.
AGENCIES_IN_PRIVATE_NETWORK = boolean("AGENCIES_IN_PRIVATE_NETWORK")

# The interface for shops.
API_PER_MINUTE = env.int("API_PER_MINUTE", default=120)  # requests of one token
WEBHOOKS_TO_LOOPBACK = boolean("WEBHOOKS_TO_LOOPBACK")  # to try things out; refused when live

# What providers report back; see docs/returns.md. Without a secret those addresses do not exist.
HOOK_SECRET = secret("HOOK_SECRET", default="")
ANYMAIL_WEBHOOK_SECRET = f"hooks:{HOOK_SECRET}" if HOOK_SECRET else ""  # as name and password of HTTP
EMAIL_HOOK_KEY = secret("EMAIL_HOOK_KEY", default="")  # with which the provider of e-mail signs its reports, where it does
if EMAIL_HOOK_KEY:
    ANYMAIL_MAILGUN_WEBHOOK_SIGNING_KEY = ANYMAIL_RESEND_SIGNING_SECRET = ANYMAIL_MANDRILL_WEBHOOK_KEY = EMAIL_HOOK_KEY
    ANYMAIL_MANDRILL_WEBHOOK_URL = f"{BASE_URL}/hooks/anymail/mandrill/tracking/".replace("://", f"://{ANYMAIL_WEBHOOK_SECRET}@")
SMSAPI_NETWORKS = env.list("SMSAPI_NETWORKS", default=[])  # the only ones whose reports about SMS are heard

# Broker, cache and Celery. The broker only carries wake-ups; what is to be done stands in PostgreSQL.
CELERY_BROKER_URL = BROKER_URL or PLACES.broker_url()
_cache_url = urlsplit(CELERY_BROKER_URL)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": (
            _cache_url._replace(path="/1").geturl() if _cache_url.scheme in ("redis", "rediss") else f"unix://{_cache_url.path}?db=1"
        ),
    }
}
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "unacked_restore_interval": 10,  # kombu looks for lost work every interval x throttle seconds; its own 10 x 10 is too slow
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 2,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1}  # a dead broker must not hold up a request
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_QUEUES = [Queue(name) for name in ("default", "pdf", "send", "import")]
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20
CELERY_WORKER_HIJACK_ROOT_LOGGER = CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE = schedule.ENTRIES
CELERY_BEAT_SCHEDULER = "receivables.beat.Scheduler"

# Logs go to stderr: ids and verbs, never names, addresses, bodies or numbers.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO").upper()},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        "paramiko": {"level": "WARNING"},  # "connected", "authentication successful"
        "celery.worker.strategy": {"level": "WARNING"},  # "task received"
        "celery.app.trace": {"level": "WARNING"},  # "task succeeded"
    },
}
