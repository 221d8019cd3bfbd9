"""Files that mean harm, or are broken in every way: a sentence, never another error. RELIABILITY.md section 8."""

import zipfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.statements.parsed import UnreadableStatement
from invoices.statements.reading import FORMATS, read_statements
from receivables.core.xml_in import UnreadableXml, parse_xml

CAMT = "<Document><BkToCstmrStmt><Stmt><Acct><Id><IBAN>PL1</IBAN></Id></Acct>{inside}</Stmt></BkToCstmrStmt></Document>"
LAUGHS = "".join(f'<!ENTITY a{n} "{"&a" + str(n - 1) + ";" if n else "ha"}{"&a" + str(n - 1) + ";" if n else "ha"}">' for n in range(30))


def zipped(name: str) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, b"x")
    return stream.getvalue()


HOSTILE = {
    "xxe": b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document><BkToCstmrStmt>&x;</BkToCstmrStmt></Document>',
    "remote dtd": b'<!DOCTYPE d SYSTEM "http://127.0.0.1:1/d.dtd"><Document><BkToCstmrStmt/></Document>',
    "laughs": f"<!DOCTYPE d [{LAUGHS}]><Document><BkToCstmrStmt>&a29;</BkToCstmrStmt></Document>".encode(),
    "quadratic": f'<!DOCTYPE d [<!ENTITY a "{"x" * 50_000}">]><Document><BkToCstmrStmt>{"&a;" * 500}</BkToCstmrStmt></Document>'.encode(),
    "xinclude": CAMT.format(inside='<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>').encode() + b"<",
    "deep": b"<Document><BkToCstmrStmt>" + b"<a>" * 200 + b"</a>" * 200 + b"</BkToCstmrStmt></Document>",
    "very deep": b"<BkToCstmrStmt>" + b"<a>" * 100_000,
    "cut": CAMT.format(inside="<Ntry>").encode()[:60],
    "no statement": b"<Document><BkToCstmrStmt/></Document>",
    "other xml": b'<?xml version="1.0"?><Faktura/>',
    "ofx with entities": b'<!DOCTYPE OFX [<!ENTITY a "b">]><OFX><STMTRS></STMTRS></OFX>',
    "ofx empty": b"<OFX></OFX>",
    "ofx that never closes": b"<OFX>" + b"<STMTTRN>" * 5_000,
    "zip": zipped("../../etc/passwd"),
    "pdf": b"%PDF-1.7\n",
    "zeros": b"\0" * 1000,
    "csv with zeros": b"Data;Kwota;Tytul\n2026-05-04;1\0,00;x\n",
    "a million columns": b"Data;Kwota;Tytul" + b";x" * 1_000_000 + b"\n",
    "one endless cell": b'Data;Kwota;Tytul\n2026-05-04;1,00;"' + b"x" * 2_000_000,
    "blank": b" \n\t ",
    "mt940 without tags": b":20:\n-",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_refused_with_a_sentence(name):
    with pytest.raises(UnreadableStatement) as refused:
        read_statements(HOSTILE[name])
    assert str(refused.value).endswith((".", "…"))
    assert "root:" not in str(refused.value)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", HOSTILE)
def test_so_it_is_when_somebody_names_a_format(form, name):
    with pytest.raises(UnreadableStatement):
        read_statements(HOSTILE[name], form=form)


def test_more_xml_than_is_read():
    with pytest.raises(UnreadableXml, match="at most 20 MB"):
        parse_xml(b"<a>" + b"x" * (20 * 1024 * 1024) + b"</a>")


MARKS = st.sampled_from(
    [
        ":20:",
        ":25:PL1",
        ":28C:1/1",
        ":60F:C260501PLN1,00",
        ":61:260504C5,00NTRF",
        ":61:2605",
        ":86:020~00",
        "~20x",
        ":62F:",
        "-",
        "-}",
        "\x01",
        "é",
    ]
)


@given(st.lists(MARKS | st.text(max_size=30), max_size=30))
def test_any_lines_of_mt940_are_read_or_refused(lines):
    try:
        read_statements(b":25:x\n:28C:1\n" + "\n".join(lines).encode(), form="mt940")
    except UnreadableStatement:
        pass


@given(st.binary(max_size=400), st.sampled_from(FORMATS))
def test_any_bytes_are_read_or_refused(data, form):
    try:
        read_statements(data, form=form)
    except UnreadableStatement:
        pass


@given(
    st.lists(
        st.sampled_from(
            ["<OFX>", "<STMTRS>", "</STMTRS>", "<STMTTRN>", "<TRNAMT>", "1.5", "<BALAMT>x", "<![CDATA[", "]]>", "<MEMO>", "&lt;", "<"]
        ),
        max_size=40,
    )
)
def test_any_tags_of_ofx_are_read_or_refused(parts):
    try:
        read_statements("".join(["<OFX>", *parts]).encode(), form="ofx")
    except UnreadableStatement:
        pass


def test_camt_is_held_in_memory_entry_by_entry(monkeypatch):
    monkeypatch.setattr("receivables.core.xml_in.MOST_SIGNS", 1_000)
    entry = "<Ntry><Amt Ccy='PLN'>1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><BookgDt><Dt>2026-05-04</Dt></BookgDt>{inside}</Ntry>"
    (found,) = read_statements(CAMT.format(inside=entry.format(inside="") * 300).encode())
    assert (len(found.entries), found.entries[299].whole.place, found.credits) == (300, "entry 300", 300)
    with pytest.raises(UnreadableStatement, match="more elements"):
        read_statements(CAMT.format(inside=entry.format(inside="<a/>" * 600)).encode())
    with pytest.raises(UnreadableStatement, match="more elements"):
        read_statements(CAMT.format(inside="<a/>" * 600).encode())
