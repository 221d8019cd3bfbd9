"""One of each paper, from the functions that make its facts; the text of a page; what its codes say."""

import base64
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import zxingcpp
from PIL import Image

from dunning import papers
from dunning.court_paper import EPU_COURT, claim_sheet
from dunning.epu import Debt, Party, Proof, ProofKind, Span, sheet
from dunning.evidence.index import event_facts, index_facts
from dunning.evidence.pack import Exhibit, placed
from dunning.papers import Instalment, Line, Movement
from dunning.registers import RegisterStanding
from receivables.countries.law import PACKS
from receivables.countries.registers import Register
from receivables.countries.words import Debtor
from receivables.documents.letters import letter_html
from tests.unit.papers import claiming, facts

ON = date(2026, 7, 10)
DEADLINE = date(2026, 7, 17)
D = Decimal
CODE = "7KQ4MZ2T9A"
REGISTER = "Rejestr Przykładowy Biuro Informacji Gospodarczej S.A. z siedzibą we Wrocławiu"
BUYER_OF_DEBTS = {
    "name": "Fundusz Wierzytelności Wisła sp. z o.o.", "street": "ul. Długa 5", "postcode": "31-147", "city": "Kraków", "country": "PL",
    "tax_id": "7010001454", "bank_account": "PL24160000035175530643314956", "bank_name": "Bank Drugi",
}  # fmt: skip
LINES = (
    Line("FV/2026/0001", date(2026, 3, 12), date(2026, 3, 26), D("1001.10"), D("901.25")),
    Line("FV/2026/0002", date(2026, 4, 2), date(2026, 4, 16), D("250.00"), D(0), paid_on=date(2026, 6, 1)),
)


def claims(*kinds: str) -> list[dict[str, Any]]:
    """Those of `claiming`, of these kinds; interest on the second document too, which was paid late."""
    said = [claim for claim in claiming()["claims"] if claim["kind"] in kinds]
    if "interest" in kinds:
        period = {"principal": "250.00", "source": "M.P.", "first_on": "2026-04-17", "last_on": "2026-06-01", "days": 46}
        late = {**period, "rate_percent": "14.00", "amount": "4.41"}
        said.append({**said[0], "label": "FV/2026/0002", "amount": "4.41", "periods": [late]})
    return said


def head(kind: str = "business", **changes: Any) -> dict[str, Any]:
    """What each sample says of its firm and its customer."""
    said = facts()
    buyer = {**said["customer"], "kind": kind}
    return papers.head(
        {**said["creditor"], **changes}, buyer, on=ON, currency=changes.get("currency", "PLN"), portal_url=said["portal_url"]
    )


def demanded(kind: str = "business") -> dict[str, Any]:
    """A demand; of a consumer without compensation."""
    asked = claims("interest", "compensation")[:2] if kind != "consumer" else claims("interest")[:1]
    if kind == "consumer":
        asked = [{**asked[0], "regime": "kc_delay"}]
    return papers.demand(head(kind), LINES[:1], asked, deadline_on=DEADLINE)


def register_for(debtor: Debtor) -> Register:
    """The conditions of the Polish register."""
    register = PACKS["PL"].register(debtor)
    assert register
    return register


def _warning(kind: str = "business") -> dict[str, Any]:
    register = register_for(Debtor(kind))
    standing = RegisterStanding(D("901.25"), None, ())
    return papers.register_warning(demanded(kind), register, standing, name=REGISTER, due_on=date(2026, 3, 26))


_OWED = {"interest": D("36.59"), "compensation": D("168.93")}
_PROOFS = ("FV/2026/0001", "potwierdzenie odbioru z 12.03.2026")


def _statement() -> dict[str, Any]:
    moves = [
        Movement(date(2026, 1, 5), "FV/2025/0900", "invoice", D("400.00"), date(2026, 1, 19)),
        Movement(date(2026, 3, 12), "FV/2026/0001", "invoice", D("1001.10"), date(2026, 3, 26)),
        Movement(date(2026, 3, 20), "przelew 20.03", "payment", D("-499.85")),
        Movement(date(2026, 4, 2), "FV/2026/0002", "invoice", D("250.00"), date(2026, 4, 16)),
        Movement(date(2026, 6, 1), "przelew 01.06", "payment", D("-250.00")),
    ]
    return papers.statement(head(), moves, from_on=date(2026, 3, 1), to_on=date(2026, 6, 30), overdue=D("901.25"))


