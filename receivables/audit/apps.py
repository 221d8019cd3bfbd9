from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "receivables.audit"
    label = "audit"
