"""The words of a message with a code. The code is opened here and nowhere else."""

import base64

from receivables.db.sealing import open_sealed
from receivables.messaging.models import Message
from receivables.messaging.protocols import Rendered
from receivables.messaging.templates import render_message
from receivables.portal.codes import SEALED
from receivables.portal.tokens import shown_code


class CodeRenderer:
    """Renderer of portal messages."""

    def render(self, message: Message) -> Rendered:
        """Subject, text and HTML, from templates/messages/portal_code."""
        facts = dict(message.facts)
        code = open_sealed(base64.b64decode(facts.pop(SEALED)))
        words = render_message(message.template, message.language, {**facts, "code": shown_code(code)}, message.channel)
        return Rendered(words.subject, words.text, words.html)