def _assignment() -> dict[str, Any]:
    return papers.assignment(
        head(), LINES[:1], {"interest": D("36.59")}, assignee=BUYER_OF_DEBTS, price=D("700.00"), price_due_on=DEADLINE,
        passes_on=date(2026, 7, 13), proofs=_PROOFS,
    )  # fmt: skip


def _evidence() -> dict[str, Any]:
    found = placed(
        [
            Exhibit("invoices", "invoice", "FV/2026/0001", date(2026, 3, 12), "FV/2026/0001.pdf", b"%PDF invoice"),
            Exhibit("demands", "demand", "W/2026/0001", date(2026, 5, 3), "W-2026-0001.pdf", b"%PDF demand"),
            Exhibit("replies", "promise", "Re: Wezwanie do zapłaty", date(2026, 5, 5), "reply-7.eml", b"I shall pay."),
        ]
    )
    events = [
        event_facts(date(2026, 3, 12), "issued", "FV/2026/0001", "", D("1001.10"), "PLN"),
        event_facts(date(2026, 5, 3), "sent_email", "Wezwanie do zapłaty", "W/2026/0001 · biuro@klient.example", None, "PLN"),
        event_facts(date(2026, 5, 20), "payment", "FV/2026/0001", "Grzegorz Brzęczyszczykiewicz", D("99.85"), "PLN"),
    ]
    disputed = replace(LINES[0], disputed=D("100.00"))
    missing = [("lacks_agreed", "FV/2026/0001"), ("lacks_acknowledgement", "")]
    digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    return index_facts(head(), [disputed], claims("interest", "compensation")[:2], found, events, missing, digest=digest)


def _claim_sheet() -> dict[str, Any]:
    """Two claims of one invoice, with interest before and after the filing."""
    spans = (
        Span(date(2026, 3, 27), date(2026, 6, 30), D("901.25"), D("14.00"), D("33.19"), "M.P."),
        Span(date(2026, 7, 1), ON, D("901.25"), D("13.75"), D("3.40"), "M.P."),
        Span(date(2026, 7, 11), None, D("901.25")),
    )
    debt = Debt(
        "FV/2026/0001", date(2026, 3, 12), date(2026, 3, 26), date(2026, 3, 26), "PLN", D("901.25"), spans=spans,
        regime="commercial_delay", compensation=D("169.10"),
    )  # fmt: skip
    proofs = [
        Proof(ProofKind.INVOICE, "faktura FV/2026/0001", date(2026, 3, 12), "kwota i termin płatności", "FV/2026/0001"),
        Proof(ProofKind.OTHER, "wezwanie do zapłaty W/2026/0001", date(2026, 5, 3), "wezwanie do zapłaty przed wytoczeniem powództwa"),
    ]
    says = head()
    creditor, debtor = Party(says["creditor"]["name"]), Party(says["customer"]["name"])
    made = sheet(
        creditor, debtor, [debt], proofs, kind_is_known=True, is_protected=False, attempt="pozwany był wzywany do zapłaty", filing_on=ON
    )
    return claim_sheet(says, made, case=7, court=EPU_COURT, currency="PLN")


def _policy() -> dict[str, Any]:
    said = head()
    ladder = [(-3, "reminder"), (0, "call"), (5, "reminder"), (21, "demand"), (35, "register_warning"), (45, "agency")]
    steps = [{"after_due": day, "what": what} for day, what in ladder]
    rates = [("business", "13.75"), ("public", "11.75"), ("consumer", "9.25")]
    return {
        **{name: said[name] for name in ("creditor", "on", "currency", "portal_url")},
        "interest_rates": [{"who": who, "rate_percent": rate, "known_on": said["on"]} for who, rate in rates],
        "claims_compensation": True,
        "ladders": [{"who": "business", "steps": steps}, {"who": "consumer", "steps": steps[2:4]}],
        "register": REGISTER,
        "consumer_days": 14,
        "other_days": 30,
    }


