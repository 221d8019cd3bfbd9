"""The post: letters are made ready here, and handed over together when a person closes their batch. See receivables/messaging/post."""

from receivables.messaging.outgoing import Later, Outcome, Outgoing


class LetterBatch:
    """Stands in the registry where an adapter would: delivery gathers its letters instead of calling it."""

    takes_key = False
    batch = 10  # a second of work, so that of a small run no process has much more than another

    def send(self, outgoing: Outgoing) -> Outcome:
        """Nothing leaves one by one."""
        return Later("Letters leave together, when their batch is closed.")
