from django.apps import AppConfig


class DunningConfig(AppConfig):
    """The process listens to the books and to deliveries, and answers for its messages at the hand-over."""

    name = "dunning"
    label = "dunning"

    def ready(self) -> None:
        """Connect what travels up, and register guard and renderer."""
        from dunning.actions.cases import on_balance_changed, on_payouts_changed
        from dunning.actions.outcomes import on_address_stopped, on_report_coming, on_report_taken
        from dunning.actions.package_calls import on_delivery_changed as on_package_answered
        from dunning.actions.placements import on_delivery_changed as on_hand_over_changed
        from dunning.actions.policies import on_statement_taken
        from dunning.actions.questions import on_questions_changed
        from dunning.actions.results import on_delivery_changed, on_mode_changed
        from dunning.actions.sent_warnings import on_warning_sent
        from dunning.actions.untold import on_delivery_changed as on_word_lost
        from dunning.agencies.channel import AgencyChannel
        from dunning.courtesy import CourtesyGuard, CourtesyRenderer
        from dunning.guard import LadderGuard
        from dunning.handing_over import PlacementGuard, PlacementRenderer
        from dunning.inbox import Replies
        from dunning.rendering import NoticeRenderer
        from dunning.traces import LadderTrace
        from dunning.written import WrittenGuard, WrittenRenderer
        from invoices.signals import balance_changed, payouts_changed, questions_changed, statement_taken
        from receivables.messaging.models import Message
        from receivables.messaging.protocols import CHANNELS, GUARDS, INBOXES, RENDERERS, TRACES
        from receivables.messaging.signals import address_stopped, delivery_changed, mode_changed, report_coming, report_taken

        balance_changed.connect(on_balance_changed, dispatch_uid="dunning")
        payouts_changed.connect(on_payouts_changed, dispatch_uid="dunning")
        questions_changed.connect(on_questions_changed, dispatch_uid="dunning")
        statement_taken.connect(on_statement_taken, dispatch_uid="dunning")
        delivery_changed.connect(on_delivery_changed, dispatch_uid="dunning")
        delivery_changed.connect(on_hand_over_changed, dispatch_uid="dunning-placements")
        delivery_changed.connect(on_package_answered, dispatch_uid="dunning.package_calls")
        delivery_changed.connect(on_word_lost, dispatch_uid="dunning.untold")
        delivery_changed.connect(on_warning_sent, dispatch_uid="dunning.sent_warnings")
        report_coming.connect(on_report_coming, dispatch_uid="dunning")
        report_taken.connect(on_report_taken, dispatch_uid="dunning")
        address_stopped.connect(on_address_stopped, dispatch_uid="dunning")
        mode_changed.connect(on_mode_changed, dispatch_uid="dunning")
        CHANNELS.register("agency", AgencyChannel())
        GUARDS.register(Message.Purpose.DUNNING, LadderGuard())
        RENDERERS.register(Message.Purpose.DUNNING, NoticeRenderer())
        TRACES.register(Message.Purpose.DUNNING, LadderTrace())
        GUARDS.register(Message.Purpose.COURTESY, CourtesyGuard())
        RENDERERS.register(Message.Purpose.COURTESY, CourtesyRenderer())
        INBOXES.register("replies", Replies())
        GUARDS.register(Message.Purpose.WRITTEN, WrittenGuard())
        RENDERERS.register(Message.Purpose.WRITTEN, WrittenRenderer())
        GUARDS.register(Message.Purpose.PLACEMENT, PlacementGuard())
        RENDERERS.register(Message.Purpose.PLACEMENT, PlacementRenderer())
