from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The interface: the books and the ladder to read and to write, and what happens told to whoever registered."""

    name = "receivables.api"
    label = "api"

    def ready(self) -> None:
        """Hear of changes of credit, and of what the audit chain notes."""
        from receivables.api.actions.events import on_credit_changed, on_recorded
        from receivables.audit.signals import recorded
        from receivables.credit.signals import credit_changed

        credit_changed.connect(on_credit_changed, dispatch_uid="api")
        recorded.connect(on_recorded, dispatch_uid="api")
