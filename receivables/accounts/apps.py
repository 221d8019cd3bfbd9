from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "receivables.accounts"
    label = "accounts"
