from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "receivables.reporting"
    label = "reporting"
