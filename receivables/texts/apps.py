from django.apps import AppConfig


class TextsConfig(AppConfig):
    name = "receivables.texts"
    label = "texts"
