"""What WeasyPrint leaves to do until a tagged PDF may claim PDF/A-3b and PDF/UA-1 at once.

`finish` is the finisher of `Document.write_pdf(pdf_variant="pdf/a-3b", pdf_tags=True)`. WeasyPrint writes
one claim; a second one given as `xmp_metadata` would stand in a second RDF block, which no reader takes.
"""

from functools import partial
from typing import Any
from xml.etree import ElementTree as ET

from pipeline.outlines import coarse
from pipeline.painting import repaint
from pipeline.srgb import profile
from pipeline.tagging import retag
from pipeline.writing import write

VARIANT = "pdf/a-3b"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_UA = "http://www.aiim.org/pdfua/ns/id/"
_SCHEMAS = {
    "pdfaExtension": "http://www.aiim.org/pdfa/ns/extension/",
    "pdfaSchema": "http://www.aiim.org/pdfa/ns/schema#",
    "pdfaProperty": "http://www.aiim.org/pdfa/ns/property#",
}
# PDF/A wants every XMP property described that its own standard does not know (ISO 19005-3, 6.6.2.3).
_NAMES = {"rdf": _RDF, "pdfuaid": _UA} | _SCHEMAS
_CLAIM = f"""<rdf:RDF {" ".join(f'xmlns:{name}="{uri}"' for name, uri in _NAMES.items())}>
<rdf:Description rdf:about=""><pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description rdf:about=""><pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>
<pdfaSchema:namespaceURI>{_UA}</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 that the document conforms to</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
</rdf:RDF>"""
_MOST = 100  # lines in a part of a ToUnicode map
_PACKET = b"""<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">%s</x:xmpmeta>
<?xpacket end="r"?>"""
for _prefix, _uri in _SCHEMAS.items():
    ET.register_namespace(_prefix, _uri)


def finish(document: Any, pdf: Any) -> None:
    """document: weasyprint.Document; pdf: pydyf.PDF, written as VARIANT with tags."""
    _claim_both(document, pdf)
    if "AF" in pdf.catalog:  # which WeasyPrint names twice
        files = list(dict.fromkeys(pdf.catalog["AF"]))
        pdf.catalog["AF"].clear()
        pdf.catalog["AF"].extend(files)
    for one in pdf.objects:
        if isinstance(one, dict) and "FontFile3" in one:
            _keep_outlines(_at(pdf, one["FontFile3"]))
        if isinstance(one, dict) and "ToUnicode" in one:
            _shorten(_at(pdf, one["ToUnicode"]))
    intent = pdf.catalog["OutputIntents"][0]
    _at(pdf, intent["DestOutputProfile"]).stream = [profile()]
    retag(pdf, [_at(pdf, page["Contents"]) for page in _pages(pdf)], lambda follows: repaint(pdf, follows))
    pdf.write = partial(write, pdf)


def _pages(pdf: Any) -> list[Any]:
    return [_at(pdf, reference) for reference in pdf.page_references]


def _shorten(stream: Any) -> None:
    """A ToUnicode map with runs of glyph numbers, where WeasyPrint writes the number of each."""
    head, tail = stream.stream[:13], stream.stream[-4:]
    pairs = sorted((one[1:5], one[7:]) for one in stream.stream[13:-4] if one.startswith(b"<"))
    runs: list[list[tuple[bytes, bytes]]] = []
    for code, text in pairs:
        number = int(code, 16)
        if not runs or number % 256 == 0 or int(runs[-1][-1][0], 16) != number - 1:
            runs.append([])
        runs[-1].append((code, text))
    lines = [b"<%s><%s>[%s]" % (run[0][0], run[-1][0], b"".join(text for _, text in run)) for run in runs]
    parts = [lines[at : at + _MOST] for at in range(0, len(lines), _MOST)]
    ranges = [line for part in parts for line in (b"%d beginbfrange" % len(part), *part, b"endbfrange")]
    stream.stream = [*head, *ranges, *tail]


def _keep_outlines(font: Any) -> None:
    """Of an OpenType font the CFF table alone, which is all that a PDF draws with, on a coarser grid."""
    data = b"".join(font.stream)
    for place in range(12, 12 + 16 * int.from_bytes(data[4:6], "big"), 16):
        if data[place : place + 4] == b"CFF " and font.extra["Subtype"] == "/OpenType":
            offset, length = (int.from_bytes(data[place + at : place + at + 4], "big") for at in (8, 12))
            font.stream, font.extra["Subtype"] = [coarse(data[offset : offset + length])], "/CIDFontType0C"
            return


def _claim_both(document: Any, pdf: Any) -> None:
    block = ET.fromstring(document.metadata.generate_rdf_metadata("a", 3, "B"))
    block.extend(ET.fromstring(_CLAIM))
    _at(pdf, pdf.catalog["Metadata"]).stream = [_PACKET % ET.tostring(block, encoding="utf-8")]


def _at(pdf: Any, reference: bytes) -> Any:
    return pdf.objects[int(reference.split()[0])]
