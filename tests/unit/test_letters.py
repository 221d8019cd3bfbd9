"""The letter as PDF: all figures in it, hostile names in their place, and a child process that may crash."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pypdf
import pytest

from receivables.core.errors import RenderError
from receivables.documents import pdf
from receivables.documents.letters import letter_html
from receivables.documents.pdf import render_pdf
from tests.unit.papers import claiming, facts, hostile

ROOT = Path(__file__).resolve().parents[2]
HELLO = '<!doctype html><html lang="pl"><title>Hello</title><p>Zażółć gęślą jaźń'


def letter(**options: object) -> pypdf.PdfReader:
    said = options.pop("said", None) or facts(options.pop("items", 1))  # type: ignore[arg-type]
    values = {"kind": "demand", "language": "pl", **options}
    html = letter_html(str(values["kind"]), language=str(values["language"]), facts=said, number="W/2026/0001")  # type: ignore[arg-type]
    return pypdf.PdfReader(io.BytesIO(render_pdf(html)))


def text_of(reader: pypdf.PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in reader.pages).replace("\xa0", " ").split())


@pytest.mark.parametrize(("items", "pages"), [(1, 1), (12, 2), (60, 3)])
def test_every_figure_of_a_demand_stands_in_it(items: int, pages: int) -> None:
    reader, said = letter(items=items), facts(items)
    text = text_of(reader)
    for item in said["items"]:
        assert item["label"] in text
        assert f"{item['open'].replace('.', ',')} zł" in text
        assert f"{item['amount'][0]} {item['amount'][1:].replace('.', ',')} zł" in text
    for words in (
        "Wezwanie do zapłaty",
        "W/2026/0001",
        "Gdynia, 3 maja 2026",
        "10 maja 2026",
        "PL61 1090 1014 0000 0712 1981 2874",
        "26.03.2026",
    ):
        assert words in text
    for words in ("art. 455", "art. 476", "art. 187", "NIP 5261040828", "NIP klienta: 1132191233", "00-950 Warszawa", "słownie:", "38 dni"):
        assert words in text
    assert len(reader.pages) == pages
    assert f"Strona {pages} z {pages}" in text


CLAIMED = [
    "36,59 zł",
    "27.03.2026 – 30.06.2026 96 901,25 zł 14,00% 33,19 zł",
    "10 901,25 zł 13,75% 3,40 zł",
    "40,00 € × 4,2233",
    "27.02.2026",
]
CLAIMED += ["040/A/NBP/2026", "168,93 zł", "145,19 zł", "Opłata, FV/2026/0001 10,00 zł", "15% kwoty 901,25 zł 135,19 zł", "1 251,96 zł"]


@pytest.mark.parametrize("kind", ["demand", "reminder"])
def test_a_letter_shows_each_claim_with_what_it_was_worked_out_from(kind: str) -> None:
    text = text_of(letter(kind=kind, said=claiming()))
    for words in (*CLAIMED, "Należność główna 901,25 zł", "art. 7 i 8", "art. 10 ust. 1"):
        assert words in text
    assert "wyłącznie należność główną" not in text


def test_a_letter_without_claims_says_nothing_of_them() -> None:
    text = text_of(letter())
    assert "wyłącznie należność główną" in text and "Odsetki" not in text and "Rekompensata" not in text


@pytest.mark.parametrize("language", ["pl", "en"])
def test_a_flat_sum_in_the_invoice_s_own_currency_names_no_rate_and_no_polish_act(language: str) -> None:
    said = claiming()
    said["creditor"]["country"] = "DE"
    said["claims"][1] |= {"rate": "1", "table": "", "rate_on": "2026-03-27"}
    text = text_of(letter(said=said, language=language))
    assert "168,93" in text or "168.93" in text
    for words in ("× 1 (", "tab.", "8 marca 2013", "8 March 2013", "27.03.2026,"):
        assert words not in text


def test_a_consumer_reads_of_the_civil_code() -> None:
    said = claiming()
    said["customer"]["kind"] = "consumer"
    assert "art. 481 § 1 i 2 Kodeksu cywilnego" in text_of(letter(said=said))


def test_a_demand_says_what_is_netted_and_what_is_disputed() -> None:
    said = facts(2, credit="100.50", asks="1703.00")
    said["items"][1]["disputed"] = "12.00"
    text = text_of(letter(said=said))
    assert "Uwzględniona nadpłata −100,50 zł" in text
    assert "Razem do zapłaty 1 703,00 zł" in text
    assert "słownie: jeden tysiąc siedemset trzy złote 00/100" in text
    assert "kwota sporna, nieobjęta wezwaniem: 12,00 zł" in text


def test_an_english_demand_and_a_reminder() -> None:
    assert "Demand for payment" in text_of(letter(language="en"))
    early = text_of(letter(kind="reminder", said=facts(1, is_overdue=False, deadline_on=None)))
    late = text_of(letter(kind="overdue", said=facts(1)))
    assert "zbliżającym się terminie" in early and "Po terminie" not in early
    assert "termin już minął" in late and "38 dni" in late
    assert "455" not in early + late


def test_without_account_phone_and_deadline_it_is_still_whole() -> None:
    said = facts(1, deadline_on=None)
    said["creditor"] |= {"bank_account": "", "bank_name": "", "phone": "", "email": "", "street": "", "tax_id": ""}
    text = text_of(letter(said=said))
    assert "niezwłocznie" in text and "None" not in text and "Numer rachunku" not in text


def test_hostile_names_stay_in_their_place() -> None:
    reader = letter(said=hostile())
    text = text_of(reader)
    assert "<script>alert(1)</script> Bcc: x@example.com EVIL" in text
    assert "\u202e" not in text
    assert len(reader.pages) <= 3
    assert "{{ settings.SECRET_KEY }}" in text


def test_a_pdf_is_tagged_titled_and_always_the_same() -> None:
    html = letter_html("demand", language="pl", facts=facts(2), number="W/2026/0001")
    first = render_pdf(html)
    assert render_pdf(html) == first
    reader = pypdf.PdfReader(io.BytesIO(first))
    assert reader.metadata and reader.metadata.title == "Wezwanie do zapłaty W/2026/0001"
    assert reader.root_object["/MarkInfo"]["/Marked"]  # type: ignore[index]
    assert reader.root_object["/Lang"] == "pl"


def test_an_unknown_letter_is_refused() -> None:
    with pytest.raises(RenderError, match="no letter of the kind 'summons'"):
        letter_html("summons", language="pl", facts=facts(), number="")


def test_a_missing_value_is_refused() -> None:
    said = facts()
    del said["customer"]["postcode"]
    with pytest.raises(RenderError, match=r"customer\.postcode"):
        letter_html("demand", language="pl", facts=said, number="")


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1/x.png", "file:///etc/passwd", "/etc/passwd", "../../receivables/settings.py", "asset:///../messages/_layout.html", "missing.png",
     "data:image/png;base64,AAAA"],
)  # fmt: skip
def test_a_letter_gets_nothing_from_outside_and_has_no_holes(url: str) -> None:
    pid = child_pid()
    with pytest.raises(RenderError, match=r"not among its own files|Failed to load image"):
        render_pdf(f'{HELLO}<img src="{url}">')
    assert child_pid() == pid


@pytest.mark.parametrize(
    "page",
    [
        '<link rel="stylesheet" href="http://127.0.0.1:1/x.css">',
        "<style>@import url(file:///etc/passwd);</style>",
        "<style>p { background: url(http://127.0.0.1:1/x.png) }</style>",
        '<link rel="attachment" href="file:///etc/passwd">',
    ],
)
def test_styles_and_attachments_get_nothing_from_outside_either(page: str) -> None:
    with pytest.raises(RenderError, match="not among its own files"):
        render_pdf(f"{HELLO}{page}")


def child_pid() -> int:
    render_pdf(HELLO)
    assert pdf._child is not None
    return pdf._child._process.pid


def test_a_crash_is_said_and_the_next_letter_has_a_new_child() -> None:
    pid = child_pid()
    threading.Timer(0.2, os.kill, [pid, signal.SIGKILL]).start()
    with pytest.raises(RenderError, match="the PDF process ended"):
        render_pdf(endless())
    assert child_pid() != pid


def test_a_child_that_died_in_the_meantime_is_replaced() -> None:
    pid = child_pid()
    os.kill(pid, signal.SIGKILL)
    time.sleep(0.05)
    assert render_pdf(HELLO).startswith(b"%PDF")


def test_a_letter_that_takes_too_long_is_stopped() -> None:
    pid = child_pid()
    with pytest.raises(RenderError, match="took too long"):
        render_pdf(endless(), seconds=0.5)
    assert child_pid() != pid


def endless() -> str:
    return HELLO + "<table>" + "<tr><td>x<td>y" * 15_000


def test_a_child_is_replaced_after_many_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    pid = child_pid()
    monkeypatch.setattr(pdf, "LETTERS_PER_CHILD", 1)
    assert child_pid() != pid


def test_threads_share_the_child() -> None:
    pid = child_pid()
    with ThreadPoolExecutor(4) as pool:
        letters = list(pool.map(render_pdf, [f"{HELLO} {number}" for number in range(12)]))
    assert len(set(letters)) == 12
    for number, content in enumerate(letters):
        assert f"jaźń {number} " in text_of(pypdf.PdfReader(io.BytesIO(content)))
    assert child_pid() == pid


def test_a_forked_process_has_a_child_of_its_own() -> None:
    script = (
        "import os, sys\n"
        "from receivables.documents import pdf\n"
        "first = pdf.render_pdf('<html lang=pl><title>t</title><p>one')\n"
        "parent = pdf._child._process.pid\n"
        "if (pid := os.fork()) == 0:\n"
        "    ok = pdf.render_pdf('<html lang=pl><title>t</title><p>two').startswith(b'%PDF') and pdf._child._process.pid != parent\n"
        "    pdf._child.stop()\n"
        "    os._exit(0 if ok else 1)\n"
        "status = os.waitpid(pid, 0)[1]\n"
        "sys.exit(status or pdf._child._process.pid != parent or pdf.render_pdf('<html lang=pl><title>t</title><p>one') != first)\n"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, timeout=120).returncode == 0


def test_the_child_dies_with_its_parent() -> None:
    script = (
        "import os, signal\n"
        "from receivables.documents import pdf\n"
        "pdf.render_pdf('<html lang=pl><title>t</title><p>one')\n"
        "print(pdf._child._process.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120)
    pid = int(done.stdout)
    until = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2:3]:
        assert time.monotonic() < until, "the child lives on"
        time.sleep(0.05)


def test_nothing_but_the_child_loads_weasyprint() -> None:
    script = (
        "import os, sys\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'tests.settings')\nimport django\ndjango.setup()\n"
        "import receivables.documents.actions, dunning.rendering\nsys.exit('weasyprint' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, timeout=120).returncode == 0


def test_a_character_that_no_font_has_stops_the_letter() -> None:
    with pytest.raises(RenderError, match="notdef"):
        render_pdf(f"{HELLO} \U000e0041\U0010fffd")


def test_a_pdf_says_that_it_is_accessible_and_carries_its_fonts() -> None:
    reader = pypdf.PdfReader(io.BytesIO(render_pdf(letter_html("demand", language="de", facts=claiming(), number="W/2026/0001"))))
    assert b"pdfuaid" in reader.root_object["/Metadata"].get_object().get_data()  # type: ignore[attr-defined]
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]  # type: ignore[index]
    kinds = [kind.get_object()["/FontDescriptor"].get_object() for font in fonts for kind in font["/DescendantFonts"]]
    assert kinds and all("/FontFile2" in kind or "/FontFile3" in kind for kind in kinds)
