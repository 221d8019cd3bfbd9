from django.apps import AppConfig


class CreditConfig(AppConfig):
    """Credit follows the books and the process: what a customer may still buy on invoice."""

    name = "receivables.credit"
    label = "credit"

    def ready(self) -> None:
        """Listen to what may change a credit state, and know the registers that are configured."""
        from dunning.agencies.registered import LOOK_UPS
        from dunning.signals import customers_looked_at_again
        from receivables.credit.actions.following import on_news
        from receivables.credit.registered import registered
        from receivables.credit.wiring import register_registers

        customers_looked_at_again.connect(on_news, dispatch_uid="credit")
        register_registers()
        LOOK_UPS.register("credit", registered)
