from django.apps import AppConfig


class ShopsConfig(AppConfig):
    """Web shops whose orders on deferred payment become receivables."""

    name = "receivables.shops"
    label = "shops"
