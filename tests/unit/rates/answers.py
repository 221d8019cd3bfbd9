"""Answers of NBP as they come: the shape was recorded, the rates are given."""

import json
from collections.abc import Iterable

HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<stopy_procentowe_archiwum data_publikacji="2015-03-04">\n'


def archive(*changes: tuple[str, str]) -> bytes:
    """`stopy_procentowe_archiwum.xml` with these reference rates: (obowiazuje_od, oprocentowanie)."""
    rows = (
        f'    <pozycje\n        obowiazuje_od="{day}">\n        <pozycja\n            id="ref"\n            oprocentowanie="{percent}" />\n'
        '        <pozycja\n            id="lom"\n            oprocentowanie="9,99" />\n    </pozycje>\n'
        for day, percent in changes
    )
    return (HEAD + "".join(rows) + "</stopy_procentowe_archiwum>").encode()


LATE = (("2025-12-04", "4,00"), ("2026-03-05", "3,75"))
"""What is shipped last."""


def table_a(*days: tuple[str, str, str], **others: object) -> bytes:
    """The answer of api.nbp.pl for a currency, the euro unless `code` says another: (no, effectiveDate, mid), mid as a number."""
    said = {"table": "A", "currency": "euro", "code": "EUR", "rates": [], **others}
    rates = (f'{{"no": "{no}", "effectiveDate": "{day}", "mid": {mid}}}' for no, day, mid in days)
    return json.dumps(said).replace("[]", f"[{', '.join(rates)}]").encode()


def rates_csv(*rows: str) -> bytes:
    return "\n".join(["country,regime,valid_from,known_until,rate_percent,source", *rows, ""]).encode()


def mids_csv(*rows: str) -> bytes:
    return "\n".join(["month,rate_on,eur_pln,table,source", *rows, ""]).encode()


def ends(*months: tuple[str, str]) -> Iterable[tuple[str, str, str]]:
    """Days of tables with their prices."""
    return ((f"{n:03}/A/NBP/2026", day, mid) for n, (day, mid) in enumerate(months, start=1))
