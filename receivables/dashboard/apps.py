from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "receivables.dashboard"
    label = "dashboard"
