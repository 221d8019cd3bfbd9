from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class RatesConfig(AppConfig):
    name = "receivables.rates"
    label = "rates"
    verbose_name = pgettext_lazy("interest", "rates")

    def ready(self) -> None:
        """Registers the check."""
        from receivables.rates import checks  # noqa: F401 - it looks at models, so not before this
