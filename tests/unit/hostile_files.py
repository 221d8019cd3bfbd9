"""More than two hundred files that mean harm or are broken. Every door that takes files (`hostile_doors`) refuses each of them in words."""

import base64
import gzip
import io
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date

from invoices.intake.csv_table import builtin_profiles
from tests.unit.intake.files import jpk, ksef, ubl, zipped

ON = date(2026, 6, 15)
IBAN = "PL61109010140000071219812874"
LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha"}">' for n in range(12))
ROOTS = {
    "camt": "<Document><BkToCstmrStmt>{}</BkToCstmrStmt></Document>",
    "ofx": "<OFX><STMTRS>{}</STMTRS></OFX>",
    "ksef": '<Faktura xmlns="http://crd.gov.pl/wzor/2025/06/25/13775/">{}</Faktura>',
    "ubl": '<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">{}</Invoice>',
    "cii": "<CrossIndustryInvoice>{}</CrossIndustryInvoice>",
    "jpk": "<JPK><Naglowek><KodFormularza>JPK_FA</KodFormularza></Naglowek>{}</JPK>",
}
"""A document of each kind around what is inside."""
AMOUNTS = {
    "nan": "NaN", "infinity": "Infinity", "an exponent": "1e400", "forty digits": "9" * 40, "five thousand digits": "1" * 5_000, "other digits": "١٢٣",
    "hexadecimal": "0x10", "two points": "1.2.3", "a formula": "=1+1", "a command": "=cmd|' /C calc'!A0", "words": "a lot", "underscores": "1_000",
    "a nul": "1\0.00", "wide digits": "１２３", "seven decimals": "1.1234567",
}  # fmt: skip
DAYS = {
    "day thirty-two": "2026-01-32",
    "year zero": "0000-01-01",
    "year ten thousand": "10000-01-01",
    "words": "soon",
    "a formula": "=TODAY()",
}
TABLES: Mapping[str, tuple[str, dict[str, str], str, str]] = {  # profile, a good row, its amount, its day
    "invoices": ("generic", {"number": "F/1", "customer_number": "K1", "issued_on": "2026-03-01", "due_on": "2026-03-15", "gross": "100.00"}, "gross", "due_on"),
    "opening": (
        "opening",
        {"number": "F/1", "customer_number": "K1", "customer_name": "Ala", "issued_on": "2026-03-01", "due_on": "2026-03-15", "gross": "100.00"},
        "gross",
        "due_on",
    ),
    "open items": ("open-items", {"number": "F/1", "open_amount": "100.00", "due_on": "2026-03-15"}, "open_amount", "due_on"),
    "settlements": ("settlement", {"number": "F/1", "gross": "100.00", "paid_on": "2026-03-15"}, "gross", "paid_on"),
}  # fmt: skip
MT940 = (
    ":20:ST\n:25:{account}\n:28C:1/1\n:60F:C260504PLN0,00\n:61:{day}0504C{amount}NTRFNONREF\n:86:020~00X\n~20FV 1\n:62F:C260504PLN10,00\n-"
)
CAMT = (
    "<Document><BkToCstmrStmt><Stmt><Acct><Id><IBAN>{account}</IBAN></Id></Acct><Ntry><Amt Ccy='PLN'>{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>"
    "<Sts>BOOK</Sts><BookgDt><Dt>{day}</Dt></BookgDt></Ntry></Stmt></BkToCstmrStmt></Document>"
)
OFX = (
    "<OFX><STMTRS><CURDEF>PLN<BANKACCTFROM><ACCTID>{account}</BANKACCTFROM><BANKTRANLIST><STMTTRN><TRNTYPE>CREDIT<DTPOSTED>{day}<TRNAMT>{amount}"
    "<FITID>1</STMTTRN></BANKTRANLIST></STMTRS></OFX>"
)
BANK_CSV = "Data;Kwota;Waluta;Tytul\n{day};{amount};PLN;x\n"


def table(name: str, **changed: str) -> bytes:
    """A table of one row with some of its cells replaced."""
    profile, row, _amount, _day = TABLES[name]
    titles = builtin_profiles()[profile].columns
    row = {**row, **changed}
    cells = [f'"{cell}"' if set(cell) & set(",'\n") else cell for cell in row.values()]
    return f"{','.join(titles[field] for field in row)}\n{','.join(cells)}\n".encode()


def customers() -> bytes:
    """A good table of one customer."""
    return b"Customer number,Customer\nK1,Ala\n"