SAMPLES: dict[str, tuple[str, Callable[[], dict[str, Any]]]] = {
    "reminder": ("reminder", lambda: facts(2, is_overdue=False, deadline_on=None, on="2026-03-20")),
    "overdue": ("overdue", lambda: facts(2)),
    "demand": ("demand", demanded),
    "demand_consumer": ("demand", lambda: demanded("consumer")),
    "final_demand": (
        "final_demand",
        lambda: papers.final_demand(demanded(), earlier=[("W/2026/0001", date(2026, 5, 3))], proofs=_PROOFS),
    ),
    "register_warning": ("register_warning", _warning),
    "register_warning_consumer": ("register_warning", lambda: _warning("consumer")),
    "interest_note": ("interest_note", lambda: papers.interest_note(head(), LINES, claims("interest"), deadline_on=DEADLINE)),
    "compensation_note": (
        "compensation_note",
        lambda: papers.compensation_note(head(), LINES, claims("compensation"), deadline_on=DEADLINE),
    ),
    "balance_confirmation": (
        "balance_confirmation",
        lambda: papers.balance_confirmation(
            head(), LINES, [("przelew 30.06", date(2026, 6, 30), D("50.00"))], as_of_on=date(2026, 6, 30), deadline_on=DEADLINE
        ),
    ),
    "statement": ("statement", _statement),
    "agreement": (
        "agreement",
        lambda: papers.agreement(
            head(), LINES[:1], _OWED,
            [Instalment("UG/1#1", date(2026, 8, 10), D("600.00")), Instalment("UG/1#2", date(2026, 9, 10), D("506.77"))],
            label="UG/1", waives_interest=True,
        ),
    ),
    "assignment": ("assignment", _assignment),
    "assignment_notice": ("assignment_notice", lambda: papers.assignment_notice(_assignment())),
    "agency_order": (
        "agency_order",
        lambda: papers.agency_order(
            head(), LINES[:1], _OWED, agency=BUYER_OF_DEBTS, percent=D("12.5"), charges_debtor=False, allows_register=True,
            contact_person="Anna Lis, tel. +48 58 555 01 24", proofs=_PROOFS,
        ),
    ),
    "claim_sheet": ("claim_sheet", _claim_sheet),
    "withdrawal": (
        "withdrawal",
        lambda: papers.withdrawal(
            head(), number="W/2026/0001", of=date(2026, 5, 3), reason="Faktura była zapłacona w dniu wysłania wezwania.",
            recalled=(REGISTER,),
        ),
    ),
    "evidence": ("evidence", _evidence),
    "payment_policy": ("payment_policy", _policy),
}  # fmt: skip
"""By name the kind of paper, and its facts."""


def page(name: str, language: str) -> str:
    """A sample's page."""
    kind, made = SAMPLES[name]
    return letter_html(kind, language=language, facts=made(), number="X/2026/0007", code=CODE)


class _Text(HTMLParser):
    _LINES = frozenset("p tr h1 h2 dt div li".split())

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag in ("head", "style"):
            self._hidden += 1
        elif tag in self._LINES:
            self.parts.append("\n")
        elif tag in ("td", "th", "dd"):
            self.parts.append(" | ")
        elif tag == "img":
            self.parts.append(f"[{said.get('alt')}]")
        elif tag == "br":
            self.parts.append(" / ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("head", "style"):
            self._hidden -= 1
        elif tag in self._LINES:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data.replace("\n", " "))


def text_of(html: str) -> str:
    """The text of a page, a line for each paragraph and row; cells with bars between them."""
    parser = _Text()
    parser.feed(html)
    lines = (" ".join(line.split()).removeprefix("| ") for line in "".join(parser.parts).split("\n"))
    return "\n".join(line for line in lines if line) + "\n"


def codes_of(html: str) -> Iterator[str]:
    """What a decoder reads from the codes on a page."""
    for found in re.findall(r'src="data:image/png;base64,([^"]+)"', html):
        yield from (read.text for read in zxingcpp.read_barcodes(Image.open(io.BytesIO(base64.b64decode(found))).convert("L")))
