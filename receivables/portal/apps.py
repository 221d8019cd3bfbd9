from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The customers' screens. Their codes go out through the same outbox as everything else, past no guard of the ladder."""

    name = "receivables.portal"
    label = "portal"

    def ready(self) -> None:
        """Register what answers for messages with a code."""
        from receivables.messaging.models import Message
        from receivables.messaging.protocols import GUARDS, RENDERERS, Unguarded
        from receivables.portal.rendering import CodeRenderer

        GUARDS.register(Message.Purpose.PORTAL, Unguarded())
        RENDERERS.register(Message.Purpose.PORTAL, CodeRenderer())
