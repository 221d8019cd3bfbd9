from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "receivables.portal"
    label = "portal"
