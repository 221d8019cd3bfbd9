"""HTML to PDF by WeasyPrint. Imported by `pdf_child` only: the import takes a second and needs system libraries."""

import hashlib
import logging
import mimetypes
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

from weasyprint import CSS, HTML
from weasyprint.text.ffi import harfbuzz_subset
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

ASSET = "asset:///"


class Assets(URLFetcher):
    """Knows data: and what lies in the folder of the letters; anything else, a missing file included, stops the letter."""

    def __init__(self, folder: Path) -> None:
        super().__init__(allowed_protocols={"data"}, allow_redirects=False)
        self._folder = folder

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        if url.startswith("data:"):
            return super().fetch(url, headers)
        path = (self._folder / unquote(url.removeprefix(ASSET))).resolve()
        if not url.startswith(ASSET) or self._folder not in path.parents or not path.is_file():
            raise FatalURLFetchingError(f"The letter names {url[:100]!r}, which is not among its own files.")
        return URLFetcherResponse(
            url, path.read_bytes(), {"Content-Type": mimetypes.guess_type(path.name)[0] or "application/octet-stream"}
        )


class Complaints(logging.Handler):
    """Keeps what WeasyPrint reports as an error, such as an image it cannot read, and characters that no font has: they would be boxes."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if record.levelno >= logging.ERROR or message.startswith(".notdef glyph"):
            self.heard.append(message)


COMPLAINTS = Complaints()
logger = logging.getLogger("weasyprint")
logger.addHandler(COMPLAINTS)
logger.propagate = False


def typeset(html: str, *, folder: Path) -> bytes:
    """A PDF after PDF/UA-1 (tagged, titled, in its language), the same bytes for the same page. Raises for whatever would leave a hole."""
    COMPLAINTS.heard.clear()
    fetcher, sheet, fonts = _tools(folder)
    try:
        pdf = HTML(string=html, base_url=ASSET, url_fetcher=fetcher).write_pdf(
            stylesheets=[sheet],
            font_config=fonts,
            pdf_variant="pdf/ua-1",
            pdf_identifier=hashlib.sha256(html.encode()).digest()[:16],
            full_fonts=not harfbuzz_subset,  # without the library, subsetting in Python takes four times as long
        )
    except FatalURLFetchingError as missing:  # a BaseException, so that WeasyPrint itself does not swallow it
        raise ValueError(str(missing)) from None
    if COMPLAINTS.heard:
        raise ValueError(COMPLAINTS.heard[0])
    return bytes(pdf)


@lru_cache(maxsize=1)
def _tools(folder: Path) -> tuple[Assets, CSS, FontConfiguration]:
    """Made once per process: safe as long as no letter brings an @font-face of its own."""
    fonts, fetcher = FontConfiguration(), Assets(folder)
    sheet = CSS(string=(folder / "letter.css").read_text(encoding="utf-8"), base_url=ASSET, url_fetcher=fetcher, font_config=fonts)
    return fetcher, sheet, fonts
