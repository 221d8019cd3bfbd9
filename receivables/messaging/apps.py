from django.apps import AppConfig


class MessagingConfig(AppConfig):
    """Registers the real channels with what the settings say. Whether they may be used is asked of `mode`, each time."""

    name = "receivables.messaging"
    label = "messaging"

    def ready(self) -> None:
        """Nothing is opened or written here."""
        from receivables.messaging import checks  # noqa: F401 - it looks at settings and adapters, so not before this
        from receivables.messaging.wiring import register_channels

        register_channels()
