from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "receivables.messaging"
    label = "messaging"
