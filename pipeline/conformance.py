"""What WeasyPrint leaves to do until a tagged PDF may claim PDF/A-3b and PDF/UA-1 at once.

`finish` is the finisher of `Document.write_pdf(pdf_variant="pdf/a-3b", pdf_tags=True)`. WeasyPrint writes
one claim; a second one given as `xmp_metadata` would stand in a second RDF block, which no reader takes.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any
from xml.etree import ElementTree as ET

from pipeline.embedding import embed, fonts_of
from pipeline.referenced import referenced
from pipeline.repaint import repaint
from pipeline.srgb import profile
from pipeline.tagging import Follows, Repainted, retag
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
    intent = pdf.catalog["OutputIntents"][0]
    referenced(pdf, intent["DestOutputProfile"]).stream = [profile()]
    fonts = fonts_of(pdf)
    orders = {name: one.order for name, one in fonts.items()}

    def paint(follows: Sequence[Follows]) -> Repainted:
        contents, free = repaint(pdf, follows, orders)
        if contents:
            embed(pdf, fonts)
        return contents, free

    retag(pdf, [referenced(pdf, page["Contents"]) for page in _pages(pdf)], paint)
    pdf.write = partial(write, pdf)


def _pages(pdf: Any) -> list[Any]:
    return [referenced(pdf, reference) for reference in pdf.page_references]


def _claim_both(document: Any, pdf: Any) -> None:
    block = ET.fromstring(document.metadata.generate_rdf_metadata("a", 3, "B"))
    block.extend(ET.fromstring(_CLAIM))
    referenced(pdf, pdf.catalog["Metadata"]).stream = [_PACKET % ET.tostring(block, encoding="utf-8")]
