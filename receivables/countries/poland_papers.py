"""Poland: words that may not stand in a paper, and what must. From decisions of UOKiK (RGD-2/2018, RKT-09/2011 with XVII AmA 140/11)."""

from receivables.countries.papers import ALL, CONSUMERS, FIRMS, Content, Forbidden, PaperRules, Permit, Required

_UOKIK = "UOKiK RGD-2/2018, RKT-09/2011; XVII AmA 140/11"
_TITLE = frozenset({Permit.TITLE})
_BIG = "act of 9 April 2010, art. 14 and 15"

FORBIDDEN = (
    Forbidden("bailiff", r"\bkomornik\w*|\bbailiff\w*", _UOKIK, unless=_TITLE),
    Forbidden("enforcement", r"\begzekucj\w*|\benforcement\b", _UOKIK, unless=_TITLE),
    Forbidden("seizure", r"\bzajęci\w+|\bzajmie\w*|\bseiz(?:e|ure)\w*", _UOKIK, unless=_TITLE),
    Forbidden("crime", r"\bprokurat\w+|\bprzestępst\w+|\boszust\w+|\bwyłudz\w+|\bprosecut\w+|\bfraud\w*|\bcrim(?:e|inal)\w*", _UOKIK),
    Forbidden(
        "debtor_list", r"\blist\w+ dłużników|\brejestr\w* dłużników|\blist of debtors", _UOKIK, unless=frozenset({Permit.REGISTER_OPEN})
    ),
    Forbidden("third_parties", r"\bpracodawc\w+|\bsąsiad\w+|\brodzin\w+|\bemployer\w*|\bneighbou?r\w*", _UOKIK),
    Forbidden("costs_multiply", r"\bzwielokrotn\w+|\bkoszt\w+ wielokrotnie|\bcosts? (?:will )?multipl\w+", _UOKIK),
    Forbidden("field_collector", r"\bwindykator\w* teren\w+|\bterenow\w+ windykator\w*|\bfield collector\w*", _UOKIK),
    Forbidden("assets", r"\bustaleni\w+ majątk\w+|\bwywiad\w* środowisk\w+|\basset (?:inspection|search)\w*", _UOKIK),
    Forbidden("certain_victory", r"\bna pewno wygra\w+|\bpewn\w+ wygran\w+|\bcertain victory", _UOKIK),
    Forbidden("countdown", r"\bostatni\w+ \d+ godzin\w*|\bpozostało \d+ godzin\w*|\bonly \d+ hours left", _UOKIK),
    Forbidden("penalty", r"\bkar\w+ umown\w+|\bcontractual penalt\w+", "art. 483 KC: no contractual penalty for money paid late"),
    Forbidden("collection_fee", r"\bopłat\w+ windykacyjn\w+|\bcollection fee\w*", _UOKIK, unless=frozenset({Permit.FEE_BASIS})),
    Forbidden(
        "compensation", r"\brekompensat\w+|\bcompensation for recovery\w*",
        "act of 8 March 2013, art. 2 and 10: commercial transactions only", debtors=CONSUMERS
    ),
)  # fmt: skip
_GERMAN = (
    Forbidden("bailiff", r"\bgerichtsvollzieh\w+", _UOKIK, unless=_TITLE),
    Forbidden("enforcement", r"\b(?:zwangs)?vollstreck\w*", _UOKIK, unless=_TITLE),
    Forbidden("seizure", r"\bpfänd\w+", _UOKIK, unless=_TITLE),
    Forbidden("crime", r"\bstaatsanw\w+|\bstraf(?:tat|anzeig|recht|bar)\w*|\bbetrug\w*|\bbetrüg\w+", _UOKIK),
    Forbidden("debtor_list", r"\bschuldner(?:list|verzeichnis)\w*", _UOKIK, unless=frozenset({Permit.REGISTER_OPEN})),
    Forbidden("third_parties", r"\barbeitgeb\w+|\bnachbar\w*|\bfamilie\w*", _UOKIK),
    Forbidden("costs_multiply", r"\bkosten (?:werden sich )?vervielfach\w*", _UOKIK),
    Forbidden("field_collector", r"\baußendienst\w*", _UOKIK),
    Forbidden("assets", r"\bvermögens(?:ermittl|auskunft|feststell)\w*", _UOKIK),
    Forbidden("certain_victory", r"\bsicherer sieg\w*", _UOKIK),
    Forbidden("countdown", r"\bnur noch \d+ stunden", _UOKIK),
    Forbidden("penalty", r"\bvertragsstraf\w+", "art. 483 KC: no contractual penalty for money paid late"),
    Forbidden("collection_fee", r"\binkassogebühr\w*|\bmahngebühr\w*", _UOKIK, unless=frozenset({Permit.FEE_BASIS})),
    Forbidden("compensation", r"\bbeitreibungs\w+", "act of 8 March 2013, art. 2 and 10: commercial transactions only", debtors=CONSUMERS),
)
_DEMAND = (
    Content.CREDITOR, Content.DEBTOR, Content.INVOICE, Content.ISSUED_ON, Content.PRINCIPAL, Content.DUE_ON, Content.INTEREST, Content.RATE,
    Content.DEADLINE, Content.ACCOUNT, Content.CONSEQUENCES, Content.PAPER_DATE, Content.SIGNATURE,
)  # fmt: skip
REQUIRED = (
    Required("demand", _DEMAND, "practice; ZPF code: principal, interest and date apart", ALL, is_law=False),
    Required("demand", (Content.COMPENSATION,), "practice", FIRMS, is_law=False),
    Required("demand", (Content.BASIS,), "UOKiK: the basis of every amount", CONSUMERS, is_law=False),
    Required("register_warning", (Content.CREDITOR, Content.DEBTOR, Content.PRINCIPAL, Content.REGISTER_NAME), _BIG),
    Required("register_warning", (Content.REGISTER_OBJECTION,), f"{_BIG}a, since 2017-11-13"),
)
RULES = PaperRules((*FORBIDDEN, *_GERMAN), REQUIRED)
