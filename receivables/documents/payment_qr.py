"""The codes that a banking app reads from a letter: ZBP for złoty, EPC069-12 for euro. FORMATS.md section 5."""

import io
import re
from decimal import Decimal

import segno

from receivables.core.printed import one_line


def payment_payload(*, account: str, name: str, tax_id: str, amount: Decimal, currency: str, title: str) -> str:
    """What the code says; empty where there is no standard for this account and currency, or nothing to pay."""
    iban = "".join(account.split()).upper()
    if amount <= 0:
        return ""
    if currency == "PLN" and re.fullmatch(r"PL\d{26}", iban):
        return zbp_payload(iban, name=name, tax_id=tax_id, amount=amount, title=title)
    if currency == "EUR" and re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", iban):
        return epc_payload(iban, name=name, amount=amount, title=title)
    return ""


def zbp_payload(iban: str, *, name: str, tax_id: str, amount: Decimal, title: str) -> str:
    """Recommendation of the Polish Bank Association, 2D transfer code: nine fields, at most 160 characters, the amount in grosze."""
    nip = "".join(filter(str.isdigit, tax_id))
    fields = [nip if len(nip) == 10 else "", "PL", iban[2:], f"{int(amount * 100):06}", _field(name, 20), _field(title, 32), "", "", ""]
    return "|".join(fields)


def epc_payload(iban: str, *, name: str, amount: Decimal, title: str) -> str:
    """EPC069-12, version 002: at most 331 bytes; the BIC may be empty."""
    lines = [
        "BCD",
        "002",
        "1",
        "SCT",
        "",
        _bytes(one_line(name)[:70], 140),
        iban,
        f"EUR{amount:.2f}",
        "",
        "",
        _bytes(one_line(title)[:140], 100),
    ]
    return "\n".join(lines)


def qr_image(payload: str) -> str:
    """The code as a data: URI, a pixel for each module: whoever shows it enlarges it without smoothing."""
    return _code(payload).png_data_uri(scale=1, border=2)


def qr_png(payload: str) -> bytes:
    """The code as a picture of its own, with the quiet zone that a scanner wants around it."""
    picture = io.BytesIO()
    _code(payload).save(picture, kind="png", scale=5, border=4)
    return picture.getvalue()


def _code(payload: str) -> segno.QRCode:
    """Levels L for ZBP and M for EPC; a fixed mask makes it the same on every machine."""
    level = "M" if payload.startswith("BCD") else "L"
    return segno.make_qr(payload, error=level, boost_error=False, mask=2, encoding="utf-8")


def _field(text: str, longest: int) -> str:
    return one_line(text.replace("|", " "))[:longest].strip()


def _bytes(text: str, longest: int) -> str:
    """Cut to so many bytes of UTF-8, never within a letter."""
    return text.encode()[:longest].decode(errors="ignore")
