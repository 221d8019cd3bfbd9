from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The customers' screens. Their codes go out through the same outbox as everything else, past no guard of the ladder."""

    name = "receivables.portal"
    label = "portal"

    def ready(self) -> None:
        """Register what answers for messages with a code, and hear of customers that were merged or split."""
        from dunning.signals import customers_moved
        from receivables.messaging.models import Message
        from receivables.messaging.protocols import GUARDS, RENDERERS, Unguarded
        from receivables.portal.access import on_customers_moved
        from receivables.portal.rendering import CodeRenderer

        GUARDS.register(Message.Purpose.PORTAL, Unguarded())
        RENDERERS.register(Message.Purpose.PORTAL, CodeRenderer())
        customers_moved.connect(on_customers_moved, dispatch_uid="portal")
