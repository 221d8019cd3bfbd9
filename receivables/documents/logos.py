"""A company's logo as it may stand on papers: a picture made anew from its points, or a drawing of plain shapes. Nothing in it runs."""

import io
import re
import warnings

from lxml import etree
from PIL import Image, UnidentifiedImageError

from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop

LARGEST = 1_000_000  # bytes
MOST_POINTS = 16_000_000  # of a picture, before it is unpacked
WIDTH, HEIGHT = 1200, 600  # points that are kept: 46 by 16 mm on paper need no more
MOST_SHAPES = 2000
PNG, SVG = "image/png", "image/svg+xml"
_SVG = "{http://www.w3.org/2000/svg}"
_SHAPES = frozenset(
    "svg g path rect circle ellipse line polyline polygon defs linearGradient radialGradient stop title desc clipPath".split()
)
_LOOKS = frozenset(
    "id d x y x1 y1 x2 y2 cx cy r rx ry fx fy width height points viewBox version transform fill fill-rule fill-opacity "
    "stroke stroke-width stroke-linecap stroke-linejoin stroke-miterlimit stroke-dasharray stroke-opacity opacity "
    "offset stop-color stop-opacity gradientUnits gradientTransform spreadMethod "
    "clip-path clip-rule clipPathUnits preserveAspectRatio".split()
)
_OWN = re.compile(r"url\(\s*#[\w-]+\s*\)")


def logo_from(content: bytes) -> tuple[str, bytes]:
    """What kind of picture it is, by its contents, and the bytes to keep. Raises `Refused` for what may not stand on a paper."""
    if len(content) > LARGEST:
        raise Refused(gettext_noop("This file is too big: at most 1 MB."))
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG, _picture(content)
    if b"<svg" in content[:2000]:
        return SVG, _drawing(content)
    raise Refused(gettext_noop("Choose a PNG or SVG file."))


def _picture(content: bytes) -> bytes:
    """Made anew, so that only its points are kept."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            picture = Image.open(io.BytesIO(content), formats=["PNG"])
            if picture.width * picture.height > MOST_POINTS:
                raise Refused(gettext_noop("This picture has too many points. Make it smaller than 4000 by 4000."))
            picture.load()
            kept = picture.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Warning, Image.DecompressionBombError):
        raise Refused(gettext_noop("This picture cannot be read. Save it anew as PNG.")) from None
    kept.thumbnail((WIDTH, HEIGHT))
    out = io.BytesIO()
    kept.save(out, "PNG", optimize=True)
    return out.getvalue()


def _drawing(content: bytes) -> bytes:
    """As it is, where it has plain shapes alone: no script, style, text, picture, use, animation, entity or address outside."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        tree = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Refused(gettext_noop("This drawing cannot be read. Save it anew as SVG.")) from None
    if tree.getroottree().docinfo.doctype:
        raise Refused(gettext_noop("This drawing declares a document type. Save it as plain SVG."))
    shapes = list(tree.iter())
    if len(shapes) > MOST_SHAPES:
        raise Refused(gettext_noop("This drawing has too many shapes. Save it as PNG."))
    for shape in shapes:
        _refuse_shape(shape)
    return bytes(etree.tostring(tree))


def _refuse_shape(shape: etree._Element) -> None:
    name = str(shape.tag)
    if not name.startswith(_SVG) or name.removeprefix(_SVG) not in _SHAPES:
        says = gettext_noop("A drawing may have plain shapes alone, and this one has %(name)s. Turn text into paths, or save it as PNG.")
        raise Refused(says, name=etree.QName(shape).localname[:40] if isinstance(shape.tag, str) else "?")
    for key, value in list(shape.attrib.items()):
        if key.startswith("{"):  # of a drawing program: not kept
            if "xlink" in key:
                raise Refused(gettext_noop("This drawing points outside itself. Save it as PNG."))
            del shape.attrib[key]
        elif key not in _LOOKS:
            if key.startswith("on") or key in ("href", "style"):
                raise Refused(gettext_noop("A drawing may not have %(name)s. Save it as plain SVG, or as PNG."), name=key[:40])
            del shape.attrib[key]
        elif "\\" in value or ("url" in value.lower() and not _OWN.fullmatch(value.strip())):  # an escape may spell "url" too
            raise Refused(gettext_noop("This drawing points outside itself. Save it as PNG."))
