"""The Celery application. Its settings are the CELERY_ ones in `receivables.settings`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "receivables.settings")

app = Celery("receivables")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