GOOD: Mapping[str, bytes] = {
    **{name: table(name) for name in TABLES},
    "customers": customers(),
    "mt940": MT940.format(account=IBAN, day="260504", amount="10,00").encode(),
    "camt": CAMT.format(account=IBAN, day="2026-05-04", amount="10.00").encode(),
    "ofx": OFX.format(account=IBAN, day="20260504", amount="10.00").encode(),
    "bank csv": BANK_CSV.format(day="2026-05-04", amount="10,00").encode(),
    "ksef": ksef(),
    "ubl": ubl(),
    "jpk": jpk(("A/1", "1.00")),
}
"""What each kind looks like where nothing is wrong with it."""


def attacks(shape: str) -> Iterator[tuple[str, str]]:
    """What XML can do to its reader, in a document of that shape."""
    inside = shape.format
    yield "xxe", '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + inside("&x;")
    yield "remote entity", '<!DOCTYPE d [<!ENTITY x SYSTEM "http://127.0.0.1:1/x">]>' + inside("&x;")
    yield "parameter entity", '<!DOCTYPE d [<!ENTITY % x SYSTEM "file:///etc/hostname"> %x;]>' + inside("")
    yield "external dtd", '<!DOCTYPE d SYSTEM "http://127.0.0.1:1/d.dtd">' + inside("")
    yield "public dtd", '<!DOCTYPE d PUBLIC "-//W3C//DTD XHTML 1.0//EN" "http://127.0.0.1:1/d.dtd">' + inside("")
    yield "laughs", f"<!DOCTYPE d [{LAUGHS}]>" + inside("&a11;")
    yield "quadratic", f'<!DOCTYPE d [<!ENTITY a "{"x" * 20_000}">]>' + inside("&a;" * 200)
    yield "deep", inside("<a>" * 300 + "</a>" * 300)
    yield "deep and cut", inside("<a>" * 20_000)
    yield "unknown entity", inside("&nothing;")
    yield "unclosed", inside("<a>")
    yield "twice an attribute", inside('<a b="1" b="2"/>')
    yield "attributes", inside("<a " + " ".join(f'a{n}="{n}"' for n in range(20_000)))
    yield "control signs", inside("<a>\x01\x02</a>")
    yield "broken character", inside("<a>&#0;&#xD800;</a>")
    yield "an unknown encoding", '<?xml version="1.0" encoding="klingon"?>' + inside("")
    yield "a processing instruction", '<?xml-stylesheet href="file:///etc/passwd"?>' + inside("<")


def of_xml() -> Iterator[tuple[str, bytes]]:
    for kind, shape in ROOTS.items():
        for name, text in attacks(shape):
            yield f"{kind}: {name}", text.encode()


def of_cells() -> Iterator[tuple[str, bytes]]:
    """Numbers and days that are none, in every kind of table and statement."""
    for kind, (_profile, _row, amount, day) in TABLES.items():
        for name, said in AMOUNTS.items():
            yield f"{kind}: amount, {name}", table(kind, **{amount: said})
        for name, said in DAYS.items():
            yield f"{kind}: day, {name}", table(kind, **{day: said})
    for kind, shape, good in (("camt", CAMT, "2026-05-04"), ("ofx", OFX, "20260504"), ("bank csv", BANK_CSV, "2026-05-04")):
        for name, said in AMOUNTS.items():
            yield f"{kind}: amount, {name}", shape.format(account=IBAN, day=good, amount=said).encode()
    for name in ("nan", "an exponent", "words", "forty digits"):
        yield f"ubl: amount, {name}", ubl(payable=AMOUNTS[name])
    for name, said in DAYS.items():
        yield f"ubl: day, {name}", ubl(due=said)


def of_words() -> Iterator[tuple[str, bytes]]:
    """A zero byte within the words of a good statement: a reader may pass it on, no database takes it."""
    for kind, words in (("mt940", b"FV 1"), ("bank csv", b";x")):
        yield f"{kind}: a nul in the title", GOOD[kind].replace(words, words + b"\0a")
    yield "ofx: a nul in the title", GOOD["ofx"].replace(b"<FITID>1", b"<FITID>1<MEMO>a\0b")
    yield "ofx: cut within", GOOD["ofx"][: GOOD["ofx"].index(b"</BANKTRANLIST>")]


