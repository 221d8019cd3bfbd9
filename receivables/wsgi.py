"""What gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "receivables.settings")

application = get_wsgi_application()

from receivables.checks import refuse_unsafe_settings  # noqa: E402 - needs the apps

refuse_unsafe_settings()
