"""Why a package did not reach an agency, in the language of the page: what its channels say, sentence by sentence and by beginnings."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

WHOLE: Mapping[str, str | Promise] = {
    "Sending to this agency is off, so nothing was handed over. Switch it on, or hand the package over by hand.": gettext_lazy(
        "Sending to this agency is off, so nothing was handed over. Switch it on, or hand the package over by hand."
    ),
    "The package is too big to be handed over.": gettext_lazy("The package is too big to be handed over."),
    "The package is too big for a mail. Choose SFTP for this agency, or hand it over by hand.": gettext_lazy(
        "The package is too big for a mail. Choose SFTP for this agency, or hand it over by hand."
    ),
    "The agency has another file under the name of this package. Ask there before anything is sent again.": gettext_lazy(
        "The agency has another file under the name of this package. Ask there before anything is sent again."
    ),
    "The server shows another key than the pinned one, so nothing was sent. Ask the agency why.": gettext_lazy(
        "The server shows another key than the pinned one, so nothing was sent. Ask the agency why."
    ),
    "The agency's server does not let us in. Check user name, password or key.": gettext_lazy(
        "The agency's server does not let us in. Check user name, password or key."
    ),
    "The agency does not know this case, so it was not told what changed.": gettext_lazy(
        "The agency does not know this case, so it was not told what changed."
    ),
    "The agency did not answer and has no such case; it is handed over again with the same key.": gettext_lazy(
        "The agency did not answer and has no such case; it is handed over again with the same key."
    ),
}
PARTS: tuple[tuple[str, str | Promise], ...] = (
    ("The agency's server cannot be reached ", gettext_lazy("The agency's server cannot be reached %(said)s")),
    ("The agency's server was not asked: ", gettext_lazy("The agency's server was not asked: %(said)s")),
    ("The package could not be written at the agency ", gettext_lazy("The package could not be written at the agency %(said)s")),
    (
        "The connection was lost as the package got its name ",
        gettext_lazy("The connection was lost as the package got its name %(said)s"),
    ),
    ("The agency's interface was asked and gave no whole answer: ", gettext_lazy("The agency's interface gave no whole answer: %(said)s")),
    ("The agency's interface was not asked: ", gettext_lazy("The agency's interface was not asked: %(said)s")),
)