def of_encodings() -> Iterator[tuple[str, bytes]]:
    """Good files, written in ways that are not text, or wrapped in something else."""
    for kind, data in GOOD.items():
        yield f"{kind}: of nuls", data.replace(b"1", b"\0")
        yield f"{kind}: wide without a mark", data.decode().encode("utf-32-be")
        yield f"{kind}: packed", gzip.compress(data, mtime=0)
        yield f"{kind}: base64", base64.b64encode(data)
        yield f"{kind}: called a picture", b"\x89PNG\r\n\x1a\n" + data
        yield f"{kind}: cut at the first tenth", data[: len(data) // 10]


def of_archives() -> Iterator[tuple[str, bytes]]:
    good = ksef()
    bomb = zipped({"a.xml": b"<Faktura>" + b" " * 19_000_000 + b"</Faktura>"})
    yield "zip: a bomb", bomb
    yield "zip: a bomb in a zip", zipped({"a.zip": bomb})
    yield "zip: a zip named xml", zipped({"a.xml": bomb})
    for path in (
        "../a.xml",
        "..\\a.xml",
        "/etc/a.xml",
        "C:\\a.xml",
        "a/../../b.xml",
        "a\x01.xml",
        "a\u202egpj.xml",
        "a" * 300 + ".xml",
        "//host/a.xml",
    ):
        yield f"zip: {path[:20]!r}", zipped({path: good})
    yield "zip: a program", zipped({"a.exe": b"MZ"})
    yield "zip: nothing", zipped({})
    yield "zip: cut", zipped({"a.xml": good})[:-30]
    yield "zip: only its end", zipped({"a.xml": good})[-22:]
    yield "zip: packed oddly", zipped({"a.xml": good}, compression=zipfile.ZIP_BZIP2)
    yield "zip: many", zipped({f"{n}.xml": b"" for n in range(10_001)})
    yield "zip: another part", zipped({"a.xml": good}).replace(b"a.xml", b"b.xml", 1)
    yield "zip: with a bad sum", _bad_sum(good)
    yield "workbook: no sheet", zipped({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"})
    yield (
        "workbook: xxe",
        zipped(
            {
                "[Content_Types].xml": b"<Types/>",
                "xl/workbook.xml": b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><workbook>&x;</workbook>',
            }
        ),
    )


def _bad_sum(content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.xml", content)
    return stream.getvalue().replace(b"Faktura", b"faktura", 1)


def of_pdfs() -> Iterator[tuple[str, bytes]]:
    head = b"%PDF-1.7\n"
    yield "pdf: only its head", head
    yield "pdf: a circle of pages", head + b"1 0 obj<</Type/Catalog/Pages 1 0 R/Kids[1 0 R]/Count 9>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
    yield "pdf: names without end", head + b"1 0 obj<</Type/Catalog/Names" + b"<</Kids[" * 3_000 + b"\ntrailer<</Root 1 0 R>>\n%%EOF"
    yield (
        "pdf: a table of nonsense",
        head + b"xref\n0 999999999\n" + b"9" * 2_000 + b"\ntrailer<</Size 999999999/Root 7 0 R>>\nstartxref\n9\n%%EOF",
    )


def of_anything() -> Iterator[tuple[str, bytes]]:
    yield "empty", b""
    yield "blank", b" \n\t \r\n"
    yield "zeros", b"\0" * 5_000
    yield "all bytes", bytes(range(256)) * 20
    yield "high bytes", b"\xff" * 5_000
    yield "a mark alone", b"\xef\xbb\xbf"
    yield "two marks", b"\xef\xbb\xbf\xff\xfea;b\n1;2\n"
    yield "half a wide sign", b"\xff\xfea"
    yield "overlong", b"\xc0\xaf" * 500
    yield "json", b'{"a": [' + b"[" * 5_000
    yield "html", b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>"
    yield "yaml", b"!!python/object/apply:os.system ['true']\n"
    yield "a program", b"\x7fELF" + b"\0" * 500
    yield "a pickle", b"cos\nsystem\n(S'true'\ntR."
    yield "one line", b"x" * 3_000_000
    yield "quotes", b'"' * 100_001
    yield "an open quote", b'Invoice number,Gross amount\nF/1,"' + b"x\n" * 50_000
    yield "a million columns", b"Invoice number" + b",x" * 1_000_000 + b"\n"
    yield "a million separators", b";" * 1_000_000
    yield "header twice", b"Invoice number,Invoice number\n1,2\n"
    yield "sql", b"'; DROP TABLE invoices; --\n"
    yield "a formula", b'=HYPERLINK("http://127.0.0.1"),x\n'


FILES: Mapping[str, bytes] = {
    name: data for made in (of_xml, of_cells, of_words, of_encodings, of_archives, of_pdfs, of_anything) for name, data in made()
}  # fmt: skip
