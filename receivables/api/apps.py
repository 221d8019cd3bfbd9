from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The interface for shops: credit to ask for, and changes of it told to whoever registered."""

    name = "receivables.api"
    label = "api"

    def ready(self) -> None:
        """Hear of changes of credit."""
        from receivables.api.actions.events import on_credit_changed
        from receivables.credit.signals import credit_changed

        credit_changed.connect(on_credit_changed, dispatch_uid="api")
