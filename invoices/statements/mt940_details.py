"""The text of an MT940 entry (:86:) in the dialects that banks made of it. FORMATS.md 1.2.

The character after the three-digit code decides, never the name of the file: ~ ^ < ? + begin subfields with two digits, mBank writes
keys with colons, others write /KEYWORD/ or plain text.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from invoices.statements.parsed import compact, words
from invoices.statements.texts import without_empty

_CODED = re.compile(r"\s?([0-9]{3})\s?([~^<?+])(?=[0-9]{2})")
_WRAPPED_AT = 65  # characters of a line that the format wraps
_PART = 27  # characters of a part of the title: a full one goes on in the next
_TITLE = {"?": (*range(20, 30), *range(60, 64))}  # by separator; else:
_TITLE_ELSE = tuple(range(20, 29))
_MBANK_KEYS = (
    "ID IPH", "Z RACH.", "NA RACH.", "OD", "DLA", "TYT.", "REF. KLIENTA", "REF. MT103", "DATA STEMPLA", "DATA NOSTRO", "WALUTA", "KWOTA",
    "KURS", "NAZWA ZOBOW.", "ID UZUP.", "SYMBOL FORM.", "OKRES", "RODZAJ SKŁADKI", "DEKLARACJA", "NIP", "TNR",
)  # fmt: skip
_MBANK = re.compile(r"(?:^|; ?)(" + "|".join(re.escape(key) for key in _MBANK_KEYS) + r")\s?: ?")
_SEPA = re.compile(r"(?:(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC)\+|(MTLG):)")
_SLASHED = re.compile(r"/(EREF|KREF|MARF|CSID|PREF|ORDP|BENM|NAME|ADDR|CITY|REMI|IBAN|BIC|RTRN|ISDT|TRCD|TRTP|PURP|SVCL)/")
_SORT_CODE, _BARE = re.compile(r"[0-9]{8}"), re.compile(r"[0-9]{16}")


@dataclass(frozen=True, slots=True)
class Details:
    """Who, from where and what for. References by our names: virtual, bank_transaction, end_to_end, customer …"""

    counterparty: str = ""
    account: str = ""
    title: str = ""
    references: Mapping[str, str] = field(default_factory=dict)


def details_of(texts: Sequence[Sequence[str]]) -> Details:
    """What the :86: of one entry say; ING writes two, of which the first is only a code. Never fails: what has no dialect is a title."""
    for lines in reversed(texts):
        if match := _CODED.match(lines[0]):
            return _subfields(_joined(lines)[match.end() - 1 :], match[2])
    lines = [line for text in texts for line in text]
    joined = _joined(lines)
    if len(_MBANK.findall(joined)) >= 2 or re.search(r"; ?TNR: ?", joined):
        return _mbank(joined)
    if len(_SLASHED.findall(joined)) >= 1:
        return _slashed(joined)
    return Details(title=words(lines))


def _joined(lines: Sequence[str]) -> str:
    """Lines that the format wrapped in the middle of a word, together again."""
    return "".join(lines)


# -- ~20 … ~38, ?20 … ?38 and their like


def _subfields(text: str, separator: str) -> Details:
    parts = list(_split(text, separator))
    title = _in_parts([text for number, text in parts if number in _TITLE.get(separator, _TITLE_ELSE)])
    said = {number: without_empty(text) for number, text in reversed(parts)}
    counterparty = words([without_empty(text) for number, text in parts if number in (32, 33)])
    account = compact(said.get(38, "")) or _account_of(said.get(30, ""), said.get(31, "") or _ing_account(said, separator))
    return _sepa(title, counterparty, account) or Details(counterparty, account, words([title]))


def _split(text: str, separator: str) -> Iterator[tuple[int, str]]:
    for part in text.split(separator)[1:]:
        if part[:2].isdigit():
            yield int(part[:2]), part[2:]


def _in_parts(parts: Sequence[str]) -> str:
    """A part that fills its place goes on in the next without a space."""
    title = ""
    for part in parts:
        text = part.replace("\u02d9", "").replace("\xa0", " ")
        title += text if len(text) >= _PART else text.rstrip() + " "
    return title.strip()


def _ing_account(said: Mapping[int, str], separator: str) -> str:
    """ING writes the other account into subfield 29."""
    found = compact(said.get(29, "")) if separator == "~" else ""
    return found if re.fullmatch(r"(PL)?[0-9]{26}", found) else ""


def _account_of(bank: str, account: str) -> str:
    """A Polish account of sort code and sixteen digits becomes the NRB that it is; anything else stays as it stands."""
    bank, account = compact(bank), compact(account)
    if _SORT_CODE.fullmatch(bank) and _BARE.fullmatch(account):
        return iban_of(bank + account)
    if re.fullmatch(r"[0-9]{26}", account):
        return f"PL{account}"
    return f"{bank}/{account}" if _SORT_CODE.fullmatch(bank) and account.isdigit() else account


def iban_of(digits: str) -> str:
    """The Polish IBAN of 24 digits: its check digits by ISO 7064, mod 97-10."""
    check = 98 - int(digits + "252100") % 97
    return f"PL{check:02d}{digits}"


def _sepa(title: str, counterparty: str, account: str) -> Details | None:
    """EREF+ … SVWZ+ …: the German banks' keywords within the title."""
    parts = _SEPA.split(title)
    if len(parts) < 3:
        return None
    said = {plus or colon: part.strip() for plus, colon, part in zip(parts[1::3], parts[2::3], parts[3::3], strict=True)}
    names = {"EREF": "end_to_end", "KREF": "customer", "MREF": "mandate"}
    references = {ours: said[theirs] for theirs, ours in names.items() if said.get(theirs) and said[theirs] != "NOTPROVIDED"}
    return Details(counterparty, account, words([said.get("SVWZ") or said.get("MTLG") or parts[0]]), references)


# -- mBank: ID IPH: …; Z RACH.: …; OD: …; TYT.: …; TNR: …


def _mbank(text: str) -> Details:
    parts = _MBANK.split(text)
    said = {key: words([part]).strip("; ") for key, part in zip(parts[1::2], parts[2::2], strict=True)}
    references = {"virtual": said.get("ID IPH", ""), "customer": said.get("REF. KLIENTA", ""), "bank_transaction": said.get("TNR", "")}
    account = compact(said.get("Z RACH.") or said.get("NA RACH.") or "")
    return Details(
        counterparty=said.get("OD") or said.get("DLA") or "",
        account=f"PL{account}" if re.fullmatch(r"[0-9]{26}", account) else account,
        title=said.get("TYT.") or words([parts[0]]).strip("; "),
        references={name: text for name, text in references.items() if text},
    )


# -- /EREF/…/ORDP//NAME/…/REMI/…


def _slashed(text: str) -> Details:
    parts = _SLASHED.split(text)
    said: dict[str, str] = {}
    for key, part in zip(parts[1::2], parts[2::2], strict=True):
        said.setdefault(key, words([part]).strip("/ "))
    references = {"end_to_end": said.get("EREF", ""), "mandate": said.get("MARF", "")}
    return Details(
        counterparty=said.get("NAME", ""),
        account=compact(said.get("IBAN", "")),
        title=said.get("REMI", "") or words([parts[0]]),
        references={name: text for name, text in references.items() if text and text != "NOTPROVIDED"},
    )
