"""Files that mean harm, or are broken in every way: a sentence, never another error. RELIABILITY.md section 8."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from invoices.intake.parsed import UnreadableInvoice
from invoices.intake.reading import FORMATS, read_invoices
from tests.unit.intake.files import jpk, ksef, ubl, zipped

LAUGHS = "".join(f'<!ENTITY a{n} "{"&a" + str(n - 1) + ";" if n else "ha"}{"&a" + str(n - 1) + ";" if n else "ha"}">' for n in range(30))
UBL_HEAD = '<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">'
ROOT = Path(__file__).resolve().parents[3]


def lying_archive() -> bytes:
    """An archive whose directory says that a file is small."""
    data = bytearray(zipped({"a.xml": b"<a>" + b" " * 30_000_000 + b"</a>"}))
    place = data.rindex(b"PK\x01\x02")
    data[place + 24 : place + 28] = (1000).to_bytes(4, "little")
    return bytes(data)


def linked() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        info = zipfile.ZipInfo("link.xml")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    return stream.getvalue()


def encrypted() -> bytes:
    data = bytearray(zipped({"a.xml": ksef()}))
    for sign, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        place = data.index(sign) + offset
        data[place] |= 1
    return bytes(data)


HOSTILE = {
    "xxe": b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Faktura>&x;</Faktura>',
    "remote dtd": b'<!DOCTYPE d SYSTEM "http://127.0.0.1:1/d.dtd"><Faktura/>',
    "laughs": f"<!DOCTYPE d [{LAUGHS}]><Faktura>&a29;</Faktura>".encode(),
    "quadratic": f'<!DOCTYPE d [<!ENTITY a "{"x" * 50_000}">]><Faktura>{"&a;" * 500}</Faktura>'.encode(),
    "deep": b"<Faktura>" + b"<a>" * 200 + b"</a>" * 200 + b"</Faktura>",
    "very deep": b"<Faktura>" + b"<a>" * 100_000,
    "elements without end": b"<Faktura>" + b"<a/>" * 2_500_000 + b"</Faktura>",
    "attributes without end": b"<Faktura " + b"".join(b'a%d="" ' % n for n in range(200_000)),
    "problems without end": jpk(*((f"A/{n}", "x") for n in range(1, 29))),
    "siblings without end": f"{UBL_HEAD}{'<InvoiceLine><LineExtensionAmount>x</LineExtensionAmount></InvoiceLine>' * 5_000}</Invoice>".encode(),
    "other xml": b'<?xml version="1.0"?><html><body/></html>',
    "only a namespace": b'<Faktura xmlns="http://crd.gov.pl/wzor/2025/06/25/13775/"/>',
    "only an old namespace": b'<Faktura xmlns="http://crd.gov.pl/wzor/2023/06/29/12648/"/>',
    "only a root of ubl": f"{UBL_HEAD}</Invoice>".encode(),
    "only a root of cii": b"<CrossIndustryInvoice/>",
    "only a root of jpk": b"<JPK><Naglowek><KodFormularza>JPK_FA</KodFormularza></Naglowek></JPK>",
    "an unknown encoding": b'<?xml version="1.0" encoding="klingon"?><Faktura/>',
    "broken utf-8": ksef().replace("usługa".encode(), b"us\xb3uga"),
    "a nul": ksef().replace(b"FV/1", b"FV\x00/1"),
    "a marker of direction": ubl(number="U\u202e1"),
    "a number without end": ubl(number="9" * 5_000),
    "an exponent": ubl(payable="1e400"),
    "not a number": ubl(payable="NaN"),
    "a huge number": ubl(payable="9" * 40),
    "year 9999": ubl(due="9999-12-31"),
    "other digits": ubl(payable="١٢٣"),
    "cut": ksef()[:900],
    "zeros": b"\0" * 1000,
    "blank": b" \n\t ",
    "a table": b"a;b\n1;2\n",
    "a million columns": b"number" + b";x" * 1_000_000,
    "json": b'{"a": 1}',
    "pdf": b"%PDF-1.7\n",
    "pdf with rubbish": b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Names 1 0 R>>\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF",
    "zip of nothing": zipped({}),
    "zip that leads out": zipped({"../../etc/passwd.xml": ksef()}),
    "zip with a root": zipped({"/etc/passwd.xml": ksef()}),
    "zip with a drive": zipped({"C:\\a.xml": ksef()}),
    "zip with an unprintable name": zipped({"a\x01.xml": ksef()}),
    "zip with a long name": zipped({"a" * 300 + ".xml": ksef()}),
    "zip with a program": zipped({"a.exe": b"MZ"}),
    "zip within a zip": zipped({"a.xml": zipped({"b.xml": ksef()})}),
    "zip of many": zipped({f"{n}.xml": b"" for n in range(10_001)}),
    "zip of many PDFs": zipped({f"{n}.pdf": b"" for n in range(201)}),
    "zip packed oddly": zipped({"a.xml": ksef()}, compression=zipfile.ZIP_LZMA),
    "zip bomb": zipped({"a.xml": b"<Faktura>" + b" " * 19_000_000 + b"</Faktura>"}),
    "zip that lies": lying_archive(),
    "zip with a link": linked(),
    "encrypted zip": encrypted(),
    "cut zip": zipped({"a.xml": ksef()})[:-30],
    "zip with a broken part": zipped({"a.xml": ksef()}).replace(b"a.xml", b"b.xml", 1),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_refused_with_a_sentence(name):
    with pytest.raises(UnreadableInvoice) as refused:
        read_invoices(HOSTILE[name])
    assert refused.value.problems
    for problem in refused.value.problems:
        assert problem.reason.endswith((".", "…"))
        assert "root:" not in problem.reason and len(problem.reason) < 400


@pytest.mark.parametrize("form", [form for form in FORMATS if form not in ("auto", "pdf")])
def test_so_it_is_when_somebody_names_a_format(form):
    for data in HOSTILE.values():
        with pytest.raises(UnreadableInvoice):
            read_invoices(data, form=form)


def test_the_worst_files_stay_within_512_mb():
    """In a process of its own, for memory that was ever taken is never shown to have been given back.

    The peak is that of its own memory: `ru_maxrss` would remember what the worker of the tests had when it made the process.
    """
    script = (
        "from pathlib import Path; from tests.unit.intake.test_hostile import HOSTILE, UnreadableInvoice, read_invoices\n"
        "big = b'<Faktura>' + b'<a/>' * 1_900_000 + b'</Faktura>'\n"
        "for data in [big, *(HOSTILE[n] for n in ('laughs', 'quadratic', 'zip bomb', 'zip that lies', 'attributes without end', 'a million columns'))]:\n"
        "    try: read_invoices(data)\n"
        "    except UnreadableInvoice: pass\n"
        "print(Path('/proc/self/status').read_text().partition('VmHWM:')[2].split()[0])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert int(done.stdout) < 512 * 1024  # KiB
